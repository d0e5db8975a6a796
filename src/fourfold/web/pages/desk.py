"""Desk: is this stalking, who is it about, what does it belong to, how soon?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path, reverse

from fourfold.access import queries as access_queries
from fourfold.access.statements import read_ahead
from fourfold.access.terms import NotFound, Permission, Role
from fourfold.audit.terms import Actor
from fourfold.cases import queries as cases
from fourfold.cases import rules, services
from fourfold.cases.queries import desk as at_desk
from fourfold.cases.queries.desk_page import DeskPage
from fourfold.cases.queries.reached import compared_ahead, reached, to_compare
from fourfold.cases.queries.same_events import same_events
from fourfold.cases.queries.values import ActRow, DeskRow
from fourfold.cases.terms import (
    BehaviourDraft,
    DetachDraft,
    MatchDraft,
    SameEventDraft,
    ThirdDraft,
    TriageDraft,
    UndoBehaviourDraft,
    UndoMatchDraft,
)
from fourfold.duties.queries import anywhere
from fourfold.intake.terms import Behaviour, Channel, Manner, Mentioned, Urgency
from fourfold.journey import desk as journey
from fourfold.journey import holding
from fourfold.linkage import queries as linkage
from fourfold.linkage import services as matching
from fourfold.linkage.terms import Candidate, MatchNow, Verdict
from fourfold.people import queries as people
from fourfold.people.terms import Part
from fourfold.support.queries.diary import files_kept_back
from fourfold.web import held
from fourfold.web.acts import shown
from fourfold.web.components import charts
from fourfold.web.components.told import Mark
from fourfold.web.components.words import in_words
from fourfold.web.desk_forms import ASKED, FOUR, OUTCOMES, SHOWN, UNASKED, WORDS, attached_to_case
from fourfold.web.desk_lists import ONLY, desk_links, find_somebody, late_and_more
from fourfold.web.evidence import evidence, sides
from fourfold.web.form_pages import Draft, form_page
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.worklist import WorkRow, link_to, source
from fourfold.words import Word, named, sentence, together


@requires(Permission.ALLEGATION_VIEW, compartments=SHOWN, methods=("GET",))
def listing(request: Request) -> HttpResponse:
    """List the allegations that have not left the desk, fifty a page."""
    asked = request.GET
    urgency = Urgency(asked["urgency"]) if asked.get("urgency") in set(Urgency) else None
    after = asked.get("after", "")
    with read_ahead(*holding.listed_ahead(request.actor, request.at, urgency, begins=not after)):
        value = at_desk.waiting_page(actor=request.actor, at=request.at, after=after, urgency=urgency)
        named, queued = holding.queue(actor=request.actor, rows=value, at=request.at, begins=not after)
    first = [one for one in named if urgency in (None, one.urgency)]
    above = {one.row.id for one in first}
    return page(
        request,
        "desk/list.html",
        first=first,
        rest=[one for one in queued if one.row.id not in above],
        value=queued,
        urgency=urgency,
        links=desk_links("desk:list"),
        may_join=access_queries.may(request.actor, Permission.MATCH_CONFIRM),
    )


@requires(Permission.ALLEGATION_VIEW, compartments=SHOWN, methods=("GET",))
def allegation(request: Request, allegation: UUID) -> HttpResponse:
    """Show one allegation: the words, who, what it belongs to, FOUR, the class check, triage."""
    form = Form(request)
    return page(request, "desk/allegation.html", form=form, **_around(request, allegation, form))


@requires(Permission.ALLEGATION_TRIAGE, compartments=SHOWN, resumes=True)
def triage(request: Request, allegation: UUID) -> HttpResponse:
    """Screen the allegation and let it leave the desk with an outcome and a reason."""

    def does(draft: TriageDraft) -> object:
        return journey.case_taken_on(
            actor=request.actor,
            allegation=linkage.allegation(request.actor, allegation, at=request.at),
            answers=draft.answers,
            outcome=draft.outcome,
            reason=draft.reason,
            redirected_to=draft.redirected_to,
            attached_to=attached_to_case(request, draft.case),
            another_because=draft.another_because,
            both_new=draft.both_new,
            at=request.at,
        )

    return _answered(request, allegation, TriageDraft, does)


def _answered(request: Request, allegation: UUID, draft: type[Draft], does: Callable[[Draft], object]) -> HttpResponse:
    """Take one of the forms that stand on the page of an allegation; each leads back to it."""
    back = to("desk:allegation", allegation=allegation)
    if request.method != "POST":
        return back
    return form_page(
        request,
        "desk/allegation.html",
        draft=draft,
        does=does,
        then=back,
        shows=lambda form: _around(request, allegation, form),
    )


@requires(Permission.ALLEGATION_VIEW, compartments=SHOWN, methods=("GET",))
def compare(request: Request, allegation: UUID, part: str, person: UUID) -> HttpResponse:
    """Show what an allegation tells of one person beside a record: what agrees quiet, what differs loud."""
    row = linkage.allegation(request.actor, allegation, at=request.at)
    if part not in set(Part):
        raise NotFound
    theirs = reached(actor=request.actor, at=request.at)
    found = linkage.candidate(request.actor, row, Part(part), person, at=request.at, reached=theirs)
    decided = [
        one for one in linkage.matches(request.actor, row, at=request.at) if one.person == person and one.part == part
    ]
    return page(
        request,
        "desk/compare.html",
        found=found,
        part=part,
        rows=sides(found),
        decided=decided,
        may_think=_may_think(decided),
        others=_other_records(request, row, Part(part), person),
        names=access_queries.names_of(one.decided_by for one in decided),
        allegation=allegation,
        reference=row.reference,
    )


def _may_think(decided: list[MatchNow]) -> bool:
    """Return whether somebody may say that they think it is this person: while nobody has decided that it is, or is not."""
    standing = [one for one in decided if one.undone_at is None]
    return not any(one.verdict in (Verdict.SAME, Verdict.NOT_SAME) for one in standing)


def _other_records(request: Request, row: Any, part: Part, person: UUID) -> list[Candidate]:
    """Return who else is proposed for this part, where the reader may decide that two records are one person."""
    if not access_queries.may(request.actor, Permission.MATCH_CONFIRM, site=row.site):
        return []
    found = linkage.candidates(request.actor, row, part, at=request.at)
    return [one for one in found if one.id != person and one.comparison.confidence in linkage.WALLED_WHEN]


@requires(Permission.MATCH_CONFIRM, compartments=SHOWN)
def match(request: Request, allegation: UUID) -> HttpResponse:
    """Decide who one part of the allegation is: this person, not this person, cannot say, or somebody new."""

    def does(draft: MatchDraft) -> object:
        decide: Callable[..., object] = {
            Verdict.SAME: services.confirm_match,
            Verdict.NOT_SAME: matching.reject_match,
            Verdict.CANNOT_SAY: matching.cannot_say,
        }.get(draft.verdict, partial(matching.think_match, verdict=draft.verdict))
        return decide(
            actor=request.actor,
            allegation=linkage.allegation(request.actor, allegation, at=request.at),
            part=draft.part,
            reason=draft.reason,
            at=request.at,
            **_named(request, draft.part, draft.person),
        )

    return _answered(request, allegation, MatchDraft, does)


@requires(Permission.MATCH_CONFIRM, compartments=SHOWN, methods=("GET",))
def links(request: Request) -> HttpResponse:
    """List the links that stand provisionally until somebody confirms or refuses them, fifty a page."""
    after, theirs = request.GET.get("after", ""), reached(actor=request.actor, at=request.at)
    value = linkage.to_confirm(request.actor, at=request.at, after=after, reached=theirs)
    return page(request, "desk/links.html", value=value)


@requires(Permission.MATCH_CONFIRM, compartments=SHOWN)
def third(request: Request, allegation: UUID) -> HttpResponse:
    """Record that who is told of as the victim is a third party: an employer, a school, a new partner."""

    def does(draft: ThirdDraft) -> object:
        row = linkage.allegation(request.actor, allegation, at=request.at)
        return services.name_third_party(actor=request.actor, allegation=row, at=request.at, **vars(draft))

    return _answered(request, allegation, ThirdDraft, does)


@requires(Permission.MATCH_UNDO, compartments=SHOWN)
def undo(request: Request, allegation: UUID) -> HttpResponse:
    """Undo a decision on who the allegation is about; everything counted from it is right again."""

    def does(draft: UndoMatchDraft) -> object:
        found = linkage.match(request.actor, draft.match, at=request.at)
        return services.undo_match(actor=request.actor, match=found, reason=draft.reason, at=request.at)

    return _answered(request, allegation, UndoMatchDraft, does)


@requires(Permission.MATCH_UNDO, compartments=SHOWN)
def detach(request: Request, allegation: UUID) -> HttpResponse:
    """Take an act off a case to which it was attached though it does not name its people."""

    def does(draft: DetachDraft) -> object:
        row = linkage.allegation(request.actor, allegation, at=request.at)
        case = attached_to_case(request, draft.case)
        return services.detach_act(actor=request.actor, case=case, allegation=row, reason=draft.reason, at=request.at)

    return _answered(request, allegation, DetachDraft, does)


@requires(Permission.ALLEGATION_TRIAGE, compartments=SHOWN)
def same(request: Request, allegation: UUID) -> HttpResponse:
    """Say that another report tells of the same event, so that both count once; or that they are two events after all."""

    def does(draft: SameEventDraft) -> object:
        row = linkage.allegation(request.actor, allegation, at=request.at)
        other = linkage.allegation(request.actor, draft.other, at=request.at)
        says = services.two_events if draft.apart else services.same_event
        return says(actor=request.actor, allegation=row, other=other, at=request.at)

    return _answered(request, allegation, SameEventDraft, does)


@requires(Permission.ALLEGATION_SCREEN, compartments=SHOWN)
def behaviour(request: Request, allegation: UUID) -> HttpResponse:
    """Record that the allegation shows a behaviour, or that it does not; word rules only propose it."""

    def does(draft: BehaviourDraft) -> object:
        row = linkage.allegation(request.actor, allegation, at=request.at)
        return services.judge_behaviour(actor=request.actor, allegation=row, at=request.at, **vars(draft))

    return _answered(request, allegation, BehaviourDraft, does)


@requires(Permission.ALLEGATION_SCREEN, compartments=SHOWN)
def undo_behaviour(request: Request, allegation: UUID) -> HttpResponse:
    """Undo what was said of a behaviour; what the words propose stands again."""

    def does(draft: UndoBehaviourDraft) -> object:
        judged = cases.behaviour_judged(request.actor, draft.judged, at=request.at)
        return services.undo_behaviour(actor=request.actor, judged=judged, reason=draft.reason, at=request.at)

    return _answered(request, allegation, UndoBehaviourDraft, does)


def _named(request: Request, part: Part, person: UUID | None) -> dict[str, Any]:
    if person is None:
        return {}
    if part is Part.VICTIM:
        return {"victim": people.victim_row(person, actor=request.actor, at=request.at)}
    return {"subject": people.subject_row(person, actor=request.actor, at=request.at)}


def _around(request: Request, allegation: UUID, form: Form) -> dict[str, Any]:
    value, holds = holding.desk_read(actor=request.actor, allegation=allegation, at=request.at)
    asked = (Permission.ALLEGATION_TRIAGE, Permission.MATCH_CONFIRM, Permission.ALLEGATION_SCREEN)
    may_triage, may_decide, may_screen = (access_queries.may(request.actor, one, site=value.told.site) for one in asked)
    earlier = {name: getattr(value.screened.answers, name).value for name in ASKED} if value.screened else UNASKED
    return {
        "value": value,
        "kept_back": files_kept_back(allegation) if value.told.channel is Channel.DIARY else 0,
        "marks": _marks(value),
        "holding": holds,
        "same": same_events(
            actor=request.actor, told=value.told, alike=holds.held.alike, triaged=bool(value.triaged), at=request.at
        ),
        "held": held.held_shown(holds, request.at, allegation if may_triage and may_decide else None),
        "urgency": rules.soonest(value.told.urgency, holds.urgency),
        "why": (*holds.reasons, *value.told.urgency_reasons),
        "happened": held.told_when(value.told, request.at),
        "finding": held.finding(value),
        "two_acts": held.two_acts(value),
        "four_context": held.four_context(value, holds),
        "strip": charts.act_strip(_strip(value)) if value.acts else None,
        "strip_narrow": charts.act_strip(_strip(value), narrow=True) if value.acts else None,
        "victims": [(one, evidence(one)) for one in value.victims],
        "subjects": [(one, evidence(one)) for one in value.subjects],
        "four": [(name, WORDS[name]) for name in FOUR],
        "more": [(name, WORDS[name]) for name in ASKED[len(FOUR) :]],
        "answers": {name: form.value(name) or earlier.get(name) for name in ASKED},
        "outcomes": [(one.value, OUTCOMES[one]) for one in value.outcomes],
        "undone": [one for one in value.decided if one.undone_at],
        "acts": [shown(one, request.actor.staff) for one in reversed(_every(value))],
        "other_cases": [one for one in holds.held.cases if one.reference != value.case],
        "thoughts": [one for one in value.decided if one.verdict.is_thought and one.undone_at is None],
        "both_new": value.names_two and holds.held.is_alone,
        "may_decide": may_decide,
        "may_screen": may_screen,
        "not_said": _not_said(value),
        "may_triage": may_triage,
        "third_roles": held.THIRD_ROLES,
    }


def _not_said(value: DeskPage) -> list[tuple[str, str]]:
    """Return the behaviours of which nothing is said yet, for somebody who reads one that no rule found."""
    said = {one.behaviour for one in value.behaviours}
    return [(each.value, in_words(each)) for each in Behaviour if each not in said]


def _marks(value: DeskPage) -> tuple[Mark, ...]:
    return tuple(Mark(one.start, one.end, _mark_name(one), grave=bool(one.sign)) for one in value.told.mentions)


def _mark_name(one: Mentioned) -> str:
    """Name what was found, and how it is said where it is not told as a fact."""
    return one.name if one.manner is Manner.TOLD or one.sign else together(", ", (one.name, named(one.manner)))


def _every(value: DeskPage) -> list[ActRow]:
    """Return the acts and those that may belong with them, which are drawn as not confirmed, oldest first."""
    return sorted((*value.acts, *value.possible), key=lambda one: (one.happened_at, one.allegation))


def _strip(value: DeskPage) -> tuple[charts.StripAct, ...]:
    return tuple(
        charts.StripAct(
            at=one.happened_at,
            label=one.recorded_class.words if one.recorded_class else Word("not recorded"),
            seriousness=one.seriousness,
            confirmed=one.confirmed,
            breach=one.is_breach,
            time_known=one.time_known,
        )
        for one in _every(value)
    )


# ---- on the day --------------------------------------------------------------------------------------------------


#: So many of the newest reports stand on the day.
NEWEST = 20
#: In which time somebody looks at an allegation; at one that says danger now, at once.
WITHIN = {
    each: timedelta(hours=hours) for each, hours in ((Urgency.TODAY, 8), (Urgency.SOON, 72), (Urgency.ROUTINE, 120))
}


_first = partial(holding.ahead, newest=NEWEST)


@source(Permission.ALLEGATION_TRIAGE, there=anywhere.at_desk, first_for={Role.POLICE_ANALYST}, ahead=_first)
def new_allegations(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield what waits at the desk: what seems to name somebody of an open case, what says danger now, the newest, and
    that there are more, which are overdue where one of them is.

    A feed of thousands may not push a threat to kill off the page. They are the analyst's own; what would be an act under
    an order is that of whoever works on that case too.
    """
    found = holding.first_in_queue(actor=actor, at=at, newest=NEWEST, within=WITHIN)
    desk_is_theirs = Role.POLICE_ANALYST in actor.roles
    for one in found.shown:
        yield WorkRow(
            due_at=one.row.received_at + WITHIN.get(one.urgency, timedelta(0)),
            what=sentence("Triage: {1}", _class_of(one.row)),
            href=link_to("desk:allegation", allegation=one.row.id),
            why=together("; ", one.reasons) or Word("new at the desk"),
            detail=one.row.reference,
            at_once=one.urgency is Urgency.NOW,
            mine=desk_is_theirs or any(each.case.mine for each in one.holding.under),
        )
    if found.more:
        is_late = found.late > 0 or found.cut
        yield WorkRow(
            due_at=None,
            due="" if not is_late else "past its time" if found.late == 1 and not found.cut else "past their time",
            what="More reports wait at the desk",
            href=reverse("desk:list"),
            why=ONLY[found.cut],
            detail=late_and_more(found.late) if found.late and not found.cut else "",
            overdue=is_late,
            mine=desk_is_theirs,
            more=True,
            more_overdue=found.late > 1 or found.cut,
        )


