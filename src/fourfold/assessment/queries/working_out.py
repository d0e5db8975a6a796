"""What a form works out of its answers: its scores, and the values that an imported file computes by itself.

It is worked out when somebody is shown it and when they sign, and what they signed is kept with the answers: who reads
it later reads the number that the signer saw, whatever was confirmed, corrected or upgraded since.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from fourfold.assessment import rules
from fourfold.assessment.fhir.computing import Computed
from fourfold.assessment.fhir.decoding import plain_number
from fourfold.assessment.fhir.places import link_of
from fourfold.assessment.fhir.working_out import worked_out as by_the_file
from fourfold.assessment.queries import library
from fourfold.assessment.rules.sheets import sheet, why_not_answer
from fourfold.assessment.terms import Answer, Instrument, Item, Score, ScoreResult, WorkedOut, fields_of
from fourfold.words import Word, sentence

MOST_PASSES = 10
PLACES = Decimal("0.0001")
OWN_RULE = Word("By the form’s own rule, which nobody here has confirmed.")
TOO_LARGE = Word("Not computed. The number is too large. Check the answers that it is worked out from.")
MANY_TIMES = Word("Not computed. It stands in a part of the form that is filled in several times.")


def worked_out(site: str, form: Instrument, answers: Iterable[Answer], *, at: datetime) -> tuple[WorkedOut, ...]:
    """Return what a form works out of these answers, scores first: for each a value, or why there is none.

    At most one statement, for the file of a form that was imported. It never moves a level.
    """
    given = tuple(answers)
    own = _own(form)
    results = {result.key: result for result in rules.score(form, given)}
    scores = [score for score in form.scores if score.confirmed or score.key not in own]
    found = [_score(score, results[score.key]) for score in scores]
    left = {key: item for key, item in own.items() if key not in {score.key for score in scores}}
    return (*found, *(_computed(site, form, given, left, at) if left else ()))


def as_answered(site: str, form: Instrument, answers: Iterable[Answer], *, at: datetime) -> tuple[Answer, ...]:
    """Return answers with what the form works out of them, as its own conditions see it; the answers alone where no
    condition rests on that.

    What is not computed settles nothing, and neither does a value that changes with what waits for it: the question is
    asked. At most one statement, for the file of a form that was imported.
    """
    given = tuple(answers)
    rests = {
        field.partition(".")[0] for item in form.items for field in (*fields_of(item.applies), *fields_of(item.enable))
    }
    if not any(item.is_computed for item in form.items if item.key in rests):
        return given
    raw = library.original_of(site, form.key, form.version)
    found: tuple[Answer, ...] = ()
    for _ in range(MOST_PASSES):
        before, found = found, tuple(_answered(raw, form, given, found, at))
        if found == before:
            return (*given, *found)
    return given


def _answered(
    raw: bytes, form: Instrument, given: tuple[Answer, ...], before: tuple[Answer, ...], at: datetime
) -> Iterator[Answer]:
    """Yield each value that the form works out as the answer to its question, where it fits as one."""
    by_link, answered = {link_of(item): item for item in form.items}, {answer.item for answer in given}
    for one in by_the_file(raw, form, given, asked=_asks(form, (*given, *before)), at=at):
        item = by_link.get(one.link_id)
        if item is None or one.value is None or item.key in answered or form.repeats(item) > 1:
            continue
        said = one.value
        text = (
            ("yes" if said else "no")
            if isinstance(said, bool)
            else said
            if isinstance(said, str)
            else plain_number(Decimal(said))
        )
        scale = form.scale(item.scale)
        option = next((each.code for each in scale.options if text in (each.code, each.label)), "") if scale else ""
        answer = Answer(item.key, option=option, text="" if option else text)
        if not why_not_answer(form, answer):
            yield answer


def _asks(form: Instrument, answers: tuple[Answer, ...]) -> Callable[[str], bool | None]:
    filled, by_link = sheet(form, answers), {link_of(item): item for item in form.items}
    return lambda link: filled.applies(by_link[link]) if link in by_link else None


def kept(found: Iterable[WorkedOut]) -> list[dict[str, Any]]:
    """Return it as a column keeps it: the words that were shown."""
    return [{**asdict(each), "value": str(each.value), "why": str(each.why)} for each in found]


def as_kept(column: Iterable[Mapping[str, Any]]) -> tuple[WorkedOut, ...]:
    return tuple(WorkedOut(**one) for one in column)


def _own(form: Instrument) -> dict[str, Item]:
    """Return what the form computes for people to see, by key."""
    return {
        item.key: item
        for item in form.items
        if item.is_computed and not item.hidden and not any(above.hidden for above in form.above(item))
    }


def _score(score: Score, result: ScoreResult) -> WorkedOut:
    value = "" if result.value is None else plain_number(result.value)
    return WorkedOut(score.key, score.title, value, result.band, result.reason)


def _computed(
    site: str, form: Instrument, given: tuple[Answer, ...], own: Mapping[str, Item], at: datetime
) -> Iterator[WorkedOut]:
    whole = as_answered(site, form, given, at=at)
    filled, raw = sheet(form, whole), library.original_of(site, form.key, form.version)
    results = {one.link_id: one for one in by_the_file(raw, form, given, asked=_asks(form, whole), at=at)}
    for item in own.values():
        if filled.applies(item) is False:
            continue
        if form.repeats(item) > 1:
            yield WorkedOut(item.key, item.title, why=MANY_TIMES, by_form=True)
        elif link_of(item) in results:
            yield _value(item, results[link_of(item)])


def _value(item: Item, result: Computed) -> WorkedOut:
    value, why = result.value, OWN_RULE
    if value is None:
        return WorkedOut(item.key, item.title, why=result.why, by_form=True)
    if isinstance(value, bool):
        said: str = Word("Yes") if value else Word("No")
    elif isinstance(value, int | Decimal):
        exact = Decimal(value)
        try:
            short = exact.quantize(PLACES, ROUND_HALF_UP)
        except InvalidOperation:
            return WorkedOut(item.key, item.title, why=TOO_LARGE, by_form=True)
        why = why if short == exact else sentence("{1} Rounded to four places.", why)
        said = f"{plain_number(short)} {item.unit}".strip()
    else:
        said = value
    return WorkedOut(item.key, item.title, said, why=why, by_form=True)
