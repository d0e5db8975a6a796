"""How many stalking offences each force will record in a year, and how well that was foretold for a year that is known.

Forces differ ninefold per head, mostly by how they record. So each force has an effect of its own, read as its *recording
practice*; it is drawn towards the national level as far as the data say that practices do not last (partial pooling), and
a force without counts has the national level and the whole spread of forces. Counts come in clusters, so what moves a
force from one year to the next has a variance in proportion to its count (as in a quasi-Poisson model), with tails of
Student's t. The national level grows by a rate with its own uncertainty. A change of the counting rule begins an era:
neither practice, growth nor level is carried over it, only how strongly counts move.

A year is called by the calendar year in which it begins: 2021 is April 2021 to March 2022.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from fourfold.stats.inputs import FloatArray
from fourfold.words import sentence

DRAWS = 4_000
TAILS = 8
#: With fewer forces counted in a year, the year says nothing of the national level.
LEAST_FORCES = 5
#: With fewer, how far they spread cannot be seen either.
ENOUGH_FORCES = 12
#: Two official counts of one year and force differ by so much: 41 forces, 2019/20, two tables.
DEFINITION = 0.05
#: Before any year of an era is followed by another: a settled class grows or shrinks by some 10% a year, with 6% of chance.
GROWTH, YEARLY = 0.10, 0.06
#: How forces' logs of offences per head spread where too few are counted to see it; no force moves more in one year.
SPREAD = 0.5

_DISPERSION = np.log(np.geomspace(1, 1_000, 61))
_LASTING = np.linspace(0.5, 1, 26)


class TooFewCounts(ValueError):
    """No year of the rule under which a year is counted has counts of enough forces."""

    def __init__(self, year: int) -> None:
        super().__init__(
            sentence("No year of the rule under which {1} is counted has counts of {2} forces.", year, LEAST_FORCES)
        )


@dataclass(frozen=True, eq=False)
class Series:
    """Offences by force and year (forces, years); NaN is a count that nobody supplied, never nought.

    `people` (forces,) are those aged 16 and over. `begins` are the years in which another rule of counting began;
    `national` are totals of all forces for years whose counts by force are not known.
    """

    forces: tuple[str, ...]
    people: FloatArray
    years: tuple[int, ...]
    counts: FloatArray
    begins: tuple[int, ...] = ()
    national: Mapping[int, float] = field(default_factory=dict)

    def known_to(self, year: int) -> Series:
        """Return what was known when `year` had ended."""
        kept = [place for place, one in enumerate(self.years) if one <= year]
        return replace(
            self,
            years=tuple(self.years[place] for place in kept),
            counts=self.counts[:, kept],
            national={one: total for one, total in self.national.items() if one <= year},
        )

    def with_counts(self, own: Mapping[tuple[str, int], float]) -> Series:
        """Return it with somebody's own counts, by force and year, in place of what stood there."""
        years = tuple(sorted({*self.years, *(year for _, year in own)}))
        counts = np.full((len(self.forces), len(years)), np.nan)
        counts[:, [years.index(year) for year in self.years]] = self.counts
        for (force, year), count in own.items():
            counts[self.forces.index(force), years.index(year)] = count
        return replace(self, years=years, counts=counts)

    def era(self, year: int) -> int:
        """Return which rule of counting a year is under."""
        return sum(year >= first for first in self.begins)

    def in_year(self, year: int) -> FloatArray:
        """Return the counts of a year (forces,)."""
        if year not in self.years:
            return np.full(len(self.forces), np.nan)
        return self.counts[:, self.years.index(year)]

    def pairs(self, *, era: int | None = None) -> list[tuple[FloatArray, FloatArray, FloatArray]]:
        """Return, for each two years that follow each other under one rule: both counts, and people, of forces with both."""
        found = []
        for year in self.years:
            if self.era(year) != self.era(year + 1) or era not in (None, self.era(year)):
                continue
            before, after = self.in_year(year), self.in_year(year + 1)
            both = (before > 0) & (after >= 0)
            if both.sum() >= LEAST_FORCES:
                found.append((before[both], after[both], self.people[both]))
        return found


@dataclass(frozen=True, eq=False)
class Learnt:
    """What a series taught: draws (draws,) of how counts cluster, how far a practice lasts, and yearly growth."""

    dispersion: FloatArray
    lasting: FloatArray
    growth: FloatArray


