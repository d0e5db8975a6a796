"""The document's sections of numbers: what would come, whom it needs, who waits, what it changes and costs."""

from __future__ import annotations

from collections.abc import Iterable

from fourfold.evaluation.report.terms import Figure as Drawn
from fourfold.evaluation.report.terms import Part, Table
from fourfold.rollout.advice.values import Advice, as_sentence, change_words, count, fewer_words, money, waiting_words
from fourfold.rollout.capacity.terms import Wait
from fourfold.rollout.economics.analysis import NOTES
from fourfold.rollout.economics.saying import in_pounds, pounds, step_in_pounds, whole_pounds
from fourfold.rollout.economics.terms import Known, Row
from fourfold.rollout.rules import CHANCES
from fourfold.stats import drawings
from fourfold.words import financial_year

HOURS_A_WEEK = 37
#: Which figure of an estimate are its referrals.
REFERRED = 1


def demand(advice: Advice) -> Part:
    """Return what would come in a year, as ranges, in a sentence each and as a curve of chances."""
    figures = advice.estimate.figures
    rows = tuple(
        (one.what, f"{one.range.middle:,}", f"{one.range.low:,} to {one.range.high:,}", one.because) for one in figures
    )
    given = any(one.said_by for one in advice.estimate.recorded)
    curve = zip(map(float, figures[REFERRED].at_most), (float(chance) / 100 for chance in CHANCES), strict=True)
    caption = f"Expected in {financial_year(advice.made.year)}; the range holds the number nine times in ten"
    years = tuple(
        (
            financial_year(one.year),
            "not known" if one.counted is None else f"{one.counted:,}",
            f"{one.foretold.low:,} to {one.foretold.high:,}" if one.foretold else "none",
            *((one.said_by or ("foretold" if one.counted is None else "published"),) if given else ()),
        )
        for one in advice.estimate.recorded
    )
    return Part(
        words=(advice.estimate.practice, *advice.estimate.beyond, RULE_CHANGED),
        points=(("Assumed in this plan", *advice.assumed),) if advice.assumed else (),
        tables=(
            Table(caption, ("What", "Expected", "Range", "Where the number comes from"), rows),
            Table(
                "Stalking offences recorded",
                ("April to March", "Counted", "Foretold (range)", *(("Given by",) if given else ())),
                years,
            ),
        ),
        figures=(_drawn("Chance of at most so many referrals a year", curve, "referrals a year"),),
    )


RULE_CHANGED = "The recording rule changed in April 2020. No count of a year before it says anything about later ones."


def _drawn(title: str, points: Iterable[tuple[float, float]], across: str) -> Drawn:
    """Draw the chance of at most so many, with the five chances of its table."""
    points = tuple(points)
    line = drawings.Line("chance, %", tuple((number, 100 * share) for number, share in points))
    drawn = drawings.lines(title, [line], across=across, up=(0.0, 100.0))
    rows = tuple((f"{share:.0%}", f"{number:,.0f}") for number, share in points if round(share * 100) in SHOWN)
    return Drawn(drawn, Table(title, ("Chance", f"At most, {across}"), rows))


#: The chances, in percent, that a table of a curve shows.
SHOWN = (10, 25, 50, 75, 90)


def team(advice: Advice) -> Part:
    """Return the posts by profession, their hours a week, what use is made of them, and the rota."""
    found = advice.outlook
    use = tuple(
        (
            str(one.profession.words),
            f"{found.team.of(one.profession):g}",
            f"{found.team.of(one.profession) * HOURS_A_WEEK:,.0f}",
            f"{one.used:,.0%}",
            f"{one.needed:,.0%}",
        )
        for one in found.used
    )
    head = ("Profession", "Full-time posts", "Hours a week", "Share of them used", "Share that all the work would need")
    return Part(
        words=(
            as_sentence(advice.analysis.team.because),
            f"Whose turn it is: {found.policy.words}.",
            *found.warnings,
            advice.absent,
        ),
        tables=(
            Table("The team and its week", head, use),
            Table("The rota of a usual week", ("When", "Who", "For what"), advice.rota),
        ),
    )


