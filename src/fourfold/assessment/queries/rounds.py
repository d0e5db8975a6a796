"""Rounds of raters: who is in, what lies open, and the ratings side by side once all have rated alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access.paging import WHOLE
from fourfold.access.projection import Projection
from fourfold.access.projection import Staff as StaffName
from fourfold.access.terms import Compartment, NotFound, Opened, Permission
from fourfold.assessment.models import Answer, Assessment, PhaseEntered, Round, Seat
from fourfold.assessment.queries.recorded_forms import (
    GONE,
    RISK,
    RecordedForms,
    form_of,
    found_in,
    level_of,
    profession_of,
    said,
    staff_name,
)
from fourfold.assessment.rules import rounds as rules
from fourfold.assessment.terms import Answer as Given
from fourfold.assessment.terms import Instrument, Slot, Standing
from fourfold.assessment.terms.rounds import Compared, Rating, RoundPhase, SeatNow
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.cases.terms import Level, ShownLevel


@dataclass(frozen=True)
class SeatShown:
    """A seat: for whom it is kept, and who has signed in it and when. Never what was signed."""

    profession: str
    kept_for: str
    signed_by: str
    signed_at: datetime | None


@dataclass(frozen=True)
class RoundLine:
    """A round as every page shows it: where it stands, who is in, and what the reader may do now.

    `mine` says that the reader has a seat, `rated` that the reader's rating is in. Nothing of it tells what anybody
    rated.
    """

    id: UUID
    instrument: str
    title: str
    phase: RoundPhase
    lead: str
    why: str
    opened_at: datetime
    seats: tuple[SeatShown, ...]
    mine: bool
    rated: bool
    may_rate: bool
    may_close: bool
    may_agree: bool
    reference: str = ""
    level: ShownLevel = None

    @property
    def signed(self) -> int:
        return sum(seat.signed_at is not None for seat in self.seats)


@dataclass(frozen=True)
class Cell:
    """What one rater said to one question, in words; `given` false where it was left open."""

    said: str
    note: str
    given: bool


@dataclass(frozen=True)
class ComparedRow:
    """One question with what every rater said to it, and how these stand to each other."""

    section: str
    title: str
    axis: str
    repeat: int
    cells: tuple[Cell, ...]
    how: Compared


@dataclass(frozen=True)
class Rated:
    """One rater's column: who, and which level was chosen before and after the advice."""

    assessment: UUID
    by: str
    profession: str
    signed_at: datetime
    first_level: Level | None
    level: Level | None
    advised: Level | None
    reason: str


@dataclass(frozen=True)
class PhaseShown:
    """A phase that a round entered."""

    phase: RoundPhase
    at: datetime
    by: str
    because: str


RATED = Projection(Rated, Assessment, assessment="id", by=StaffName("recorded_by", GONE), level="professional_level")
PHASE = Projection(PhaseShown, PhaseEntered, at="recorded_at", by=StaffName("recorded_by", GONE))


@dataclass(frozen=True)
class RoundPage:
    """One round. `ratings` and `rows` are empty until the ratings lie open; `record` is what was agreed."""

    case: UUID
    reference: str
    line: RoundLine
    phases: tuple[PhaseShown, ...]
    ratings: tuple[Rated, ...]
    rows: tuple[ComparedRow, ...]
    record: UUID | None
    why_not_rate: str
    why_not_agree: str

    @property
    def conversations(self) -> tuple[ComparedRow, ...]:
        """The questions to talk about, in the order of the form."""
        return tuple(row for row in self.rows if row.how.is_conversation)

    @property
    def levels(self) -> Compared:
        chosen = [rating.level for rating in self.ratings]
        if not any(chosen):
            return Compared.OPEN_FOR_ALL
        if not all(chosen):
            return Compared.OPEN_FOR_SOME
        return Compared.SAME if len(set(chosen)) == 1 else Compared.DIFFERENT


# --- lines ------------------------------------------------------------------------------------------------


def rounds_of(actor: Actor, opened: Opened, site: str) -> tuple[RoundLine, ...]:
    """Return the rounds of an opened case, the latest first: four statements, and one for each form and wording that
    was brought in. The caller keeps account of the reading."""
    if not opened.may_read(Compartment.RISK):
        return ()
    found = list(Round.objects.of(opened).order_by("-recorded_at", "-id")[:WHOLE])
    return _lines(actor, found, {row.pk: site for row in found})


def round_line(actor: Actor, opened: Opened, round_: Round, site: str) -> RoundLine:
    """Return one round of an opened case: three statements."""
    if round_.case_id != opened.file:
        raise NotFound
    return _lines(actor, [round_], {round_.pk: site})[0]


