"""What it would change and what it would cost: each number from the same draws, with what it is made of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fourfold.rollout.answer.bridging import RANGE, bridge, curve, of_quantity, rounded
from fourfold.rollout.answer.terms import Bridge, Measure, Number, Section
from fourfold.rollout.economics import analysis, costs, effects, model, saying
from fourfold.rollout.economics.knowing import EVERYTHING
from fourfold.rollout.economics.terms import HEADINGS, PROFESSIONS, Analysis, Known, Quantity, Worth
from fourfold.rollout.rules import CHANCES, Expected
from fourfold.stats.inputs import FloatArray
from fourfold.words import Word, financial_year, sentence

#: What its numbers are called, whichever of them there are.
KEYS = frozenset(
    {
        "served", "spared", "ratio", "cost", "first_year", "per_case", "benefit", "net", "cost_each", "breaks_even",
        *(f"cost-{code}" for code in HEADINGS),
        *(f"scenario-{of_100}" for of_100 in analysis.SCENARIOS),
        *(f"worth-{code}" for code in ("everything", "effect", "work", "study", "lost", *costs.shipped(()))),
    }
)  # fmt: skip
FROM_NOTHING = Word("From no unit to this number, by means")
NO_UNIT = Word("Without a unit")
MANAGED = Word("Cases that the unit manages in a year")
ALL_THE_SAME = Word("At the middle of work, hours and prices")
PER_SPARED = Word("The mean cost over the mean number spared; a year in which nobody is spared has no such cost")
FROM_NOT_KNOWING = Word("From choosing now to this number, by means")
BY_ALL = Word(
    "the mean over the draws of what the best choice in each gains, against the choice that is best on average"
)
BY_MEAN = Word("the mean over the draws of the net benefit of the choice that is best on average")
BY_REGRESSION = Word("found by regression on the draws, whose own error comes on top of the standard error")
GAINED = Word("what choosing anew gains in a year drawn")
#: Of what is not the worth of knowing one thing in a year: its source, its name where another is wanted, and whose chance it is.
WORTHS = {
    "everything": (BY_ALL, sentence("Knowing: {1}", EVERYTHING), GAINED),
    "study": (BY_REGRESSION, "", Word("what choosing anew gains over the years, in a draw")),
    "lost": (BY_MEAN, "", Word("what the choice that is best on average comes to in a year drawn")),
}
PER_WORTH = Word("The mean cost over the mean of what one case of 100, spared another act, saves others")
MAY_DIFFER = Word("Because work, hours and prices may be more or less")


class Costs:
    """An analysis with its draws by heading: what its numbers are made of."""

    def __init__(self, found: Analysis, expected: Expected) -> None:
        self.found, self.values = found, found.draws.values
        self.by = analysis.costs_and_served(self.values, found.team)
        rows = {row.code: row for row in found.rows}
        self.middle = model.costs_of(model.central(expected, rows), found.team)

    def effect(self) -> Section:
        """Return what a unit changes here, as far as a number is known; else scenarios, named so."""
        found, known = self.found, self.found.effect
        numbers = self._changes(known) if isinstance(known, Known) else self._scenarios()
        return Section(
            Word("What it would change"),
            Word("Foretold for a new area") if isinstance(known, Known) else Word("Scenarios, not forecasts"),
            RANGE,
            (*numbers, self._served()),
            self._source(),
            words=tuple(saying.changes(found)),
        )

    def cost(self) -> Section:
        """Return what a year costs, by heading and for each case, and whether that pays."""
        found = self.found
        year = sentence("in prices of {1}", financial_year(found.price_year))
        headings = tuple(self._heading(code, one) for code, one in zip(HEADINGS, found.headings, strict=True))
        once = found.draws.values["set_up"] - self.by["set_up"]
        first = [*self._headings(), (Word("The rest of setting up"), float(once.mean()))]
        each = np.maximum(self.by["served"], 1e-9)
        by_case = [(name, float((self.by[code] / each).mean())) for code, name in HEADINGS.items()]
        return Section(
            Word("What it would cost"),
            sentence("Pounds, in prices of {1}", financial_year(found.price_year)),
            RANGE,
            (
                of_quantity("cost", found.cost, Measure.POUNDS, FROM_NOTHING, (NO_UNIT, 0.0), self._headings(), year),
                *headings,
                of_quantity("first_year", found.first_year, Measure.POUNDS, FROM_NOTHING, (NO_UNIT, 0.0), first, year),
                of_quantity("per_case", found.per_case, Measure.POUNDS, FROM_NOTHING, (NO_UNIT, 0.0), by_case, year),
                *self._net(),
                *self._cost_each(),
                *self._breaks_even(),
            ),
            self._source(),
            words=tuple(saying.worth(found)),
        )

    def scenarios(self) -> tuple[Section, ...]:
        """Return what each scenario would come to in money, where no effect is known."""
        found, served = self.found, self.by["served"]
        if isinstance(found.effect, Known):
            return ()
        numbers: list[Number] = []
        for one in found.scenarios:
            what, spared = (
                sentence("If {1} of 100 managed cases were spared another act", one.of_100),
                served * one.of_100 / 100,
            )
            saved = (Word("What others save"), float((self.values["act"] * spared).mean()))
            less = [(name, -amount) for name, amount in self._headings()]
            net = replace(one.net, what=sentence("{1}: net benefit a year", what))
            numbers.append(
                of_quantity(
                    f"scenario-net-{one.of_100}", net, Measure.POUNDS, FROM_NOTHING, (NO_UNIT, 0.0), [saved, *less]
                )
            )
            if one.cost_each is not None:
                numbers.append(
                    self._each(
                        f"scenario-each-{one.of_100}", sentence("{1}: cost of each", what), one.cost_each, spared
                    )
                )
        caption = Word("What each scenario would come to: scenarios, not forecasts")
        return (Section("", caption, RANGE, tuple(numbers), self._source()),)

    def knowing(self) -> tuple[Section, ...]:
        """Return what knowing more before choosing would be worth; nothing where no effect is known, or where it is worth nothing."""
        head = (Word("Knowing"), Word("Worth a year"), Word("Standard error"), Word("Source of the number"))
        said = (
            Word(
                "The choice is between no unit, half this team and this team. What is worth less than a twentieth of knowing everything is left out. What is less than twice its standard error may be nothing."
            ),
        )
        numbers = tuple(map(self._worth, self.found.partial))
        shown = Section(
            Word("What knowing more would be worth"),
            Word("Pounds a year, before choosing"),
            head,
            numbers,
            self._source(),
            said,
        )
        decision = self.found.decision
        made = decision.made if decision and numbers else ()
        waiting = Section(
            "",
            Word("Acting now, or waiting for another evaluated site: pounds of today"),
            (Word("What"), Word("Worth"), *head[2:]),
            tuple(map(self._worth, made)),
            self._source(),
        )
        return tuple(one for one in (shown, waiting) if one.numbers)

    def _worth(self, one: Worth) -> Number:
        because, what, of = WORTHS.get(one.code, (BY_REGRESSION, sentence("Knowing: {1}", one.what), GAINED))
        shown = rounded(one.a_year, Measure.POUNDS)
        title, begins = (FROM_NOTHING, NO_UNIT) if one.code == "lost" else (FROM_NOT_KNOWING, Word("Choosing now"))
        return Number(
            f"worth-{one.code}", what or one.what, Measure.POUNDS, shown, None, rounded(one.error, Measure.POUNDS), because,
            of=of,
            curve=one.curve,
            bridges=(bridge(title, (begins, 0.0), one.made, shown, Measure.POUNDS),),
        )  # fmt: skip

    def _source(self) -> str:
        drawn = self.found.draws
        return sentence(
            "{1} draws of the price list and of what would come, seed {2}", f"{len(drawn.cost):,}", drawn.seed
        )

    def _headings(self) -> list[tuple[str, float]]:
        return [(name, float(self.by[code].mean())) for code, name in HEADINGS.items()]

    def _heading(self, code: str, one: Quantity) -> Number:
        if code == "staff":
            posts, values = self.found.team.posts, self.values
            pay = {name: values[f"pay_{key}"] * posts.get(key, 0.0) for key, name in PROFESSIONS.items()}
            terms: list[tuple[str, float]] = [
                (sentence("Pay: {1}", name), float(each.mean())) for name, each in pay.items()
            ]
            terms.append((Word("What the employer pays on top"), float((values["on_cost"] * sum(pay.values())).mean())))
        else:
            middle = float(self.middle[code])
            terms = [(ALL_THE_SAME, middle), (MAY_DIFFER, float(self.by[code].mean()) - middle)]
        return of_quantity(f"cost-{code}", one, Measure.POUNDS, FROM_NOTHING, (NO_UNIT, 0.0), terms)

    def _served(self) -> Number:
        managed, served = float(self.values["managed"].mean()), float(self.by["served"].mean())
        terms = [(Word("More than the unit can do"), served - managed)]
        return of_quantity(
            "served",
            self.found.served,
            Measure.COUNT,
            FROM_NOTHING,
            (Word("Cases that the unit takes on"), managed),
            terms,
        )

    def _scenarios(self) -> tuple[Number, ...]:
        found, served = self.found, float(self.by["served"].mean())
        return tuple(
            of_quantity(
                f"scenario-{one.of_100}",
                Quantity(
                    sentence("If {1} of 100 managed cases were spared another act: cases spared", one.of_100),
                    one.spared.middle, one.spared.low, one.spared.high, one.spared.curve,
                ),
                Measure.COUNT, FROM_NOTHING, (MANAGED, served),
                [(Word("Not spared, in this scenario"), -served * (1 - one.of_100 / 100))],
            )
            for one in found.scenarios
            if one.of_100
        )  # fmt: skip

    def _changes(self, known: Known) -> tuple[Number, ...]:
        found, served, spared = self.found, self.by["served"], self.found.draws.spared
        if found.spared is None or spared is None:
            return ()
        without = served * known.without
        terms = [
            (Word("No other act in any case"), -float((served - without).mean())),
            (Word("Another act all the same"), -float((without - spared).mean())),
        ]
        start = (MANAGED, float(served.mean()))
        return (of_quantity("spared", found.spared, Measure.COUNT, FROM_NOTHING, start, terms), self._ratio(known))

    def _ratio(self, known: Known) -> Number:
        here, _ = effects.drawn(known, len(self.by["cost"]), np.random.default_rng([self.found.draws.seed, 1]))
        middle, low, high = (round(100 * each) for each in (known.ratio[0], *effects.nine_in_ten(known)))
        released = (f"{each:.2f}" for each in known.ratio[1:])
        because = sentence("{1}; the range of its report, which holds 19 in 20, is {2} to {3}", known.source, *released)
        seen = float(np.exp(np.mean(known.log_ratios)))
        return Number(
            "ratio", Word("The hazard of another act is multiplied by"), Measure.TIMES, middle, low, high, because,
            curve=curve(np.exp(here)),
            bridges=(
                bridge(
                    Word("From no effect to this number"), (Word("As without management"), 1.0),
                    [(Word("The mean of the sites’ ratios, each counted once"), seen - 1)], middle, Measure.TIMES,
                ),
            ),
        )  # fmt: skip

    def _net(self) -> tuple[Number, ...]:
        found, spared = self.found, self.found.draws.spared
        if found.net is None or found.benefit is None or spared is None or not isinstance(found.effect, Known):
            return ()
        worth: FloatArray = self.values["act"]
        saved = float((worth * spared).mean())
        all_acts = float((worth * self.by["served"] * found.effect.without).mean())
        less = [(name, -amount) for name, amount in self._headings()]
        others = [(Word("What others save"), saved), *less]
        acts = [(Word("What the acts cost that happen all the same"), saved - all_acts)]
        start = (Word("What further acts in these cases would cost others"), all_acts)
        return (
            of_quantity("benefit", found.benefit, Measure.POUNDS, FROM_NOTHING, start, acts),
            of_quantity("net", found.net, Measure.POUNDS, FROM_NOTHING, (NO_UNIT, 0.0), others),
        )

    def _cost_each(self) -> tuple[Number, ...]:
        each, spared = self.found.cost_each, self.found.draws.spared
        if each is None or spared is None:
            return ()
        return (self._each("cost_each", Word("Cost of each case spared another act"), each, spared),)

    def _each(self, key: str, what: str, each: float, spared: FloatArray) -> Number:
        cost = np.divide(self.by["cost"], spared, out=np.full(len(spared), np.inf), where=spared > 0)
        chances = [share for share in CHANCES / 100 if (spared > 0).mean() >= share]
        shown, mean = rounded(each, Measure.POUNDS), float(spared.mean())
        return Number(
            key, what, Measure.POUNDS, shown, because=PER_SPARED,
            of=Word("what each case spared costs in a year drawn"),
            curve=tuple((float(np.quantile(cost, share, method="inverted_cdf")), float(share)) for share in chances),
            bridges=(self._over(mean, shown, Measure.POUNDS),),
        )  # fmt: skip

    def _breaks_even(self) -> tuple[Number, ...]:
        needed = saying.pays_from(self.found)
        if needed is None:
            return ()
        worth = self.values["act"] * self.by["served"] / 100
        drawn = self.by["cost"] / np.maximum(worth, 1e-9)
        low, high = (round(float(each)) for each in np.quantile(drawn, (0.05, 0.95)))
        shown = round(needed)
        return (
            Number(
                "breaks_even", Word("Of 100 managed cases, how many must be spared another act for the unit to pay for itself"),
                Measure.PERCENT, shown, low, high, PER_WORTH,
                of=Word("how many of 100 would have to be spared"),
                curve=curve(drawn),
                bridges=(self._over(float(worth.mean()), shown, Measure.PERCENT),),
            ),
        )  # fmt: skip

    def _over(self, divisor: float, shown: int, measure: Measure) -> Bridge:
        """Return the bridge over the headings of the cost, each over the same divisor."""
        terms = [(name, amount / divisor) for name, amount in self._headings()]
        return bridge(FROM_NOTHING, (NO_UNIT, 0.0), terms, shown, measure)