def waits(advice: Advice) -> Part:
    """Return how long people would wait at each stage, what breaks first and when, or that demand outgrows the team."""
    found = advice.outlook
    rows = tuple((str(one.stage.words), days(one.median, one), days(one.ninetieth, one)) for one in found.waits)
    breaks = tuple(f"{one.stage.words}: from month {one.month} on." for one in found.breaks)
    return Part(
        words=(
            *waiting_words(advice),
            f"The standard looks at those referred from month {advice.standard.from_month} on; the table below looks at "
            "everybody from the first day.",
        ),
        points=(("What breaks first", *breaks),) if breaks else (),
        tables=(Table(OVER_TWO_YEARS, ("Stage", "Half wait at most", "Nine in ten wait at most"), rows),),
    )


OVER_TWO_YEARS = (
    "Working days of waiting, over two years from the first day of the unit, the months before all posts are filled among them; who "
    "still waits at the end counts with what they have waited so far"
)


def days(working_days: float | None, wait: Wait) -> str:
    if working_days is None:
        return "none can be given" if wait.beyond else "nobody came this far"
    if 0 < working_days < 0.05:
        return "under 0.1"
    return f"{working_days:.1f}" if 0 < working_days < 10 else f"{working_days:.0f}"


def effect(advice: Advice) -> Part:
    """Return what management would change here, from the predictive interval; scenarios where no number is carried."""
    tables: tuple[Table, ...] = ()
    if not isinstance(advice.analysis.effect, Known):
        rows = tuple(
            (
                f"{one.of_100} of 100",
                count(one.spared),
                "nobody is spared" if one.cost_each is None else pounds(one.cost_each),
            )
            for one in advice.analysis.scenarios
        )
        head = ("If so many managed cases were spared another act", "Cases spared a year", "Mean cost for each")
        tables = (Table("Scenarios, not forecasts", head, rows),)
    return Part(words=tuple(change_words(advice)), tables=tables)


def priced(number: float, unit: str) -> str:
    """Say a number with its unit: pounds before it, one of a thing as one."""
    first, _, rest = unit.partition(" ")
    if first == "pounds":
        return f"£{number:,.6g} {rest}".rstrip()
    if first == "share":
        return f"{number:,.0%} {rest}"
    return f"{number:,.6g} {first.removesuffix('s') if number == 1 else first} {rest}".rstrip()


def _from_to(row: Row) -> str:
    """Say the range of a price as the price itself is said, without what it is for."""
    return " to ".join(
        priced(number, row.unit).partition(" ")[0] if row.unit[:5] in ("pound", "share") else f"{number:,.6g}"
        for number in (row.low, row.high)
    )


PLAYED = (
    "The posts are those of section 5. The hours of police, psychologists, outreach workers and advocates in the list of prices stand "
    "for comparison: they move no cost here."
)
FROM_NOTHING = "From nothing to the mean of the sum (means add up, middles do not)"
FROM_TODAY = (
    "From what further acts cost others today to what they and the unit cost together (means add up, middles do not)"
)


def cost(advice: Advice) -> Part:
    """Return what a year costs, heading by heading, the sum that adds up, and every price with its source."""
    found = advice.analysis
    headings = tuple(
        (one.what, pounds(one.middle), f"{pounds(one.low)} to {pounds(one.high)}") for one in found.headings
    )
    bridge = tuple((one.what, step_in_pounds(one.change), whole_pounds(one.total)) for one in found.bridge)
    known = isinstance(found.effect, Known)
    prices = tuple(
        (row.what, priced(row.central, row.unit), _from_to(row), row.said_by or row.source) for row in found.rows
    )
    return Part(
        words=(
            f"A year costs {money(found.cost)}, the first year {money(found.first_year)}; a managed case {money(found.per_case)}. "
            f"Prices of {financial_year(found.price_year)}.",
            f"Cases managed in a year: {count(found.served)}.{fewer_words(advice)}",
            *advice.net,
            *(note for note in found.notes if note is not NOTES[-1]),
            PLAYED,
        ),
        tables=(
            Table("Cost a year", ("What", "Middle", "Range (9 in 10)"), headings),
            Table(FROM_TODAY if known else FROM_NOTHING, ("Step", "Change", "Then"), bridge),
            Table("Prices and hours", ("What", "Central", "Low to high", "Whose word"), prices),
        ),
        figures=(
            _drawn(
                "Chance that a year costs at most so much",
                ((in_pounds(value) / 1000, share) for value, share in found.cost.curve),
                "thousand pounds a year",
            ),
        ),
    )
