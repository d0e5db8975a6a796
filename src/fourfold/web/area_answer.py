"""An area's answer in words and drawings: what it says of each number, how far it is worked out, and one number's own page."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from fourfold.gateways import underway
from fourfold.gateways.underway import Underway
from fourfold.rollout.advice.run import Run
from fourfold.rollout.answer import making
from fourfold.rollout.answer.terms import Answer, Bridge, Measure, Number
from fourfold.rollout.economics.saying import in_pounds, of_100
from fourfold.rollout.terms import PlaceRefused, UnknownArea
from fourfold.rollout.worked_out import Found, ToWorkOut
from fourfold.web import long_work
from fourfold.web.components.charts.bridge import Steps, bridge_chart
from fourfold.web.components.charts.terms import Svg
from fourfold.web.components.charts.worth import Rising, money, wide_and_narrow
from fourfold.web.guard import Request, not_found, page
from fourfold.words import Word, sentence

#: Tenths of a second for which a page waits for what an engine that is ready has by then.
AT_ONCE = 15
#: What a button asks of work that is under way, or was stopped.
ASKS = {"stop": underway.stop, "again": underway.forget}
#: In place of a number's key: all that is worked out.
WHOLE = "answer"


@dataclass(frozen=True)
class Row:
    """A number in a table: what, as it is shown, its range, its source, and the address of its own page (or none)."""

    what: str
    shown: str
    range: str
    because: str
    href: str


def answered(run: Run, asks: str = "") -> Answer | Underway:
    """Return the rest of an answer, or how far it is: it takes from two seconds on, and begins when it is asked for."""
    return or_how_far(making.rest(run), asks=asks)


def or_how_far(found: Found | ToWorkOut[Found], *, lane: str = "", looks: int = 0, asks: str = "") -> Found | Underway:
    """Return what was worked out, or how far it is: at once, or after so many looks, a tenth of a second apart.

    `asks`: whether it is to stop before, or to begin again once it was stopped.
    """
    if not isinstance(found, ToWorkOut):
        return found
    if does := ASKS.get(asks):
        does(found.digest)
    far = long_work.underway(found.digest, found.work_out, lane=lane)
    for _ in range(0 if far.is_over else looks):
        if (there := found.there()) is not None:
            return there
        time.sleep(0.1)
    return far


def shown_of(found: Answer | Underway, href: Callable[[str], str]) -> dict[str, Any]:
    """Return what the pages of an area and of a plan show of an answer."""
    if isinstance(found, Underway):
        return {"answer": None, "underway": found, "how_far": href(WHOLE), "tables": ()}
    return {
        "answer": found,
        "underway": None,
        "how_far": "",
        "tables": [(one, rows_of(one.numbers, href)) for one in found.sections],
    }


def rows_of(numbers: Iterable[Number], href: Callable[[str], str]) -> list[Row]:
    return [
        Row(
            one.what,
            one.note if one.shown is None else said(one.measure, one.shown),
            _range(one),
            one.because,
            href(one.key) if one.curve else "",
        )
        for one in numbers
    ]


def side_by_side(
    left: Answer, right: Answer, href: Callable[[str], str]
) -> list[tuple[str, str, list[tuple[str, ...]]]]:
    """Return, by caption and by what its numbers are, each table's numbers that both answers have, with the address of both."""
    theirs = right.numbers()
    found: list[tuple[str, str, list[tuple[str, ...]]]] = []
    for section in left.sections:
        pairs = [rows_of((one, theirs[one.key]), href) for one in section.numbers if one.key in theirs]
        rows = [
            (
                pair[0].href if pair[1].href else "",
                pair[0].what,
                *(f"{one.shown} ({one.range})" if one.range else one.shown for one in pair),
            )
            for pair in pairs
        ]
        head = sentence("{1}, in brackets: {2}", section.head[1], section.head[2])
        found.append((section.caption, head, rows))
    return found


def _range(one: Number) -> str:
    if one.high is None:
        return ""
    if one.low is None:
        return said(one.measure, one.high)
    return sentence("{1} to {2}", said(one.measure, one.low), said(one.measure, one.high))


def said(measure: Measure, amount: float) -> str:
    """Say an amount in the smallest parts of its measure, with a true minus sign."""
    size = abs(amount) / measure.parts
    shown = f"{size:,.0f}" if measure.parts == 1 else f"{size:,.10g}"
    shown = f"£{shown}" if measure is Measure.POUNDS else shown
    return f"−{shown}" if amount < 0 and shown not in ("0", "£0") else shown


def number_page(number: Number) -> dict[str, Any]:
    """Return what the page of one number shows: its curve of chances and its bridges, wide and for a phone."""
    rising = Rising(
        sentence("The chance of at most so much: {1}", number.of or number.what),
        number.measure.words,
        ((Word("At most"), _points(number)),),
        money if number.measure is Measure.POUNDS else lambda one: said(number.measure, round(one * number.measure.parts)),
    )  # fmt: skip
    return {
        "number": number,
        "says": _says(number),
        "curve": wide_and_narrow([rising])[0] if number.curve else None,
        "bridges": [_bridge(number, one) for one in number.bridges],
    }


