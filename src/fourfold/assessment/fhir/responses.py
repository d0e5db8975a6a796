"""A filled-in form as FHIR R4: the answers, an Observation for each score, a RiskAssessment for the level.

Whoever was asked and did not say is written as such: a reason for an absent answer stands in the place of the answer,
and never a no. Names of people are not written here; `subject` and `author` are references that the caller chooses.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from fourfold.assessment.fhir.canonicals import NOTE, canonical_of
from fourfold.assessment.fhir.exporting import coding_of, is_boolean
from fourfold.assessment.fhir.meanings import ABSENT_EXTENSION, REASON_FOR
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
from fourfold.assessment.fhir.terms import Resource
from fourfold.assessment.fhir.values import amount, number, primitive
from fourfold.assessment.terms import Answer, Coding, Instrument, Item, ItemKind, Meaning, ScoreResult, Section
from fourfold.cases.terms import Level

LEVELS = "urn:fourfold:level"


@dataclass(frozen=True)
class Judged:
    """The professional's level as it leaves the house: what was computed beside it, and why it differs."""

    level: Level
    reason: str = ""
    computed: Level | None = None
    formulation: str = ""
    measures: str = ""


def response(
    instrument: Instrument,
    answers: Iterable[Answer],
    *,
    authored: datetime | None = None,
    subject: str = "",
    author: str = "",
    results: Iterable[ScoreResult] = (),
    complete: bool = True,
    identifier: str = "",
) -> Resource:
    """Return the answers to a form as an R4 QuestionnaireResponse, with `identifier` as its id.

    `authored` has a time zone; `subject` and `author` are references such as `Patient/123`. Scores stand in it where
    they have a value. Raises ValueError for a moment without zone.
    """
    if authored is not None and authored.tzinfo is None:
        raise ValueError("authored: The moment has no time zone. Give one.")
    writer = _Writer(instrument, {answer.slot.field: answer for answer in answers})
    return _kept({
        "resourceType": "QuestionnaireResponse",
        "id": identifier,
        "questionnaire": canonical_of(instrument),
        "status": "completed" if complete else "in-progress",
        "subject": {"reference": subject} if subject else None,
        "authored": authored.isoformat() if authored else None,
        "author": {"reference": author} if author else None,
        "item": [*writer.sections(), *_scores(instrument, results)],
    })  # fmt: skip


