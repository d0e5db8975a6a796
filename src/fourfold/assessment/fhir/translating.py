"""From the normal form to our own model of an instrument, and its wording as a text pack.

What a form of somebody else does not say is not guessed: options have a meaning only where a terminology defines it,
scores wait for somebody who answers for them, and no level is computed. Keys are made from linkIds, which are kept.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from uuid import NAMESPACE_URL, uuid5

from fourfold.assessment import instruments
from fourfold.assessment.fhir import naming, own_rules, plain_text
from fourfold.assessment.fhir.conditions import Target, condition, written
from fourfold.assessment.fhir.enable_expressions import from_expression, variables_of
from fourfold.assessment.fhir.fields import Findings
from fourfold.assessment.fhir.left_behind import MOST_REPEATS, MOST_STATED
from fourfold.assessment.fhir.terms import (
    Choice,
    Coded,
    Form,
    Given,
    LicenceClaim,
    Node,
    Options,
    ScoringProposal,
    Severity,
)
from fourfold.assessment.fhir.terms import Expression as Said
from fourfold.assessment.fhir.validating import expressions_of
from fourfold.assessment.terms import (
    ABSENT,
    UNSETTLED,
    About,
    Condition,
    Direction,
    Expression,
    Informant,
    Instrument,
    InstrumentKind,
    Item,
    ItemKind,
    LevelRule,
    Licence,
    LicenceStatus,
    Meaning,
    NoteRule,
    Option,
    ReviewRule,
    Scale,
    ScaleKind,
    Score,
    ScoreItem,
    ScoreKind,
    Section,
    TextPack,
    ValidationRule,
)
from fourfold.assessment.terms import Severity as RuleSeverity

VALID_FOR_DAYS = 90
"""How long an imported form speaks for the present, since no form says so: the unit's rule may be shorter."""

YES_NO = Scale(
    own_rules.YES_NO, (Option("yes", "Yes", Meaning.AFFIRM, coding=None), Option("no", "No", Meaning.DENY, coding=None))
)

NO_OPTIONS = Options("no_answers", ())

_KINDS: Mapping[str, ItemKind] = {
    "group": ItemKind.GROUP,
    "display": ItemKind.DISPLAY,
    "boolean": ItemKind.YES_NO,
    "decimal": ItemKind.DECIMAL,
    "integer": ItemKind.INTEGER,
    "date": ItemKind.DATE,
    "dateTime": ItemKind.DATETIME,
    "time": ItemKind.TIME,
    "string": ItemKind.LINE,
    "text": ItemKind.TEXT,
    "url": ItemKind.URL,
    "choice": ItemKind.CHOICE,
    "open-choice": ItemKind.OPEN_CHOICE,
    "quantity": ItemKind.QUANTITY,
    "attachment": ItemKind.DISPLAY,
    "reference": ItemKind.DISPLAY,
}


@dataclass(frozen=True)
class Translated:
    """An instrument with its wording, the same wording as a pack, and the linkId behind each key."""

    instrument: Instrument
    pack: TextPack | None
    links: Mapping[str, str]


def translate(
    form: Form, proposals: tuple[ScoringProposal, ...], sha256: str, findings: Findings, language: str = ""
) -> Translated:
    """Return a form as an instrument of ours, worded in one of its languages.

    `sha256` is that of the file, from which names are made where the form has none.
    """
    return _Translator(form, proposals, sha256, findings, language).whole()


def claims(form: Form) -> LicenceClaim:
    return LicenceClaim(form.copyright, form.publisher, form.url)


