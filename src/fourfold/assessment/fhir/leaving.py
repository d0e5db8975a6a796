"""A signed form as it leaves for another record system: its answers, its figures, and nothing that leads to the victim."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from fourfold.assessment import rules
from fourfold.assessment.fhir.responses import extracted, observations, response
from fourfold.assessment.fhir.terms import Resource
from fourfold.assessment.terms import MOMENTS, About, Answer, Instrument, WorkedOut

Masks = Callable[[str], str]
"""Takes out of a text who is named in it, and whatever leads to the victim."""
Ledger = Callable[[str], object]
"""Writes down that something leaves, with the sum of its bytes, inside the write by which it does."""


def as_fhir(
    form: Instrument,
    answers: Iterable[Answer],
    computed: Iterable[dict[str, object]],
    *,
    identifier: UUID,
    case: str,
    at: datetime,
    masks: Masks,
) -> list[Resource]:
    """Return a filled-in form, and an observation for each of its scores and for each answer that its file wants as one.

    `computed` is what the form worked out by rules of its own when it was signed, as the record keeps it.
    """
    given = list(answers)
    results = rules.score(form, given)
    told = [_masked(each, form, masks) for each in (*given, *_worked_out(form, given, computed))]
    subject = about(form, case)
    filled = response(form, told, authored=at, subject=subject, results=results, identifier=str(identifier))
    where = f"urn:uuid:{identifier}"
    scored = observations(form, results, effective=at, subject=subject, derived_from=where)
    return [filled, *scored, *extracted(form, told, effective=at, subject=subject, derived_from=where)]


def about(form: Instrument, case: str) -> str:
    """Return whom the form is about, by the reference of the case: both of them together are a group."""
    return f"Group/{case}" if form.about is About.DYAD else f"Patient/{case}-{form.about.value}"


def _masked(answer: Answer, form: Instrument, masks: Masks) -> Answer:
    """Return an answer with nothing in its words that leads to somebody: a number may be a telephone's, a moment is none."""
    exact = form.item(answer.item).kind in MOMENTS
    return replace(answer, text=answer.text if exact else masks(answer.text), note=masks(answer.note))


def _worked_out(form: Instrument, given: list[Answer], computed: Iterable[dict[str, object]]) -> Iterable[Answer]:
    """Yield the values that the form worked out, each as the answer that its question would have."""
    asked = {answer.item for answer in given}
    for one in (WorkedOut(**each) for each in computed):  # type: ignore[arg-type]  # as the column keeps it
        item = next((item for item in form.items if item.key == one.key and item.is_computed), None)
        if item is None or not one.value or item.key in asked:
            continue
        value = one.value.removesuffix(item.unit).strip() if item.unit else one.value
        scale = form.scale(item.scale)
        option = next((each.code for each in scale.options if value in (each.label, each.code)), "") if scale else ""
        if option or not scale:
            yield Answer(item.key, option=option, text="" if option else value)
