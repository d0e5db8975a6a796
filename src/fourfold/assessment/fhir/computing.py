"""The calculated values of a filled-in form, or for each the reason why there is none.

A value that rests on a question which is asked and not answered is *not computed*, whatever its expression would make
of the gap (rule S5). Values may rest on values: they are worked out in passes until nothing changes (S8). What is
empty is not false: an empty flag says that somebody must look (S11).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from fourfold.assessment.fhir import references
from fourfold.assessment.fhir.cycles import circles
from fourfold.assessment.fhir.expressions import LONGEST_S, Watch, evaluate, node, watch
from fourfold.assessment.fhir.fields import Findings, Part
from fourfold.assessment.fhir.own_rules import narrowed
from fourfold.assessment.fhir.scoring import NUMERIC
from fourfold.assessment.fhir.terms import Choice, Coded, Expression, Form, Given, Node, NotComputed, Options, Resource
from fourfold.assessment.fhir.validating import is_same
from fourfold.assessment.fhir.values import in_its_unit
from fourfold.assessment.fhir.weights import one_weight, stated_weight
from fourfold.assessment.terms import UNSETTLED

MOST_PASSES = 10
MOST_NAMED = 3
LONGEST_NAME = 60
"""How many questions a reason names, and how many characters of each."""

NO_RULES: Mapping[str, str] = {}

Asked = Callable[[str], bool | None]
"""Says of a linkId whether its question concerns the case; None where that is not known."""


@dataclass(frozen=True)
class Computed:
    """One calculated value of a form. `value` is None where it is not computed, and `why` says why."""

    link_id: str
    value: bool | int | Decimal | str | None = None
    why: str = ""

    @property
    def is_computed(self) -> bool:
        return self.value is not None


def calculate(
    form: Form,
    response: Resource,
    *,
    asked: Asked = lambda _: None,
    at: datetime | None = None,
    longest_s: float = LONGEST_S,
    rules: Mapping[str, str] = NO_RULES,
) -> tuple[Computed, ...]:
    """Return one result for each calculated item of the form, in its order, and one for each of the `rules`: the linkId of an
    item, and the name under which it is told whether the item is asked.

    `response` is a QuestionnaireResponse in R4; it is not changed. `at` is what `today()` means. Never raises for
    what the file or the answers hold.
    """
    sheet = _Sheet(form, copy.deepcopy(response), asked, at, longest_s)
    return (*sheet.results(), *sheet.decided(rules))


@dataclass
class _Sheet:
    form: Form
    response: Resource
    asked: Asked
    at: datetime | None
    longest_s: float
    done: dict[str, Computed] = field(default_factory=dict)

    def results(self) -> tuple[Computed, ...]:
        calculated = [(each, above) for each, above in self.form.walk() if each.calculated is not None]
        _ = self.weights  # taken from the answers as they came, before any value is written among them
        barred = self._circular({each.link_id: each for each, _ in calculated})
        for _ in range(MOST_PASSES):
            before = dict(self.done)
            for each, above in calculated:
                self.done[each.link_id] = barred.get(each.link_id) or self._result(each, above)
                self._write(each, above)
            if self.done == before:
                break
        else:
            changing = {name for name, result in self.done.items() if before.get(name) != result}
            why = "Not computed. Its value changes with every pass."
            self.done.update({name: Computed(name, None, why) for name in changing})
        return tuple(self.done[each.link_id] for each, _ in calculated)

    def decided(self, rules: Mapping[str, str]) -> Iterator[Computed]:
        """Yield for each item whether its own expression lets it be asked, once all values are worked out."""
        whether = [
            (replace(item, type="boolean", calculated=said), above, _Scope(self, item, above).texts(said))
            for item, above in (self.form.walk() if rules else ())
            if (said := item.enable_expression) is not None and item.link_id in rules
        ]
        names = {link_id for *_, texts in whether for text in texts for link_id in references.link_ids(text)}
        self.response = narrowed(self.response, names) or {}
        for item, above, _ in whether:
            yield replace(self._result(item, above), link_id=rules[item.link_id])

    # --- one value ----------------------------------------------------------------------------------------

    def _result(self, item: Node, above: tuple[Node, ...]) -> Computed:
        said = item.calculated
        assert said is not None  # noqa: S101 -- asked by the caller
        try:
            self.watched.keys()
            scope = _Scope(self, item, above)
            if why := self._why_open(item, scope.texts(said)):
                raise NotComputed(why)
            return Computed(item.link_id, _single(scope.run(said), item))
        except NotComputed as reason:
            hand = ": review by hand" if item.type == "boolean" else ""
            return Computed(item.link_id, None, f"Not computed{hand}. {reason}")

    def _why_open(self, item: Node, texts: list[str]) -> str | None:
        """Return why a computation would rest on an incomplete form, or None."""
        named = dict.fromkeys(link_id for text in texts for link_id in references.link_ids(text))
        if not named and any("weight()" in text or "ordinal()" in text for text in texts):
            named = dict.fromkeys(each.link_id for each in self.nodes.values() if _weighs(each))
        questions = [self.nodes[each] for each in named if each in self.nodes and self.nodes[each].asks]
        waiting = [each for each in questions if each.calculated is None and self._is_open(each)]
        other = [each for each in questions if self._is_in_another_unit(each)]
        if other and not any(".unit" in text or ".code" in text for text in texts):
            return f"It reckons in “{other[0].unit}”, and this was answered in another unit: {_named(other)}."
        stuck = [each for each in questions if each.link_id != item.link_id and self._is_stuck(each)]
        if waiting and len(questions) == 1:
            return f"The question that it rests on is open: {_named(waiting)}."
        if waiting:
            return f"{len(waiting)} of {len(questions)} questions are open: {_named(waiting)}."
        return f"It rests on what is not computed either: {_named(stuck)}." if stuck else None

    def _is_open(self, question: Node) -> bool:
        return self.asked(question.link_id) is not False and not self._is_answered(question)

    def _is_answered(self, question: Node) -> bool:
        answers = self.answers.get(question.link_id, [])
        return bool(answers) and all(_settles(each, question) for each in answers) and not self._is_left_out(question)

    def _is_left_out(self, question: Node) -> bool:
        """Return whether a part that was filled in several times lacks the answer in one of them, though it always asks."""
        around = next((*above, each) for each, above in self.form.walk() if each is question)
        waits, repeats = (
            (each.enable or each.enable_expression for each in around),
            (each.repeats for each in around[:-1]),
        )
        if any(waits) or not any(repeats):
            return False
        times = [part for link_id, part in _items_of(self.response) if link_id == around[-2].link_id]
        return any(question.link_id not in {name for name, _ in _items_of(part)} for part in times)

    def _is_in_another_unit(self, question: Node) -> bool:
        amounts = [each.get("valueQuantity", {}) for each in self.answers.get(question.link_id, [])]
        named = {each.get("code") or each.get("unit") for each in amounts} - {None}
        return len(question.units) > 1 and not named <= {question.units[0].name, question.unit}

    def _is_stuck(self, question: Node) -> bool:
        result = self.done.get(question.link_id)
        return question.calculated is not None and result is not None and not result.is_computed

    def _circular(self, calculated: Mapping[str, Node]) -> dict[str, Computed]:
        waits = {name: self._calculated_below(each, calculated) for name, each in calculated.items()}
        found: dict[str, Computed] = {}
        for circle in circles(waits):
            why = f"Not computed. These values wait for each other: {', '.join(circle[:6])}."
            found.update({name: Computed(name, None, why) for name in circle})
        return found

    def _calculated_below(self, item: Node, calculated: Mapping[str, Node]) -> list[str]:
        said = item.calculated
        return [each for each in references.link_ids(said.text) if each in calculated] if said else []

    # --- the filled-in form -------------------------------------------------------------------------------

    @cached_property
    def nodes(self) -> Mapping[str, Node]:
        """The items by linkId, the first of each."""
        found: dict[str, Node] = {}
        for each, _ in self.form.walk():
            found.setdefault(each.link_id, each)
        return found

    @cached_property
    def questions(self) -> Mapping[str, Resource]:
        return dict(_items_of(self.form.resource))

    @cached_property
    def answers(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for link_id, part in _items_of(self.response):
            given = part.get("answer")
            found.setdefault(link_id, []).extend(each for each in _list(given) if isinstance(each, dict))
        return found

    def _write(self, item: Node, above: tuple[Node, ...]) -> None:
        value = self.done[item.link_id].value
        for part in self.instances(item, above):
            part.pop("answer", None)
            if value is not None:
                said = {"valueQuantity": in_its_unit(item, value)} if item.type == "quantity" else None
                part["answer"] = [said or {_KEYS.get(item.type, "valueString"): value}]

    def instances(self, item: Node, above: tuple[Node, ...]) -> list[Resource]:
        """Return the items of the response that stand for an item of the form; made where there are none."""
        holders = [self.response]
        for each in (*above, item):
            holders = [part for holder in holders for part in _below(holder, each.link_id)]
        return holders

    @cached_property
    def watched(self) -> Watch:
        return watch(self.weigh, at=self.at, longest_s=self.longest_s)

    def weigh(self, value: Any) -> list[Decimal]:
        """Return the weight of an answer or a coding: what stands on the answer first, then on the option of its
        question.

        An answer to a question without weights has none, and is passed over; one whose question has weights and which
        has none itself stops the computation.
        """
        if isinstance(value, dict):
            found = self.weights.get(id(value), stated_weight(value))
            if isinstance(found, str):
                raise NotComputed(found)
            return [] if found is None else [found]
        return one_weight({each.weight for each in self._choices if each.given.value == value}, str(value))

    @cached_property
    def weights(self) -> Mapping[int, Decimal | str]:
        """The weights of the answers that were given, or why one has none, by the identity of the answer and of its
        coding: the same code may weigh differently on different questions."""
        found: dict[int, Decimal | str] = {}
        for link_id, given in self.answers.items():
            question = self.nodes.get(link_id)
            if question is not None and question.options is not None and question.options.weights:
                for answer in given:
                    found.update(_weighed(answer, question.options))
        return found

    @cached_property
    def _choices(self) -> list[Choice]:
        lists = {id(each.options): each.options for each in self.nodes.values() if each.options is not None}
        return [choice for options in lists.values() if options.weights for choice in options.choices]

    @cached_property
    def outer(self) -> dict[str, _Variable]:
        """The variables of the whole form, and calculated values that have a name, which are variables as well."""
        named = {each.name: _Variable(each) for each in (*self.form.variables, *self.form.calculated) if each.name}
        for each, above in self.form.walk():
            if each.calculated is not None and each.calculated.name:
                named.setdefault(each.calculated.name, _Variable(each.calculated, (*above, each)))
        return named


_KEYS = {
    "boolean": "valueBoolean",
    "integer": "valueInteger",
    "decimal": "valueDecimal",
    "date": "valueDate",
    "dateTime": "valueDateTime",
    "time": "valueTime",
}


@dataclass(frozen=True)
class _Variable:
    """A variable and the item that it belongs to; None for one of the whole form."""

    said: Expression
    owner: tuple[Node, ...] = ()


@dataclass(frozen=True)
class _Scope:
    """What an expression of one item can see: the variables of the form, of the items above, and its own."""

    sheet: _Sheet
    item: Node
    above: tuple[Node, ...]
    values: dict[str, list[Any]] = field(default_factory=dict)

    def texts(self, said: Expression) -> list[str]:
        """Return an expression with everything that it reaches through variables."""
        names = references.reached(references.variables(said.text), self._through)
        return [said.text, *(self._variables[name].said.text for name in names if name in self._variables)]

    @cached_property
    def _through(self) -> dict[str, tuple[str, ...]]:
        return {name: references.variables(each.said.text) for name, each in self._variables.items()}

    @cached_property
    def _variables(self) -> dict[str, _Variable]:
        """By name; what stands nearer to the item hides what stands further out."""
        found = dict(self.sheet.outer)
        way = (*self.above, self.item)
        for depth, each in enumerate(way, start=1):
            found.update({said.name: _Variable(said, way[:depth]) for said in each.variables if said.name})
        return found

    def run(self, said: Expression) -> list[Any]:
        return self._run(_Variable(said, (*self.above, self.item)), ())

    def _run(self, variable: _Variable, waiting: tuple[str, ...]) -> list[Any]:
        said = variable.said
        if not said.runs:
            raise NotComputed(f"It is written in {said.language[:60]}, which is not run here.")
        values = {name: self._value(name, waiting) for name in references.variables(said.text)}
        focus = self._focus(variable.owner)
        known = {**self._given, "context": focus, **values}
        return evaluate(said.text, focus=focus, variables=known, watched=self.sheet.watched)

    def _value(self, name: str, waiting: tuple[str, ...]) -> list[Any]:
        if name in waiting:
            raise NotComputed(f"Its variables wait for each other ({', '.join(waiting[:6])}).")
        if name in self._variables:
            if name not in self.values:
                self.values[name] = self._run(self._variables[name], (*waiting, name))
            return self.values[name]
        if name in self.sheet.form.contexts:
            raise NotComputed(f"It rests on %{name}, a record that is not fetched.")
        raise NotComputed(f"It rests on %{name[:60]}, which is not given.")

    @property
    def _given(self) -> dict[str, Any]:
        response = self.sheet.response
        return {
            "resource": response,
            "rootResource": response,
            "questionnaire": self.sheet.form.resource,
            "qitem": node(self.sheet.questions.get(self.item.link_id, {}), "Questionnaire.item"),
            "ucum": "http://unitsofmeasure.org",
            "sct": "http://snomed.info/sct",
            "loinc": "http://loinc.org",
        }

    def _focus(self, owner: tuple[Node, ...]) -> Any:
        """Return what a bare path starts from: the item that the expression stands on, or the whole response."""
        if not owner:
            return self.sheet.response
        found = self.sheet.instances(owner[-1], owner[:-1])
        return node(found[0] if found else {}, "QuestionnaireResponse.item")


# --- small readings of a response -------------------------------------------------------------------------


def _named(questions: list[Node]) -> str:
    """Return questions by their words, and how many more there are."""
    names = [
        f"“{each.text[:LONGEST_NAME].rstrip()}{'…' if len(each.text) > LONGEST_NAME else ''}”"
        if each.text
        else each.link_id
        for each in questions
    ]
    more = len(names) - MOST_NAMED
    return "; ".join(names[:MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if isinstance(value, dict) else []


def _items_of(resource: Resource) -> Iterator[tuple[str, Resource]]:
    """Return every item of a form or of a response with its linkId, in order and without recursion."""
    stack: list[Any] = list(reversed(_list(resource.get("item"))))
    while stack:
        part = stack.pop()
        if not isinstance(part, dict):
            continue
        if isinstance(part.get("linkId"), str):
            yield part["linkId"], part
        stack.extend(reversed(_inner(part)))


def _below(holder: Resource, link_id: str) -> list[Resource]:
    found = [part for part in _inner(holder) if isinstance(part, dict) and part.get("linkId") == link_id]
    if not found:
        found = [{"linkId": link_id}]
        holder.setdefault("item", [])
        if isinstance(holder["item"], list):
            holder["item"].append(found[0])
    return found


def _inner(holder: Resource) -> list[Any]:
    below = list(_list(holder.get("item")))
    for answer in _list(holder.get("answer")):
        below += _list(answer.get("item")) if isinstance(answer, dict) else []
    return below


def _settles(answer: Resource, question: Node) -> bool:
    """Return whether an answer says something: no reason for its absence, and no option that leaves the question open."""
    value = _value(answer)
    if value in (None, "", {}):
        return False
    if question.options is None or not isinstance(value, dict):
        return True
    coded = Given("Coding", Coded(*(str(value.get(key, "")) for key in ("system", "code", "display"))))
    return not any(choice.meaning in UNSETTLED for choice in question.options.choices if is_same(choice.given, coded))


def _value(answer: Resource) -> Any:
    return next((value for key, value in answer.items() if key.startswith("value")), None)


def _weighs(question: Node) -> bool:
    return question.options is not None and bool(question.options.weights)


def _weighed(answer: Resource, options: Options) -> dict[int, Decimal | str]:
    """Return the weight of one answer, under the identity of the answer and of the coding in it."""
    given, value = Part(answer, "", Findings()).value(), _value(answer)
    weight: Decimal | str | None = stated_weight(answer)
    if weight is None and isinstance(value, dict):
        weight = stated_weight(value)
    if weight is None and given is not None:
        chosen = next((each for each in options.choices if is_same(given, each.given)), None)
        weight = chosen.weight if chosen else None
        weight = f"The answer “{given.words[:60]}” has no weight." if weight is None else weight
    if weight is None:
        return {}
    return {id(answer): weight, id(value): weight} if isinstance(value, dict) else {id(answer): weight}


def _single(values: list[Any], item: Node) -> bool | int | Decimal | str:
    if not values:
        raise NotComputed("The expression gives nothing for these answers.")
    if len(values) > 1:
        raise NotComputed("The expression gives more than one value.")
    value = values[0]
    if isinstance(value, dict):
        value = value.get("display") or value.get("code") or value.get("value")
    number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    if (item.type in NUMERIC and not number) or (isinstance(value, Decimal) and not value.is_finite()):
        raise NotComputed("The expression gives no number.")
    if item.type == "boolean" and not isinstance(value, bool):
        raise NotComputed("The expression gives neither yes nor no.")
    return value if isinstance(value, bool | int | Decimal) else str(value)
