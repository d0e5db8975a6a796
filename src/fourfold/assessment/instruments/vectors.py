"""Hand-checked cases of a definition: a filled-in form, and what its scores must come to."""

from decimal import Decimal

from fourfold.assessment.instruments.tables import Table
from fourfold.assessment.terms import Answer, Expected, Instrument, Meaning, ScoreState, Vector, VectorCase


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
        value=table.take("value", Decimal) if table.has("value") else None,
        band=table.take("band", str, ""),
    )
