"""The wording of a structure, taken from a whole form that somebody publishes: questions by their codes, or in their
order; labels by the values of the options, or in their order. Nothing is guessed where the two do not fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from fourfold.assessment.instruments.packs import sealed
from fourfold.assessment.instruments.recognising import same_item
from fourfold.assessment.terms import Finding, Instrument, InvalidPack, Item, Option, Scale, TextPack, needs_text


def pack_from(structure: Instrument, form: Instrument, *, source: str) -> TextPack:
    """Return the pack that a form with its wording holds for a structure.

    Raises InvalidPack with every question and every option that the form has no words for.
    """
    pairs, faults = _pairs(structure, form)
    items = {ours.key: theirs.text for ours, theirs in pairs if needs_text(ours) and not ours.text}
    scales: dict[str, dict[str, str]] = {}
    for scale in structure.scales:
        open_ones = [option for option in scale.options if not option.label]
        if open_ones:
            asked = [theirs for ours, theirs in pairs if ours.scale == scale.key]
            labels, wrong = _labels(scale, open_ones, [_scale_of(form, item) for item in asked])
            scales[scale.key] = labels
            faults += wrong
    if faults:
        raise InvalidPack(f"{form.title} as the wording of {structure.title}", tuple(faults))
    return sealed(
        TextPack(
            instrument=structure.key,
            version=structure.version,
            language=form.language,
            items=items,
            scales=scales,
            source=source,
        )
    )


def _pairs(structure: Instrument, form: Instrument) -> tuple[list[tuple[Item, Item]], list[Finding]]:
    """Return each question of the structure beside the one of the form: by code, by key, else all in their order."""
    wanted = [item for item in structure.items if item.takes_answer]
    given = [
        item for item in form.items if item.takes_answer and not item.hidden and not item.is_computed and item.text
    ]
    found = [(ours, _same_item(structure, ours, given)) for ours in wanted]
    if not any(theirs for _, theirs in found) and len(given) == len(wanted):
        return list(zip(wanted, given, strict=True)), []
    faults = [
        Finding(f"item {ours.key}", "The form has no question with its code.", "Choose the form of this instrument.")
        for ours, theirs in found
        if theirs is None and needs_text(ours)
    ]
    return [(ours, theirs) for ours, theirs in found if theirs is not None], faults


def _same_item(structure: Instrument, ours: Item, given: Sequence[Item]) -> Item | None:
    by_key = (item for item in given if item.key == ours.key)
    return same_item(structure, ours, given) or next(by_key, None)


def _scale_of(form: Instrument, item: Item) -> Scale | None:
    return next((scale for scale in form.scales if scale.key == item.scale), None)


def _labels(
    scale: Scale, open_ones: Sequence[Option], theirs: Sequence[Scale | None]
) -> tuple[dict[str, str], list[Finding]]:
    """Return the labels of one scale, as every question that is answered on it has them."""
    read = [_labels_of(open_ones, each) for each in theirs if each is not None]
    where = f"scale {scale.key}"
    if not read or any(each is None for each in read):
        problem = "The options of the form are not those of the structure, by value or by number."
        return {}, [Finding(where, problem, "Choose the form of this instrument, with its weights.")]
    if any(each != read[0] for each in read):
        return {}, [Finding(where, "Its options have other words from question to question.", "Write a text pack.")]
    return read[0] or {}, []


def _labels_of(open_ones: Sequence[Option], theirs: Scale) -> dict[str, str] | None:
    """Return the label of each option that has none: by value where all have one, else in their order; None where
    neither."""
    by_value: dict[Decimal, str] = {one.value: one.label for one in theirs.options if one.value is not None}
    if all(option.value in by_value for option in open_ones if option.value is not None) and all(
        option.value is not None for option in open_ones
    ):
        return {option.code: by_value[option.value] for option in open_ones if option.value is not None}
    settled = [option.label for option in theirs.options if option.settles]
    if len(settled) != len(open_ones):
        return None
    return {option.code: label for option, label in zip(open_ones, settled, strict=True)}


def structure_for(catalogue: Sequence[Instrument], form: Instrument) -> Iterator[Instrument]:
    """Yield the structures that a form says it is, by a code or by its address, the newest first."""
    codes = {(code.system, code.code) for code in form.codes}
    for structure in reversed(catalogue):
        ours = {(code.system, code.code) for code in structure.codes}
        if structure.lacks_wording and (codes & ours or (structure.url and structure.url == form.url)):
            yield structure
