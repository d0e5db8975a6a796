"""Lists of answers that stand beside the form: contained in it, or sent along. Nothing is ever fetched.

A list that many items name is read once and held once. A list that would have to come from a terminology server is
said to be missing, with its address.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from fourfold.assessment.fhir import plain_text
from fourfold.assessment.fhir.fields import Findings, Part
from fourfold.assessment.fhir.meanings import meaning_of, stated
from fourfold.assessment.fhir.terms import Choice, Coded, Given, Options, Resource, Severity
from fourfold.assessment.fhir.weights import NO_WEIGHT, Weight, property_weight, weight_of
from fourfold.assessment.terms import Meaning

MOST_CHOICES = 5_000
"""Answers of one list. A longer one is a terminology and no scale."""

DEEPEST_LIST = 8
"""Lists that name lists, and concepts below concepts."""


@dataclass(frozen=True)
class Concept:
    """One concept of a list, with its weight and its names in other languages."""

    coded: Coded
    weight: Weight
    words: Mapping[str, str]
    meaning: Meaning | None = None

    @property
    def name(self) -> tuple[str, str]:
        """What a concept is told by: its system and code, or its words where it has no code."""
        return self.coded.system, self.coded.code or self.coded.display


@dataclass
class Supply:
    """The value sets and code systems that came with a form, read when an item first names them."""

    findings: Findings
    lists: dict[str, Part] = field(default_factory=dict)
    systems: dict[str, Part] = field(default_factory=dict)
    _read: dict[str, Options | str] = field(default_factory=dict)
    _made: dict[int, Options] = field(default_factory=dict)
    _held: dict[int, tuple[list[Concept], str]] = field(default_factory=dict)
    _weights: dict[tuple[str, str], Weight] | None = None

    @classmethod
    def of(cls, resources: Iterable[Resource], findings: Findings) -> Supply:
        """Lay out the resources by their `#id` and by their address."""
        supply = cls(findings)
        for resource in resources:
            shelf = supply.lists if resource.get("resourceType") == "ValueSet" else supply.systems
            for name in _names(resource):
                shelf.setdefault(name, Part(resource, f"contained {name}", findings))
        return supply

    def options(self, reference: str) -> Options | str:
        """Return the list that an item names, or a sentence that says why it cannot be had."""
        name = reference.split("|", 1)[0]
        if name not in self._read:
            self._read[name] = self._resolve(reference, name)
        return self._read[name]

    def _resolve(self, reference: str, name: str) -> Options | str:
        shelf = self.lists.get(name)
        if shelf is None and name.startswith("#"):
            return f"The form names the list “{reference[:120]}”, which it does not contain."
        if shelf is None:
            return f"The answers stand elsewhere, at “{reference[:200]}”, and nothing is fetched."
        if id(shelf.entries) in self._made:
            return self._made[id(shelf.entries)]
        concepts, why = self._concepts(shelf, 0)
        if not concepts:
            return why or f"The list “{reference[:120]}” is empty."
        if why:
            shelf.findings.add("Q12", Severity.WARNING, name, f"The list is not complete: {why}", "Supply it expanded.")
        made = Options(name, tuple(map(_choice, self._distinct(shelf, concepts))))
        self._made[id(shelf.entries)] = made
        return made

    def _distinct(self, shelf: Part, concepts: list[Concept]) -> list[Concept]:
        kept = list({concept.name: concept for concept in reversed(concepts)}.values())[::-1]
        if len(kept) > MOST_CHOICES:
            problem = f"The list holds {len(kept):,} answers; the first {MOST_CHOICES:,} were taken."
            shelf.findings.add("Q19", Severity.ERROR, shelf.where, problem, "Use a list that a person can choose from.")
        return kept[:MOST_CHOICES]

    def size_of(self, system: str) -> int:
        """Return how many concepts a code system of the file lists."""
        shelf = self.systems.get(system)
        return sum(1 for _ in self._whole_system(shelf, system)) if shelf is not None else 0

    # --- what a value set holds ---------------------------------------------------------------------------

    def _concepts(self, shelf: Part, depth: int) -> tuple[list[Concept], str]:
        """Return the concepts of a value set, worked out once: lists may name each other many times over, or in a circle."""
        key = id(shelf.entries)
        if key not in self._held:
            self._held[key] = ([], "It names itself.")
            self._held[key] = self._worked_out(shelf, depth)
        return self._held[key]

    def _worked_out(self, shelf: Part, depth: int) -> tuple[list[Concept], str]:
        """Return the concepts and what of them could not be had. The expansion is the list; the composition stands in
        where there is none, and lends its weights and names where there is."""
        composed, why = self._composed(shelf, depth)
        expanded = list(self._expanded(shelf))
        if not expanded:
            return composed, why
        lent = {concept.name: concept for concept in composed}
        return [self._enriched(concept, lent.get(concept.name)) for concept in expanded], ""

    def _enriched(self, concept: Concept, other: Concept | None) -> Concept:
        if other is None:
            return concept
        weight = concept.weight if concept.weight.value is not None else other.weight
        return replace(
            concept, weight=weight, words={**other.words, **concept.words}, meaning=concept.meaning or other.meaning
        )

    def _expanded(self, shelf: Part) -> Iterator[Concept]:
        expansion = shelf.part("expansion") if shelf.has("expansion") else None
        stack = list(reversed(expansion.parts("contains"))) if expansion else []
        while stack:
            part = stack.pop()
            if not part.flag("abstract") and (part.has("code") or part.has("display")):
                yield self._concept(part, part.line("system"))
            stack.extend(reversed(part.parts("contains")) if part.has("contains") else ())

    def _composed(self, shelf: Part, depth: int) -> tuple[list[Concept], str]:
        compose = shelf.part("compose") if shelf.has("compose") else None
        if compose is None:
            return [], ""
        found: list[Concept] = []
        reasons: list[str] = []
        for include in compose.parts("include"):
            concepts, why = self._included(include, depth)
            found.extend(concepts[: MOST_CHOICES + 1 - len(found)])
            reasons.append(why)
        excluded = {concept.name for part in compose.parts("exclude") for concept in self._listed(part)}
        kept = [concept for concept in found if concept.name not in excluded]
        return kept, " ".join(dict.fromkeys(filter(None, reasons)))

    def _included(self, include: Part, depth: int) -> tuple[list[Concept], str]:
        if include.has("concept"):
            return list(self._listed(include)), ""
        if include.has("valueSet"):
            return self._from_lists(include, depth)
        system = include.line("system")
        if include.has("filter"):
            return [], f"Part of it is a rule over “{system[:120]}”, which only a terminology server can apply."
        if (whole := self.systems.get(system)) is not None:
            return list(self._whole_system(whole, system)), ""
        if not system:
            return [], "One of its parts names neither answers nor the code system or list that they come from."
        return [], f"Part of it is the whole of “{system[:120]}”, which the file does not hold."

    def _from_lists(self, include: Part, depth: int) -> tuple[list[Concept], str]:
        named = include.entries.get("valueSet")
        names = [name for name in (named if isinstance(named, list) else [named]) if isinstance(name, str)]
        found: list[Concept] = []
        reasons: list[str] = []
        for name in names:
            shelf = self.lists.get(name.split("|", 1)[0])
            if shelf is None or depth >= DEEPEST_LIST:
                reasons.append(f"It names the list “{name[:120]}”, which the file does not hold.")
                continue
            concepts, why = self._concepts(shelf, depth + 1)
            found.extend(concepts[: MOST_CHOICES + 1 - len(found)])
            reasons.append(why)
        return found, " ".join(dict.fromkeys(filter(None, reasons)))

    def _listed(self, include: Part) -> Iterator[Concept]:
        system = include.line("system")
        yield from (self._concept(part, system) for part in include.parts("concept") if part.has("code"))

    def _whole_system(self, shelf: Part, system: str) -> Iterator[Concept]:
        stack = list(reversed(shelf.parts("concept")))
        while stack:
            part = stack.pop()
            if part.has("code"):
                yield self._concept(part, system)
            stack.extend(reversed(part.parts("concept")) if part.has("concept") else ())

    def _concept(self, part: Part, system: str) -> Concept:
        coded = Coded(system, part.line("code"), part.line("display", plain_text.LONGEST_WORDS))
        weight = weight_of(part.at(f"{part.where} ({coded.code or coded.display})"))
        if weight.value is None and not weight.spelling:
            weight = property_weight(part) if part.has("property") else self.weight(coded)
        words = {**designations(part), **translations(part, "display")}
        return Concept(coded, weight, words, stated(part) or meaning_of(coded))

    # --- weights of code systems --------------------------------------------------------------------------

    def weight(self, coded: Coded) -> Weight:
        """Return the weight that a code system of the file gives the code, the last place to look."""
        if self._weights is None:
            self._weights = {name: weight for name, weight in self._system_weights() if weight.value is not None}
        return self._weights.get((coded.system, coded.code), NO_WEIGHT)

    def _system_weights(self) -> Iterator[tuple[tuple[str, str], Weight]]:
        for name, shelf in self.systems.items():
            stack = shelf.parts("concept")
            while stack:
                part = stack.pop()
                weight = weight_of(part)
                yield (name, part.line("code")), weight if weight.value is not None else property_weight(part)
                stack.extend(part.parts("concept") if part.has("concept") else ())


def _names(resource: Resource) -> Iterator[str]:
    identifier, url = resource.get("id"), resource.get("url")
    if isinstance(identifier, str) and identifier:
        yield identifier if identifier.startswith("#") else f"#{identifier}"
    if isinstance(url, str) and url:
        yield url


def _choice(concept: Concept) -> Choice:
    given = Given("Coding", concept.coded)
    weight = concept.weight
    return Choice(given, weight=weight.value, meaning=concept.meaning, words=concept.words)


def designations(concept: Part) -> dict[str, str]:
    named = concept.parts("designation") if concept.has("designation") else []
    return {
        part.line("language"): part.line("value", plain_text.LONGEST_WORDS) for part in named if part.has("language")
    }


def translations(part: Part, key: str) -> dict[str, str]:
    beside = part.entries.get(f"_{key}")
    if not isinstance(beside, dict):
        return {}
    found: dict[str, str] = {}
    for extension in Part(beside, part.where, part.findings).extensions("translation"):
        inner = extension.inner()
        lang, content = inner.get("lang"), inner.get("content")
        said = lang.value() if lang else None
        text = content.value() if content else None
        if said and text and said.words:
            found[plain_text.one_line(said.words)[:20]] = plain_text.words(text.words)
    return found
