"""An instrument as a FHIR R4 Questionnaire, with the scoring of the guide for structured data capture.

Sections are groups, an item with ratings is a group with one question for each rating, scales are contained value
sets whose options carry their weight in both spellings, and each score is a read-only number that says how it is
computed where FHIRPath can say it. What FHIR has no place for (bands, norms, levels, review rules, evidence) stands
in one extension: the definition itself, which the reader takes back only where the rest of the file is still exactly
what it was written with.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from fourfold.assessment import instruments
from fourfold.assessment.fhir import carrying, fhirpath
from fourfold.assessment.fhir.canonicals import (
    DEFINITION,
    HL7,
    MEANING,
    SDC,
    TOPICS,
    scale_system,
    url_of,
    value_set_id,
)
from fourfold.assessment.fhir.decoding import encode
from fourfold.assessment.fhir.enable_when import flat
from fourfold.assessment.fhir.places import (
    axis_link,
    children_of,
    link_of,
    note_link,
    score_link,
    section_link,
    takes_note,
    tree,
)
from fourfold.assessment.fhir.terms import UNWORDED, Resource
from fourfold.assessment.fhir.values import VALUES, amount, number, primitive
from fourfold.assessment.terms import (
    AllOf,
    Clause,
    Coding,
    Expression,
    Instrument,
    Item,
    ItemKind,
    Operator,
    Option,
    Scale,
    Score,
    Section,
    Slot,
)

_TYPES: dict[ItemKind, str] = {
    ItemKind.CHOICE: "choice",
    ItemKind.MULTIPLE_CHOICE: "choice",
    ItemKind.OPEN_CHOICE: "open-choice",
    ItemKind.YES_NO: "choice",
    ItemKind.TEXT: "text",
    ItemKind.LINE: "string",
    ItemKind.URL: "url",
    ItemKind.INTEGER: "integer",
    ItemKind.DECIMAL: "decimal",
    ItemKind.QUANTITY: "quantity",
    ItemKind.DATE: "date",
    ItemKind.TIME: "time",
    ItemKind.DATETIME: "dateTime",
    ItemKind.ATTACHMENT: "attachment",
    ItemKind.REFERENCE: "reference",
    ItemKind.DISPLAY: "display",
    ItemKind.GROUP: "group",
}
_USES = {
    "calculated": f"{SDC}sdc-questionnaire-calculatedExpression",
    "enable": f"{SDC}sdc-questionnaire-enableWhenExpression",
    "initial": f"{SDC}sdc-questionnaire-initialExpression",
    "answers": f"{SDC}sdc-questionnaire-answerExpression",
    "variable": f"{HL7}variable",
}


def questionnaire(instrument: Instrument) -> Resource:
    """Return an instrument as an R4 Questionnaire (plain JSON values, numbers as Decimal or int).

    One without wording exports its structure as a draft, with neutral tags in the place of the text, and says so.
    """
    return _Exporter(instrument).whole()


def questionnaire_bytes(instrument: Instrument) -> bytes:
    return encode(questionnaire(instrument))


@dataclass(frozen=True)
class _Exporter:
    instrument: Instrument

    def whole(self) -> Resource:
        form = self.instrument
        worded = form.is_worded
        return _kept({
            "resourceType": "Questionnaire",
            "url": url_of(form),
            "version": form.published or str(form.version),
            "identifier": [{"value": form.key}],
            "name": _computer_name(form.key),
            "title": form.title,
            "status": "active" if worded else "draft",
            "language": form.language,
            "publisher": form.rights.licensor,
            "description": form.notice,
            "purpose": form.purpose,
            "copyright": form.rights.claimed_by_import if form.url else form.licence,
            "text": None if worded else _narrative(form),
            "code": [_coding(each) for each in form.codes],
            "contained": [self._value_set(scale) for scale in form.scales if scale.key not in self._unlisted],
            "extension": [*self._form_extensions(worded), definition_extension(form)],
            "item": [*self._sections(), *self._scores()],
        })  # fmt: skip

    def _form_extensions(self, worded: bool) -> Iterator[Resource]:
        if not worded:
            yield {"url": UNWORDED, "valueBoolean": True}
        yield from (_expression(each) for each in self.instrument.expressions if each.use in _USES)
        yield from map(carrying.extension, self.instrument.carried)

    # --- scales -------------------------------------------------------------------------------------------

    @cached_property
    def _unlisted(self) -> frozenset[str]:
        """Return the scales that no list is needed for: those of questions that FHIR asks with yes and no of its own."""
        form = self.instrument
        listed = {item.scale for item in form.items if not is_boolean(form, item)} | {axis.scale for axis in form.axes}
        return frozenset(item.scale for item in form.items if is_boolean(form, item)) - listed

    def _value_set(self, scale: Scale) -> Resource:
        includes: list[Resource] = []
        for option in scale.options:
            system = self._system(scale, option)
            if not includes or includes[-1]["system"] != system:
                includes.append({"system": system, "concept": []})
            includes[-1]["concept"].append(_concept(option))
        listed = {"compose": {"include": includes}} if includes else {}
        return {"resourceType": "ValueSet", "id": value_set_id(scale.key), "status": "active", **listed}

    def _system(self, scale: Scale, option: Option) -> str:
        stated = option.coding.system if option.coding and option.coding.code == _code(option) else ""
        return stated or scale_system(self.instrument, scale.key)

    # --- items --------------------------------------------------------------------------------------------

    def _sections(self) -> Iterator[Resource]:
        """Return the parts of the form, as groups. A group that came as one in a file takes the title of its part."""
        for section, items, wrapped in tree(self.instrument):
            inner = [self._item(item) for item in items]
            if wrapped:
                yield self._section(section, inner)
                continue
            if len(items) == 1 and items[0].kind is ItemKind.GROUP and not items[0].text:
                inner[0]["text"] = section.title
            yield from inner

    def _section(self, section: Section, inner: list[Resource]) -> Resource:
        bound = [{"url": f"{HL7}questionnaire-maxOccurs", "valueInteger": section.repeats}]
        return _kept({
            "linkId": section_link(section.key),
            "type": "group",
            "text": section.title,
            "repeats": section.repeats > 1,
            "extension": [*_hint(section.hint), *(bound if section.repeats > 1 else [])],
            "item": inner,
        })  # fmt: skip

    def _item(self, item: Item) -> Resource:
        below = [self._item(each) for each in self._children.get(item.key, ())]
        if item.axes:
            return self._rated(item, below)
        if takes_note(item):
            below.append(_note(item))
        return self._asked(item, below)

    @cached_property
    def _children(self) -> dict[str, list[Item]]:
        return children_of(self.instrument)

    def _asked(self, item: Item, below: list[Resource]) -> Resource:
        boolean = is_boolean(self.instrument, item)
        scale = self.instrument.scale(item.scale) if item.is_chosen and not boolean else None
        return _kept({
            "linkId": link_of(item),
            "definition": item.definition,
            "prefix": item.prefix,
            "text": self._text(item),
            "type": "boolean" if boolean else _TYPES[item.kind],
            "required": item.required and item.takes_answer,
            "repeats": item.repeats > 1 or item.kind is ItemKind.MULTIPLE_CHOICE,
            "readOnly": item.read_only,
            "maxLength": item.max_length,
            "code": list(self._codes(item)),
            "answerValueSet": f"#{value_set_id(item.scale)}" if scale else None,
            "initial": self._initial(item),
            "extension": list(self._extensions(item)),
            "item": below,
            **self._enabled(item),
        })  # fmt: skip

    def _rated(self, item: Item, below: list[Resource]) -> Resource:
        ratings = [self._rating(item, key) for key in item.axes]
        notes = [_note(item)] if takes_note(item) else []
        return _kept({
            "linkId": link_of(item),
            "prefix": item.prefix,
            "text": self._text(item),
            "type": "group",
            "code": list(self._codes(item)),
            "extension": list(_hint(item.hint)),
            "item": [*ratings, *notes, *below],
            **self._enabled(item),
        })  # fmt: skip

    def _rating(self, item: Item, key: str) -> Resource:
        axis = self.instrument.axis(key)
        if axis is None:
            return {"linkId": f"{link_of(item)}.{key}", "type": "display", "text": key}
        return _kept({
            "linkId": axis_link(item, axis),
            "text": axis.title,
            "type": "choice",
            "required": item.required,
            "answerValueSet": f"#{value_set_id(axis.scale)}",
        })  # fmt: skip

    def _text(self, item: Item) -> str:
        if item.text or not item.takes_answer:
            return item.text
        return f"[{item.title}: the wording is not in this file]"

    def _codes(self, item: Item) -> Iterator[Resource]:
        yield from map(_coding, item.codes)
        if item.topic:
            yield {"system": TOPICS, "code": item.topic}

    def _initial(self, item: Item) -> list[Resource]:
        if not item.initial:
            return []
        if is_boolean(self.instrument, item):
            return [primitive("value", item.kind, item.initial)]
        scale = self.instrument.scale(item.scale)
        options = [scale.option(code) for code in item.initial.split()] if scale else []
        if scale is not None and options and all(options):
            return [{"valueCoding": self.coding(scale, option)} for option in options if option]
        return [amount(item, item.initial) or primitive("value", item.kind, item.initial)]

    def coding(self, scale: Scale, option: Option) -> Resource:
        return {"system": self._system(scale, option), "code": _code(option), "display": option.label or option.code}

    def _extensions(self, item: Item) -> Iterator[Resource]:
        yield from _hint(item.hint)
        if item.hidden:
            yield {"url": f"{HL7}questionnaire-hidden", "valueBoolean": True}
        if item.kind in VALUES:
            bounds = (("minValue", item.lowest), ("maxValue", item.highest))
            yield from ({"url": f"{HL7}{name}", **primitive("value", item.kind, said)} for name, said in bounds if said)
        if item.repeats > 1:
            yield {"url": f"{HL7}questionnaire-maxOccurs", "valueInteger": item.repeats}
        if item.at_most:
            yield {"url": f"{HL7}questionnaire-maxOccurs", "valueInteger": item.at_most}
        if item.min_length:
            yield {"url": f"{HL7}minLength", "valueInteger": item.min_length}
        if item.max_decimals is not None:
            yield {"url": f"{HL7}maxDecimalPlaces", "valueInteger": item.max_decimals}
        if item.at_least:
            yield {"url": f"{HL7}questionnaire-minOccurs", "valueInteger": item.at_least}
        if item.pattern:
            yield {"url": f"{HL7}regex", "valueString": item.pattern}
        yield from carrying.extensions(item)
        yield from (_expression(each) for each in item.expressions if each.use in _USES)

    # --- conditions ---------------------------------------------------------------------------------------

    def _enabled(self, item: Item) -> Resource:
        """`enableWhen` where the conditions are flat, else an expression; facts of the case stand in neither."""
        told = [each for each in (item.applies, item.enable) if each is not None]
        if not told or any(each.use == "enable" for each in item.expressions):
            return {}
        whole = told[0] if len(told) == 1 else AllOf(tuple(told))
        listed = flat(whole)
        if listed is not None:
            behaviour, clauses = listed
            written = [self._enable(clause, negated) for clause, negated in clauses]
            return {"enableWhen": written, **({"enableBehavior": behaviour} if len(written) > 1 else {})}
        said = fhirpath.of_condition(whole, self._link)
        # an extension list stands in the item already: the caller's keys are merged by `_kept` after this
        return {"_enable": said} if said else {}

    def _enable(self, clause: Clause, negated: bool) -> Resource:
        found: Resource = {"question": self._link(clause.field), "operator": clause.operator.value}
        if clause.operator is Operator.EXISTS:
            return {**found, "answerBoolean": not negated}
        slot = _slot(clause.field)
        asked = self.instrument.item(slot.item)
        if is_boolean(self.instrument, asked):
            return {**found, **primitive("answer", asked.kind, clause.values[0])}
        scale = self.instrument.scale_of(slot)
        option = scale.option(clause.values[0]) if scale else None
        if scale is not None and option is not None:
            return {**found, "answerCoding": self.coding(scale, option)}
        return {**found, **primitive("answer", asked.kind, clause.values[0])}

    def _link(self, field: str) -> str:
        slot = _slot(field)
        item = self.instrument.item(slot.item)
        axis = self.instrument.axis(slot.axis) if slot.axis else None
        return axis_link(item, axis) if axis else link_of(item)

    # --- scores -------------------------------------------------------------------------------------------

    def _scores(self) -> Iterator[Resource]:
        shown = {item.key for item in self.instrument.items}
        yield from (self._score(score) for score in self.instrument.scores if score.key not in shown)

    def _score(self, score: Score) -> Resource:
        said = fhirpath.of_score(self.instrument, score, self._link, self._ends)
        computed = [_expression(Expression("calculated", "text/fhirpath", said))] if said and score.confirmed else []
        bounds = (("minValue", score.lowest), ("maxValue", score.highest))
        return _kept({
            "linkId": score_link(score.key),
            "text": score.title,
            "type": "decimal",
            "readOnly": True,
            "code": [_coding(each) for each in score.codes],
            "extension": [*({"url": f"{HL7}{name}", "valueDecimal": number(said)} for name, said in bounds), *computed],
        })  # fmt: skip

    def _ends(self, field: str) -> tuple[Decimal, Decimal]:
        scale = self.instrument.scale_of(_slot(field))
        values = scale.values if scale and scale.values else (Decimal(0),)
        return min(values), max(values)


def coding_of(instrument: Instrument, scale: Scale, option: Option) -> Resource:
    return _Exporter(instrument).coding(scale, option)


def is_boolean(instrument: Instrument, item: Item) -> bool:
    """Return whether FHIR's own yes and no say all that the item can be answered with."""
    scale = instrument.scale(item.scale)
    codes = tuple(option.code for option in scale.options) if scale else ()
    return item.kind is ItemKind.YES_NO and codes == ("yes", "no")