@dataclass(frozen=True)
class _Writer:
    instrument: Instrument
    given: Mapping[str, Answer]

    def sections(self) -> Iterator[Resource]:
        for section, items, wrapped in tree(self.instrument):
            if not wrapped:
                yield from (part for item in items for part in self._item(item, 0))
                continue
            yield from self._section(section, items)

    def _section(self, section: Section, items: Iterable[Item]) -> Iterator[Resource]:
        listed = tuple(items)
        for repeat in _repeats(section.repeats):
            inner = [part for item in listed for part in self._item(item, repeat)]
            if inner:
                yield {"linkId": section_link(section.key), "text": section.title, "item": inner}

    def _item(self, item: Item, repeat: int) -> Iterator[Resource]:
        """Return an item with what stands below it; once for each repeat where it repeats by itself."""
        if item.axes:
            yield from self._rated(item, repeat)
        elif item.kind is ItemKind.GROUP:
            yield from self._group(item, repeat)
        elif item.takes_answer:
            yield from self._answered(item, repeat)

    def _group(self, item: Item, repeat: int) -> Iterator[Resource]:
        for each in _repeats(item.repeats) if not repeat else (repeat,):
            inner = [part for child in self._below(item) for part in self._item(child, each)]
            if inner:
                yield {"linkId": link_of(item), "item": inner}

    def _rated(self, item: Item, repeat: int) -> Iterator[Resource]:
        inner: list[Resource] = []
        notes: list[str] = []
        for key in item.axes:
            answer = self.given.get(_field(f"{item.key}.{key}", repeat))
            axis = self.instrument.axis(key)
            if answer is None or axis is None:
                continue
            notes += [answer.note] if answer.note else []
            inner.append({"linkId": axis_link(item, axis), "answer": list(self.values(item, answer))})
        if notes:
            inner.append(_note(item, "\n".join(notes)))
        if inner:
            yield {"linkId": link_of(item), "item": inner}

    def _answered(self, item: Item, repeat: int) -> Iterator[Resource]:
        """Return one item with an answer for each repeat of its own."""
        own = list(_repeats(item.repeats)) if not repeat else [repeat]
        found = [answer for each in own if (answer := self.given.get(_field(item.key, each))) is not None]
        values = [value for answer in found for value in self._said(item, answer)]
        below = [part for child in self._below(item) for part in self._item(child, repeat)]
        note = " ".join(answer.note for answer in found if answer.note)
        if note and takes_note(item):
            below.append(_note(item, note))
        if values and below:
            values[0]["item"] = below
        if values:
            yield {"linkId": link_of(item), "answer": values}
        elif below:
            yield {"linkId": link_of(item), "item": below}

    def _said(self, item: Item, answer: Answer) -> Iterator[Resource]:
        """Yield the values of an answer; a note for which the form of a file has no place goes with the first of them."""
        values = list(self.values(item, answer))
        if values and answer.note and not takes_note(item):
            values[0]["extension"] = [*values[0].get("extension", ()), {"url": NOTE, "valueString": answer.note}]
        yield from values

    def _below(self, item: Item) -> list[Item]:
        return self._children.get(item.key, [])

    @cached_property
    def _children(self) -> dict[str, list[Item]]:
        return children_of(self.instrument)

    def values(self, item: Item, answer: Answer) -> Iterator[Resource]:
        if answer.absent is not None:
            yield _absent(answer.absent)
            return
        if answer.option and is_boolean(self.instrument, item):
            yield primitive("value", item.kind, answer.option)
            return
        scale = self.instrument.scale_of(answer.slot)
        for code in answer.options if scale else ():
            option = scale.option(code) if scale else None
            if scale is not None and option is not None:
                reason = option.meaning if option.meaning in REASON_FOR else None
                yield {"valueCoding": coding_of(self.instrument, scale, option), **(_absent(reason) if reason else {})}
        if answer.text:
            yield amount(item, answer.text, answer.option) or primitive("value", item.kind, answer.text)


def _field(name: str, repeat: int) -> str:
    return f"{name}-{repeat}" if repeat else name


def _repeats(times: int) -> range:
    return range(1, times + 1) if times > 1 else range(1)


def _note(item: Item, words: str) -> Resource:
    return {"linkId": note_link(item), "answer": [{"valueString": words}]}


def _absent(reason: Meaning) -> Resource:
    return {"extension": [{"url": ABSENT_EXTENSION, "valueCode": REASON_FOR[reason]}]}


def _scores(instrument: Instrument, results: Iterable[ScoreResult]) -> Iterator[Resource]:
    items = {item.key for item in instrument.items}
    for result in results:
        if result.value is not None and result.key not in items:
            yield {"linkId": score_link(result.key), "answer": [{"valueDecimal": number(result.value)}]}


def observations(
    instrument: Instrument,
    results: Iterable[ScoreResult],
    *,
    effective: datetime,
    subject: str = "",
    derived_from: str = "",
) -> tuple[Resource, ...]:
    """Return one R4 Observation for each declared score.

    A score without a value is written with the reason for its absence, never left out and never 0.
    """
    return tuple(_observation(instrument, result, effective, subject, derived_from) for result in results)


def _observation(
    instrument: Instrument, result: ScoreResult, effective: datetime, subject: str, derived_from: str
) -> Resource:
    score = instrument.score(result.key)
    codes = [_coding(code) for code in score.codes] if score else []
    value: Resource = {}
    if result.value is not None:
        value = {"valueQuantity": {"value": number(result.value), "unit": "points"}}
    else:
        value = {"dataAbsentReason": {"text": result.reason or "Not computed."}}
    return _kept({
        "resourceType": "Observation",
        "status": "final",
        "code": _kept({"coding": codes, "text": score.title if score else result.key}),
        "subject": {"reference": subject} if subject else None,
        "effectiveDateTime": effective.isoformat(),
        "interpretation": [{"text": result.band}] if result.band else None,
        "derivedFrom": [{"reference": derived_from}] if derived_from else None,
        "note": [{"text": result.reason}] if result.reason and result.value is not None else None,
        **value,
    })  # fmt: skip


