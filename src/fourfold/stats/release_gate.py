"""The last gate: a whole release read through once more, its numbers and its drawings, before it leaves.

Whatever made a report, the gate sees only what leaves: a tree of numbers (as JSON would hold it) and the text of figures
and pages, tooltips, alternative text and data attributes included. It trusts nothing: a count under the threshold or not
rounded, in figures or in words, a share from which a small count follows, or a number in a figure that the released
numbers do not hold, stops the release.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from fourfold.stats import inputs, written_counts
from fourfold.stats.disclosure import BASE, THRESHOLD, Released, Suppressed, read_rule
from fourfold.stats.terms import StatisticsError, WrongKind, WrongShape

#: Names of numbers that count people or what happened to them; a key ends in one of them.
COUNTED = (
    "people", "persons", "cases", "victims", "subjects", "events", "acts", "incidents", "breaches", "referrals",
    "allegations", "sessions", "count", "counts", "n", "at_risk", "numbers_at_risk", "deaths", "total", "treated_people",
    "controls", "followed", "started", "accepted", "eligible", "referred",
)  # fmt: skip
#: Names of shares of the people beside them.
SHARES = ("share", "risk", "proportion", "percent", "survival", "incidence")


class NotReleasable(StatisticsError):
    """Something in a release would tell about fewer people than may be told about."""


@dataclass(frozen=True)
class Breach:
    """What must not leave and where it stands. For the audit file: it may hold the number itself, so it never leaves."""

    where: str
    what: str


def gate_numbers(
    document: Any, *, threshold: int = THRESHOLD, base: int = BASE, counted: Sequence[str] = COUNTED
) -> tuple[Breach, ...]:
    """Read a tree of mappings, lists, results and numbers, and name every count and share that must not leave.

    A number counts people where its key is, or ends in, one of `counted` ("people", "rows.at_risk"). Such a number is a
    multiple of `base` and no less than `threshold`. A share (0 to 1, or a percentage) beside a number of people must
    leave at least `threshold` on both sides, and none may stand where the people are suppressed. Texts in it are read as
    `gate_markup` reads them. `document` is such a tree. Source: own, by the rules of Hundepool et al. 2012. Raises WrongShape for a tree that is nested hundreds deep,
    OutOfRange.
    """
    rule = _Rule(*read_rule(threshold, base), inputs.words("counted", counted))
    try:
        return tuple(_in_tree(document, "", "", rule))
    except RecursionError as deep:
        raise WrongShape("document", "is nested hundreds deep, or holds itself", "Write it flat") from deep


def gate_markup(
    markup: str,
    *,
    numbers: Sequence[float] | None = None,
    withheld: Sequence[float] = (),
    threshold: int = THRESHOLD,
    base: int = BASE,
) -> tuple[Breach, ...]:
    """Read a figure's or page's text, titles, labels, alternative text and data attributes for what must not leave.

    Every "7 people", "seven people" or "n = 12" there is judged as a count, and so is "14% of 7". With `numbers`, those of the release and the axis, nothing
    else may be written anywhere, so that a figure cannot say more than the table beside it. No number of `withheld` may
    be written as a count. `markup` is the text, `threshold` and `base` as in `disclose_count`. Source: own, by the
    rules of Hundepool et al. 2012. Raises WrongKind for what is no text or list of numbers.
    """
    rule = _Rule(*read_rule(threshold, base), ())
    if not isinstance(markup, str):
        raise WrongKind("markup", f"is a {type(markup).__name__}", "Give the text of a figure or a page")
    withheld = tuple(inputs.number("withheld", one) for one in inputs.several("withheld", withheld))
    known = None if numbers is None else [inputs.number("numbers", one) for one in inputs.several("numbers", numbers)]
    found: list[Breach] = []
    for where, text in written_counts.spoken(markup):
        found += _in_text(text, where, rule, withheld)
        if known is not None:
            allowed = {round(value, 6) for value in known}
            strange = [value for value in written_counts.figures(text) if round(value, 6) not in allowed]
            found += [
                Breach(where, f"{value:g} is written, which the released numbers do not hold") for value in strange
            ]
    return tuple(found)


def require_releasable(
    document: Any, figures: Mapping[str, str] | None = None, *, threshold: int = THRESHOLD, base: int = BASE
) -> None:
    """Let a release go, or say how many things in it may not leave and where the first stands; never what it is.

    `figures` names the text of every drawing and page. `document`, `threshold` and `base` as in `gate_numbers`. Source:
    own, by the rules of Hundepool et al. 2012. Raises NotReleasable.
    """
    found = list(gate_numbers(document, threshold=threshold, base=base))
    for name, markup in inputs.mapping("figures", figures or {}).items():
        found += [
            Breach(f"{name}: {one.where}", one.what) for one in gate_markup(markup, threshold=threshold, base=base)
        ]
    if found:
        places = f"{len(found)} place{'s' if len(found) > 1 else ''}, first {found[0].where or 'the top'}"
        raise NotReleasable(
            "release", f"would tell about fewer than {threshold} people ({places})", "Suppress and round it"
        )


@dataclass(frozen=True)
class _Rule:
    threshold: int
    base: int
    counted: tuple[str, ...]

    def counts(self, key: str) -> bool:
        name = re.sub(r"[^a-z]+", "_", key.lower()).strip("_")
        return any(name == word or name.endswith(f"_{word}") for word in self.counted)

    def why_not(self, value: float, withheld: Sequence[float] = ()) -> str | None:
        """Return why a count may not leave, or None."""
        if not math.isfinite(value) or value < self.threshold:
            return f"{value:g} is a count under {self.threshold}"
        if value in withheld:
            return f"{value:g} was withheld elsewhere"
        if value % self.base:
            return f"{value:g} is not rounded to {self.base}"
        return None


def _in_tree(node: Any, where: str, key: str, rule: _Rule) -> Iterator[Breach]:
    if isinstance(node, Suppressed | bytes | bool) or node is None:
        return
    if isinstance(node, str):
        yield from _in_text(f"n = {node}" if rule.counts(key) else node, where, rule)
    elif isinstance(node, Released):
        yield from _in_tree(node.count, where, "count", replace(rule, counted=("count",)))
    elif is_dataclass(node) and not isinstance(node, type):
        yield from _in_tree({each.name: getattr(node, each.name) for each in fields(node)}, where, key, rule)
    elif isinstance(node, Mapping):
        yield from _shares(node, where, rule)
        yield from _columns(node, where, rule)
        for name, value in node.items():
            yield from _in_tree(
                value, f"{where}.{name}" if where else str(name), _inherited(str(name), key, rule), rule
            )
    elif isinstance(node, Sequence) or hasattr(node, "tolist"):
        rows = node.tolist() if hasattr(node, "tolist") else node
        rows = rows if isinstance(rows, Sequence) else [rows]
        for place, value in enumerate(rows):
            yield from _in_tree(value, f"{where}[{place}]", key, rule)
    elif rule.counts(key) and (why := rule.why_not(float(node))):
        yield Breach(where, why)


def _inherited(name: str, key: str, rule: _Rule) -> str:
    """Let what is below "people: {london: 12}" count people too."""
    return key if rule.counts(key) and not rule.counts(name) and name not in ("base", "threshold", "level") else name


def _columns(node: Mapping[Any, Any], where: str, rule: _Rule) -> Iterator[Breach]:
    """Judge the cells of a table beneath a head that names whom they count."""
    head, rows = node.get("head"), node.get("rows")
    if not (isinstance(head, list | tuple) and isinstance(rows, list | tuple)):
        return
    for place in (place for place, name in enumerate(head) if str(name).lower() in rule.counted):
        for row in (row for row in rows if isinstance(row, list | tuple) and place < len(row)):
            yield from _in_text(f"n = {row[place]}", f"{where}.rows, {head[place]}", rule)


def _shares(node: Mapping[Any, Any], where: str, rule: _Rule) -> Iterator[Breach]:
    """Judge the shares beside a number of people: what they imply must be enough on both sides."""
    people = next((value for name, value in node.items() if str(name) in ("people", "n")), None)
    for name, value in node.items():
        if str(name) not in SHARES or isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if isinstance(people, Suppressed) or people == str(Suppressed()):
            yield Breach(f"{where}.{name}".lstrip("."), "a share stands where the people are suppressed")
        elif isinstance(people, int | float | Released):
            size = people.count if isinstance(people, Released) else people
            implied = size * (value / 100 if str(name) == "percent" else value)
            if min(implied, size - implied) < rule.threshold - rule.base / 2 - 1e-9:
                yield Breach(f"{where}.{name}".lstrip("."), f"about {implied:.1f} people of {size} follow from it")


def _in_text(text: str, where: str, rule: _Rule, withheld: Sequence[float] = ()) -> Iterator[Breach]:
    text = written_counts.plain(text)
    for written in written_counts.counts(text):
        if why := rule.why_not(written, withheld):
            yield Breach(where, why)
    for others in written_counts.leftovers(text):
        if 0 <= others < rule.threshold - rule.base / 2:
            yield Breach(where, f"about {others:.1f} others follow from a part and its whole")
    for share, of in written_counts.shares(text):
        if why := _of_few(share, of, rule):
            yield Breach(where, why)


def _of_few(share: float, of: float, rule: _Rule) -> str | None:
    """Return why a share of so many may not leave: too few under it, or too few on one side of it."""
    implied = min(share * of, (1 - share) * of)
    if why := rule.why_not(of):
        return why
    return (
        f"about {implied:.1f} people follow from a share of {of:g}"
        if implied < rule.threshold - rule.base / 2
        else None
    )
