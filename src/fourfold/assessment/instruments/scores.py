"""What a definition says of scores, bands, norms and hand-checked cases."""

from __future__ import annotations

from decimal import Decimal

from fourfold.assessment.instruments.conditions import branch, condition
from fourfold.assessment.instruments.tables import Table
from fourfold.assessment.terms import (
    Answer,
    Band,
    Cluster,
    Coding,
    Direction,
    Exclusion,
    Expected,
    Instrument,
    Meaning,
    Missing,
    MissingRule,
    Norm,
    NormKind,
    Provenance,
    Score,
    ScoreItem,
    ScoreKind,
    ScoreState,
    Vector,
    VectorCase,
)


def score(table: Table) -> Score:
    """Read one score. Its items are listed one by one, or in `sum_of` where nothing is special."""
    return Score(
        key=table.take("key", str),
        title=table.take("title", str),
        direction=table.choice("direction", Direction),
        lowest=table.bound("lowest"),
        highest=table.bound("highest"),
        items=(*(ScoreItem(field) for field in table.words("of", [])), *table.each("items", _term)),
        kind=table.choice("kind", ScoreKind, ScoreKind.SUM),
        missing=_missing(table),
        exclusions=table.each("exclusion", _exclusion),
        factor=table.bound("factor", Decimal(1)),
        table=_lookup(table),
        clusters=table.each("cluster", _cluster),
        gate=condition(table, "gate"),
        counts_from=table.number("counts_from"),
        algorithm=table.take("algorithm", str, ""),
        codes=table.each("codes", _coding),
        verified=table.take("verified", bool, True),
        source=table.take("source", str, ""),
    )


def _term(table: Table) -> ScoreItem:
    return ScoreItem(
        field=table.take("field", str, "") if not table.has("score") else "",
        weight=table.bound("weight", Decimal(1)),
        reverse=table.take("reverse", bool, False),
        score=table.take("score", str, ""),
    )


def _missing(outer: Table) -> Missing:
    if not outer.has("missing"):
        return Missing()
    with outer.table("missing") as table:
        return Missing(table.choice("rule", MissingRule), table.take("at_most", int, 0), table.take("verified", bool))


def _exclusion(table: Table) -> Exclusion:
    fields = table.words("fields")
    with table.table("when") as inner:
        return Exclusion(fields, branch(inner))


def _lookup(outer: Table) -> tuple[tuple[Decimal, Decimal], ...]:
    """Pairs of raw and converted values, each written `[raw, converted]`."""
    rows = outer.take("table", list, [])
    if not all(isinstance(row, list) and len(row) == 2 and all(_is_number(one) for one in row) for row in rows):
        outer.refuse("table", "It does not fit.", "Write pairs of numbers: [[7, 7.00], [8, 9.51]].")
    return tuple((Decimal(raw), Decimal(turned)) for raw, turned in rows)


def _is_number(value: object) -> bool:
    return type(value) in (int, Decimal)


def _cluster(table: Table) -> Cluster:
    return Cluster(
        key=table.take("key", str),
        of=table.words("of"),
        at_least=table.take("at_least", int),
        counts_from=table.bound("counts_from"),
    )


def _coding(table: Table) -> Coding:
    return Coding(table.take("system", str), table.take("code", str), table.take("display", str, ""))


def band(table: Table) -> Band:
    """Read one band; whether it was looked up must be said."""
    return Band(
        score=table.take("score", str),
        lowest=table.bound("lowest"),
        highest=table.bound("highest"),
        label=table.take("label", str),
        provenance=table.choice("provenance", Provenance),
        population=table.take("population", str, ""),
        citation=table.take("citation", str, ""),
        verified=table.take("verified", bool),
        level=table.level("level") if table.has("level") else None,
    )


def norm(table: Table) -> Norm:
    """Read one norm; its population, its source and whether it was looked up must be said."""
    return Norm(
        key=table.take("key", str),
        score=table.take("score", str),
        kind=table.choice("kind", NormKind),
        population=table.take("population", str),
        citation=table.take("citation", str),
        verified=table.take("verified", bool),
        value=table.number("value"),
        mean=table.number("mean"),
        sd=table.number("sd"),
        r=table.number("r"),
        r_type=table.take("r_type", str, ""),
        z=table.number("z"),
        valid_from=table.day("valid_from"),
    )


def vector(table: Table, form: Instrument) -> Vector:
    """Read one hand-checked case of a form.

    `all` answers every question on whose scale that option stands; `answers` then sets single fields, and an empty
    one leaves its question blank; `absent` gives fields a reason in the place of an answer.
    """
    chosen = _throughout(form, table.take("all", str, "")) | table.pairs("answers")
    absent = table.pairs("absent")
    return Vector(
        name=table.take("name", str),
        case=table.choice("case", VectorCase),
        authority=table.take("authority", str),
        answers=(
            *(_answer(table, form, field, said) for field, said in chosen.items() if said and field not in absent),
            *(_absent(table, field, why) for field, why in absent.items()),
        ),
        expects=table.each("expect", _expected),
        critical=table.words("critical", []),
    )


def _throughout(form: Instrument, code: str) -> dict[str, str]:
    slots = (slot for slot in form.slots() if code)
    return {slot.field: code for slot in slots if (scale := form.scale_of(slot)) and scale.option(code)}


def _answer(table: Table, form: Instrument, field: str, said: str) -> Answer:
    slot = next((slot for slot in form.slots() if slot.field == field), None)
    if slot is None:
        table.refuse("answers", f"There is no field “{field}”.", "Name an item, or an item and its axis.")
    if form.scale_of(slot) is None:
        return Answer(slot.item, axis=slot.axis, repeat=slot.repeat, text=said)
    return Answer(slot.item, said, slot.axis, slot.repeat)


def _absent(table: Table, field: str, why: str) -> Answer:
    if why not in list(Meaning):
        table.refuse("absent", f"“{why}” is not known.", f"Use: {', '.join(Meaning)}.")
    item, _, axis = field.partition(".")
    return Answer(item, axis=axis, absent=Meaning(why))


def _expected(table: Table) -> Expected:
    return Expected(
        score=table.take("score", str),
        state=table.choice("state", ScoreState),
        value=table.number("value"),
        band=table.take("band", str, ""),
    )
