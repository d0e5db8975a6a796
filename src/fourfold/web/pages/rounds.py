"""Rounds of raters: who is asked, who is in, and side by side what there is to talk about."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.urls import path, reverse

from fourfold.access import queries as access_queries
from fourfold.access.terms import PROFESSIONS, Compartment, Permission, Role
from fourfold.assessment import queries, services
from fourfold.assessment.terms.drafts import OpenRatings, RoundDraft
from fourfold.assessment.terms.rounds import Rater, RoundPhase
from fourfold.audit.terms import Actor
from fourfold.cases import queries as cases
from fourfold.web.case_forms import case_form, case_row
from fourfold.web.guard import Request, requires, to
from fourfold.web.worklist import Waiting, WorkRow, kept
from fourfold.words import Word, sentence, words

SHOWN = {Compartment.CORE, Compartment.RISK, Compartment.SUBJECT_IDENTITY, Compartment.VICTIM_CONTACT}
DONE = words(
    {
        "opened": "The round has started. Raters see it on their Today page.",
        "rated": "Signed and saved in the round.",
        "ratings": "The ratings are open.",
    }
)


# ---- rounds of raters ---------------------------------------------------------------------------------------------


@requires(Permission.ASSESSMENT_RECORD, compartments=SHOWN)
def open_round(request: Request, reference: str) -> HttpResponse:
    """Ask several people, or professions, to rate the case on one form, each alone."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    value = queries.assessment_page(actor=request.actor, case_id=header.id, at=request.at)
    return case_form(
        request,
        header,
        "assessment/open_round.html",
        draft=RoundDraft,
        does=lambda draft: services.open_round(
            actor=request.actor,
            case=case_row(request, reference),
            instrument=draft.instrument,
            raters=[rater for said in draft.raters if (rater := _rater(said)) is not None],
            why=draft.why,
            at=request.at,
        ),
        then=lambda opened: to("assessment:round", reference=reference, round_id=opened.pk),
        done="opened",
        again=lambda about: to("assessment:round", reference=reference, round_id=about.id),
        shows={"value": value, "raters": _raters(header.site, request.at)},
    )


def _raters(site: str, at: datetime) -> Sequence[tuple[str, str]]:
    """Return who may be asked: anybody of a profession, then each person of the unit who has one."""
    anybody = [(profession, sentence("Anybody of {1}", Word(profession))) for profession in PROFESSIONS.values()]
    people = [
        (f"{PROFESSIONS[Role(role)]}:{member.pk}", sentence("{1}, {2}", member.name, Word(PROFESSIONS[Role(role)])))
        for member, role in access_queries.unit_of(site, at=at)
        if Role(role) in PROFESSIONS
    ]
    return anybody + people


def _rater(said: str) -> Rater | None:
    profession, _, staff = said.partition(":")
    try:
        return Rater(profession, UUID(staff) if staff else None)
    except ValueError:
        return None


@requires(Permission.CASE_VIEW, compartments=SHOWN)
def round_(request: Request, reference: str, round_id: UUID) -> HttpResponse:
    """Show a round: who has rated; and once the ratings lie open, side by side, what to talk about. The lead may open
    them early, and says why."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    value = queries.round_page(actor=request.actor, case_id=header.id, round_id=round_id, at=request.at)
    return case_form(
        request,
        header,
        "assessment/round.html",
        draft=OpenRatings,
        does=lambda draft: services.open_ratings(
            actor=request.actor,
            round_=queries.round_to_fill(actor=request.actor, case_id=header.id, round_id=round_id, at=request.at),
            at=request.at,
            **vars(draft),
        ),
        then=to("assessment:round", reference=reference, round_id=round_id),
        done="ratings",
        shows={
            "value": value,
            "phases": _phases(value.line.phase),
            "only_talk": request.GET.get("show", "") != "all",
            "done": DONE.get(request.GET.get("done", ""), ""),
        },
    )


def _phases(now: RoundPhase) -> list[dict[str, str]]:
    order = list(RoundPhase)
    return [
        {
            "name": phase.label,
            "state": "current" if phase is now else "done" if order.index(phase) < order.index(now) else "waiting",
        }
        for phase in order
    ]


@kept(Permission.ASSESSMENT_RECORD)
def rounds_open(one: Waiting, actor: Actor, at: datetime) -> WorkRow | None:
    """Say the rounds in which the reader is to rate, or to write the record that was agreed."""
    leads, seats = one.is_own, one.said["seats"]
    may_rate, may_agree = queries.round_waits(actor, one.site, RoundPhase(one.said["phase"]), seats, leads=leads)
    if not (may_rate or may_agree):
        return None
    title = queries.title_of(one.site, one.said["form"], at=one.due_at or at)
    signed = sum(by is not None for *_, by in seats)
    return WorkRow(
        due_at=None,
        due="waiting for you",
        what=f"{'Rate alone' if may_rate else 'Write the agreed record'}: {title}",
        href=reverse("assessment:round", kwargs={"reference": one.reference, "round_id": one.about}),
        why=sentence("round led by {1}: {2} of {3} have rated", one.owner, signed, len(seats)),
        case=one.reference,
        level=one.level,
        rank=1,
        mine=True,
    )


urlpatterns = [
    path("cases/<str:reference>/assessment/round/", open_round, name="assessment:open_round"),
    path("cases/<str:reference>/assessment/round/<uuid:round_id>/", round_, name="assessment:round"),
]
