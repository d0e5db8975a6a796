"""How a victim is, by measures: what was answered, what was due and not taken, and the figures it is read by."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Compartment, Permission
from fourfold.assessment import instruments
from fourfold.assessment import rules as assessment_rules
from fourfold.assessment.queries import library, working_out
from fourfold.assessment.rules.sheets import because, why_not_passed_over
from fourfold.assessment.terms import About, Answer, CannotRecord, Informant, Instrument, UnknownInstrument
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.cases.models import Case
from fourfold.support.models import CheckIn, MeasureMissed, NormChosen
from fourfold.support.terms import CannotSupport, Mode, WhyMissed
from fourfold.words import sentence

CHECK_IN = "safety-check-in"
LONGEST_WORDS = 300
CENTS = Decimal("0.01")


def check_in(
    *, actor: Actor, case: Case, answers: Mapping[str, str], at: datetime, mode: Mode = Mode.IN_PERSON
) -> CheckIn:
    """Keep a Safety check-in: see `take_measure`."""
    return take_measure(actor=actor, case=case, instrument=CHECK_IN, answers=answers, at=at, mode=mode)


def take_measure(
    *,
    actor: Actor,
    case: Case,
    instrument: str,
    answers: Mapping[str, str],
    at: datetime,
    mode: Mode = Mode.IN_PERSON,
    left_because: str = "",
) -> CheckIn:
    """Keep one measure: every answer as given, and a total only where the measure's own rule gives one.

    `answers` maps each question to what was chosen or written; what is left out was not answered. Raises
    CannotSupport naming the question whose answer does not fit, where none was answered, where this site may not use the
    measure, or where what an imported one requires is open and `left_because` does not say why.
    """
    access.require(actor, Permission.SUPPORT_RECORD, at=at, file=case.pk, writes=Compartment.ADVOCATE_CONFIDENTIAL)
    form = _measure(case.site, instrument, at)
    columns = filled_in(form, answers, site=case.site, at=at, left_because=left_because.strip())
    if not columns["answers"]:
        raise CannotSupport(
            "answers", "No question was answered. Answer at least one, or record why the measure was not taken."
        )
    with audit.recorded(actor, "check_in.recorded", at=at, file=case.pk, operation=Operation.COLLECTION) as entry:
        return entry.about(
            CheckIn.objects.create(
                case=case, answered_at=at, mode=mode, **columns, **access_queries.held_by(actor, "victim", at=at)
            )
        )


def _measure(site: str, key: str, at: datetime) -> Instrument:
    """Return a measure that a victim of this site answers about themselves, or raise CannotSupport."""
    try:
        form = library.form(site, key, at=at)
    except (UnknownInstrument, CannotRecord) as fault:
        raise CannotSupport("instrument", str(fault)) from fault
    if form.informant is not Informant.SELF or form.about is not About.VICTIM:
        raise CannotSupport("instrument", sentence("{1} is not for a victim to answer about themselves.", form.title))
    return form


def filled_in(
    form: Instrument, answers: Mapping[str, str], *, site: str, at: datetime, left_because: str = ""
) -> dict[str, object]:
    """Return the columns of a filled-in measure; raises CannotSupport naming the question that cannot be kept."""
    given, problems = assessment_rules.read_answers(form, answers)
    if problems:
        raise CannotSupport(problems[0].field, problems[0].message)
    if lacking := next((each for each in given if assessment_rules.lacks_unit(form.item(each.item), each)), None):
        title = form.item(lacking.item).title
        raise CannotSupport(f"{lacking.slot.field}.unit", sentence("Choose the unit of “{1}”.", title))
    whole = working_out.as_answered(site, form, given, at=at)
    left = assessment_rules.passed_over(form, whole) if given else ()
    if left and not left_because:
        raise CannotSupport("left_because", why_not_passed_over(form, left))
    given = because(given, left, left_because)
    first = next(iter(assessment_rules.score(form, given)), None)
    return {
        "instrument": form.key,
        "version": form.version,
        "sha256": form.sha256,
        "pack_sha256": form.pack_sha256,
        "answers": {name: said for answer in given for name, said in _as_fields(form, answer)},
        # As the column holds it: the log commits to what is read back.
        "total": first.value.quantize(CENTS) if first and first.value is not None else None,
        "state": first.state if first else "",
        "critical": list(assessment_rules.advice(form, given).critical),
        "computed": [
            one for one in working_out.kept(working_out.worked_out(site, form, given, at=at)) if one["by_form"]
        ],
    }


def _as_fields(form: Instrument, answer: Answer) -> Iterator[tuple[str, str]]:
    """Yield an answer as the fields of a form, which `assessment.rules.read_answers` reads back to the same answer."""
    field, measured = answer.slot.field, form.item(answer.item).offers_units
    parts = {
        field: answer.text if measured else answer.option or answer.text,
        f"{field}.other": answer.text if answer.option and not measured else "",
        f"{field}.unit": answer.option if measured else "",
        f"{field}.note": answer.note,
        f"{field}.absent": str(answer.absent or ""),
    }
    yield from ((name, said) for name, said in parts.items() if said)


def past_check_in(version: int, answers: Mapping[str, str], *, at: datetime) -> dict[str, object]:
    """Return the columns of a Safety check-in that was filled in on an earlier version."""
    return filled_in(instruments.load(CHECK_IN, version), answers, site="", at=at)


def measure_missed(
    *, actor: Actor, case: Case, instrument: str, why: WhyMissed, at: datetime, words: str = ""
) -> MeasureMissed:
    """Record that a measure was due and was not taken, and why. Raises CannotSupport naming the field."""
    access.require(actor, Permission.SUPPORT_RECORD, at=at, file=case.pk, writes=Compartment.ADVOCATE_CONFIDENTIAL)
    form = _measure(case.site, instrument, at)
    if len(words) > LONGEST_WORDS:
        raise CannotSupport("words", sentence("Shorten this to {1} characters or fewer.", LONGEST_WORDS))
    with audit.recorded(actor, "measure.missed", at=at, file=case.pk) as entry:
        return entry.about(
            MeasureMissed.objects.create(
                case=case,
                instrument=form.key,
                missed_at=at,
                why=why,
                words=words.strip(),
                **access_queries.held_by(actor, "entered", at=at),
            )
        )


def choose_norm(*, actor: Actor, site: str, instrument: str, norm: str, at: datetime) -> NormChosen:
    """Choose the published figure by which a site reads a score from now on.

    One for how much change counts and one for who counts as a case may stand beside each other; a later choice of the
    same kind takes the place of an earlier one, and both stay on record. Raises CannotSupport where there is none.
    """
    access.require(actor, Permission.INSTRUMENT_APPROVE, at=at, site=site)
    form = _measure(site, instrument, at)
    found = next((each for each in form.norms if each.key == norm), None)
    if found is None:
        known = ", ".join(each.key for each in form.norms) or "none"
        raise CannotSupport("norm", sentence("{1} has no figure “{2}”. It has: {3}.", form.title, norm[:40], known))
    with audit.recorded(actor, "norm.chosen", at=at, operation=Operation.CONFIGURATION) as entry:
        return entry.about(
            NormChosen.objects.create(
                site=site, instrument=form.key, score=found.score, norm=found.key, chosen_at=at, chosen_by=actor.staff
            )
        )