def definition_extension(instrument: Instrument) -> Resource:
    """Return the extension that holds the definition itself, in its canonical bytes."""
    packed = base64.b64encode(instruments.canonical(instrument)).decode()
    return {"url": DEFINITION, "valueAttachment": {"contentType": "application/json", "data": packed}}


def _kept(entries: Resource) -> Resource:
    """Return the entries that say something; a condition that is an expression joins the extensions."""
    said = entries.pop("_enable", None)
    if said:
        expression = _expression(Expression("enable", "text/fhirpath", said))
        entries["extension"] = [*entries.get("extension", []), expression]
    return {key: value for key, value in entries.items() if value not in (None, "", [], False)}


def _slot(field: str) -> Slot:
    key, _, axis = field.partition(".")
    return Slot(key, axis)


def _computer_name(key: str) -> str:
    """Return a name for machines: letters and digits, with a capital first."""
    name = "".join(part.capitalize() for part in key.replace("_", "-").split("-"))
    return name if name[:1].isalpha() else f"Form{name}"


def _narrative(form: Instrument) -> Resource:
    words = "This is the structure of the form only. Its wording is not in this file, and it cannot be filled in."
    how = form.rights.how_to_get
    told = f"{words} {how}".strip().replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{told}</div>'}


def _coding(code: Coding) -> Resource:
    return _kept({"system": code.system, "code": code.code, "display": code.display})


def _concept(option: Option) -> Resource:
    extensions: list[Resource] = []
    if option.value is not None:
        weight = number(option.value)
        extensions += [{"url": f"{HL7}{name}", "valueDecimal": weight} for name in ("ordinalValue", "itemWeight")]
    if option.meaning is not None:
        extensions.append({"url": MEANING, "valueCode": option.meaning.value})
    return _kept({"code": _code(option), "display": option.label or option.code, "extension": extensions})


def _code(option: Option) -> str:
    return option.coding.code if option.coding and option.coding.code else option.code


def _hint(hint: str) -> list[Resource]:
    return [{"url": f"{HL7}entryFormat", "valueString": hint}] if hint else []


def _note(item: Item) -> Resource:
    return {"linkId": note_link(item), "type": "text", "text": "Note"}


def _expression(said: Expression) -> Resource:
    inner: dict[str, Any] = {"language": said.language, "expression": said.text}
    return {"url": _USES[said.use], "valueExpression": {**({"name": said.name} if said.name else {}), **inner}}
