"""Recording assessments: the professional's level first, the advice beside it, a second signature under a lower one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.askers import Needs, why_not_answer
from fourfold.access.terms import Compartment, NotFound, Permission, existing
from fourfold.assessment import instruments, queries, rules
from fourfold.assessment.models import Answer, Assessment, Draft, Round, SecondSignature, SignatureAsked
from fourfold.assessment.queries import working_out
from fourfold.assessment.rules.sheets import Sheet, sheet, why_not_passed_over
from fourfold.assessment.services import rounds
from fourfold.assessment.services.drafting import asked, columns_of, form_to_sign, own_draft
from fourfold.assessment.services.rounds import Place
from fourfold.assessment.terms import (
    Advice,
    AdviceState,
    CannotRecord,
    Instrument,
    Meaning,
    PastAssessment,
    Slot,
    Standing,
)
from fourfold.assessment.terms import Answer as Given
from fourfold.assessment.terms.filling import NOT_SAID, Circumstances
from fourfold.audit import services as audit
from fourfold.audit.draft import Draft as Entry
from fourfold.audit.terms import Actor, Operation
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.cases.terms import Level, SetBy
from fourfold.words import sentence

BATCH = 500
FORMULATION = "formulation"
"""The question whose words are the formulation."""


BY_ANOTHER = "Another person must give the second signature. Ask a colleague."


@dataclass(frozen=True)
class _Judged:
    """What the professional concludes, beside what the form advises."""

    advice: Advice
    level: Level | None
    first_level: Level | None
    reason: str
    countersigned_by: Actor | None
    formulation: str
    computed: list[dict[str, Any]]


@dataclass(frozen=True)
class _Said:
    """How the form was filled in."""

    minutes: int | None
    informed_by: str
    circumstances: Circumstances


def record_assessment(  # noqa: PLR0913 - a signed form says all of this
    *,
    actor: Actor,
    case: Case,
    instrument: str,
    answers: Iterable[Given],
    at: datetime,
    professional_level: Level | None = None,
    reason: str = "",
    countersigned_by: Actor | None = None,
    formulation: str = "",
    minutes: int | None = None,
    informed_by: str = "",
    version: int | None = None,
    draft: Draft | None = None,
    circumstances: Circumstances = NOT_SAID,
    round_: Round | None = None,
    agrees: bool = False,
) -> Assessment:
    """Sign an assessment: keep every answer, given or not, the advice, and the level that the professional sets.

    The advice may raise a level and never lowers one: a level below it, or below the one in force, needs a reason and
    the signature of a second person. Without a professional level none is set. A `draft` is signed once, and says which
    level was chosen first; what it says of its circumstances stands where none are given. In a `round_` it is the actor's
    own rating, sealed until all are in; with `agrees` what the raters agreed on, which cites them and sets the level. Raises AnswerRefused or CannotRecord.
    """
    opened = access.require(
        actor, Permission.ASSESSMENT_RECORD, at=at, site=case.site, file=case.pk, writes=Compartment.RISK
    )
    given, source = tuple(answers), None if draft is None else own_draft(actor, opened, draft)
    form = form_to_sign(case, instrument, at, version, source or round_)
    level = professional_level or rules.judged_level(form, given)
    first = level if source is None else (Level(source.first_level) if source.first_level else None)
    whole = working_out.as_answered(case.site, form, given, at=at)
    judged = _Judged(
        rules.advice(form, whole),
        level,
        first,
        reason.strip(),
        countersigned_by,
        formulation or _formulation(given),
        working_out.kept(working_out.worked_out(case.site, form, given, at=at)),
    )
    said = _Said(
        minutes if minutes is not None or source is None else source.minutes,
        informed_by.strip() or (source.informed_by if source else ""),
        _stated(
            form, circumstances if source is None or circumstances != NOT_SAID else queries.CIRCUMSTANCES(source), at
        ),
    )
    with audit.recorded(actor, "assessment.recorded", at=at, operation=Operation.COLLECTION, file=case.pk) as entry:
        place = rounds.place(actor, existing(opened), round_, form, agrees=agrees)
        _refuse_unsigned(actor, case, form, whole, judged, place)
        entry.compartments = {Compartment.RISK.value}
        assessment = entry.about(_assessment(actor, case, form, judged, said, at, source, place))
        _keep_answers(entry, assessment, given, sheet(form, whole))
        rounds.follow(entry, actor, place, assessment, at)
        if level is not None and place.seat is None:
            _set_level(actor, case, form, judged, level, at)
    return assessment


def _stated(form: Instrument, said: Circumstances, at: datetime) -> Circumstances:
    """Return the circumstances with the time of which the form speaks: a form that has a currency window always states
    it, for what counts as now decides what raters agree on."""
    if form.currency_window_days is None:
        return said
    return replace(said, as_at=said.as_at or at, window_days=said.window_days or form.currency_window_days)


def _formulation(given: Iterable[Given]) -> str:
    return next((answer.text for answer in given if answer.item == FORMULATION), "")


def _refuse_unsigned(
    actor: Actor, case: Case, form: Instrument, given: tuple[Given, ...], judged: _Judged, place: Place
) -> None:
    """Raise CannotRecord where a file's required question is passed over, a number has no unit, or the level may not stand.

    A rating of a round sets no level, so it is not held to the one in force and needs no second signature: the record
    that the raters agree on is. Its reason is asked for all the same.
    """
    if left := rules.passed_over(form, given):
        raise CannotRecord("left_because", why_not_passed_over(form, left))
    if lacking := next((item for each in given if rules.lacks_unit(item := form.item(each.item), each)), None):
        raise CannotRecord("answers", sentence("Choose the unit of “{1}”. Change your answers.", lacking.title))
    on_the_form = rules.judged_level(form, given)
    if on_the_form is not None and judged.level is not on_the_form:
        raise CannotRecord(
            "professional_level",
            sentence(
                "The form says {1}, the level says {2}. Change one of them.",
                on_the_form.words,
                judged.level.words if judged.level else "nothing",
            ),
        )
    if judged.level is None:
        return
    second = str(judged.countersigned_by.person) if judged.countersigned_by else ""
    why = rules.why_not_level(
        judged.level,
        judged.advice,
        reason=judged.reason,
        decided_by=str(actor.staff),
        countersigned_by=f"round {place.seat.round_id}" if place.seat else second,
        previous=None if place.seat else _level_in_force(case),
        override=form.level.override,
    )
    if why is not None:
        raise CannotRecord("countersigned_by" if judged.reason else "reason", why)


def _level_in_force(case: Case) -> Level | None:
    row = Case.objects.unscoped("the case was opened by the service").filter(pk=case.pk).values_list("level", flat=True)
    return Level(row[0]) if row and row[0] else None


def _assessment(
    actor: Actor,
    case: Case,
    form: Instrument,
    judged: _Judged,
    said: _Said,
    at: datetime,
    draft: Draft | None,
    place: Place,
) -> Assessment:
    return Assessment.objects.create(
        case=case,
        draft=draft,
        seat=place.seat,
        agreed_in=place.agreed_in,
        profession=queries.profession_of(actor, case.site),
        signed_at=at,
        minutes=said.minutes,
        informed_by=said.informed_by,
        first_level=judged.first_level or "",
        professional_level=judged.level or "",
        reason=judged.reason,
        countersigned_by=judged.countersigned_by.staff if judged.countersigned_by else None,
        formulation=judged.formulation.strip(),
        computed=judged.computed,
        **asked(form),
        **columns_of(said.circumstances),
        **_advised(judged.advice),
        **access_queries.held_by(actor, "entered", at=at),
    )


def _advised(advice: Advice) -> dict[str, Any]:
    return {
        "advice_state": advice.state,
        "advised": advice.level or "",
        "could_be": advice.could_be or "",
        "advice_reasons": list(advice.reasons),
        "critical": list(advice.critical),
        "by_hand": list(advice.by_hand),
        "missing": list(advice.missing),
    }


def _keep_answers(entry: Entry, assessment: Assessment, given: tuple[Given, ...], filled: Sheet) -> None:
    """Store one row for each question, given or not, and let the entry commit to all of them at once."""
    rows = Answer.objects.bulk_create(_answers(assessment, given, filled))
    entry.seal(rows)


def _answers(assessment: Assessment, given: tuple[Given, ...], filled: Sheet) -> Iterator[Answer]:
    by_slot, form = {answer.slot: answer for answer in given}, filled.instrument
    begun = {(form.item(answer.item).section, answer.repeat) for answer in given}
    for slot in form.slots():
        if slot.repeat > 1 and (form.item(slot.item).section, slot.repeat) not in begun:
            continue
        answer = by_slot.get(slot)
        yield Answer(
            assessment=assessment,
            item=slot.item,
            axis=slot.axis,
            repeat=slot.repeat,
            standing=_standing(filled, slot, answer),
            option=answer.option if answer else "",
            absent=answer.absent or "" if answer else "",
            text=answer.text if answer else "",
            note=answer.note if answer else "",
            **{name: getattr(assessment, name) for name in HELD},
        )


HELD = ("controller", "basis", "source", "recorded_at", "recorded_by")


def _standing(filled: Sheet, slot: Slot, answer: Given | None) -> Standing:
    if answer is not None and answer.is_given:
        return Standing.GIVEN
    if answer is not None and answer.absent is Meaning.NOT_APPLICABLE:
        return Standing.NOT_APPLICABLE
    asked = filled.applies(filled.instrument.item(slot.item))
    return Standing.NOT_APPLICABLE if asked is False else Standing.OMITTED


def _set_level(actor: Actor, case: Case, form: Instrument, judged: _Judged, level: Level, at: datetime) -> None:
    if judged.countersigned_by is not None:
        access.require(judged.countersigned_by, Permission.LEVEL_COUNTERSIGN, at=at, site=case.site, file=case.pk)
    cases.set_level(
        actor=actor,
        case=case,
        level=level,
        set_in=SetBy.PROFESSIONAL,
        at=at,
        reason=judged.reason,
        advised=judged.advice.level,
        advice_from=form.name if judged.advice.level else "",
        countersigned_by=judged.countersigned_by,
        open_questions=len(judged.advice.missing) if judged.advice.state is AdviceState.INCOMPLETE else 0,
    )


def ask_signature(*, actor: Actor, case: Case, level: Level, reason: str, at: datetime) -> SignatureAsked:
    """Ask a colleague to sign a level below the advised one or the one in force; the reason is what they sign.

    Raises CannotRecord without a reason.
    """
    access.require(actor, Permission.LEVEL_SET, at=at, site=case.site, file=case.pk, writes=Compartment.RISK)
    if not reason.strip():
        raise CannotRecord("reason", sentence("Enter the reason for {1}. Your colleague signs it.", level.words))
    with audit.recorded(actor, "signature.asked", at=at, file=case.pk) as entry:
        entry.compartments = {Compartment.RISK.value}
        return entry.about(
            SignatureAsked.objects.create(
                case=case, level=level, reason=reason.strip(), **access_queries.held_by(actor, "entered", at=at)
            )
        )


def answer_signature(
    *, actor: Actor, asked: SignatureAsked, given: bool, at: datetime, words: str = ""
) -> SecondSignature:
    """Sign a lower level as the second person, or say why not. Raises CannotRecord for one's own request, for one
    that was answered, and for a refusal without words."""
    case = asked.case
    access.require(actor, Permission.LEVEL_COUNTERSIGN, at=at, site=case.site, file=case.pk, writes=Compartment.RISK)
    needs = Needs(Permission.LEVEL_SET, case.site, case.pk, writes=Compartment.RISK)
    if why := why_not_answer(
        asked.recorded_by, actor, needs, at=at, same=BY_ANOTHER, asks=given, asked_at=asked.recorded_at
    ):
        raise CannotRecord("given", why)
    if not given and not words.strip():
        raise CannotRecord("words", "Enter why you do not sign. Your colleague can read it.")
    with audit.recorded(actor, "signature.answered", at=at, file=case.pk) as entry:
        if SecondSignature.objects.unscoped("the case was opened above").filter(asked=asked).exists():
            raise CannotRecord("given", "This request was already answered. Open the assessments of the case again.")
        entry.compartments = {Compartment.RISK.value}
        entry.relies_on(asked)
        return entry.about(
            SecondSignature.objects.create(
                asked=asked, given=given, words=words.strip(), **access_queries.held_by(actor, "entered", at=at)
            )
        )


def take_over(*, actor: Actor, rows: Iterable[PastAssessment], at: datetime) -> int:
    """Bring in assessments that were made before, in batches of 500 with one entry each; return how many.

    Sets no level: levels that were in force are rows of their own. Raises NotFound for a case that is not open to
    the actor, and AnswerRefused for an answer that does not fit its question.
    """
    return audit.taken_over(
        actor,
        "assessment.taken_over",
        rows,
        lambda batch: _past_batch(actor, batch, at),
        at=at,
        compartments=(Compartment.RISK.value,),
    )


def _past_batch(actor: Actor, batch: list[PastAssessment], at: datetime) -> list[Assessment | Answer]:
    found = Case.objects.visible_to(actor, at=at).in_bulk({past.case for past in batch})
    if len(found) < len({past.case for past in batch}):
        raise NotFound
    for site in {case.site for case in found.values()}:
        access.require(actor, Permission.ASSESSMENT_RECORD, at=at, site=site)
    held = access_queries.held_by(actor, "taken over", at=at)
    made = [(past, _past(past, held)) for past in batch]
    assessments = Assessment.objects.bulk_create(assessment for _, assessment in made)
    answers = [
        answer
        for past, assessment in made
        if past.answers
        for answer in _answers(
            assessment, past.answers, sheet(instruments.load(past.instrument, past.version), past.answers)
        )
    ]
    return [*assessments, *Answer.objects.bulk_create(answers, batch_size=BATCH)]


def _past(past: PastAssessment, held: dict[str, Any]) -> Assessment:
    form = instruments.load(past.instrument, past.version)
    return Assessment(
        case_id=past.case,
        profession=past.profession,
        signed_at=past.signed_at,
        minutes=past.minutes,
        first_level=past.first_level or past.professional_level,
        professional_level=past.professional_level,
        reason=past.reason,
        formulation=past.formulation,
        computed=working_out.kept(working_out.worked_out("", form, past.answers, at=past.signed_at)),
        **asked(form),
        **_advised(rules.advice(form, past.answers)),
        **{**held, "recorded_at": past.signed_at, "recorded_by": past.assessed_by},
    )
