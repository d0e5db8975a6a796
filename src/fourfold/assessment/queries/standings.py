"""What was assessed: by whom, with what, what was advised beside what was judged, and what is missing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from fourfold.access import queries as access_queries
from fourfold.access.projection import Projection, Through
from fourfold.access.projection import Staff as StaffName
from fourfold.access.terms import Compartment, Opened
from fourfold.assessment import instruments, rules
from fourfold.assessment.models import Answer, Assessment
from fourfold.assessment.queries import library
from fourfold.assessment.queries.filling import CIRCUMSTANCES, UnfinishedDraft, drafts_of, may_fill_in
from fourfold.assessment.queries.recorded_forms import GONE, RISK, RecordedForms, found_in, level_of, said
from fourfold.assessment.queries.rounds import RoundLine, rounds_of
from fourfold.assessment.queries.signatures import AskedSignature, signatures_of
from fourfold.assessment.queries.working_out import as_kept
from fourfold.assessment.terms import AdviceState, Agreement, Informant, Instrument, Slot, Standing, WorkedOut
from fourfold.assessment.terms.filling import Circumstances
from fourfold.assessment.terms.rounds import RoundPhase
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case, ReviewDue
from fourfold.cases.terms import Level, Trigger
from fourfold.words import Word, sentence, together

FIRST_LINE = "first-line"


# --- one case ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AssessmentRow:
    """One signed assessment: what was judged beside what was advised. `changed` says that the advice was seen, and
    the level changed after it.

    `round` is the round in which it is a rating, or of which it is the `agreed` record; a `sealed` rating is seen by
    its author alone until all lie open.
    """

    id: UUID
    instrument: str
    title: str
    version: int
    by: str
    profession: str
    signed_at: datetime
    advice_state: AdviceState
    advised: Level | None
    could_be: Level | None
    first_level: Level | None
    level: Level | None
    reason: str
    countersigned_by: str
    critical: tuple[str, ...]
    missing: int
    formulation: str
    stale: tuple[str, ...] = ()
    round: UUID | None = None
    agreed: bool = False
    sealed: bool = False

    @property
    def changed(self) -> bool:
        """True when the level that was set is another than the one chosen before the advice."""
        return self.first_level is not self.level


@dataclass(frozen=True)
class Needed:
    """A form that should be filled in for a case, and why."""

    instrument: str
    title: str
    why: str


@dataclass(frozen=True)
class Standings:
    """Where the assessments of a case stand: the latest on each form, all of them, and what should be made.

    A rating of a round is never the latest: the record that the raters agree on is.
    """

    latest: tuple[AssessmentRow, ...]
    history: tuple[AssessmentRow, ...]
    needed: tuple[Needed, ...]


@dataclass(frozen=True)
class AssessmentPage:
    """What the assessment part of a case shows."""

    case: UUID
    reference: str
    site: str
    level: Level | None
    standings: Standings
    forms: tuple[tuple[str, str], ...]
    drafts: tuple[UnfinishedDraft, ...]
    rounds: tuple[RoundLine, ...]
    signatures: tuple[AskedSignature, ...]
    agreement: Agreement
    may_record: bool


def standings(opened: Opened, site: str, level: Level | None, *, at: datetime, reader: UUID | None = None) -> Standings:
    """Return where the assessments of an opened case stand: three statements, and one for each form and wording that
    was brought in. The caller keeps account of the reading.

    Nothing is returned to somebody to whom the risk compartment is closed. Of ratings that are sealed in a round, only
    those of `reader` stand in the history, and none where nobody is named.
    """
    if not opened.may_read(Compartment.RISK):
        return Standings((), (), ())
    found = list(
        Assessment.objects.of(opened, reader=reader).select_related("seat__round").order_by("-signed_at", "-id")
    )
    events = [
        (Trigger(trigger), when)
        for trigger, when in ReviewDue.objects.of(opened).values_list("trigger", "recorded_at")
        if trigger not in (Trigger.CLOCK, Trigger.OPENED)
    ]
    names, forms = access_queries.names_of(ROW.staff_in(found)), RecordedForms(site)
    history = tuple(_row(row, forms.of(row), names, events, at) for row in found)
    alone = [row for row, made in zip(history, found, strict=True) if made.seat_id is None]
    latest = tuple({row.instrument: row for row in reversed(alone)}.values())
    return Standings(latest, history, _needed(latest, level))


ROW = Projection(
    AssessmentRow,
    Assessment,
    "title",
    "stale",
    "round",
    "sealed",
    by=StaffName("recorded_by", GONE),
    level="professional_level",
    countersigned_by=StaffName("countersigned_by"),
    missing=Through(len, "missing"),
    agreed="agreed_in",
)


def _row(
    row: Assessment, form: Instrument, names: dict[UUID, str], events: list[tuple[Trigger, datetime]], at: datetime
) -> AssessmentRow:
    seat = row.seat
    return ROW(
        row,
        names=names,
        title=form.title,
        stale=() if seat else rules.needs_reassessment(form, assessed_at=row.signed_at, at=at, events=events),
        round=seat.round_id if seat else row.agreed_in_id,
        sealed=seat is not None and seat.round.phase == RoundPhase.INDEPENDENT,
    )


def _needed(latest: tuple[AssessmentRow, ...], level: Level | None) -> tuple[Needed, ...]:
    """Return a first-line form where there is none, the form that the level calls for, and whatever no longer holds."""
    by_key = {row.instrument: row for row in latest}
    needed = [Needed(row.instrument, row.title, together(" ", row.stale)) for row in latest if row.stale]
    first = instruments.load(FIRST_LINE)
    if not latest:
        needed.append(Needed(first.key, first.title, Word("No assessment yet.")))
    worst = max((x for row in latest for x in (row.level, row.advised) if x), key=lambda x: x.rank, default=level)
    following = rules.next_instrument(first, worst) if worst else None
    if following and following not in by_key:
        form = instruments.load(following)
        needed.append(
            Needed(form.key, form.title, sentence("A level of {1} calls for it.", worst.words) if worst else "")
        )
    return tuple(needed)


def open_questions(opened: Opened) -> tuple[str, ...]:
    """Return the titles of the questions that the latest first-line form left open, or answered with not known: one
    statement. The caller keeps account of the reading."""
    if not opened.may_read(Compartment.RISK):
        return ()
    made = Assessment.objects.of(opened).filter(instrument=FIRST_LINE, seat__isnull=True)
    latest = made.order_by("-signed_at").first()
    return () if latest is None else _titles(instruments.load(latest.instrument, latest.version), latest.missing)


def assessment_page(*, actor: Actor, case_id: UUID, at: datetime) -> AssessmentPage:
    """Return what the assessment part of a case shows, or raise NotFound: twenty-four statements and the log's, and one
    for each form and wording that was brought in."""
    opened = access_queries.opened(actor, case_id, at=at)
    case = Case.objects.of(opened).only("reference", "site", "level").get()
    level = level_of(case.level)
    standing = standings(opened, case.site, level, at=at, reader=actor.staff)
    audit.consulted(
        actor, "case.assessments", at=at, file=case_id, compartments=RISK,
        fields=frozenset({"assessments", "signatures"}), count=len(standing.history),
    )  # fmt: skip
    return AssessmentPage(
        case=case.pk,
        reference=case.reference,
        site=case.site,
        level=level,
        standings=standing,
        forms=_forms(case.site, at),
        drafts=drafts_of(actor, opened, case.site),
        rounds=rounds_of(actor, opened, case.site),
        signatures=signatures_of(actor, opened),
        agreement=_agreement(actor, at, Q(case__site=case.site)),
        may_record=may_fill_in(actor, opened, case.site),
    )


def _forms(site: str, at: datetime) -> tuple[tuple[str, str], ...]:
    """Return the forms that professionals may fill in at a site now, by title."""
    return tuple(
        (card.key, card.title)
        for card in library.forms_of(site, at=at)
        if card.is_active and card.informant is not Informant.SELF
    )


# --- one assessment ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AnswerShown:
    """One question as it was asked, and what was answered in words; `given` false where it was left open."""

    section: str
    title: str
    axis: str
    repeat: int
    said: str
    note: str
    given: bool


@dataclass(frozen=True)
class AssessmentShown:
    """One assessment with everything that was answered, and what the form worked out as its signer saw it: None where
    it works something out and was signed before that was kept."""

    case: UUID
    reference: str
    row: AssessmentRow
    notice: str
    reasons: tuple[str, ...]
    by_hand: tuple[str, ...]
    missing: tuple[str, ...]
    computed: tuple[WorkedOut, ...] | None
    answers: tuple[AnswerShown, ...]
    circumstances: Circumstances
    informed_by: str
    minutes: int | None


def assessment(*, actor: Actor, case_id: UUID, assessment_id: UUID, at: datetime) -> AssessmentShown:
    """Return one signed assessment with its answers, or raise NotFound; a sealed rating to its author alone."""
    opened = access_queries.opened(actor, case_id, at=at)
    mine = Assessment.objects.of(opened, reader=actor.staff).filter(pk=assessment_id)
    found = found_in(opened, mine.select_related("case", "seat__round"))
    form = RecordedForms(found.case.site).of(found)
    audit.consulted(
        actor, "case.assessment", at=at, file=case_id, compartments=RISK, fields=frozenset({"answers", "formulation"})
    )
    return AssessmentShown(
        case=case_id,
        reference=found.case.reference,
        row=_row(found, form, access_queries.names_of(ROW.staff_in([found])), [], at),
        notice=form.notice,
        reasons=tuple(found.advice_reasons),
        by_hand=_titles(form, found.by_hand),
        missing=_titles(form, found.missing),
        computed=_computed(form, found),
        answers=tuple(_shown(form, opened, found)),
        circumstances=CIRCUMSTANCES(found),
        informed_by=found.informed_by,
        minutes=found.minutes,
    )


def _computed(form: Instrument, found: Assessment) -> tuple[WorkedOut, ...] | None:
    if found.computed is not None:
        return as_kept(found.computed)
    return None if form.scores or any(item.is_computed for item in form.items) else ()


def _titles(form: Instrument, fields: Iterable[str]) -> tuple[str, ...]:
    """Return the titles of the questions behind some fields (`threats`, `anger.now`, `story-2`), each once."""
    items = {slot.field: slot.item for slot in form.slots()}
    return tuple(dict.fromkeys(form.item(items.get(name, name.partition(".")[0])).title for name in fields))


def _by_time(form: Instrument) -> list[Slot]:
    """Return the places for answers, those of each time together where a part of the form is filled in several times."""
    places, first = {item.key: n for n, item in enumerate(form.items)}, dict[str, int]()
    for item in form.items:
        first.setdefault(item.section, places[item.key])
    several = {section.key for section in form.sections if section.repeats > 1}

    def place(slot: Slot) -> tuple[int, int]:
        item = form.item(slot.item)
        block = next((each for each in reversed((item, *form.above(item))) if each.repeats > 1), item)
        return first[item.section] if item.section in several else places[block.key], slot.repeat

    return sorted(form.slots(), key=place)


def _shown(form: Instrument, opened: Opened, found: Assessment) -> Iterable[AnswerShown]:
    rows = Answer.objects.of(opened, reader=found.recorded_by).filter(assessment=found)
    stored = {(row.item, row.axis, row.repeat): row for row in rows}
    sections = {section.key: section.title for section in form.sections}
    axes = {axis.key: axis.title for axis in form.axes}
    for slot in _by_time(form):
        row = stored.get((slot.item, slot.axis, slot.repeat))
        item = form.item(slot.item)
        if row is None or item.is_computed:
            continue
        yield AnswerShown(
            sections[item.section],
            item.title,
            axes.get(slot.axis, ""),
            slot.repeat,
            said(form, slot, row),
            row.note,
            row.standing == Standing.GIVEN,
        )


# --- lists ------------------------------------------------------------------------------------------------


def _agreement(actor: Actor, at: datetime, which: Q) -> Agreement:
    pairs = Assessment.objects.visible_to(actor, at=at).filter(which).values_list("first_level", "advised")
    return rules.agreement_rate((first or None, advised or None) for first, advised in pairs)
