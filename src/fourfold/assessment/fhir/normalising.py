"""From a questionnaire in any dialect to its normal form: one word for each thing, whatever the dialect calls it.

Limits are checked before anything is built. Items without a linkId get one that is made from their place, so that the
same file always gives the same names.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from fourfold.assessment.fhir import carrying, left_behind, plain_text
from fourfold.assessment.fhir.dialects import Found, dialect
from fourfold.assessment.fhir.fields import Findings, Part, nested_parts
from fourfold.assessment.fhir.meanings import meaning_of, stated
from fourfold.assessment.fhir.terms import (
    Choice,
    Coded,
    Constraint,
    Enable,
    Expression,
    Form,
    Given,
    Node,
    Options,
    Refused,
    Resource,
    Severity,
)
from fourfold.assessment.fhir.values import LARGEST_INTEGER
from fourfold.assessment.fhir.valuesets import MOST_CHOICES, Supply, translations
from fourfold.assessment.fhir.weights import weight_of

MOST_QUESTIONS = 3_000
MOST_PARTS = 2 * MOST_QUESTIONS
DEEPEST_ITEM = 30
MOST_INLINE_CHOICES = 50_000
"""Limits of a form: several times the largest, and three times the deepest, that we know of."""

TYPES = frozenset({
    "group", "display", "boolean", "decimal", "integer", "date", "dateTime", "time", "string", "text", "url",
    "choice", "open-choice", "attachment", "reference", "quantity",
})  # fmt: skip
"""The words of R4 for what an item is."""
OPERATORS = frozenset({"exists", "=", "!=", ">", "<", ">=", "<="})
STATUSES = frozenset({"draft", "active", "retired", "unknown"})
_SPELLED = {each.lower(): each for each in TYPES}
_OPEN = frozenset({"optionsOrType", "optionsOrString"})
_NO_QUESTIONS = frozenset({"group", "display"})
_CHOSEN = frozenset({"choice", "open-choice"})


def normalise(found: Found, findings: Findings) -> Form:
    """Return the normal form of a questionnaire, and add what it met to the findings.

    Raises Refused for a form beyond the limits.
    """
    refuse_size(found.resource)
    supply = Supply.of(found.supplied, findings)
    top = Part(found.resource, "", findings)
    status = top.line("status")
    _check_status(findings, status)
    return Form(
        dialect=dialect(found.resource),
        title=_one_of(top, "title", "name"),
        name=top.line("name"),
        url=top.line("url", 2_000),
        version=top.line("version"),
        status=status if status in STATUSES else "draft",
        language=top.line("language", 20),
        publisher=top.line("publisher", 500),
        description=plain_text.from_markdown(_one_of(top, "description", "purpose")),
        copyright=plain_text.from_markdown(top.text("copyright")),
        codes=_codes(top),
        variables=_expressions(top, "variable"),
        calculated=_expressions(top, "calculatedExpression"),
        contexts=tuple(_contexts(top)),
        constraints=_constraints(top),
        words=translations(top, "title"),
        carried=carrying.carried(top),
        items=_Items(supply, findings, _link_ids(found.resource)).below(top),
        resource=found.resource,
    )


def refuse_size(questionnaire: Resource) -> None:
    """Raise Refused for a form with too many questions, too many parts in all, too deep, or with too many answers."""
    parts = questions = choices = 0
    stack: list[tuple[Any, int]] = [(questionnaire, 0)]
    while stack:
        part, depth = stack.pop()
        if not isinstance(part, dict):
            continue
        inner = [each for each in part.get("item") or () if isinstance(each, dict)] if _is_list(part, "item") else []
        parts, choices = parts + len(inner), choices + _inline_choices(part)
        questions += sum(str(each.get("type")).lower() not in _NO_QUESTIONS for each in inner)
        if depth > DEEPEST_ITEM:
            problem = f"Items stand more than {DEEPEST_ITEM} levels deep."
            raise Refused("Q19", str(part.get("linkId", ""))[:120], problem, "Flatten the groups.")
        for many, most, what in (
            (questions, MOST_QUESTIONS, "questions"),
            (parts, MOST_PARTS, "questions, headings and texts together"),
            (choices, MOST_INLINE_CHOICES, "answers to choose from"),
        ):
            if many > most:
                problem = f"The form has more than {most:,} {what}."
                raise Refused("Q19", "item", problem, "Divide it into several forms.")
        stack.extend((each, depth + 1) for each in inner)


def _is_list(part: Resource, key: str) -> bool:
    return isinstance(part.get(key), list)


def _inline_choices(part: Resource) -> int:
    return sum(len(part[key]) for key in ("answerOption", "option") if _is_list(part, key))


def _check_status(findings: Findings, status: str) -> None:
    if not status:
        problem = "The form has no status; it is taken as a draft."
        findings.add("Q13", Severity.WARNING, "status", problem, "Write draft, active or retired.")
    elif status not in STATUSES:
        problem = f"“{status[:40]}” is not a status of a questionnaire."
        findings.add("Q13", Severity.ERROR, "status", problem, f"Write one of: {', '.join(sorted(STATUSES))}.")


def _one_of(part: Part, *keys: str) -> str:
    return next((text for key in keys if (text := plain_text.one_line(part.text(key))[:500])), "")


def _codes(part: Part) -> tuple[Coded, ...]:
    return tuple(each.coded() for each in part.parts("code")) if part.has("code") else ()


def _expressions(part: Part, *names: str) -> tuple[Expression, ...]:
    return tuple(said for each in part.extensions(*names) if (said := each.expression()))


def _contexts(top: Part) -> Iterator[str]:
    """Return names of what a server would hand in at launch; nothing of it is ever asked for."""
    for each in top.extensions("launchContext"):
        name = each.inner().get("name")
        if name is not None and (said := name.value()):
            yield said.value.code if isinstance(said.value, Coded) else said.words


def _constraints(part: Part) -> tuple[Constraint, ...]:
    """`targetConstraint` and the `questionnaire-constraint` that it replaced."""
    return tuple(
        rule for each in part.extensions("constraint", "targetConstraint") if (rule := _constraint(part, each))
    )


def _constraint(part: Part, extension: Part) -> Constraint | None:
    inner = extension.inner()
    said = inner["expression"].expression() if "expression" in inner else None
    if said is None:
        problem = "A constraint has no expression; it was left out."
        extension.findings.add("Q22", Severity.WARNING, extension.where, problem, "Give it one, or take it out.")
        return None
    words = {key: value.words for key, each in inner.items() if key != "expression" and (value := each.value())}
    key, human = words.get("key", ""), plain_text.words(words.get("human", ""))
    problem = f"A rule about its answers is kept and not checked here: {human or key}".strip()
    extension.findings.add("shape", Severity.WARNING, part.where, problem, "Check it by eye.")
    return Constraint(key, words.get("severity", "error"), said, human)


@dataclass
class _Items:
    """Builds the items of one form; counts those that had to be named."""

    supply: Supply
    findings: Findings
    taken: set[str]
    numbered: int = 0

    def below(self, part: Part) -> tuple[Node, ...]:
        """Return the items of a form or of an item. The depth was checked before, so recursion ends."""
        return tuple(self._node(each) for each in part.parts("item")) if part.has("item") else ()

    def _minted(self) -> str:
        """Return a name after the place of the item that no item has been given."""
        name = f"item-{self.numbered}"
        while name in self.taken:
            name += "x"
        self.taken.add(name)
        return name

    def _node(self, part: Part) -> Node:
        self.numbered += 1
        link_id = part.line("linkId")
        minted = not link_id
        if minted:
            link_id = self._minted()
            problem = f"An item has no linkId; it was named “{link_id}” after its place."
            self.findings.add("shape", Severity.WARNING, part.where, problem, "Give every item a linkId of its own.")
        where = link_id if not minted else f"{part.where} ({link_id})"
        return self._read(part.at(where), link_id, part.where)

    def _read(self, part: Part, link_id: str, path: str) -> Node:
        options, missing, twice = self._options(part, link_id)
        kind = self._type(part, options is not None or bool(missing))
        unit, units, no_units = carrying.measured(part, self.supply.options)
        node = Node(
            link_id=link_id,
            type=kind,
            path=path,
            text=_wording(part),
            prefix=part.line("prefix", 50),
            hint=_extension_words(part, "entryFormat"),
            required=part.flag("required"),
            repeats=part.flag("repeats"),
            read_only=part.flag("readOnly"),
            hidden=_extension_flag(part, "hidden"),
            control=_control(part),
            options=options,
            missing_options=missing,
            options_given_twice=twice,
            enable=tuple(_enables(part)),
            behaviour=part.line("enableBehavior", 20),
            enable_expression=_first(_expressions(part, "enableWhenExpression")),
            initial=self._initially(part, kind),
            max_length=part.whole("maxLength"),
            min_length=_extension_whole(part, "minLength"),
            max_decimals=_extension_whole(part, "maxDecimalPlaces"),
            lowest=carrying.bound(part, "min", unit, units),
            highest=carrying.bound(part, "max", unit, units),
            min_occurs=_extension_whole(part, "minOccurs"),
            max_occurs=_extension_whole(part, "maxOccurs"),
            pattern=_extension_words(part, "regex"),
            unit=unit,
            units=units,
            missing_units=no_units,
            definition=carrying.definition(part),
            carried=carrying.carried(part),
            calculated=_first(_expressions(part, "calculatedExpression", "cqf-calculatedValue")),
            prefilled=_first(_expressions(part, "initialExpression")),
            answered_by=_first(_expressions(part, "answerExpression", "candidateExpression")),
            variables=_expressions(part, "variable"),
            constraints=_constraints(part),
            codes=_codes(part),
            words=translations(part, "text"),
            items=self.below(part),
        )
        left_behind.tell(part, node)
        return node

    def _initially(self, part: Part, kind: str) -> tuple[Given, ...]:
        """Return the answers with which an item begins, without those that it cannot have."""
        given = tuple(_initial(part))
        fitting = tuple(each for each in given if _may_begin(kind, each))
        if len(fitting) < len(given):
            problem = f"The item is a {kind} and begins with an answer that it cannot have; that was left out."
            self.findings.add("shape", Severity.WARNING, part.where, problem, "Take it out, or correct its type.")
        if len(fitting) > 1 and not part.flag("repeats"):
            problem = f"The item takes one answer and begins with {len(fitting)}; the first was taken."
            self.findings.add("shape", Severity.WARNING, part.where, problem, "Keep one, or let the item repeat.")
            return fitting[:1]
        return fitting

    # --- what an item is ----------------------------------------------------------------------------------

    def _type(self, part: Part, has_options: bool) -> str:
        written = part.line("type", 60)
        if written in ("string", "text") and not has_options and _control(part) in _SHOWN:
            return "display"
        if written in ("coding", "question"):
            return self._coding_type(part, written, has_options)
        if part.line("answerConstraint", 40) in _OPEN and has_options:
            return "open-choice"
        if has_options and written not in _CHOSEN | {"group", "display"} and _takes_options(written):
            return "choice"
        if written in TYPES:
            return written
        return self._unknown_type(part, written, has_options)

    def _coding_type(self, part: Part, written: str, has_options: bool) -> str:
        """R5 says `coding`, and with it whether other answers are welcome; `question` is no type to use at all."""
        if written == "question":
            problem = "“question” is a heading of the list of types and no type."
            self.findings.add("Q13", Severity.ERROR, part.where, problem, "Write what is asked for: coding, string, …")
            if not has_options:
                return "string"
        return "open-choice" if part.line("answerConstraint", 40) in _OPEN else "choice"

    def _unknown_type(self, part: Part, written: str, has_options: bool) -> str:
        spelled = _SPELLED.get(written.lower())
        guess = spelled or ("choice" if has_options else "group" if part.has("item") else "display")
        said = f"“{written}” is not a type of item" if written else "The item has no type"
        problem = f"{said}; it was taken as {guess}."
        grave = Severity.WARNING if spelled else Severity.ERROR
        self.findings.add("Q13", grave, part.where, problem, "Write one of the types of FHIR.")
        return guess

    # --- what may be answered -----------------------------------------------------------------------------

    def _options(self, part: Part, link_id: str) -> tuple[Options | None, str, bool]:
        """Return the permitted answers, or why they cannot be had, and whether two lists were given."""
        reference = _list_reference(part)
        inline = [each for key in ("answerOption", "option") if part.has(key) for each in part.parts(key)]
        if inline:
            choices = tuple(choice for each in inline[:MOST_CHOICES] if (choice := self._choice(each, part.where)))
            return (Options(link_id, choices) if choices else None), "", bool(reference)
        if not reference:
            return None, "", False
        listed = self.supply.options(reference)
        return (None, listed, False) if isinstance(listed, str) else (listed, "", False)

    def _choice(self, option: Part, where: str) -> Choice | None:
        option = option.at(where)
        given = option.value()
        if given is None or given.words == "":
            problem = "A permitted answer is empty; it was left out."
            self.findings.add("shape", Severity.WARNING, where, problem, "Give it a value, or take it out.")
            return None
        coding = option.part("valueCoding") if isinstance(option.entries.get("valueCoding"), dict) else None
        beside = next((value for key, value in option.entries.items() if key.startswith("_value")), None)
        primitive = Part(beside, where, self.findings) if isinstance(beside, dict) else None
        named = option.at(f"{where}, answer “{given.words[:60]}”")
        weight = weight_of(named, coding and coding.at(named.where), primitive)
        if weight.value is None and not weight.spelling and isinstance(given.value, Coded):
            weight = self.supply.weight(given.value)
        return Choice(
            given=given,
            weight=weight.value,
            prefix=_extension_words(option, "optionPrefix")
            or (_extension_words(coding, "optionPrefix") if coding else ""),
            exclusive=_extension_flag(option, "optionExclusive"),
            initially=option.flag("initialSelected"),
            meaning=stated(option, coding) or (meaning_of(given.value) if isinstance(given.value, Coded) else None),
            words=translations(coding, "display") if coding else translations(option, f"value{given.type}"),
        )


#: Which kinds of answer an item may begin with, for the types that take no other.
_BEGINS: dict[str, frozenset[str]] = {
    "group": frozenset(),
    "display": frozenset(),
    "boolean": frozenset({"Boolean"}),
    "integer": frozenset({"Integer", "PositiveInt", "UnsignedInt"}),
    "decimal": frozenset({"Decimal", "Integer", "PositiveInt", "UnsignedInt"}),
    "date": frozenset({"Date"}),
    "dateTime": frozenset({"DateTime", "Instant", "Date"}),
    "time": frozenset({"Time"}),
    "quantity": frozenset({"Quantity"}),
}

#: Controls by which a form shows words beside a question; some tools write such words as a text to be filled in.
_SHOWN = frozenset({"help", "flyover", "legal", "prompt", "unit", "lower", "upper", "header", "footer", "security"})


def _takes_options(written: str) -> bool:
    """Return whether the type may be answered from a list although it is no choice: que-5 of R4 and R5."""
    return written in ("string", "integer", "decimal", "date", "dateTime", "time", "quantity")


def _list_reference(part: Part) -> str:
    """Return the list of answers that an item names: a canonical in R4 and R5, a Reference in STU3."""
    for key in ("answerValueSet", "options", "optionValueSet", "answerValueSetCanonical", "answerValueSetUri"):
        value = part.entries.get(key)
        if isinstance(value, dict):
            value = value.get("reference")
        if isinstance(value, str) and value.strip():
            return plain_text.one_line(value)
    return ""


def _wording(part: Part) -> str:
    """Return the text of an item; where it has none, what a person would read of its xhtml or markdown."""
    beside = part.entries.get("_text")
    shown = Part(beside, part.where, part.findings) if isinstance(beside, dict) else part
    if shown.extension("cqf-expression"):
        problem = "The wording would change with the answers; it is shown as it stands."
        part.findings.add("S9", Severity.NOTE, part.where, problem)
    text = part.text("text")
    if text:
        return plain_text.from_xhtml(text) if plain_text.has_markup(text) else text
    for name, read in (("rendering-xhtml", plain_text.from_xhtml), ("rendering-markdown", plain_text.from_markdown)):
        for extension in shown.extensions(name):
            if (said := extension.value()) and (words := read(said.words)):
                return words
    return ""


def _enables(part: Part) -> Iterator[Enable]:
    for each in part.parts("enableWhen") if part.has("enableWhen") else ():
        question = each.line("question")
        if "hasAnswer" in each.entries:
            yield Enable(question, "exists", Given("Boolean", each.flag("hasAnswer")))
            continue
        answer = each.value("answer")
        operator = each.line("operator", 20)
        yield Enable(question, operator or ("=" if answer else ""), answer)


def _may_begin(kind: str, given: Given) -> bool:
    """Return whether an item of this kind may begin with this answer; a whole number too large for an integer is a decimal."""
    if kind == "integer" and isinstance(given.value, Decimal) and abs(given.value) > LARGEST_INTEGER:
        return given.value % 1 == 0
    return given.type in _BEGINS.get(kind, {given.type})


def _initial(part: Part) -> Iterator[Given]:
    if isinstance(part.entries.get("initial"), list | dict):
        yield from (value for each in part.parts("initial") if (value := each.value()))
    elif (old := part.value("initial")) is not None:
        yield old


def _control(part: Part) -> str:
    extension = part.extension("itemControl")
    said = extension.value() if extension else None
    return said.value.code[:40] if said and isinstance(said.value, Coded) else ""


def _extension_value(part: Part, name: str) -> Given | None:
    extension = part.extension(name)
    return extension.value() if extension else None


def _extension_words(part: Part, name: str) -> str:
    said = _extension_value(part, name)
    return plain_text.words(said.words)[:1_000] if said else ""


def _extension_flag(part: Part, name: str) -> bool:
    said = _extension_value(part, name)
    return bool(said) and said.value is True if said else False


def _extension_whole(part: Part, name: str) -> int | None:
    said = _extension_value(part, name)
    return said.value if said and isinstance(said.value, int) and not isinstance(said.value, bool) else None


def _link_ids(questionnaire: Resource) -> set[str]:
    return {str(part["linkId"]) for part, _ in nested_parts(questionnaire) if "linkId" in part}


def _first(expressions: tuple[Expression, ...]) -> Expression | None:
    return expressions[0] if expressions else None
