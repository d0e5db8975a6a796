"""What a change would move, in words: every number that moves with how far, and the names of those that do not."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse

from fourfold.gateways.underway import Underway
from fourfold.rollout.answer import making
from fourfold.rollout.answer.terms import Answer, Measure, Number
from fourfold.rollout.moving import Look, Shifted, numbers, shifted
from fourfold.web.area_answer import ASKS, AT_ONCE, answered, or_how_far, said
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page
from fourfold.words import Word, sentence

NONE, NOT_THERE, NOW = Word("no number"), Word("There would be no number"), Word("There is no number now")
NO_SHARE = Word("none")


@dataclass(frozen=True)
class Seen:
    """What a form shows of a look: how far it is, or what moves, row by row, and what does not.

    `begins` and `ends`: of what the page with the change warns, and of what it no longer would.
    """

    look: Look
    underway: Underway | None = None
    moved: Sequence[tuple[str, ...]] = ()
    still: Sequence[str] = ()
    rule: tuple[str, ...] = ()
    begins: Sequence[str] = ()
    ends: Sequence[str] = ()

    @property
    def alone(self) -> list[tuple[str, ...]]:
        return [(words, *_row(one)) for words, one in self.look.alone]


def seen(look: Look, asks: str = "") -> Seen:
    """Return what moves, or how far it is worked out: the page as it is may have been worked out before."""
    answered(look.before, asks)
    after = or_how_far(making.rest(look.after), looks=0 if asks == "stop" else AT_ONCE, asks=asks)
    before = answered(look.before)
    was, now = look.comes
    at_once = [_row(one) for one in shifted(was, now)[0]]
    if isinstance(before, Underway):
        return Seen(look, before, at_once)
    if isinstance(after, Underway):
        return Seen(look, after, at_once)
    moved, still = shifted(numbers(was, before), numbers(now, after))
    return Seen(
        look,
        None,
        [_row(one) for one in moved],
        [_still(one) for one in still],
        _rule(before, after),
        _only(after, before),
        _only(before, after) if after.sections else (),
    )


def _rule(before: Answer, after: Answer) -> tuple[str, ...]:
    """Return what the written rule gives and would give, where that is not the same."""
    if before.strength[:1] == after.strength[:1]:
        return ()
    return tuple(one.strength[0] if one.strength else Word("None.") for one in (before, after))


def _only(one: Answer, other: Answer) -> list[str]:
    """Return of what one answer warns and the other does not, and why there is none."""
    theirs = _warnings(other)
    return [line for line in _warnings(one) if line not in theirs]


def _warnings(one: Answer) -> list[str]:
    said = [line for section in one.sections for line in section.warnings]
    return list(dict.fromkeys(said if one.sections else one.unknown))


def _row(one: Shifted) -> tuple[str, ...]:
    """Return a row of the table; on a phone no minus sign is left at the end of a line."""
    return tuple(cell.replace("−£", "−\N{WORD JOINER}£") for cell in _cells(one))


def _cells(one: Shifted) -> tuple[str, ...]:
    """Return what moves, as it is, as it would be, by how much, and which share of what it was that is."""
    before, after = one.before, one.after
    names = [_called(each) for each in (before, after) if each]
    what = names[0] if len(set(names)) == 1 else sentence("{1}; with the change: {2}", *names)
    cells = (what, _with_range(before), _with_range(after))
    if math.isinf(one.far) or before is None or after is None or before.shown is None or after.shown is None:
        return (*cells, NOT_THERE if after is None or after.shown is None else NOW, NO_SHARE)
    change = after.shown - before.shown
    if not change:
        return (*cells, Word("its range alone"), NO_SHARE)
    size = said(before.measure, change)
    return (*cells, size if change < 0 else f"+{size}", _share(change, before.shown))


def _share(change: int, of: int) -> str:
    if not of:
        return Word("it is nought now")
    if (of < 0) is not (of + change < 0):
        return Word("it is below nought now") if of < 0 else Word("it would be below nought")
    share = change / of
    rounded = f"{abs(share):,.0%}" if abs(share) >= 0.005 else Word("under 1%")
    if of < 0:
        return sentence("{1} further below nought", rounded) if share > 0 else sentence("{1} nearer to nought", rounded)
    return sentence("{1} less", rounded) if share < 0 else sentence("{1} more", rounded)


def _called(one: Number) -> str:
    """Return what a number is called where it stands without the head of its table."""
    if one.measure is Measure.DAYS:
        return sentence("{1}: working days that half wait at most", one.what)
    if one.measure is Measure.POSTS:
        return sentence("{1}: full-time posts", one.what)
    return sentence("Cost a year: {1}", one.what) if one.key.startswith("cost-") else one.what


def _still(one: Number) -> str:
    return sentence("{1} ({2})", _called(one), _with_range(one)) if one.shown is None else _called(one)


def _with_range(one: Number | None) -> str:
    if one is None or one.shown is None:
        return sentence("{1}: {2}", NONE, one.note) if one and one.note else NONE
    shown = said(one.measure, one.shown)
    if one.high is None:
        return shown
    high = said(one.measure, one.high)
    if one.low is not None:
        return sentence("{1} ({2} to {3})", shown, said(one.measure, one.low), high)
    if one.measure is Measure.DAYS:
        return sentence("{1} (nine in ten: {2})", shown, high)
    return sentence("{1} (standard error {2})", shown, high)


def looking(
    request: Request,
    template: str,
    *,
    saved: Callable[[Form], Any],
    looked: Callable[[Form], Any],
    at: Callable[[Any], Look],
    shows: Mapping[str, Any],
) -> dict[str, Any]:
    """Return what lets a page with one form show what would change before it is saved, for which less has to be said."""
    asks = request.POST.get("do")
    looks = asks == "show" or asks in ASKS
    form_of: list[Form] = []

    def reads(form: Form) -> Any:
        form_of.append(form)
        return looked(form) if looks else saved(form)

    def preview(said: Any) -> HttpResponse | None:
        return page(request, template, form=form_of[0], seen=seen(at(said), asks or ""), **shows) if looks else None

    return {"draft": reads, "preview": preview, "shows": shows}
