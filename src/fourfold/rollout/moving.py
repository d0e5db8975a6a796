"""What a change would move, before anybody saves it: each number of a page as it is and as it would be, the furthest moved first."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from uuid import UUID

from fourfold.audit.terms import Actor
from fourfold.rollout import advising, costing, modelling, queries, rules
from fourfold.rollout.advice import run as runs
from fourfold.rollout.answer import demand, making
from fourfold.rollout.answer.terms import Answer, Measure, Number
from fourfold.rollout.economics import costs
from fourfold.rollout.economics.terms import CostDraft, CostLooked
from fourfold.rollout.terms import Counted, CountLooked, CountRefused, Figure, Place, PlanRefused, Recorded
from fourfold.words import Word, financial_year, sentence

Run = runs.Run
Changed = tuple[str, str, str]


@dataclass(frozen=True)
class Look:
    """A page as it is and as it would be: what each is worked out from, what would come in both, and what was changed.

    `alone`: where several assumptions were changed, what each does by itself to what would come. `otherwise`: what was counted or
    given since the page's numbers were saved moves them besides.
    """

    before: Run
    after: Run
    comes: tuple[tuple[Number, ...], tuple[Number, ...]]
    changed: tuple[Changed, ...] = ()
    alone: tuple[tuple[str, Shifted], ...] = ()
    otherwise: bool = False


@dataclass(frozen=True)
class Shifted:
    """A number before and after a change; None where there is no such number. `far`: how far it moved, by its own range."""

    before: Number | None
    after: Number | None
    far: float


def shifted(before: Sequence[Number], after: Sequence[Number]) -> tuple[list[Shifted], list[Number]]:
    """Return what moved, the furthest first, and what did not. What is a number on one side alone stands before all others."""
    was, now = ({one.key: one for one in side} for side in (before, after))
    pairs = [(was.get(key), now.get(key)) for key in {**was, **now}]
    found = [Shifted(one, two, _far(one, two)) for one, two in pairs if _as_said(one) != _as_said(two)]
    still = [one for one, two in pairs if one and _as_said(one) == _as_said(two)]
    return sorted(found, key=lambda one: -one.far), still


def _as_said(one: Number | None) -> tuple[object, ...]:
    return () if one is None else (one.what, one.shown, one.low, one.high, one.note)


def _far(before: Number | None, after: Number | None) -> float:
    """Return how far a number's middle, or an end of its range, moved, as a share of the wider of its two ranges."""
    if before is None or after is None or before.shown is None or after.shown is None:
        return math.inf
    pairs = [(before.shown, after.shown), *zip(_ends(before), _ends(after), strict=False)]
    return max(abs(two - one) for one, two in pairs) / max(_width(before), _width(after), 1)


def _ends(one: Number) -> list[int]:
    """Return the ends of a number's range; of a wait what nine in ten wait at most. A standard error is no end."""
    is_range = one.low is not None or one.measure is Measure.DAYS
    return [each for each in (one.low, one.high) if each is not None] if is_range else []


def _width(one: Number) -> int:
    """Return how wide a number's range is; of a number without one the number itself."""
    shown = one.shown or 0
    ends = _ends(one)
    return (ends[-1] - (ends[0] if len(ends) > 1 else shown) if ends else 0) or abs(shown)


def of_plan(
    *, actor: Actor, plan: UUID, assumed: Mapping[str, int], year: int, site_model: UUID | None, at: datetime
) -> Look:
    """Return what a plan's page would show if this were saved; nothing is. Raises NoPlan, UnknownArea, PlanRefused."""
    _, latest, saved = advising.run_seen(actor=actor, plan=plan, at=at)
    PlanRefused.refuse(rules.assumed_refused(assumed, year, now=queries.financial_year_of(at)))
    version = modelling.latest_of(site_model)
    before = replace(saved, assumed={key: one for key, one in saved.assumed.items() if key in rules.ASSUMPTIONS})
    after = replace(before, assumed=assumed, year=year, made=runs.made(year, at), own=modelling.own_of(version))
    figures = tuple(map(queries.figure, latest.figures))
    today = advising.estimate_of(before).figures
    return Look(
        before,
        after,
        (_numbers(figures), _numbers(advising.estimate_of(after).figures)),
        _changed(before, after),
        tuple(_alone(before, after, today)),
        queries.numbers_of(queries.stored(today)) != queries.numbers_of(latest.figures),
    )


