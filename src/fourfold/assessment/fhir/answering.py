"""A filled-in form in any dialect as answers of ours, with what is wrong with each (rule Q23).

An answer that does not fit is named and not taken; the others are. What was not answered stays open.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from fourfold.assessment import rules
from fourfold.assessment.fhir.canonicals import scale_system, url_of
from fourfold.assessment.fhir.conditions import written
from fourfold.assessment.fhir.decoding import decode
from fourfold.assessment.fhir.dialects import unwrap
from fourfold.assessment.fhir.fields import Findings, Part, guarded
from fourfold.assessment.fhir.meanings import ABSENT_EXTENSION, reason
from fourfold.assessment.fhir.places import Place, link_of, places, score_link, section_link
from fourfold.assessment.fhir.terms import Coded, Finding, Given, Outcome, Severity
from fourfold.assessment.rules.sheets import Sheet, sheet
from fourfold.assessment.terms import Answer, Instrument, Item, ItemKind, Meaning, Option, Scale, Slot

STATUSES = frozenset({"in-progress", "completed", "amended", "entered-in-error", "stopped"})

_MOMENT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?P<zone>Z|[+-]\d\d:\d\d)?$")
_TYPES: dict[ItemKind, frozenset[str]] = {
    ItemKind.INTEGER: frozenset({"Integer", "Decimal"}),
    ItemKind.DECIMAL: frozenset({"Decimal", "Integer"}),
    ItemKind.QUANTITY: frozenset({"Quantity", "Decimal", "Integer"}),
    ItemKind.DATE: frozenset({"Date"}),
    ItemKind.TIME: frozenset({"Time"}),
    ItemKind.DATETIME: frozenset({"DateTime"}),
    ItemKind.URL: frozenset({"Uri", "Url", "String"}),
    ItemKind.LINE: frozenset({"String", "Markdown", "Text"}),
    ItemKind.TEXT: frozenset({"String", "Markdown", "Text"}),
}


@dataclass(frozen=True)
class ResponseReading:
    """What reading a filled-in form gave; `answers` are those that fit. `sha256` is that of the bytes."""

    outcome: Outcome
    findings: tuple[Finding, ...]
    sha256: str
    answers: tuple[Answer, ...] = ()
    status: str = ""
    authored: str = ""
    guarded: bool = False


def read_response(raw: bytes, instrument: Instrument) -> ResponseReading:
    """Read a QuestionnaireResponse of STU3, R4 or R5 as answers to this instrument.

    It never raises, whatever the bytes are: what cannot be taken is a finding.
    """
    sha256 = hashlib.sha256(raw).hexdigest()
    return guarded(lambda findings: _read(raw, instrument, findings, sha256), ResponseReading, sha256)


def _read(raw: bytes, instrument: Instrument, findings: Findings, sha256: str) -> ResponseReading:
    document, notes = decode(raw)
    found = unwrap(document, "QuestionnaireResponse")
    findings.found.extend((*notes, *found.notes))
    return _Reader(instrument, Part(found.resource, "", findings)).reading(sha256)


@dataclass
class _Reader:
    instrument: Instrument
    top: Part
    answers: dict[str, Answer] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    counted: Counter[str] = field(default_factory=Counter)

    def reading(self, sha256: str) -> ResponseReading:
        status, authored = self._status(), self._authored()
        self._check_form()
        for part, repeat in self._parts():
            self._take(part, repeat)
        answers = tuple(self._with_notes())
        self._check_whole(answers)
        findings = self.top.findings
        return ResponseReading(findings.outcome, findings.listed(), sha256, answers, status, authored)

    def error(self, where: str, problem: str, mend: str) -> None:
        self.top.findings.add("Q23", Severity.ERROR, where, problem, mend)

    # --- the head -----------------------------------------------------------------------------------------

    def _status(self) -> str:
        status = self.top.line("status", 40)
        if status not in STATUSES:
            said = f"“{status}” is not a status of a filled-in form." if status else "The response has no status."
            self.error("status", said, f"Write one of: {', '.join(sorted(STATUSES))}.")
        return status if status in STATUSES else ""

    def _authored(self) -> str:
        authored = self.top.line("authored", 40)
        match = _MOMENT.match(authored)
        if "T" in authored and not (match and match.group("zone")):
            self.error("authored", f"“{authored}” is a time without a zone.", "Write the zone, such as +01:00.")
            return ""
        return authored

    def _check_form(self) -> None:
        said = self.top.entries.get("questionnaire")
        if isinstance(said, dict):
            said = said.get("reference")
        if not isinstance(said, str) or not said:
            problem = "The response does not say which form it answers."
            self.top.findings.add("Q23", Severity.WARNING, "questionnaire", problem, "Check that it is this one.")
            return
        url, _, version = said.partition("|")
        ours = (url_of(self.instrument), self.instrument.key)
        if not any(url == own or url.endswith(f"/{own}") for own in ours):
            problem = f"The response answers “{url[:120]}” and not this form."
            self.top.findings.add("Q23", Severity.WARNING, "questionnaire", problem, "Check that it is this one.")
        elif version and version != str(self.instrument.version):
            problem = f"The response answers version {version[:40]} and not {self.instrument.version}."
            self.top.findings.add("Q23", Severity.WARNING, "questionnaire", problem, "Read it with that version.")

    # --- the items ----------------------------------------------------------------------------------------

    def _parts(self) -> Iterator[tuple[Part, int]]:
        """Return every item of the response with the repeat that it stands in, without recursion."""
        stack = list(reversed(self._numbered(self.top, 0)))
        while stack:
            part, repeat = stack.pop()
            yield part, repeat
            below = self._numbered(part, repeat)
            for answer in part.parts("answer") if part.has("answer") else ():
                below += self._numbered(answer, repeat)
            stack.extend(reversed(below))

    def _numbered(self, holder: Part, repeat: int) -> list[tuple[Part, int]]:
        """Return the items below, each with its repeat: the n-th of the same group is the n-th repeat."""
        times: Counter[str] = Counter()
        found = []
        for part in holder.parts("item") if holder.has("item") else ():
            link_id = part.line("linkId")
            times[link_id] += 1
            own = times[link_id] if self.repeating.get(link_id, 1) > 1 else repeat
            found.append((part.at(link_id or part.where), own))
        return found

    @cached_property
    def repeating(self) -> dict[str, int]:
        groups = {link_of(item): item.repeats for item in self.instrument.items if item.kind is ItemKind.GROUP}
        return groups | {section_link(section.key): section.repeats for section in self.instrument.sections}

    @cached_property
    def silent(self) -> frozenset[str]:
        """The linkIds of the form that take no answer from a response: groups, texts, scores."""
        items = self.instrument.items
        unasked = (link_of(item) for item in items if item.axes or not item.takes_answer)
        return frozenset((*self.repeating, *unasked, *(score_link(score.key) for score in self.instrument.scores)))

    @cached_property
    def places(self) -> dict[str, Place]:
        return places(self.instrument)

    def _take(self, part: Part, repeat: int) -> None:
        link_id = part.line("linkId")
        place = self.places.get(link_id)
        if place is None:
            if link_id not in self.silent:
                self.error(
                    link_id or part.where,
                    f"There is no question “{link_id[:80]}” in the form.",
                    "Correct the linkId, or leave the answer out.",
                )
            return
        item = self.instrument.item(place.item)
        given = [each.at(link_id) for each in part.parts("answer")] if part.has("answer") else []
        if place.is_note:
            self._take_note(place, given, repeat)
        elif item.kind is ItemKind.MULTIPLE_CHOICE:
            self._take_several(item, given, repeat)
        else:
            self._take_each(item, place, given, repeat)

    def _take_note(self, place: Place, given: list[Part], repeat: int) -> None:
        words = " ".join(said.words for each in given if (said := each.value()))
        if words:
            self.notes[_field(place.item, "", repeat)] = words

    def _take_several(self, item: Item, given: list[Part], repeat: int) -> None:
        scale = self.instrument.scale(item.scale)
        absent = next((why for each in given if (why := _absent(each))), None)
        codes = [
            found.option for each in given if not _absent(each) and (found := self._answer(item, "", each, repeat))
        ]
        if not codes and absent is None:
            return
        order = [option.code for option in scale.options] if scale else []
        chosen = " ".join(sorted(dict.fromkeys(codes), key=order.index))
        self._keep(Answer(item.key, option=chosen, repeat=repeat, absent=None if codes else absent), link_of(item))

    def _take_each(self, item: Item, place: Place, given: list[Part], repeat: int) -> None:
        for each in given:
            self.counted[item.key] += 1
            number = repeat
            if item.repeats > 1:
                number = self.counted[item.key]
            answer = self._answer(item, place.axis, each, number)
            if answer is not None:
                self._keep(answer, each.where)

    def _keep(self, answer: Answer, where: str) -> None:
        if why := rules.why_not_answer(self.instrument, answer):
            self.error(where, why, "The answer was not taken.")
        elif answer.slot.field in self.answers:
            self.error(where, "The question is answered twice; the first answer was taken.", "Keep one of the two.")
        else:
            self.answers[answer.slot.field] = answer

    # --- one answer ---------------------------------------------------------------------------------------

    def _answer(self, item: Item, axis: str, part: Part, repeat: int) -> Answer | None:
        slot = Slot(item.key, axis, repeat)
        empty = Answer(item.key, axis=axis, repeat=repeat)
        given, scale = part.value(), self.instrument.scale_of(slot)
        if given is None:
            why = _absent(part)
            if why is None:
                self.error(part.where, "The answer is empty.", "Give a value, or say why there is none.")
                return None
            return replace(empty, absent=why)
        if scale is not None:
            return self._chosen(item, scale, empty, given, part.where)
        return self._worded(item, empty, given, part.where)

    def _chosen(self, item: Item, scale: Scale, empty: Answer, given: Given, where: str) -> Answer | None:
        option = self._option(scale, given)
        if option is not None:
            return replace(empty, option=option.code)
        if item.kind is ItemKind.OPEN_CHOICE:
            return replace(empty, text=given.words)
        self.error(where, f"“{given.words[:80]}” is not among the answers to this question.", "Choose one of them.")
        return None

    def _option(self, scale: Scale, given: Given) -> Option | None:
        if isinstance(given.value, Coded):
            return next((one for one in scale.options if self._is_option(scale, one, given.value)), None)
        word = written(given)
        return next((one for one in scale.options if word in (one.code, one.label)), None)

    def _is_option(self, scale: Scale, option: Option, coded: Coded) -> bool:
        named = [Coded(scale_system(self.instrument, scale.key), option.code, option.label)]
        if option.coding is not None:
            named.append(Coded(option.coding.system, option.coding.code, option.coding.display or option.label))
        return any(coded.is_same(each) for each in named)

    def _worded(self, item: Item, empty: Answer, given: Given, where: str) -> Answer | None:
        if given.type not in _TYPES.get(item.kind, {given.type}):
            self.error(
                where,
                f"The answer is of type {given.type}, and the question asks for {item.kind.value}.",
                "Give it in that type.",
            )
            return None
        text = written(given)
        match = _MOMENT.match(text)
        if item.kind is ItemKind.DATETIME and "T" in text and not (match and match.group("zone")):
            self.error(where, f"“{text[:40]}” is a time without a zone.", "Write the zone, such as +01:00.")
            return None
        return replace(empty, text=text)

    # --- the whole ----------------------------------------------------------------------------------------

    def _with_notes(self) -> Iterator[Answer]:
        told: set[str] = set()
        for answer in self.answers.values():
            place = _field(answer.item, "", answer.repeat)
            note = self.notes.get(place, "") if place not in told else ""
            told.add(place)
            noted = replace(answer, note=note) if note else answer
            yield answer if rules.why_not_answer(self.instrument, noted) else noted

    def _check_whole(self, answers: tuple[Answer, ...]) -> None:
        """Check required questions, answers to questions that are not asked, and how often a question is answered."""
        filled = sheet(self.instrument, answers)
        for answer in answers:
            item = self.instrument.item(answer.item)
            if filled.applies(item, answer.repeat) is False:
                self.error(link_of(item), "The question is not asked here, and is answered.", "Take the answer out.")
        for gap in rules.gaps(self.instrument, answers):
            self.error(gap.field, f"Something is missing. {gap.message}", "")
        self._check_times(filled)

    def _check_times(self, filled: Sheet) -> None:
        for item in self.instrument.items:
            times = self.counted[item.key]
            alone = any(option.exclusive for option in filled.options(Slot(item.key, "", 1 if item.repeats > 1 else 0)))
            if item.takes_answer and 0 < times < item.at_least and not alone:
                self.error(
                    link_of(item),
                    f"It is answered {times} times, and at least {item.at_least} are asked for.",
                    "Give the others.",
                )


def _absent(part: Part) -> Meaning | None:
    for extension in part.parts("extension") if part.has("extension") else ():
        if extension.entries.get("url") == ABSENT_EXTENSION:
            return reason(extension.line("valueCode", 40)) or Meaning.UNKNOWN
    return None


def _field(item: str, axis: str, repeat: int) -> str:
    return Slot(item, axis, repeat).field
