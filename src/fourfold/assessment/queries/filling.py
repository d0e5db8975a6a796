"""Filling in a form: an empty one, one that a draft fills, the advice beside it, and what waits to be gone on with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.db.models import Q

from fourfold.access import queries as access_queries
from fourfold.access.paging import WHOLE
from fourfold.access.projection import Projection, Through
from fourfold.access.terms import Compartment, NotFound, Opened, Permission
from fourfold.assessment import rules
from fourfold.assessment.models import Assessment, Draft, Round
from fourfold.assessment.queries import library
from fourfold.assessment.queries.recorded_forms import RISK, RecordedForms, form_of, found_in, level_of
from fourfold.assessment.queries.rounds import RoundLine, answers_agreed, round_line
from fourfold.assessment.queries.working_out import as_answered, worked_out
from fourfold.assessment.terms import (
    Advice,
    Answer,
    CannotRecord,
    Informant,
    Instrument,
    Meaning,
    Problem,
    UnknownInstrument,
    WorkedOut,
)
from fourfold.assessment.terms.filling import Circumstances
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.cases.terms import Level, ShownLevel


@dataclass(frozen=True)
class UnfinishedDraft:
    """A form of the reader's own that was begun and not signed. `advice_seen`: only the signature is missing."""

    id: UUID
    instrument: str
    title: str
    kept_at: datetime
    advice_seen: bool
    answered: int
    reference: str = ""
    level: ShownLevel = None


@dataclass(frozen=True)
class FormPage:
    """An empty form of a case, or one that a draft fills. `round` is the round that it is filled in for; `agrees` says
    that it is the round's record, begun with what all raters said alike."""

    case: UUID
    reference: str
    level: Level | None
    form: Instrument
    answers: tuple[Answer, ...] = ()
    round: RoundLine | None = None
    agrees: bool = False


@dataclass(frozen=True)
class DraftPage:
    """A filled-in form with its author's choice and, once that was made, the advice beside it.

    `open_questions` are what the form still lacks, in words; they may stay open and are then kept as not given. For those
    `passed_over` somebody says why.
    `unread` is what was typed and is no answer, by field, with what is wrong with it.
    """

    draft: UUID
    page: FormPage
    first_level: Level | None
    level: Level | None
    advice_seen: bool
    advice: Advice
    computed: tuple[WorkedOut, ...]
    open_questions: tuple[Problem, ...]
    passed_over: tuple[Answer, ...]
    unread: Mapping[str, str]
    wrong: tuple[Problem, ...]
    formulation: str
    minutes: int | None
    informed_by: str
    circumstances: Circumstances
    kept_at: datetime


CIRCUMSTANCES = Projection(Circumstances, Assessment)
"""How a form was filled in: a draft says it in the same columns."""

UNFINISHED = Projection(
    UnfinishedDraft,
    Draft,
    "title",
    "reference",
    "level",
    kept_at="recorded_at",
    answered=Through(lambda answers: len({answer["item"] for answer in answers}), "answers"),
)


def may_fill_in(actor: Actor, opened: Opened, site: str) -> bool:
    return Compartment.RISK in opened.writable and access_queries.may(actor, Permission.ASSESSMENT_RECORD, site=site)


def form_page(*, actor: Actor, case_id: UUID, instrument: str, at: datetime) -> FormPage:
    """Return an empty form for a case that is open to the actor for writing, or raise NotFound: also for a form that
    this site may not use, or that the victim answers."""
    opened = access_queries.opened(actor, case_id, at=at)
    case = Case.objects.of(opened).only("reference", "site", "level").get()
    try:
        form = library.form(case.site, instrument, at=at)
    except (CannotRecord, UnknownInstrument) as unusable:
        raise NotFound from unusable
    if form.informant is Informant.SELF:
        raise NotFound
    _account(actor, case_id, at, "level")
    return FormPage(case.pk, case.reference, level_of(case.level), form)


def round_form_page(*, actor: Actor, case_id: UUID, round_id: UUID, at: datetime) -> FormPage:
    """Return the form of a round as the actor fills it in now: empty for the own rating, or, once the ratings lie
    open, the record begun with what all said alike. Raises NotFound for a round that is not there."""
    opened = access_queries.opened(actor, case_id, at=at)
    case = Case.objects.of(opened).only("reference", "site", "level").get()
    found = found_in(opened, Round.objects.of(opened).filter(pk=round_id))
    line = round_line(actor, opened, found, case.site)
    form = form_of(found, case.site)
    begun = answers_agreed(opened, found, form) if line.may_agree else ()
    _account(actor, case_id, at, "level", "ratings" if line.may_agree else "round")
    return FormPage(case.pk, case.reference, level_of(case.level), form, begun, line, line.may_agree)