def extracted(
    instrument: Instrument, answers: Iterable[Answer], *, effective: datetime, subject: str, derived_from: str
) -> Iterator[Resource]:
    """Yield an R4 Observation for each answer to a coded question that its file marks for that, itself or further up.

    What is a score stands among the scores. https://hl7.org/fhir/uv/sdc/extraction.html#observation-based-extraction
    """
    writer, scores = _Writer(instrument, {}), {score.key for score in instrument.scores}
    for answer in answers:
        item = instrument.item(answer.item)
        carried = [one for each in (item, *instrument.above(item)) for one in each.carried] + [*instrument.carried]
        marked = next((one.value for one in carried if one.url.endswith("observationExtract")), "") == "true"
        if not marked or not item.codes or item.key in scores or not answer.is_given:
            continue
        kinds = [one.coding for one in carried if one.url.endswith("observation-extract-category") and one.coding]
        head = {
            "resourceType": "Observation",
            "status": "final",
            "category": [{"coding": [_coding(kind)]} for kind in kinds],
            "code": {"coding": [_coding(code) for code in item.codes], "text": item.title},
            "subject": {"reference": subject},
            "effectiveDateTime": effective.isoformat(),
            "derivedFrom": [{"reference": derived_from}],
        }
        yield from (_kept(head | _observed(value)) for value in writer.values(item, answer))


def _observed(value: Resource) -> Resource:
    """Return a value as an Observation takes it, which has neither codings, decimals, days nor addresses."""
    kind, said = next((kind, said) for kind, said in value.items() if kind != "extension")
    if kind in ("valueCoding", "valueDecimal"):
        return (
            {"valueCodeableConcept": {"coding": [said]}}
            if kind == "valueCoding"
            else {"valueQuantity": {"value": said}}
        )
    return {{"valueDate": "valueDateTime", "valueUri": "valueString"}.get(kind, kind): said}


def _coding(coding: Coding) -> Resource:
    return _kept({"system": coding.system, "code": coding.code, "display": coding.display})


def risk(
    instrument: Instrument,
    judged: Judged,
    *,
    occurred: datetime,
    subject: str,
    basis: str = "",
    scenarios: Iterable[str] = (),
) -> Resource:
    """Return the professional's level as an R4 RiskAssessment.

    The level is a judgement and stands first; what was computed, where it differs, is told beside it. `subject` is a
    reference, which FHIR demands.
    """
    told = [judged.formulation, judged.reason]
    if judged.computed is not None and judged.computed != judged.level:
        told.append(
            f"The form by itself suggests {judged.computed.value}; the professional judged {judged.level.value}."
        )
    coding = {"system": LEVELS, "code": judged.level.value}
    first = {"qualitativeRisk": {"coding": [coding], "text": judged.level.value.replace("_", " ").capitalize()}}
    return _kept({
        "resourceType": "RiskAssessment",
        "status": "final",
        "method": {"text": f"{instrument.title} (version {instrument.version}), professional judgement"},
        "subject": {"reference": subject},
        "occurrenceDateTime": occurred.isoformat(),
        "basis": [{"reference": basis}] if basis else None,
        "prediction": [first, *({"rationale": words} for words in scenarios if words)],
        "mitigation": judged.measures,
        "note": [{"text": words} for words in told if words],
    })  # fmt: skip


def bundle(*resources: Resource) -> Resource:
    """Return resources as one collection; one that has an id is found under it by the others."""
    return {"resourceType": "Bundle", "type": "collection", "entry": [_entry(each) for each in resources]}


def _entry(resource: Resource) -> Resource:
    address = f"urn:uuid:{resource['id']}" if resource.get("id") else None
    return _kept({"fullUrl": address, "resource": resource})


def _kept(entries: Resource) -> Resource:
    return {key: value for key, value in entries.items() if value not in (None, "", [], {})}