def _points(number: Number) -> tuple[tuple[float, float], ...]:
    """Return a curve's points, amounts of money as exactly as they are said."""
    is_money = number.measure is Measure.POUNDS
    return tuple((in_pounds(amount), chance) for amount, chance in number.curve) if is_money else number.curve


def beside(
    what: str, numbers: Mapping[Any, Number], across: Word | None = None, *, is_chance: bool = False
) -> dict[str, Any]:
    """Return what the page of one number of several plans shows: their curves in one drawing, and the bridge to each.

    `is_chance`: the number is a chance, never said as none or certain.
    """
    measure = next(iter(numbers.values())).measure
    names, across = [one.what for one in numbers.values()], across or measure.words
    rising = Rising(
        sentence("The chance of at most so much: {1}", what),
        across,
        tuple((one.what, _points(one)) for one in numbers.values()),
        money if measure is Measure.POUNDS else lambda one: said(measure, round(one * measure.parts)) if one * measure.parts == round(one * measure.parts) else f"{one:g}",
    )  # fmt: skip
    at = [{chance: amount for amount, chance in one.curve} for one in numbers.values()]
    common = [chance for chance in at[0] if all(chance in each for each in at)]

    def cell(amount: float) -> str:
        return of_100(amount / 100) if is_chance else said(measure, round(amount))

    rows = [(f"{100 * chance:.3g}", *(cell(each[chance] * measure.parts) for each in at)) for chance in common]
    head = (Word("Chance of at most so much, in 100"), *names)
    curve = [replace(one, head=head, rows=tuple(rows)) for one in wide_and_narrow([rising])[0]]
    return {
        "what": what,
        "rows": [(one.what, *(cell(each or 0) for each in (one.shown, one.low, one.high))) for one in numbers.values()],
        "says": [(one.what, _says(one)) for one in numbers.values()],
        "curve": curve,
        "bridges": [(one.what, *_bridge(one, one.bridges[0], across)) for one in numbers.values() if one.bridges],
    }


def _says(number: Number) -> str:
    shown = "" if number.shown is None else said(number.measure, number.shown)
    whole = shown if number.measure is Measure.POUNDS else sentence("{1} {2}", shown, number.measure.words)
    if number.high is None:
        return whole
    high = said(number.measure, number.high)
    if number.low is None and number.measure is not Measure.DAYS:
        return sentence("{1}, with a standard error of {2}.", whole, high)
    if number.low is None:
        return sentence("Half wait at most {1}, nine in ten at most {2}.", whole, high)
    low = said(number.measure, number.low)
    if number.of and number.measure is Measure.POSTS:
        return sentence("{1}; the work fills {2} to {3} (9 in 10).", whole, low, high)
    return sentence("{1} ({2} to {3}, 9 in 10).", whole, low, high)


def _bridge(number: Number, bridge: Bridge, across: Word | None = None) -> tuple[Svg, Svg]:
    drawn = Steps(
        bridge.title,
        across or number.measure.words,
        tuple((one.what, one.change, one.total) for one in bridge.steps),
        number.what,
        lambda amount: said(number.measure, round(amount)),
        money if number.measure is Measure.POUNDS else lambda amount: said(number.measure, amount),
    )
    return bridge_chart(drawn), bridge_chart(drawn, narrow=True)


def find(run: Run, key: str) -> Number | Answer | Underway | None:
    """Return one number of what would come, at once, or of the rest of the answer; None where there is none of this name.

    WHOLE is the rest of the answer itself: who waits for it asks so.
    """
    here = {} if key == WHOLE else {one.key: one for one in making.what_comes(run).numbers}
    if key in here:
        return here[key]
    if key != WHOLE and key not in making.KEYS:
        return None
    found = answered(run)
    return found if isinstance(found, Underway) or key == WHOLE else found.numbers().get(key)


def shown_number(
    request: Request, found: Number | Answer | Underway | None, *, name: str, back: str, note: str = ""
) -> HttpResponse:
    """Show one number with its curve and its bridges, or how far it is; lead back to the page once the whole answer is there."""
    if isinstance(found, Answer):
        return HttpResponseRedirect(f"{back}#{WHOLE}")
    if found is None:
        return not_found(request)
    here: dict[str, Any] = {"name": name, "back": back, "note": note}
    if isinstance(found, Underway):
        return long_work.waiting(request, found, "rollout/number.html", number=None, **here)
    if not (found.curve or note):
        return not_found(request)
    return page(request, "rollout/number.html", underway=None, **here, **number_page(found))


def no_place(request: Request, why: PlaceRefused | UnknownArea) -> HttpResponse:
    """Say why areas and districts cannot be planned for, or which of them there is not."""
    unknown = isinstance(why, UnknownArea)
    heading = Word("There is no such place") if unknown else Word("These cannot be planned for together")
    there = reverse("rollout:districts")
    return page(request, "plain.html", status=404 if unknown else 422, heading=heading, text=str(why), list=there)