def learn(series: Series, *, era: int, rng: np.random.Generator, draws: int = DRAWS) -> Learnt:
    """Weigh a grid of dispersions and of lasting by every pair of years; growth by those of `era` alone."""
    dispersion, lasting = np.meshgrid(_DISPERSION, _LASTING, indexing="ij")
    weight = -(((dispersion - np.log(40)) / 1.5) ** 2) / 2 - ((lasting - 0.9) / 0.1) ** 2 / 2
    for before, after, people in series.pairs():
        was, now = np.log((before + 0.5) / people), np.log((after + 0.5) / people)
        moved = now - np.median(now) - lasting[..., None] * (was - np.median(was))
        moved -= np.median(moved, axis=-1, keepdims=True)
        noise = np.exp(dispersion)[..., None] / before + 1 / (after + 0.5) + lasting[..., None] ** 2 / (before + 0.5)
        weight += (-(TAILS + 1) / 2 * np.log1p(moved**2 / noise / TAILS) - np.log(noise) / 2).sum(axis=-1)
    chance = np.exp(weight - weight.max()).ravel()
    chosen = rng.choice(chance.size, draws, p=chance / chance.sum())
    return Learnt(np.exp(dispersion.ravel()[chosen]), lasting.ravel()[chosen], _growth(series, era, rng, draws))


def _growth(series: Series, era: int, rng: np.random.Generator, draws: int) -> FloatArray:
    """Draw the yearly growth of the national level (draws,) from the years of one era."""
    seen = [float(np.log(after.sum() / before.sum())) for before, after, _ in series.pairs(era=era)]
    precision = 1 / GROWTH**2 + len(seen) / YEARLY**2
    return rng.normal(sum(seen) / YEARLY**2 / precision, precision**-0.5, draws)


def foretell(series: Series, last: int, *, seed: int, draws: int = DRAWS) -> dict[int, FloatArray]:
    """Return draws (draws, forces) of the offences that each force records, for each year of the present rule up to `last`.

    The draws of a force for a year that it has counted lie about that count: what another such year would have brought.
    Raises TooFewCounts where no year of the rule has counts enough.
    """
    path = _Path(series, last, np.random.default_rng(seed), draws)
    return {year: path.offences() for year in path.years(last)}


class _Path:
    """Draws that go from year to year: the national level (draws, 1), and each force's practice on top (draws, forces)."""

    def __init__(self, series: Series, year: int, rng: np.random.Generator, draws: int) -> None:
        self.series, self.rng = series, rng
        self.shape = (draws, len(series.forces))
        self.era = series.era(year)
        self.learnt = learn(series, era=self.era, rng=rng, draws=draws)
        under = [one for one in series.years if series.era(one) == self.era and self._counted(one) >= LEAST_FORCES]
        if not under:
            raise TooFewCounts(year)
        self.first = under[0]
        self.level = np.zeros((draws, 1))
        self.practice = np.zeros(self.shape)

    def years(self, last: int) -> Iterator[int]:
        """Go from the first year of the rule to `last`, and stand in each."""
        self._begin()
        yield self.first
        for year in range(self.first + 1, last + 1):
            self._step(year)
            yield year

    def expected(self) -> FloatArray:
        """Return what lies under the counts of the year (draws, forces)."""
        return self.series.people * np.exp(np.clip(self.level + self.practice, -25, 2))

    def offences(self) -> FloatArray:
        return np.asarray(self.rng.poisson(self.expected()), dtype=float)

    def _counted(self, year: int) -> int:
        return int((~np.isnan(self.series.in_year(year))).sum())

    def _begin(self) -> None:
        counts = self.series.in_year(self.first)
        logs = np.log((counts + 0.5) / self.series.people)
        low, middle, high = np.nanquantile(logs, (0.25, 0.5, 0.75))
        self.level = np.full_like(self.level, middle)
        spread = (high - low) / 1.349 if self._counted(self.first) >= ENOUGH_FORCES else SPREAD
        self.practice = self.rng.standard_t(TAILS, self.shape) * spread
        self._read(counts)

    def _step(self, year: int) -> None:
        scale = np.minimum(np.sqrt(self.learnt.dispersion[:, None] / self.expected()), SPREAD)
        moved = self.rng.standard_t(TAILS, self.shape) * scale
        self.practice = self.learnt.lasting[:, None] * self.practice + moved
        counts = self.series.in_year(year)
        if self._counted(year) >= LEAST_FORCES:
            self.level = np.full_like(self.level, np.nanmedian(np.log((counts + 0.5) / self.series.people)))
        else:
            self._grow(year)
        self._read(counts)

    def _grow(self, year: int) -> None:
        """Let the national level grow, or go on towards the next total that is known (a bridge)."""
        ahead = [one for one in self.series.national if one >= year and self.series.era(one) == self.era]
        chance = self.rng.normal(0, YEARLY, self.level.shape)
        if not ahead:
            self.level = self.level + self.learnt.growth[:, None] + chance
            return
        steps = min(ahead) - year + 1
        total = self.expected().sum(axis=1, keepdims=True)
        self.level = self.level + np.log(self.series.national[min(ahead)] / total) / steps
        self.level = self.level + chance * np.sqrt((steps - 1) / steps)
        if steps == 1:
            self.practice = self.practice + self.rng.normal(0, DEFINITION, self.shape)

    def _read(self, counts: FloatArray) -> None:
        """Take each count that is known for what its force's practice is, with the chance in the count."""
        known = ~np.isnan(counts)
        under = np.log(self.rng.gamma(counts[known] + 0.5, 1, (self.shape[0], int(known.sum()))))
        self.practice[:, known] = under - np.log(self.series.people[known]) - self.level