def round_waits(actor: Actor, site: str, phase: RoundPhase, seats: Sequence[Any], *, leads: bool) -> tuple[bool, bool]:
    """Return whether a round waits for the actor's rating, and whether for the record that they may write. Its seats: name,
    profession, for whom each is kept and who has signed in it."""
    if not access_queries.may(actor, Permission.ASSESSMENT_RECORD, site=site):
        return False, False
    now = [SeatNow(seat, profession, *(each and UUID(each) for each in who)) for seat, profession, *who in seats]
    rates = rules.why_not_rate(phase, now, actor.staff, profession_of(actor, site)) is None
    return rates, rules.why_not_agree(phase, now, actor.staff, leads=leads) is None


def _lines(actor: Actor, found: Sequence[Round], sites: dict[UUID, str]) -> tuple[RoundLine, ...]:
    seats = list(
        Seat.objects.unscoped("of rounds that were opened").filter(round__in=found).seen().order_by("position")
    )
    signed = {
        seat: (by, when)
        for seat, by, when in Assessment.objects.unscoped("who has signed, not what")
        .filter(seat__in=seats)
        .seen()
        .values_list("seat", "recorded_by", "signed_at")
    }
    names = access_queries.names_of(
        {row.lead for row in found} | {seat.staff for seat in seats if seat.staff} | {by for by, _ in signed.values()}
    )
    forms = {site: RecordedForms(site) for site in set(sites.values())}
    return tuple(
        _line(actor, row, sites[row.pk], forms, [seat for seat in seats if seat.round_id == row.pk], signed, names)
        for row in found
    )


def _line(
    actor: Actor,
    row: Round,
    site: str,
    forms: dict[str, RecordedForms],
    seats: list[Seat],
    signed: dict[UUID, tuple[UUID, datetime]],
    names: dict[UUID, str],
) -> RoundLine:
    phase, now = RoundPhase(row.phase), tuple(_now(seat, signed) for seat in seats)
    profession, leads = profession_of(actor, site), row.lead == actor.staff
    seat = rules.seat_for(now, actor.staff, profession)
    chairs = leads or access_queries.may(actor, Permission.PANEL_CONVENE, site=site)
    rates = access_queries.may(actor, Permission.ASSESSMENT_RECORD, site=site)
    return RoundLine(
        id=row.pk,
        instrument=row.instrument,
        title=forms[site].of(row).title,
        phase=phase,
        lead=staff_name(names, row.lead),
        why=row.why,
        opened_at=row.recorded_at,
        seats=tuple(_seat_shown(each, signed, names) for each in seats),
        mine=seat is not None,
        rated=seat is not None and seat.signed_by is not None,
        may_rate=rates and rules.why_not_rate(phase, now, actor.staff, profession) is None,
        may_close=rules.why_not_close(phase, now, may_lead=chairs, reason="asked for on the page") is None,
        may_agree=rates and rules.why_not_agree(phase, now, actor.staff, leads=leads) is None,
    )


def _now(seat: Seat, signed: dict[UUID, tuple[UUID, datetime]]) -> SeatNow:
    by, _ = signed.get(seat.pk, (None, None))
    return SeatNow(seat.pk, seat.profession, seat.staff, by)


def _seat_shown(seat: Seat, signed: dict[UUID, tuple[UUID, datetime]], names: dict[UUID, str]) -> SeatShown:
    by, when = signed.get(seat.pk, (None, None))
    return SeatShown(seat.profession, staff_name(names, seat.staff), staff_name(names, by), when)


def seats_of(opened: Opened, round_: Round) -> tuple[SeatNow, ...]:
    """Return the seats of a round of an opened case in their order, with who has signed in each: two statements."""
    seats = list(Seat.objects.of(opened).filter(round=round_).order_by("position"))
    rows = Assessment.objects.unscoped("who has signed, not what").filter(seat__in=seats).seen()
    signed = {seat: (by, when) for seat, by, when in rows.values_list("seat", "recorded_by", "signed_at")}
    return tuple(_now(seat, signed) for seat in seats)


# --- one round --------------------------------------------------------------------------------------------