@dataclass
class _Translator:
    form: Form
    proposals: tuple[ScoringProposal, ...]
    sha256: str
    findings: Findings
    language: str
    keys: naming.Keys = field(default_factory=naming.Keys)
    scale_keys: naming.Keys = field(default_factory=lambda: naming.Keys(("yes_no",)))
    scales: dict[object, tuple[Scale, Mapping[str, Given]]] = field(default_factory=dict)
    read: dict[int, tuple[Scale, Mapping[str, Given]]] = field(default_factory=dict)
    named: dict[int, str] = field(default_factory=dict)
    by_link: dict[str, Node] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    repeating: set[str] = field(default_factory=set)
    asked_by: dict[int, str] = field(default_factory=dict)

    def whole(self) -> Translated:
        order = list(self.form.walk())
        for node, _ in order:
            self.named[id(node)] = self.keys.take(node.link_id, "q")
            self.by_link.setdefault(node.link_id, node)
        self.variables = variables_of(self.form)
        self.asked_by = self._rules(order)
        self.repeating = {each.link_id for each, above in order if any(group.repeats for group in above)}
        sections, places = self._sections()
        items = tuple(item for node, above in order for item in self._items(node, above, places))
        used = {item.scale for item in items}
        scales = tuple(scale for scale, _ in self._all_scales() if scale.key in used)
        instrument = self._instrument(sections, scales, items)
        instrument = replace(instrument, sha256=instruments.identity(instrument))
        links = {self.named[id(node)]: node.link_id for node, _ in order}
        pack = _pack(instrument, self.form) if instrument.is_worded else None
        return Translated(instrument, pack, links)

    def _all_scales(self) -> Iterator[tuple[Scale, Mapping[str, Given]]]:
        yield YES_NO, {}
        yield from self.scales.values()

    # --- the whole ----------------------------------------------------------------------------------------

    def _instrument(
        self, sections: tuple[Section, ...], scales: tuple[Scale, ...], items: tuple[Item, ...]
    ) -> Instrument:
        form = self.form
        return Instrument(
            key=self._key(),
            version=naming.version(form.version),
            title=self._words(form.title, form.words) or "A form without a title",
            kind=InstrumentKind.LOCAL,
            about=About.VICTIM,
            informant=Informant.PROFESSIONAL,
            validated=False,
            notice=f"Unvalidated here. Brought in from a file. {form.description[:1_000]}".strip(),
            licence=form.copyright or "The file states no licence.",
            sections=sections,
            scales=scales,
            axes=(),
            items=items,
            scores=tuple(score for each in self.proposals if (score := self._score(each))),
            bands=(),
            level=LevelRule(),
            review=ReviewRule(valid_for_days=VALID_FOR_DAYS),
            currency_window_days=None,
            language=self._chosen_language(),
            languages=form.languages or (self._chosen_language(),),
            rights=_rights(form),
            absent=ABSENT,
            validations=tuple(self._validations()),
            expressions=tuple(self._form_expressions()),
            codes=tuple(each.coding for each in form.codes),
            carried=form.carried,
            url=form.url or f"urn:uuid:{uuid5(NAMESPACE_URL, self.sha256)}",
            published=naming.published(form.version),
        )

    def _key(self) -> str:
        form = self.form
        tail = form.url.rstrip("/").rsplit("/", 1)[-1].rsplit(":", 1)[-1]
        found = next((name for text in (form.name, form.title, tail) if (name := naming.slug(text, "-"))), "")
        return found if found[:1].isalpha() else f"form-{found or self.sha256[:8]}"

    def _chosen_language(self) -> str:
        return self.language or self.form.language or "en"

    def _words(self, text: str, words: Mapping[str, str]) -> str:
        """Return a text in the language that was asked for, else as it stands."""
        return words.get(self.language) or text or next(iter(words.values()), "")

    def _form_expressions(self) -> Iterator[Expression]:
        yield from (_expression("variable", each) for each in self.form.variables)
        yield from (_expression("calculated", each) for each in self.form.calculated)

    def _validations(self) -> Iterator[ValidationRule]:
        rules = [(each, "") for each in self.form.constraints]
        rules += [(each, self.named[id(node)]) for node, _ in self.form.walk() for each in node.constraints]
        for number, (each, place) in enumerate(rules, start=1):
            grave = RuleSeverity.WARNING if each.severity == "warning" else RuleSeverity.ERROR
            yield ValidationRule(
                each.key or f"rule_{number}", grave, _expression("constraint", each.expression), each.human, place
            )

    # --- sections -----------------------------------------------------------------------------------------

    def _sections(self) -> tuple[tuple[Section, ...], dict[int, str]]:
        """Make each group at the top a part of the form; what stands beside them goes into a part of its own."""
        sections: dict[str, Section] = {}
        places: dict[int, str] = {}
        loose = self.keys_of_sections()
        for node in self.form.items:
            if node.type == "group":
                key = self.named[id(node)]
                sections[key] = Section(key, self._words(node.text, node.words)[:500] or self.form.title)
            else:
                key = loose
                sections.setdefault(key, Section(key, self.form.title or "Questions"))
            places[id(node)] = key
        return tuple(sections.values()), places

    def keys_of_sections(self) -> str:
        """Return a key for the questions that stand in no group, which no item has."""
        return self.keys.take("form", "form")

    # --- items --------------------------------------------------------------------------------------------

    def _rules(self, order: list[tuple[Node, tuple[Node, ...]]]) -> dict[int, str]:
        """Return the keys of the rules that ask items, by item: conditions that only the engine can work out."""
        waiting = [(node, above) for node, above in order if node.enable_expression and self._said(node) is None]
        rules = own_rules.rules_of(self.form, waiting)
        found = {id(node): self.keys.take(f"{node.link_id} asked", "q") for node in rules}
        return {node: key for node, key in found.items() if key not in self.by_link}

    def _items(self, node: Node, above: tuple[Node, ...], places: dict[int, str]) -> Iterator[Item]:
        """Yield an item, after the rule that asks it where there is one."""
        item, said = self._item(node, above, places), node.enable_expression
        if id(node) in self.asked_by and said is not None:
            yield own_rules.item_of(self.asked_by[id(node)], item, _expression("calculated", said))
        yield item

    def _item(self, node: Node, above: tuple[Node, ...], places: dict[int, str]) -> Item:
        key = self.named[id(node)]
        text = self._text(node, above)
        kind = self._kind(node)
        return Item(
            key=key,
            section=places[id(above[0] if above else node)],
            title=plain_text.one_line(self._words(node.text, node.words) or text)[:120] or node.link_id,
            text=text,
            kind=kind,
            scale=self._scale_key(node, kind),
            hint=node.hint,
            required=node.required and node.asks and not node.read_only,
            note=NoteRule.OPTIONAL if node.asks else NoteRule.NONE,
            enable=condition(node, self._target, self._said(node)),
            parent=self.named[id(above[-1])] if above else "",
            repeats=self._repeats(node, kind),
            at_least=max(node.min_occurs or 0, 0),
            at_most=_positive(node.max_occurs) if kind is ItemKind.MULTIPLE_CHOICE else None,
            hidden=node.hidden,
            read_only=node.read_only or node.calculated is not None,
            prefix=node.prefix,
            initial=self._initial(node),
            lowest=written(node.lowest) if node.lowest else "",
            highest=written(node.highest) if node.highest else "",
            pattern=node.pattern,
            max_length=_positive(node.max_length),
            min_length=_positive(node.min_length),
            max_decimals=node.max_decimals if node.max_decimals is not None and node.max_decimals >= 0 else None,
            unit=node.unit,
            units=node.units,
            definition=node.definition,
            carried=node.carried,
            codes=tuple(each.coding for each in node.codes),
            expressions=tuple(self._item_expressions(node)),
            link=node.link_id,
        )

    def _text(self, node: Node, above: tuple[Node, ...]) -> str:
        """Return the wording. Where there is none, what the item is called: a question that nobody sees would go unasked."""
        text = self._words(node.text, node.words)
        if node.type == "group" and not above:
            return ""
        if text or not node.asks:
            return text
        coded = next((each.display for each in node.codes if each.display), "")
        return coded or f"[{node.link_id}]"

    def _kind(self, node: Node) -> ItemKind:
        if node.type == "choice" and node.repeats:
            return ItemKind.MULTIPLE_CHOICE
        if node.type == "open-choice" and node.options is None:
            return ItemKind.LINE
        return _KINDS[node.type]

    def _repeats(self, node: Node, kind: ItemKind) -> int:
        if not node.repeats or kind in (ItemKind.MULTIPLE_CHOICE, ItemKind.DISPLAY):
            return 1
        return min(max(node.max_occurs or MOST_REPEATS, 1), MOST_STATED)

    def _initial(self, node: Node) -> str:
        chosen = [choice.given for choice in node.options.choices if choice.initially] if node.options else []
        given = [*node.initial, *chosen]
        target = self._target(node.link_id)
        if not given or target is None or not node.asks:
            return ""
        values = [target.value(each) for each in given]
        if self._kind(node) is not ItemKind.MULTIPLE_CHOICE:
            return values[0]
        return " ".join(dict.fromkeys(value for value in values if target.has(value)))

    def _item_expressions(self, node: Node) -> Iterator[Expression]:
        for use, said in expressions_of(node):
            if use == "constraint":
                continue
            yield _expression(use, said)
            if use == "enable" and said.runs and self._said(node) is None:
                problem = "Its condition is no comparison, and is not worked out here; the item is always shown."
                self.findings.add("S9", Severity.WARNING, node.link_id, problem, "Say it with enableWhen.")

    def _said(self, node: Node) -> Condition | None:
        """Return the condition that an item's expression says, if it says one."""
        if id(node) in self.asked_by:
            return own_rules.holds(self.asked_by[id(node)])
        return from_expression(node.enable_expression, self._target, self.variables)

    # --- scales -------------------------------------------------------------------------------------------

    def _scale_key(self, node: Node, kind: ItemKind) -> str:
        if kind is ItemKind.YES_NO:
            return YES_NO.key
        if kind in (ItemKind.CHOICE, ItemKind.MULTIPLE_CHOICE, ItemKind.OPEN_CHOICE):
            return self._scale(node)[0].key
        return ""

    def _scale(self, node: Node) -> tuple[Scale, Mapping[str, Given]]:
        """Return the scale of an item: one for all items with the same answers, however often the file repeats them."""
        options = node.options or NO_OPTIONS
        if id(options) not in self.read:
            content = tuple(
                (choice.given, choice.weight, choice.prefix, choice.exclusive) for choice in options.choices
            )
            if content not in self.scales:
                self.scales[content] = self._built(options, node)
            self.read[id(options)] = self.scales[content]
        return self.read[id(options)]

    def _built(self, options: Options, node: Node) -> tuple[Scale, Mapping[str, Given]]:
        keys = naming.Keys()
        found = [(self._option(choice, keys, node), choice.given) for choice in options.choices]
        kind = ScaleKind.ORDINAL if options.weights else ScaleKind.NOMINAL
        scale = Scale(self.scale_keys.take(options.name, "scale"), tuple(option for option, _ in found), kind)
        return scale, {option.code: given for option, given in found}

    def _option(self, choice: Choice, keys: naming.Keys, node: Node) -> Option:
        value = choice.given.value
        coded = value if isinstance(value, Coded) else None
        meaning, weight = choice.meaning, choice.weight
        if weight is not None and meaning in UNSETTLED:
            problem = f"“{choice.label[:60]}” leaves the question open and has a weight of {weight}; it was left out."
            self.findings.add("S5", Severity.WARNING, node.link_id, problem, "An open answer is never a number.")
            weight = None
        code = coded.code or coded.display if coded else choice.label
        return Option(
            code=keys.take(code, "o"),
            label=self._words(choice.label, choice.words),
            meaning=meaning,
            value=weight,
            exclusive=choice.exclusive,
            prefix=choice.prefix,
            coding=coded.coding if coded and coded.code else None,
        )

    def _target(self, link_id: str) -> Target | None:
        node = self.by_link.get(link_id)
        if node is None:
            return None
        given = self._scale(node)[1] if node.options is not None and node.type in ("choice", "open-choice") else {}
        return Target(self.named[id(node)], given, node)

    # --- scores -------------------------------------------------------------------------------------------

    def _score(self, proposal: ScoringProposal) -> Score | None:
        """Return a proposed score. It is not confirmed, so it gives no result until somebody answers for it."""
        node = self.by_link[proposal.link_id]
        terms = tuple(ScoreItem(self.named[id(self.by_link[each])]) for each in proposal.items)
        lowest, highest = proposal.lowest, proposal.highest
        if not terms or lowest is None or highest is None or self.repeating.intersection(proposal.items):
            return None  # what is asked several times is added up by the file's own rule, over each time
        return Score(
            key=self.named[id(node)],
            title=plain_text.one_line(self._words(node.text, node.words))[:120] or node.link_id,
            direction=Direction.HIGHER_WORSE,
            lowest=lowest,
            highest=highest,
            items=terms,
            kind=ScoreKind.SUM,
            expression=Expression("calculated", proposal.language, proposal.expression),
            codes=tuple(each.coding for each in node.codes),
            confirmed=False,
            verified=False,
            source="Proposed by the file that the form came in.",
        )


def _positive(number: int | None) -> int | None:
    return number if number is not None and number > 0 else None


def _expression(use: str, said: Said) -> Expression:
    return Expression(use, said.language, said.text, said.name)


def _rights(form: Form) -> Licence:
    return Licence(
        status=LicenceStatus.UNKNOWN,
        licensor=form.publisher,
        text_shipped=False,
        may_modify=False,
        evidence=form.url,
        verified=False,
        claimed_by_import=form.copyright,
    )


def _pack(instrument: Instrument, form: Form) -> TextPack:
    return instruments.sealed(
        TextPack(
            instrument=instrument.key,
            version=instrument.version,
            language=instrument.language,
            items={item.key: item.text for item in instrument.items if item.text},
            scales={scale.key: {one.code: one.label for one in scale.options} for scale in instrument.scales},
            title=instrument.title,
            source=form.url or form.publisher,
        )
    )