def draft_page(*, actor: Actor, case_id: UUID, draft_id: UUID, at: datetime) -> DraftPage:
    """Return an unsigned draft of the actor's own with the advice that its answers give, or raise NotFound."""
    return _page_of(actor, draft_to_sign(actor=actor, case_id=case_id, draft_id=draft_id, at=at), at)


def shown_draft(*, actor: Actor, case_id: UUID, draft_id: UUID, at: datetime) -> DraftPage:
    """Return a draft of the actor's own as it was when it was shown, gone on with since or not, or raise NotFound."""
    opened = access_queries.opened(actor, case_id, at=at)
    mine = Draft.objects.of(opened).filter(pk=draft_id, recorded_by=actor.staff)
    return _page_of(actor, found_in(opened, mine.select_related("case", "round")), at)


def _page_of(actor: Actor, draft: Draft, at: datetime) -> DraftPage:
    case_id, site = draft.case_id, draft.case.site
    opened = access_queries.opened(actor, case_id, at=at)
    form, given = form_of(draft, site), answers_of(draft)
    whole = as_answered(site, form, given, at=at)
    over = rules.passed_over(form, whole)
    line = round_line(actor, opened, draft.round, site) if draft.round else None
    _account(actor, case_id, at, "draft", "advice")
    return DraftPage(
        draft=draft.pk,
        page=FormPage(draft.case_id, draft.case.reference, level_of(draft.case.level), form, given, line, draft.agrees),
        first_level=level_of(draft.first_level),
        level=level_of(draft.level),
        advice_seen=draft.advice_seen,
        advice=rules.advice(form, whole),
        computed=worked_out(site, form, given, at=at),
        open_questions=rules.gaps(form, whole),
        passed_over=over,
        unread=dict(draft.unread),
        wrong=rules.read_answers(form, draft.unread)[1],
        formulation=next((answer.text for answer in given if answer.item == "formulation"), ""),
        minutes=draft.minutes,
        informed_by=draft.informed_by,
        circumstances=CIRCUMSTANCES(draft),
        kept_at=draft.recorded_at,
    )


def latest_draft(*, actor: Actor, case_id: UUID, draft_id: UUID, at: datetime) -> UUID:
    """Return the draft in which one's own form now stands, where it was gone on with since `draft_id` was shown: in
    another window, on another device. Raises NotFound where it was signed, or is not the actor's."""
    opened = access_queries.opened(actor, case_id, at=at)
    own = Draft.objects.of(opened).filter(recorded_by=actor.staff)
    shown = found_in(opened, own.filter(pk=draft_id))
    first = shown.chain or shown.pk
    return found_in(opened, own.filter(Q(chain=first) | Q(pk=first), signed__isnull=True, revised_by__isnull=True)).pk


def draft_to_sign(*, actor: Actor, case_id: UUID, draft_id: UUID, at: datetime) -> Draft:
    """Return an unsigned draft of the actor's own, to be handed to a service, or raise NotFound."""
    opened = access_queries.opened(actor, case_id, at=at)
    mine = Draft.objects.of(opened).filter(pk=draft_id, recorded_by=actor.staff, signed__isnull=True)
    return found_in(opened, mine.filter(revised_by__isnull=True).select_related("case", "round"))


def drafts_of(actor: Actor, opened: Opened, site: str) -> tuple[UnfinishedDraft, ...]:
    """Return the actor's own unfinished forms of an opened case, the latest first: one statement, and one for each
    form and wording that was brought in."""
    if not opened.may_read(Compartment.RISK):
        return ()
    forms = RecordedForms(site)
    rows = Draft.objects.of(opened).filter(**_waiting(actor)).order_by("-recorded_at")
    return tuple(UNFINISHED(row, opened=opened, title=forms.of(row).title) for row in rows[:WHOLE])


def title_of(site: str, form: Mapping[str, Any], *, at: datetime) -> str:
    """Return the title of the form on which a draft was kept at a moment, by its instrument, version and sums."""
    return form_of(SimpleNamespace(**form, recorded_at=at), site).title


def _waiting(actor: Actor) -> dict[str, Any]:
    return {"recorded_by": actor.staff, "signed__isnull": True, "revised_by__isnull": True, "dropped_at__isnull": True}


def answers_of(draft: Draft) -> tuple[Answer, ...]:
    return tuple(
        Answer(**{**kept, "absent": Meaning(kept["absent"]) if kept.get("absent") else None}) for kept in draft.answers
    )


def _account(actor: Actor, case_id: UUID, at: datetime, *fields: str) -> None:
    audit.consulted(actor, "case.assessments", at=at, file=case_id, compartments=RISK, fields=frozenset(fields))
