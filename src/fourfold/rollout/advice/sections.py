"""The document: its sections in their order, the page that stands first, the recommendation, and the grid of what is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fourfold.evaluation.report.terms import Part, Table
from fourfold.rollout.advice import figures, practice
from fourfold.rollout.advice.strength import Strength
from fourfold.rollout.advice.values import (
    Advice,
    change_words,
    decided_words,
    figure_words,
    money,
    team_words,
    unknown,
    waiting_words,
)
from fourfold.words import financial_year


def parts(advice: Advice) -> tuple[Part, ...]:
    """Return the sections in their order, numbered."""
    return tuple(
        replace(make(advice), number=number, title=title) for number, (title, make) in enumerate(SECTIONS, start=1)
    )


def one_page(advice: Advice) -> Part:
    """Say on one page what would come, whom it needs, what it changes and costs, and what is recommended."""
    expected, cost = advice.estimate.figures, advice.analysis.cost
    return Part(
        words=(
            f"{advice.strength.words}. {advice.strength.means}",
            *(decided_words(advice, most=250) if advice.changed else ()),
        ),
        points=(
            ("What would come", *(figure_words(one.what, one.range) for one in expected[:3])),
            ("Whom it needs", team_words(advice)),
            ("How long people would wait", *waiting_words(advice)[:2]),
            ("What it would change", *change_words(advice)[:2]),
            (
                "What it would cost",
                f"{money(cost)} a year, in prices of {financial_year(advice.analysis.price_year)}.",
                *advice.net,
            ),
            ("On what conditions", *advice.outlook.mends, advice.estimate.conditions[2], advice.estimate.conditions[1]),
            ("What we do not know", *unknown(advice)[:2]),
        ),
    )


def recommendation(advice: Advice) -> Part:
    """Say the strength, the rule's grounds, and who confirmed or changed it."""
    return Part(
        words=tuple(decided_words(advice)),
        points=(
            ("Why the rule says so", *advice.graded.because),
            ("What the words mean", *(f"{each.words}. {each.means}" for each in Strength)),
            ("Conditions", *advice.outlook.mends, *advice.estimate.conditions),
        ),
    )


def grid(advice: Advice) -> Part:
    """Return what is known of effect, mechanism, moderators, implementation and economics, with how good it is."""
    found = advice.evidence
    effect = found.seen if found else "Not known: no computed evaluation stands behind this plan."
    quality = f"{found.certainty} of 4" if found else "none"
    rows = (
        ("Effect: does it work?", effect, quality),
        (
            "Mechanism: how does it work?",
            "Four professions assess and act together, an advocate stands by the victim. Which of these does it was not compared.",
            "a theory, not tested",
        ),
        (
            "Moderators: for whom, and where?",
            f"{found.sites} sites are too few to say why they differ." if found else "Not known, for the same reason.",
            f"{found.sites} sites" if found else "none",
        ),
        (
            "Implementation: what does it take?",
            "An advocate for every victim, a panel that meets, time of psychologists: sections 5 and 6.",
            "hours of work assumed, with sources",
        ),
        (
            "Economics: what does it cost?",
            f"{money(advice.analysis.per_case)} for each managed case.",
            f"{sum(row.assumed for row in advice.analysis.rows)} of {len(advice.analysis.rows)} prices assumed in whole or in part",
        ),
    )
    return Part(tables=(Table("What is known, and how well (EMMIE)", ("Question", "What is known", "How well"), rows),))


SECTIONS: tuple[tuple[str, Callable[[Advice], Part]], ...] = (
    ("The plan on one page", one_page),
    ("What we recommend, and how strongly", recommendation),
    ("What is known: effect, mechanism, moderators, implementation, economics", grid),
    ("What would come", figures.demand),
    ("Team and rota", figures.team),
    ("How long people would wait", figures.waits),
    ("What it would change", figures.effect),
    ("What it would cost", figures.cost),
    ("The first year", practice.timeline),
    ("Risks, and what to do about them", practice.risks),
    ("Equality", practice.equality),
    ("What to measure from the first day", practice.measures),
    ("What would change our mind", practice.mind),
    ("What nobody knows", practice.gaps),
    ("How well a known year was foretold", practice.back_test),
    ("Where every number comes from", practice.trace),
)