def _numbers(figures: Sequence[Figure]) -> tuple[Number, ...]:
    return tuple(
        Number(key, one.what, Measure.COUNT, one.range.middle, one.range.low, one.range.high)
        for key, one in zip(demand.KEYS, figures, strict=False)
    )


def _changed(before: Run, after: Run) -> tuple[Changed, ...]:
    """Return what is said otherwise: what, as it was, as it is."""
    said = rules.changed(before.assumed, after.assumed, (before.year, after.year))
    own = tuple(run.own.called if run.own else queries.AS_NEEDED for run in (before, after))
    return (*said, *([(queries.SITE_MODEL, *own)] if own[0] != own[1] else ()))


def _alone(before: Run, after: Run, today: Sequence[Figure]) -> Iterator[tuple[str, Shifted]]:
    """Yield what each of several changed assumptions moves most by itself of what would come, the furthest first."""
    changes = [(rules.YEAR, replace(before, year=after.year))] if after.year != before.year else []
    for key, one in rules.ASSUMPTIONS.items():
        if before.assumed.get(key) != after.assumed.get(key):
            said = {name: number for name, number in before.assumed.items() if name != key}
            said |= {key: after.assumed[key]} if key in after.assumed else {}
            changes.append((one.words, replace(before, assumed=said)))
    found = [
        (words, shifted(_numbers(today), _numbers(advising.estimate_of(run).figures))[0]) for words, run in changes
    ]
    most = [(words, moved[0]) for words, moved in found if moved]
    yield from sorted(most, key=lambda one: -one[1].far) if len(changes) > 1 else ()


def of_count(*, actor: Actor, place: Place, count: CountLooked, at: datetime) -> Look:
    """Return what an area's page would show if this count stood in place of what its force is taken to have recorded.

    Raises CountRefused.
    """
    CountRefused.refuse(rules.count_refused(count.year, now=queries.financial_year_of(at)))
    before = advising.run_for(actor=actor, place=place, at=at)
    known = {(one.area, one.year): one for one in before.counts}
    known |= {(place.code, count.year): Counted(place.code, count.year, count.count, LOOKED_AT)}
    what = sentence("Stalking offences recorded in {1}", financial_year(count.year))
    stood = next(one for one in advising.estimate_of(before).recorded if one.year == count.year)
    after = replace(before, counts=tuple(known.values()))
    return _of_area(before, after, (what, _stood(stood), f"{count.count:,}"))


def _stood(one: Recorded) -> str:
    """Name the count that another would replace, and whose it is; of a year without one, what is foretold in its place."""
    if one.counted is not None:
        return sentence("{1} ({2})", f"{one.counted:,}", one.said_by or Word("published"))
    was = one.foretold
    return (
        sentence("no count (foretold between {1} and {2})", f"{was.low:,}", f"{was.high:,}")
        if was
        else Word("no count")
    )


LOOKED_AT = Word("looked at, not given")


def of_price(*, actor: Actor, place: Place, row: str, cost: CostLooked, at: datetime) -> Look:
    """Return what an area's page would show if a row of its price list were so. Raises CostRefused."""
    change = costs.change_of(row, CostDraft(**asdict(cost), said_by=LOOKED_AT))
    costing.refuse_incomputable(place.code, change, at=at)
    before = advising.run_for(actor=actor, place=place, at=at)
    others = tuple(one for one in before.prices if one.code != row)
    after = replace(before, prices=(*others, change))
    rows = [costs.shipped(run.prices)[row] for run in (before, after)]
    was, now = (" / ".join(f"{each:,.10g}" for each in (one.low, one.central, one.high)) for one in rows)
    return _of_area(before, after, (sentence("{1}, low / central / high", rows[0].what), was, now))


def _of_area(before: Run, after: Run, *changed: Changed) -> Look:
    comes = (making.what_comes(before).numbers, making.what_comes(after).numbers)
    return Look(before, after, comes, changed)


def numbers(comes: Sequence[Number], answer: Answer) -> list[Number]:
    """Return every number of a page: what would come, and the rest of its answer."""
    return [*comes, *(one for section in answer.sections for one in section.numbers)]
