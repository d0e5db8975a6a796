"""The document's sections on doing it: the first year, risks, equality, what to measure, and what nobody knows."""

from __future__ import annotations

from fourfold.evaluation.report.terms import Part, Table
from fourfold.evaluation.terms import MEANINGS
from fourfold.rollout.advice.figures import REFERRED
from fourfold.rollout.advice.values import Advice, unknown
from fourfold.rollout.capacity.terms import Stage
from fourfold.rollout.economics.saying import knowing
from fourfold.words import financial_year


def timeline(advice: Advice) -> Part:
    """Return what has to stand in each month of the first year."""
    return Part(tables=(Table("Step by step", ("When", "What", "Who"), TIMELINE),))


TIMELINE = (
    ("Before month 1", "Sign the data standard and the information-sharing agreement", "All four agencies"),
    ("Before month 1", "Register the question of the evaluation", "Evaluator"),
    ("Months 1 to 3", "Appoint advocates first, then officers, psychologists and outreach workers", "Each agency"),
    ("Month 3", "Begin in one part of the area; record every referral, taken on or not", "Coordinator"),
    ("Month 4", "First panel sitting; before it, agree safe contact with every victim", "Panel chair, advocates"),
    ("Month 6", "Compare referrals with the range of this plan; widen or hold", "Programme lead"),
    ("Month 9", "Look at waits by stage against the standard; move posts where one breaks", "Coordinator"),
    ("Month 12", "Freeze the data, hold this plan against the counts, decide on the rest of the area", "Commissioner"),
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
    rows += [
        (
            f"{one.stage.words}: in month {one.month} over 20 working days of work lie waiting",
            "Backlog of each stage",
            "Sit more often, or hear more at a sitting" if one.stage is Stage.PANEL else "Add posts of who does it",
        )
        for one in advice.outlook.breaks
    ]
    return Part(tables=(Table("What could go wrong", ("What", "How it is seen", "What to do"), tuple(rows)),))


def equality(advice: Advice) -> Part:
    """Return what the public sector equality duty asks of this plan, what is known, and what is not."""
    place = advice.estimate.place
    older = place.residents - place.aged_16_plus()
    return Part(
        words=(
            "The public sector equality duty (Equality Act 2010, section 149) asks whoever decides to have due regard to this "
            "before the decision, and for as long as the unit works. This plan looks at it again after a year.",
        ),
        points=(
            ("Known for this place", f"{place.residents:,} residents, {older:,} of them under 16."),
            (
                "Not known here",
                "Who is stalked by sex, age, ethnicity, disability, religion or sexual orientation: recorded crime does not "
                "say it, and who does not report is not counted.",
                "Whether some groups would wait longer than others: it was not worked out.",
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
        "A released evaluation whose range for a new area lies wholly below or wholly above 1 (no difference), with a certainty of 3 of 4 or more.",
        "Referrals of the first six months outside the range of this plan.",
        "A standard that the team misses for two quarters running.",
    ]
    decision = advice.analysis.decision
    if decision is not None:
        said.append(knowing(decision, advice.analysis.perfect or 0.0))
    return Part(points=(("It would change with", *said),))


def gaps(advice: Advice) -> Part:
    """Return what is not known."""
    return Part(points=(("Not known", *unknown(advice)),))


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
        ("Recorded offences, referrals, cases, direct work", f"facts of {made.vintage}, seed {made.seed}", "rules.expected"),
        ("Offences of each year, residents", f"rows of offences.csv and districts.csv, seed {made.seed}", "demand.foretell"),
        ("Posts", f"{advice.outlook.draws:,} draws, seed {advice.outlook.seed}; or the plan’s site model", "advice.run.team_for"),
        ("The rota", "posts, leave, sickness, sittings and caseloads as assumed", "advice.rota.rota"),
        ("Costs, net benefit, worth of knowing", f"{len(analysis.rows)} prices, {drawn}", "economics.analysis.analyse"),
        ("Strength", "certainty, sites, range, team", "advice.strength.graded"),
        ("Back-test", f"counts to {financial_year(advice.tried.year)}, seed {made.seed}", "demand.back_test"),
    ]  # fmt: skip
    rows.insert(1, ("Waits, use, backlog", f"{advice.outlook.draws:,} draws, seed {advice.outlook.seed}, {advice.outlook.events:,} events", "capacity.questions.outlook"))  # fmt: skip
    return Part(
        words=(
            f"Made with release {made.release}, facts with the hash {made.facts_sha256[:12]} of {made.vintage}. The same plan "
            "gives the same numbers again.",
            *advice.estimate.evidence,
        ),
        points=(("History of the plan", *advice.history),) if advice.history else (),
        tables=(
            Table(
                "Where each number comes from", ("Number", "Rows or draws", "Function in fourfold.rollout"), tuple(rows)
            ),
        ),
    )
