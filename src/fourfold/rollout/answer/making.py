"""The whole answer of a run: what takes seconds to play, worked out once for the same inputs and told of on the way."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from fourfold.rollout import costing, facts, queries
from fourfold.rollout.advice import run as runs
from fourfold.rollout.advice.run import Run
from fourfold.rollout.answer import cost, demand, team
from fourfold.rollout.answer.terms import Answer, Section
from fourfold.rollout.capacity.terms import Outlook, TeamRefused
from fourfold.rollout.economics.analysis import NOTES
from fourfold.rollout.economics.terms import CostRefused, Team, Unknown
from fourfold.rollout.worked_out import Told, ToWorkOut, sought
from fourfold.words import Word, sentence

#: The team is looked for, four professions are played, and the costs are drawn.
STEPS = 7
#: The numbers that an answer may have: nothing is worked out for any other.
KEYS = team.KEYS | cost.KEYS


def what_comes(run: Run) -> Section:
    """Return what would come: at once, nothing is played for it."""
    return demand.section(
        queries.estimated(run.place, run.assumed, run.year, given=run.counts, seen=run.seen),
        queries.expected(run.place, run.year, assumed=run.assumed, given=run.counts),
        demand=queries.demanded_in(run.year, run.counts),
        units=facts.UNITS,
        assumed=run.assumed,
    )


def rest(run: Run) -> Answer | ToWorkOut[Answer]:
    """Return the rest of the answer, or how to work it out."""
    return sought(partial(_worked_out, run), "answer", _moving(run).digest)


def _moving(run: Run) -> Run:
    """Leave out what moves no number: who saved what and why, the order of what is assumed, the districts of a whole area.

    What was looked at before it was saved, and the page of the area where nothing is assumed, are worked out once.
    """
    assumed, districts = dict(sorted(run.assumed.items())), () if run.area else run.districts
    return replace(run, history=(), decided=None, assumed=assumed, districts=districts)


def _worked_out(run: Run, told: Told) -> Answer:
    told(0, STEPS)
    try:
        return _played(run, told)
    except TeamRefused as why:
        return Answer((), unknown=(sentence("No team can be worked out for this plan: {1}", str(why)), NO_TEAM))


NO_TEAM = Word(
    "How long people would wait, what the unit would change and what it would cost: each is worked out from a team."
)


def _played(run: Run, told: Told) -> Answer:
    team_of = runs.team_sought(run)
    outlook, because = team_of.work_out(lambda *_: None) if isinstance(team_of, ToWorkOut) else team_of
    told(1, STEPS)
    unit, came = runs.asked_of(run)
    posts = team.posts(unit, came, outlook, because)
    played = list(team.played(unit, came, outlook.team, lambda step, _: told(step + 1, STEPS), run.standard))
    waits = *team.waits(played, outlook, standard=run.standard), team.use_of_time(played, unit, came, outlook)
    told(STEPS - 1, STEPS)
    rule = runs.rule_for(run)
    strength = (sentence("The written rule gives: {1}. {2}", rule.strength.words, rule.strength.means), *rule.because)
    try:
        costs = _costs(run, outlook, because)
    except CostRefused as why:
        said = sentence("What the unit would change and what it would cost cannot be worked out: {1}", str(why))
        return Answer((posts, *waits), strength, (said, *unknown(run)))
    return Answer(
        (posts, *waits, costs.effect(), costs.cost(), *costs.knowing()),
        strength,
        unknown=(
            *(run.effect.why if isinstance(run.effect, Unknown) else ()),
            *(one for one in costs.found.notes if one is not NOTES[-1]),
            *unknown(run),
        ),
    )


def _costs(run: Run, outlook: Outlook, because: str) -> cost.Costs:
    """Return what the team of a run costs and changes; raises CostRefused."""
    expected = queries.expected(run.place, run.year, assumed=run.assumed, given=run.counts)
    paid = Team({name: outlook.team.of(each) for name, each in runs.POSTS.items()}, because, runs.carried(outlook))
    analysed = costing.computed(run.place, expected, effect=run.effect, changes=run.prices, team=paid).found
    return cost.Costs(analysed, expected)


def unknown(run: Run) -> tuple[str, ...]:
    """Return what nobody knows of the team; what the notes of the costs say of posts that nobody gave is not said: these were played."""
    if run.own is None:
        return NOT_HELD, AS_IN_CHESHIRE
    return NOT_HELD, sentence("Whether the unit would work as the site model {1} says: it is a plan.", run.own.called)


NOT_HELD = Word("Whether so many posts do this work: they have not been held against a unit’s own records yet.")
AS_IN_CHESHIRE = Word(
    "Which way of working suits the area: the unit is played as the one in Cheshire, the highest level first. The page of the team "
    "plays the others, and a plan may have a site model of its own."
)
