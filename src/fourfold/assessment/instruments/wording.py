"""The wording of a structure, taken from a whole form that somebody publishes: questions by their codes or words, or in
their order; labels by the values of the options, by what is known of them, or in their order. A question that counts in no
score may be left out by a publisher, and is left out then. Nothing is guessed where the two do not fit.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from fourfold.assessment.instruments.packs import sealed
from fourfold.assessment.instruments.recognising import ranked, same_items
from fourfold.assessment.terms import (
    Finding,
    Instrument,
    InvalidPack,
    Item,
    ItemKind,
    Option,
    Scale,
    TextPack,
    may_be_left_out,
    needs_text,
)


def pack_from(structure: Instrument, form: Instrument, *, source: str) -> TextPack:
    """Return the pack that a form with its wording holds for a structure.

    Raises InvalidPack with every question and every option that the form has no words for.
    """
    pairs, faults = _pairs(structure, form)
    items = {ours.key: theirs.text for ours, theirs in pairs if needs_text(ours) and not ours.text}
    scales: dict[str, dict[str, str]] = {}
    for scale in structure.scales:
        if all(option.label for option in scale.options):
            continue
        asked = [(ours, theirs) for ours, theirs in pairs if ours.scale == scale.key]
        labels, wrong = _labels(structure, scale, form, [theirs for _, theirs in asked])
        if labels:
            scales[scale.key] = labels
        elif all(may_be_left_out(structure, ours) for ours, _ in asked):
            items = {key: text for key, text in items.items() if key not in {ours.key for ours, _ in asked}}
        else:
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
    same = same_items(structure, wanted, given)
    by_key = {item.key: item for item in given if item not in same.values()}
    found = {ours.key: same.get(ours.key) or by_key.get(ours.key) for ours in wanted}
    for asked in (wanted, [ours for ours in wanted if not may_be_left_out(structure, ours)]):
        if len(given) == len(asked) and all(
            found.get(ours.key) in (None, theirs) for ours, theirs in zip(asked, given, strict=True)
        ):
            return list(zip(asked, given, strict=True)), []
    faults = [
        Finding(f"item {ours.key}", "The form has no question with its code.", "Choose the form of this instrument.")
        for ours in wanted
        if found[ours.key] is None and needs_text(ours) and not may_be_left_out(structure, ours)
    ]
    return [(ours, theirs) for ours in wanted if (theirs := found[ours.key]) is not None], faults


def _labels(
    structure: Instrument, scale: Scale, form: Instrument, asked: Sequence[Item]
) -> tuple[dict[str, str], list[Finding]]:
    """Return the labels of one scale, as every question that is answered on it has them."""
    open_ones = [option for option in scale.options if not option.label]
    read = [_labels_of(structure.key, scale, open_ones, form.scale(item.scale), item) for item in asked]
    where = f"scale {scale.key}"
    if not read or any(each is None for each in read):
        problem = "The options of the form are not those of the structure, by value or by number."
        return {}, [Finding(where, problem, "Choose the form of this instrument, with its weights.")]
    spelt = {tuple((code, _spelt(label)) for code, label in (each or {}).items()) for each in read}
    if len(spelt) > 1:
        return {}, [Finding(where, "Its options have other words from question to question.", "Write a text pack.")]
    return read[0] or {}, []


def _spelt(label: str) -> str:
    return "".join(sign for sign in label.casefold() if sign.isalnum())


def _labels_of(
    key: str, ours: Scale, open_ones: Sequence[Option], theirs: Scale | None, item: Item
) -> dict[str, str] | None:
    """Return the label of each option that has none: by value where all have one, else as `ranked` puts them, else by the
    numbers themselves; None where neither."""
    values = [option.value for option in open_ones]
    if theirs is None:
        ends = [str(option.value) for option in open_ones]
        same = item.kind is ItemKind.INTEGER and (item.lowest, item.highest) == (ends[0], ends[-1])
        return dict(zip((option.code for option in open_ones), ends, strict=True)) if same else None
    by_value: dict[Decimal | None, str] = {one.value: one.label for one in theirs.options if one.value is not None}
    if by_value and None not in values and all(value in by_value for value in values):
        return {option.code: by_value[option.value] for option in open_ones}
    settled = ranked(key, ours, theirs)
    if len(settled) != len(open_ones):
        return None
    return {option.code: other.label for option, other in zip(open_ones, settled, strict=True)}


def structure_for(catalogue: Sequence[Instrument], form: Instrument) -> Iterator[Instrument]:
    """Yield the structures that a form says it is, by a code or by its address, the newest first."""
    codes = {(code.system, code.code) for code in form.codes}
    for structure in reversed(catalogue):
        ours = {(code.system, code.code) for code in structure.codes}
        if structure.lacks_wording and (codes & ours or (structure.url and structure.url == form.url)):
            yield structure
