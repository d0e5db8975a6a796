"""The document's sections, each made from the same values: what was drawn, what was found elsewhere, what a person decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from fourfold.evaluation.report import drawings
from fourfold.evaluation.report.terms import Figure as Drawn
from fourfold.evaluation.report.terms import Part, Table
from fourfold.evaluation.terms import MEANINGS
from fourfold.rollout.advice.strength import Graded, Strength
from fourfold.rollout.capacity.terms import Outlook
from fourfold.rollout.demand import BackTest
from fourfold.rollout.economics.terms import Analysis, Known, Quantity
from fourfold.rollout.rules import CHANCES
from fourfold.rollout.terms import AreaEstimate, Evidence, Range
from fourfold.words import financial_year

HOURS_A_WEEK = 37
RECORDED, REFERRED, TAKEN_ON, DIRECT = range(4)


@dataclass(frozen=True)
class Decided:
    """What a named person released: the strength, and why it is another one than the rule's."""

    strength: Strength
    by: str
    reason: str


@dataclass(frozen=True)
class Made:
    """What a document was made from, so that anybody can make it again: to the same bytes."""

    year: int
    release: str
    facts_sha256: str
    vintage: str
    seed: int
    made_at: datetime


@dataclass(frozen=True)
class Advice:
    """Everything that the document says. `decided` is None in a draft."""

    estimate: AreaEstimate
    evidence: Evidence | None
    analysis: Analysis
    outlook: Outlook
    graded: Graded
    tried: BackTest
    names: Mapping[str, str]
    made: Made
    decided: Decided | None = None
    assumed: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    run: Mapping[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> str:
        return self.estimate.place.name

    @property
    def strength(self) -> Strength:
        return self.decided.strength if self.decided else self.graded.strength


def parts(advice: Advice) -> tuple[Part, ...]:
    """Return the sections in their order, numbered."""
    return tuple(
        replace(make(advice), number=number, title=title) for number, (title, make) in enumerate(SECTIONS, start=1)
    )


def one_page(advice: Advice) -> Part:
    """Say on one page what would come, whom it needs, what it changes and costs, and what is recommended."""
    figures, cost = advice.estimate.figures, advice.analysis.cost
    return Part(
        words=(f"{advice.strength.words}. {advice.strength.means}",),
        points=(
            ("What would come", *(_figure_words(one.what, one.range) for one in figures[RECORDED : TAKEN_ON + 1])),
            ("Whom it needs", _team_words(advice)),
            ("How long people would wait", *_waiting(advice)[:2]),
            ("What it would change", *_change(advice)[:2]),
            (
                "What it would cost",
                f"{_money(cost)} a year, in prices of {financial_year(advice.analysis.price_year)}.",
            ),
            ("On what conditions", advice.estimate.conditions[2], advice.estimate.conditions[1]),
            ("What we do not know", *_unknown(advice)[:2]),
        ),
    )


def recommendation(advice: Advice) -> Part:
    """Say the strength, the rule's grounds, and who confirmed or changed it."""
    said = [f"The written rule gives: {advice.graded.strength.words}."]
    if advice.decided is None:
        said.append("Nobody has confirmed this yet: it is a draft.")
    elif advice.decided.strength is advice.graded.strength:
        said.append(f"{advice.decided.by} confirmed it.")
    else:
        said.append(
            f"{advice.decided.by} changed it to “{advice.decided.strength.words}”, because: {advice.decided.reason}"
        )
    return Part(
        words=tuple(said),
        points=(
            ("Why the rule says so", *advice.graded.because),
            ("What the words mean", *(f"{each.words}. {each.means}" for each in Strength)),
            ("Conditions", *advice.estimate.conditions),
        ),
    )


def grid(advice: Advice) -> Part:
    """Return what is known of effect, mechanism, moderators, implementation and economics, with how good it is."""
    found = advice.evidence
    effect = found.concluded if found else "Nothing is known: no evaluation has been computed."
    quality = f"{found.certainty} of 4" if found else "none"
    rows = (
        ("Effect: does it work?", effect, quality),
        (
            "Mechanism: how does it work?",
            "Four professions assess and act together, an advocate stands by the victim. Which of these does it was not "
            "compared.",
            "a theory, not tested",
        ),
        (
            "Moderators: for whom, and where?",
            f"{found.sites} sites are too few to say why they differ." if found else "Nothing is known.",
            f"{found.sites} sites" if found else "none",
        ),
        (
            "Implementation: what does it take?",
            "An advocate for every victim, a panel that meets, time of psychologists: sections 5 and 6.",
            "hours of work assumed, with sources",
        ),
        (
            "Economics: what does it cost?",
            f"{_money(advice.analysis.per_case)} for each managed case.",
            f"{sum(row.assumed for row in advice.analysis.rows)} of {len(advice.analysis.rows)} prices assumed",
        ),
    )
    return Part(tables=(Table("What is known, and how well (EMMIE)", ("Question", "What is known", "How well"), rows),))


def demand(advice: Advice) -> Part:
    """Return what would come in a year, as ranges, in a sentence each and as a curve of chances."""
    figures = advice.estimate.figures
    rows = tuple(
        (one.what, f"{one.range.middle:,}", f"{one.range.low:,} to {one.range.high:,}", one.because) for one in figures
    )
    caption = f"Expected in {financial_year(advice.made.year)}; the range holds the number nine times in ten"
    years = tuple(
        (
            financial_year(one.year),
            "not known" if one.counted is None else f"{one.counted:,}",
            f"{one.foretold.low:,} to {one.foretold.high:,}" if one.foretold else "",
            one.said_by,
        )
        for one in advice.estimate.recorded
    )
    return Part(
        words=(advice.estimate.practice, *advice.estimate.beyond),
        points=(("Assumed in this plan", *advice.assumed),) if advice.assumed else (),
        tables=(
            Table(caption, ("What", "Expected", "Range", "Where the number comes from"), rows),
            Table("Stalking offences recorded", ("April to March", "Counted", "Foretold (range)", "Given by"), years),
        ),
        figures=(_curve("Chance of at most so many referrals a year", figures[REFERRED].at_most, "referrals a year"),),
    )


def _curve(title: str, at_most: Iterable[float], across: str) -> Drawn:
    return _drawn(title, zip(map(float, at_most), (float(chance) / 100 for chance in CHANCES), strict=True), across)


def _drawn(title: str, points: Iterable[tuple[float, float]], across: str) -> Drawn:
    """Draw the chance of at most so many, with the five chances of its table."""
    points = tuple(points)
    drawn = drawings.lines(title, [drawings.Line("chance", points)], across=across, up=(0.0, 1.0))
    rows = tuple((f"{share:.0%}", f"{number:,.0f}") for number, share in points if round(share * 100) in SHOWN)
    return Drawn(drawn, Table(title, ("Chance", f"At most, {across}"), rows))


#: The chances, in percent, that a table of a curve shows.
SHOWN = (10, 25, 50, 75, 90)


def team(advice: Advice) -> Part:
    """Return the posts by profession, their hours a week, and what use is made of them."""
    found = advice.outlook
    use = tuple(
        (
            str(one.profession.words),
            f"{found.team.of(one.profession):.1f}",
            f"{found.team.of(one.profession) * HOURS_A_WEEK:.0f}",
            f"{one.used:.0%}",
            f"{one.needed:.0%}",
        )
        for one in found.used
    )
    head = ("Profession", "Full-time posts", "Hours a week", "In use", "Needed, were all work done")
    return Part(
        words=(
            _sentence(advice.analysis.team.because),
            f"Whose turn it is: {found.policy.words}.",
            *found.warnings,
        ),
        tables=(Table("The team and its week", head, use),),
    )


def waits(advice: Advice) -> Part:
    """Return how long people would wait at each stage, what breaks first and when, or that demand outgrows the team."""
    found = advice.outlook
    rows = tuple((str(one.stage.words), _days(one.median), _days(one.ninetieth)) for one in found.waits)
    breaks = tuple(f"{one.stage.words}: from month {one.month} on." for one in found.breaks)
    return Part(
        words=tuple(_waiting(advice)),
        points=(("What breaks first", *breaks),) if breaks else (),
        tables=(Table("Working days of waiting", ("Stage", "Half wait at most", "Nine in ten wait at most"), rows),),
    )


def _days(days: float | None) -> str:
    return "the queue never ends" if days is None else f"{days:.1f}" if days < 10 else f"{days:.0f}"


def _waiting(advice: Advice) -> list[str]:
    found = advice.outlook
    if found.unstable:
        return [*found.unstable]
    low, middle, high = found.within_standard
    return [f"{middle:.0%} of people would be assessed within the standard ({low:.0%} to {high:.0%})."]


def effect(advice: Advice) -> Part:
    """Return what management would change here, from the predictive interval; scenarios where no number is carried."""
    tables: tuple[Table, ...] = ()
    if not isinstance(advice.analysis.effect, Known):
        rows = tuple(
            (
                f"{one.of_100} of 100",
                _count(one.spared),
                "none" if one.cost_each is None else _pounds(one.cost_each),
            )
            for one in advice.analysis.scenarios
        )
        head = ("If so many managed cases were spared another act", "Cases spared a year", "Cost of each")
        tables = (Table("Scenarios, not forecasts", head, rows),)
    return Part(words=tuple(_change(advice)), tables=tables)


def _change(advice: Advice) -> list[str]:
    found = advice.analysis.effect
    if isinstance(found, Known):
        spared = advice.analysis.spared
        middle, low, high = found.ratio
        said = [
            f"In a new area the hazard of another act may be multiplied by {low:.2f} to {high:.2f}, middle {middle:.2f} "
            f"({found.source})."
        ]
        return [f"About {_count(spared)} cases a year would be spared another recorded act.", *said] if spared else said
    return ["No number is given for the effect here, only scenarios.", *found.why]


def cost(advice: Advice) -> Part:
    """Return what a year costs, heading by heading, the sum that adds up, and every price with its source."""
    found = advice.analysis
    headings = tuple(
        (one.what, _pounds(one.middle), f"{_pounds(one.low)} to {_pounds(one.high)}") for one in found.headings
    )
    bridge = tuple((one.what, f"{one.change:+,}" if one.change else "", f"{one.total:,}") for one in found.bridge)
    prices = tuple(
        (row.what, f"{row.central:,.6g} {row.unit}", f"{row.low:,.6g} to {row.high:,.6g}", row.said_by or row.source)
        for row in found.rows
    )
    net: tuple[str, ...] = ()
    if found.net is not None and found.chance is not None:
        net = (
            f"Net benefit: {_money(found.net)} a year. The chance that it is more than nothing is {found.chance:.0%}.",
        )
    return Part(
        words=(
            f"A year costs {_money(found.cost)}, the first year {_money(found.first_year)}; a managed case {_money(found.per_case)}. "
            f"Prices of {financial_year(found.price_year)}.",
            *net,
            *found.notes,
        ),
        tables=(
            Table("Cost a year", ("What", "Middle", "Range (9 in 10)"), headings),
            Table(
                "From nothing to the mean of the sum, in pounds (means add up, middles do not)",
                ("Step", "Change", "Then"),
                bridge,
            ),
            Table("Prices and hours", ("What", "Central", "Low to high", "Whose word"), prices),
        ),
        figures=(
            _drawn(
                "Chance that a year costs at most so much",
                ((value / 1000, share) for value, share in found.cost.curve),
                "thousand pounds a year",
            ),
        ),
    )


def timeline(advice: Advice) -> Part:
    """Return what has to stand in each month of the first year."""
    return Part(tables=(Table("The first year", ("When", "What", "Who"), TIMELINE),))


TIMELINE = (
    ("Before month 1", "Sign the data standard and the information-sharing agreement", "All four agencies"),
    ("Before month 1", "Register the question of the evaluation", "Evaluator"),
    ("Months 1 to 3", "Appoint advocates first, then officers, psychologists and outreach workers", "Each agency"),
    ("Month 3", "Begin in one part of the area; record every referral, taken on or not", "Coordinator"),
    (
        "Month 4",
        "First panel sitting; agree safe contact with every victim before anything else",
        "Panel chair, advocates",
    ),
    ("Month 6", "Compare referrals with the range of this plan; widen or hold", "Programme lead"),
    ("Month 9", "Look at waits by stage against the standard; move posts where one breaks", "Coordinator"),
    (
        "Month 12",
        "Freeze the data, review this plan against what was counted, decide on the rest of the area",
        "Commissioner",
    ),
)


def risks(advice: Advice) -> Part:
    """Return what could go wrong here, how it would be seen, and what to do."""
    referred = advice.estimate.figures[REFERRED].range
    rows = [
        (
            f"More referrals than planned: one year in twenty brings over {referred.high:,}",
            "Referrals of each month against the range",
            "Widen step by step; hold new parts of the area back",
        ),
        ("No psychologist can be appointed", "Post open for over 3 months", "Agree sessions with a neighbouring unit first"),
        ("A victim is told too late", "Actions “tell the victim first” that are late", "An advocate for each victim before a case opens"),
        ("Breaches are looked at alone", "Breaches without an assessment the next day", "A breach comes back to the desk at once"),
        ("Recording changes and looks like an effect", "The register of recording rules", "Compare within sites and years only"),
    ]  # fmt: skip
    rows += [(f"{one.stage.words} breaks in month {one.month}", "Backlog of each stage", "Add the post that it waits for") for one in advice.outlook.breaks]  # fmt: skip
    return Part(tables=(Table("Risks", ("What", "How it is seen", "What to do"), tuple(rows)),))


def equality(advice: Advice) -> Part:
    """Return what the public sector equality duty asks of this plan, what is known, and what is not."""
    place = advice.estimate.place
    older = place.residents - place.aged_16_plus()
    return Part(
        words=(
            "The public sector equality duty (Equality Act 2010, section 149) asks whoever decides to look at this before, "
            "and again after a year.",
        ),
        points=(
            ("Known for this place", f"{place.residents:,} residents, {older:,} of them under 16."),
            (
                "Not known here",
                "Who is stalked by sex, age, ethnicity, disability, religion or sexual orientation: recorded crime does not "
                "say it, and who does not report is not counted.",
                "Whether groups wait for different times: no site had enough cases to show it.",
            ),
            (
                "To be done",
                "Ask at referral how a person is referred to and what support they need, and guess neither.",
                "Offer interpreters, easy read, and ways in that need no telephone.",
                "Look each quarter at who is referred, taken on and supported, where groups are large enough to be shown.",
            ),
        ),
    )


def measures(advice: Advice) -> Part:
    """Return the data standard: what every case records from the first day, to be signed by the four agencies."""
    rows = tuple((name.replace("_", " "), meaning) for name, meaning in MEANINGS.items())
    return Part(
        words=("Every referral and case is recorded in these terms from the first day. The extract that the programme compares "
               "is made of them and of nothing else; no name leaves the unit.",),
        tables=(Table("The data standard", ("Column", "Meaning"), rows),),
    )  # fmt: skip


def mind(advice: Advice) -> Part:
    """Return what would make the recommendation another one."""
    said = [
        "A released evaluation whose range for a new area lies on one side of 1, with a certainty of 3 of 4 or more.",
        "Referrals of the first six months outside the range of this plan.",
        "A standard that the team misses for two quarters running.",
    ]
    decision = advice.analysis.decision
    if decision is not None:
        word = "more" if decision.waits else "less"
        said.append(
            f"To wait for one more evaluated site would be worth £{decision.study:,.0f} over {decision.years} years, {word} than "
            f"the £{decision.lost:,.0f} that a year of waiting loses."
        )
    return Part(points=(("It would change with", *said),))


def gaps(advice: Advice) -> Part:
    """Return what is not known."""
    return Part(points=(("Not known", *_unknown(advice)),))


def _unknown(advice: Advice) -> list[str]:
    why = () if isinstance(advice.analysis.effect, Known) else advice.analysis.effect.why
    return [*why, *advice.estimate.gaps]


def back_test(advice: Advice) -> Part:
    """Return how the last year that every force counted would have been foretold, force by force."""
    tried = advice.tried
    rows = tuple(
        (
            advice.names[row.force],
            f"{row.low:,.0f} to {row.high:,.0f}",
            f"{row.counted:,.0f}",
            "yes" if row.held else "no",
        )
        for row in sorted(tried.rows, key=lambda row: (row.held, advice.names[row.force]))
    )
    caption = f"{financial_year(tried.year)}, foretold from the years before it alone"
    return Part(
        words=(
            f"The range held in {tried.held} of {len(tried.rows)} forces ({tried.share:.0%}). It should be nine in ten.",
        ),
        tables=(Table(caption, ("Force", "Foretold (range)", "Counted", "Held"), rows),),
    )


def trace(advice: Advice) -> Part:
    """Return for every number the rows or draws it comes from, the seed and the function."""
    made, analysis = advice.made, advice.analysis
    drawn = f"{len(analysis.draws.cost):,} draws, seed {analysis.draws.seed}"
    rows = [
        ("Recorded offences, referrals, cases, direct work", f"facts of {made.vintage}, seed {made.seed}", "fourfold.rollout.rules.expected"),
        ("Costs, net benefit, worth of knowing", f"{len(analysis.rows)} prices, {drawn}", "fourfold.rollout.economics.analyse"),
        ("Strength", "certainty, sites, range, team", "fourfold.rollout.advice.strength.graded"),
        ("Back-test", f"counts to {financial_year(advice.tried.year)}, seed {made.seed}", "fourfold.rollout.demand.back_test"),
    ]  # fmt: skip
    rows.insert(1, ("Waits, use, backlog", f"{advice.outlook.draws:,} draws, seed {advice.outlook.seed}, {advice.outlook.events:,} events", "fourfold.rollout.capacity.outlook"))  # fmt: skip
    return Part(
        words=(
            f"Made with release {made.release}, facts with the hash {made.facts_sha256[:12]} of {made.vintage}. The same plan "
            "gives the same numbers again.",
            *advice.estimate.evidence,
        ),
        points=(("History of the plan", *advice.history),) if advice.history else (),
        tables=(Table("Where each number comes from", ("Number", "Rows or draws", "Function"), tuple(rows)),),
    )


def _team_words(advice: Advice) -> str:
    found = advice.outlook
    return (
        ", ".join(f"{found.team.of(one.profession):.1f} {str(one.profession.words).lower()}" for one in found.used)
        + "."
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}".rstrip(".") + "."


def _figure_words(what: str, one: Range) -> str:
    return f"{what}: about {one.middle:,}, between {one.low:,} and {one.high:,} a year."


def _money(one: Quantity) -> str:
    return f"{_pounds(one.middle)} ({_pounds(one.low)} to {_pounds(one.high)})"


def _pounds(value: float) -> str:
    """Round to what a range of prices deserves: thousands from 100,000 on, tens below."""
    step = 1000 if abs(value) >= 100_000 else 10
    rounded = round(value / step) * step
    return f"−£{abs(rounded):,}" if rounded < 0 else f"£{rounded:,}"


def _count(one: Quantity) -> str:
    return f"{one.middle:,.0f} ({one.low:,.0f} to {one.high:,.0f})"


SECTIONS: tuple[tuple[str, Callable[[Advice], Part]], ...] = (
    ("The plan on one page", one_page),
    ("What we recommend, and how strongly", recommendation),
    ("What is known: effect, mechanism, moderators, implementation, economics", grid),
    ("What would come", demand),
    ("Team and week", team),
    ("How long people would wait", waits),
    ("What it would change", effect),
    ("What it would cost", cost),
    ("The first year", timeline),
    ("Risks, and what to do about them", risks),
    ("Equality", equality),
    ("What to measure from the first day", measures),
    ("What would change our mind", mind),
    ("What nobody knows", gaps),
    ("How well a known year was foretold", back_test),
    ("Where every number comes from", trace),
)