@source(Permission.ALLEGATION_TRIAGE, there=anywhere.at_desk, first_for={Role.UNIT_COORDINATOR})
def reports_of_nobody(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield, for whoever keeps the unit's day, that reports wait at the desk past their time, in one row."""
    late = at_desk.untriaged_late(actor=actor, at=at, within=WITHIN) if Role.UNIT_COORDINATOR in actor.roles else 0
    if late:
        yield WorkRow(
            due_at=None,
            due="past their time",
            what=find_somebody(late),
            href=reverse("desk:list"),
            why="nobody has triaged them in time",
            decide=True,
            mine=True,
        )


@source(Permission.MATCH_CONFIRM, there=anywhere.at_desk, ahead=compared_ahead)
def reports_to_compare(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the reports that nobody but whoever reads how a victim is reached can bring to that victim."""
    for one in to_compare(actor=actor, at=at):
        yield WorkRow(
            due_at=None,
            what=sentence("Say whether a report is about {1}", one.name),
            href=link_to("desk:compare", allegation=one.allegation, part="victim", person=one.victim),
            why="it tells a number or an address that you may compare and the desk may not",
            detail=one.reference,
            rank=1,
            mine=True,
        )


def _class_of(allegation: DeskRow) -> str:
    recorded = allegation.recorded_class
    return recorded.label if recorded else allegation.class_as_recorded or Word("allegation")


urlpatterns = [
    path("desk/", listing, name="desk:list"),
    path("desk/links/", links, name="desk:links"),
    path("desk/<uuid:allegation>/", allegation, name="desk:allegation"),
    path("desk/<uuid:allegation>/triage/", triage, name="desk:triage"),
    path("desk/<uuid:allegation>/compare/<str:part>/<uuid:person>/", compare, name="desk:compare"),
    path("desk/<uuid:allegation>/match/", match, name="desk:match"),
    path("desk/<uuid:allegation>/third-party/", third, name="desk:third"),
    path("desk/<uuid:allegation>/undo/", undo, name="desk:undo"),
    path("desk/<uuid:allegation>/detach/", detach, name="desk:detach"),
    path("desk/<uuid:allegation>/same/", same, name="desk:same"),
    path("desk/<uuid:allegation>/behaviour/", behaviour, name="desk:behaviour"),
    path("desk/<uuid:allegation>/behaviour/undo/", undo_behaviour, name="desk:undo_behaviour"),
]