def round_page(*, actor: Actor, case_id: UUID, round_id: UUID, at: datetime) -> RoundPage:
    """Return one round as its reader may see it now, or raise NotFound: eighteen statements and the log's.

    Until the ratings lie open it tells who has rated and nothing else, also to the lead and to those who have.
    """
    opened = access_queries.opened(actor, case_id, at=at)
    case = Case.objects.of(opened).only("reference", "site").get()
    found = found_in(opened, Round.objects.of(opened).filter(pk=round_id))
    line, form = round_line(actor, opened, found, case.site), form_of(found, case.site)
    ratings = _ratings(opened, found)
    seats, profession = seats_of(opened, found), profession_of(actor, case.site)
    names = access_queries.names_of(row.recorded_by for row in ratings)
    audit.consulted(
        actor, "case.round", at=at, file=case_id, compartments=RISK,
        fields=frozenset({"round", "ratings"} if ratings else {"round"}), count=len(ratings),
    )  # fmt: skip
    return RoundPage(
        case=case.pk,
        reference=case.reference,
        line=line,
        phases=_phases(opened, found),
        ratings=tuple(RATED(row, names=names) for row in ratings),
        rows=tuple(_rows(form, opened, ratings)),
        record=Assessment.objects.of(opened).filter(agreed_in=found).values_list("pk", flat=True).first(),
        why_not_rate=rules.why_not_rate(line.phase, seats, actor.staff, profession) or "",
        why_not_agree=rules.why_not_agree(line.phase, seats, actor.staff, leads=found.lead == actor.staff) or "",
    )


def round_to_fill(*, actor: Actor, case_id: UUID, round_id: UUID, at: datetime) -> Round:
    """Return a round of a case that is open to the actor, to be handed to a service, or raise NotFound."""
    opened = access_queries.opened(actor, case_id, at=at)
    return found_in(opened, Round.objects.of(opened).select_related("case").filter(pk=round_id))


def _ratings(opened: Opened, round_: Round) -> list[Assessment]:
    """Return the ratings of a round, in the order of its seats; none, the reader's own neither, before they lie open."""
    rows = Assessment.objects.of(opened).filter(seat__round=round_)
    return list(rows.select_related("seat").order_by("seat__position"))


def _phases(opened: Opened, round_: Round) -> tuple[PhaseShown, ...]:
    order = list(RoundPhase)
    shown = PHASE.all(PhaseEntered.objects.of(opened).filter(round=round_))
    return tuple(sorted(shown, key=lambda entered: order.index(entered.phase)))


def _rows(form: Instrument, opened: Opened, ratings: list[Assessment]) -> Iterable[ComparedRow]:
    """Return one row for each place of the form that somebody answered or left open, side by side."""
    stored = _stored(opened, ratings)
    laid = _laid(form, ratings, stored)
    sections = {section.key: section.title for section in form.sections}
    for slot in form.slots():
        item, axis = form.item(slot.item), form.axis(slot.axis)
        rows = [stored.get((rating.pk, slot)) for rating in ratings]
        if item.hidden or item.is_computed or not any(rows):
            continue
        yield ComparedRow(
            sections.get(item.section, ""),
            item.title or item.text,
            axis.title if axis else "",
            slot.repeat,
            tuple(_cell(form, slot, row) for row in rows),
            rules.compared(slot.field, laid, in_words=form.scale_of(slot) is None),
        )


def _stored(opened: Opened, ratings: list[Assessment]) -> dict[tuple[UUID, Slot], Answer]:
    rows = Answer.objects.of(opened).filter(assessment__in=ratings)
    return {(row.assessment_id, Slot(row.item, row.axis, row.repeat)): row for row in rows}


def _cell(form: Instrument, slot: Slot, row: Answer | None) -> Cell:
    if row is None:
        return Cell("not answered", "", False)
    return Cell(said(form, slot, row), row.note, row.standing == Standing.GIVEN)


def _laid(form: Instrument, ratings: list[Assessment], stored: dict[tuple[UUID, Slot], Answer]) -> list[Rating]:
    return [
        Rating(
            profession=rating.profession,
            answers={slot.field: row.option for slot in form.slots() if (row := stored.get((rating.pk, slot)))},
            settled=frozenset(
                slot.field
                for slot in form.slots()
                if (row := stored.get((rating.pk, slot))) and _settles(form, slot, row)
            ),
            level=level_of(rating.professional_level),
            signed_at=rating.signed_at,
        )
        for rating in ratings
    ]


def _settles(form: Instrument, slot: Slot, row: Answer) -> bool:
    """Return whether an answer says something; that a question does not concern the case says something too."""
    if row.standing == Standing.NOT_APPLICABLE:
        return True
    scale = form.scale_of(slot)
    chosen = [scale.option(code) if scale else None for code in row.option.split()]
    return bool(chosen) and all(option is not None and option.settles for option in chosen)


def answers_agreed(opened: Opened, round_: Round, form: Instrument) -> tuple[Given, ...]:
    """Return what every rater of a round chose alike, for the record to begin with: two statements."""
    ratings = _ratings(opened, round_)
    laid = _laid(form, ratings, _stored(opened, ratings))
    slots = {slot.field: slot for slot in form.slots()}
    alike = rules.agreed([field for field, slot in slots.items() if form.scale_of(slot)], laid)
    return tuple(
        Given(slots[field].item, option=code, axis=slots[field].axis, repeat=slots[field].repeat)
        for field, code in alike.items()
        if code
    )
