"""Rounds: raters are asked, each rates alone, the ratings open, and one record that cites them is signed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access import signatories
from fourfold.access.terms import PROFESSIONS, Compartment, Opened, Permission, Role, existing
from fourfold.assessment import queries
from fourfold.assessment.models import Assessment, Cited, PhaseEntered, Round, Seat
from fourfold.assessment.queries.rounds import seats_of
from fourfold.assessment.rules import rounds as rules
from fourfold.assessment.services.drafting import asked, usable
from fourfold.assessment.terms import CannotRecord, Instrument
from fourfold.assessment.terms.rounds import Rater, RoundPhase
from fourfold.audit import services as audit
from fourfold.audit.draft import Draft as Entry
from fourfold.audit.terms import Actor, Operation
from fourfold.cases.models import Case
from fourfold.words import sentence

LONGEST_WHY = 300


@dataclass(frozen=True)
class Place:
    """Where an assessment stands in a round: a rating in a seat, the record of the round, or neither."""

    seat: Seat | None = None
    agreed_in: Round | None = None


NO_ROUND = Place()


def open_round(
    *, actor: Actor, case: Case, instrument: str, raters: Iterable[Rater], at: datetime, why: str = ""
) -> Round:
    """Ask several people, or professions, to rate a case on one version of an instrument; the actor leads the round.

    Raises CannotRecord naming the field: for raters who cannot rate here, and where a round on this form is open.
    """
    opened = access.require(
        actor, Permission.ASSESSMENT_RECORD, at=at, site=case.site, file=case.pk, writes=Compartment.RISK
    )
    form, wanted = usable(instrument, case, at), tuple(raters)
    _refuse_raters(case, wanted, at)
    if len(why.strip()) > LONGEST_WHY:
        raise CannotRecord("why", sentence("Shorten this to {1} characters.", LONGEST_WHY))
    with audit.recorded(actor, "round.opened", at=at, operation=Operation.COLLECTION, file=case.pk) as entry:
        _refuse_second(existing(opened), form)
        entry.compartments = {Compartment.RISK.value}
        held = access_queries.held_by(actor, "entered", at=at)
        round_ = entry.about(Round.objects.create(case=case, lead=actor.staff, why=why.strip(), **asked(form), **held))
        for position, rater in enumerate(wanted, start=1):
            entry.about(
                Seat.objects.create(
                    round=round_, position=position, profession=rater.profession, staff=rater.staff, **held
                )
            )
        _enter(entry, actor, round_, RoundPhase.INDEPENDENT, at, why)
        return round_


def _refuse_raters(case: Case, raters: tuple[Rater, ...], at: datetime) -> None:
    if why := rules.why_not_open_round(raters, PROFESSIONS.values()):
        raise CannotRecord(*why)
    unit = {(member.pk, PROFESSIONS.get(Role(role), "")) for member, role in access_queries.unit_of(case.site, at=at)}
    for rater in raters:
        if rater.staff is not None and (rater.staff, rater.profession) not in unit:
            raise CannotRecord("raters", sentence("Choose somebody who works in this unit as {1}.", rater.profession))


def _refuse_second(opened: Opened, form: Instrument) -> None:
    running = Round.objects.of(opened).filter(instrument=form.key).exclude(phase=RoundPhase.DECIDED)
    if running.exists():
        raise CannotRecord("instrument", sentence("A round on {1} is already open. Finish it first.", form.title))


def open_ratings(*, actor: Actor, round_: Round, reason: str, at: datetime) -> Round:
    """Open the ratings of a round before all are in, and say why; nobody rates in it after that.

    By the lead; a coordinator or chair of the unit may do it in the lead's place. Raises CannotRecord naming what is
    missing.
    """
    case = round_.case
    opened = access.require(actor, Permission.CASE_VIEW, at=at, site=case.site, file=case.pk, writes=Compartment.RISK)
    with audit.recorded(actor, "ratings.opened", at=at, file=case.pk) as entry:
        locked = _locked(existing(opened), round_)
        why = rules.why_not_close(
            RoundPhase(locked.phase),
            seats_of(existing(opened), locked),
            may_lead=actor.staff == locked.lead or access_queries.may(actor, Permission.PANEL_CONVENE, site=case.site),
            reason=reason,
        )
        if why is not None:
            raise CannotRecord("reason", why)
        entry.compartments = {Compartment.RISK.value}
        _enter(entry, actor, locked, RoundPhase.CONSOLIDATING, at, reason)
        return entry.about(locked)


# ---- inside the signing of an assessment --------------------------------------------------------------------------


def place(actor: Actor, opened: Opened, round_: Round | None, form: Instrument, *, agrees: bool) -> Place:
    """Return where an assessment that is being signed stands in a round, with the round locked until it is signed.

    Raises CannotRecord where the actor may not rate, or not write the record, now.
    """
    if round_ is None:
        return NO_ROUND
    locked = _locked(opened, round_)
    if (form.key, form.sha256, form.pack_sha256) != (locked.instrument, locked.sha256, locked.pack_sha256):
        raise CannotRecord("instrument", "This round uses another form or another version.")
    phase, seats = RoundPhase(locked.phase), seats_of(opened, locked)
    who = signatories.acted_as(actor, {seat.signed_by for seat in seats if seat.signed_by})
    if agrees:
        why = rules.why_not_agree(phase, seats, who, leads=signatories.acted_as(actor, [locked.lead]) == locked.lead)
    else:
        why = rules.why_not_rate(phase, seats, who, queries.profession_of(actor, locked.case.site))
    if why is not None:
        raise CannotRecord("round", why)
    if agrees:
        return Place(agreed_in=locked)
    seat = rules.seat_for(seats, actor.staff, queries.profession_of(actor, locked.case.site))
    return Place(seat=Seat.objects.of(opened).select_related("round").get(pk=seat.id) if seat else None)


def follow(entry: Entry, actor: Actor, where: Place, assessment: Assessment, at: datetime) -> None:
    """Do what follows from a signature in a round: the last rating opens all, the record cites the ratings."""
    if where.seat is not None:
        round_ = where.seat.round
        signed = Assessment.objects.unscoped("the case was opened by the service").filter(seat__round=round_).count()
        if signed == Seat.objects.unscoped("the case was opened by the service").filter(round=round_).count():
            _enter(entry, actor, round_, RoundPhase.CONSOLIDATING, at, "All have rated.")
    if where.agreed_in is not None:
        _cite(entry, where.agreed_in, assessment)
        _enter(entry, actor, where.agreed_in, RoundPhase.DECIDED, at, "The record was signed.")


def _cite(entry: Entry, round_: Round, record: Assessment) -> None:
    ratings = Assessment.objects.unscoped("the case was opened by the service").filter(seat__round=round_)
    held = {name: getattr(record, name) for name in ("controller", "basis", "source", "recorded_at", "recorded_by")}
    for rating in ratings.order_by("seat__position"):
        entry.about(Cited.objects.create(record=record, rating=rating, **held))


def _enter(entry: Entry, actor: Actor, round_: Round, phase: RoundPhase, at: datetime, because: str) -> None:
    held = access_queries.held_by(actor, "entered", at=at)
    entry.about(PhaseEntered.objects.create(round=round_, phase=phase, because=because.strip(), **held))
    Round.objects.unscoped("the case was opened by the service").filter(pk=round_.pk).update(phase=phase)
    round_.phase = phase


def _locked(opened: Opened, round_: Round) -> Round:
    """Return the round, held until the transaction ends: two last raters must not both find another one missing."""
    return existing(Round.objects.of(opened).select_for_update().select_related("case").filter(pk=round_.pk).first())