@dataclass(frozen=True)
class Foretold:
    """One force in a year that is known: the range that was to hold nine in ten, and what was then counted."""

    force: str
    low: float
    middle: float
    high: float
    counted: float

    @property
    def held(self) -> bool:
        return self.low <= self.counted <= self.high


@dataclass(frozen=True)
class BackTest:
    """A year foretold from the years before it, beside what came."""

    year: int
    rows: tuple[Foretold, ...]
    missing: tuple[str, ...]

    @property
    def held(self) -> int:
        return sum(row.held for row in self.rows)

    @property
    def share(self) -> float:
        return self.held / len(self.rows)


def back_test(series: Series, year: int, *, seed: int, draws: int = DRAWS) -> BackTest:
    """Foretell `year` from what was known a year before, and hold it against what was counted. Forces without a count are named."""
    drawn = foretell(series.known_to(year - 1), year, seed=seed, draws=draws)[year]
    low, middle, high = np.quantile(drawn, (0.05, 0.5, 0.95), axis=0)
    counted = series.in_year(year)
    known = np.flatnonzero(~np.isnan(counted))
    rows = tuple(
        Foretold(series.forces[k], float(low[k]), float(middle[k]), float(high[k]), float(counted[k])) for k in known
    )
    return BackTest(year, rows, tuple(force for k, force in enumerate(series.forces) if k not in set(known)))


def beside(series: Series, drawn: FloatArray, force: str, counted: float) -> Foretold:
    """Return what was drawn of a year (draws, forces) for one force beside what it counted."""
    low, middle, high = np.quantile(drawn[:, series.forces.index(force)], (0.05, 0.5, 0.95))
    return Foretold(force, float(low), float(middle), float(high), float(counted))


def invented(series: Series, rng: np.random.Generator) -> Series:
    """Return a programme that never was: the forces, people and years of `series`, with practices, growth and counts invented.

    Each has its own dispersion, lasting of practices, growth and spread, and the same counts are missing as in `series`.
    """
    dispersion, lasting = np.exp(rng.normal(np.log(40), 0.5)), min(rng.normal(0.9, 0.05), 1.0)
    size = len(series.forces)
    counts = np.full(series.counts.shape, np.nan)
    level, practice, era = np.log(4e-4), np.zeros(size), -1
    for place, year in enumerate(series.years):
        if series.era(year) != era:
            era, growth, spread = series.era(year), rng.normal(0, GROWTH), rng.uniform(0.35, 0.6)
            level, practice = level + rng.normal(0.7, 0.3), rng.normal(0, spread, size)
        else:
            last = series.people * np.exp(level + practice)
            practice = lasting * practice + rng.standard_t(TAILS, size) * np.minimum(np.sqrt(dispersion / last), SPREAD)
            level += growth + rng.normal(0, YEARLY)
        counts[:, place] = rng.poisson(series.people * np.exp(level + practice))
    return replace(series, counts=np.where(np.isnan(series.counts), np.nan, counts), national={})


def invented_shares(series: Series, year: int, *, programmes: int, seed: int, draws: int = 1_000) -> list[float]:
    """Return, for each of so many invented programmes, the share of forces whose count lay within the range."""
    dice = np.random.default_rng(seed)
    return [
        back_test(invented(series, dice), year, seed=seed + number, draws=draws).share for number in range(programmes)
    ]
