"""What a recommendation is computed from, as a file: whoever has it makes the same documents again, to the same bytes."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from importlib.metadata import version

from pydantic import TypeAdapter, ValidationError

from fourfold.rollout import costing, facts, queries, rules, worked_out
from fourfold.rollout.advice.rota import absent, rota
from fourfold.rollout.advice.strength import Graded, Grounds, graded
from fourfold.rollout.advice.values import Advice, Decided, Made
from fourfold.rollout.capacity import questions
from fourfold.rollout.capacity.assumptions import Minutes
from fourfold.rollout.capacity.network import ready
from fourfold.rollout.capacity.play import ENGINE
from fourfold.rollout.capacity.terms import Assumed, Demand, Outlook, Policy, Profession, Standard, TeamRefused
from fourfold.rollout.capacity.unit import Unit
from fourfold.rollout.economics import effects
from fourfold.rollout.economics.terms import Change, Known, Team, Unknown
from fourfold.rollout.site_models import OWN, OwnModel
from fourfold.rollout.terms import Counted, Evidence, Place, UnknownArea
from fourfold.rollout.worked_out import Told, ToWorkOut
from fourfold.words import Word, financial_year, sentence

NOTHING_RELEASED = effects.known(None)


@dataclass(frozen=True)
class Run:
    """A place, a year, what is assumed, what was given and released, and what a person decided; with when and by what."""

    area: str
    districts: tuple[str, ...]
    year: int
    made: Made
    assumed: Mapping[str, int] = field(default_factory=dict)
    counts: tuple[Counted, ...] = ()
    prices: tuple[Change, ...] = ()
    effect: Known | Unknown = NOTHING_RELEASED
    minutes: tuple[Minutes, ...] = ()
    seen: Evidence | None = None
    history: tuple[str, ...] = ()
    decided: Decided | None = None
    own: OwnModel | None = None

    @property
    def standard(self) -> Standard:
        """Give what is asked of the team: by the site model of the plan, or as it is asked where there is none."""
        return self.own.standard if self.own else Standard()

    @property
    def place(self) -> Place:
        """Give the place as the facts have it; raises UnknownArea."""
        return facts.area(self.area) if self.area else facts.place(self.districts)

    @property
    def digest(self) -> int:
        """Give by what a reader knows whether anything but the moment has changed since: 48 bits of a hash."""
        same = RUN.dump_json(replace(self, made=replace(self.made, made_at=datetime(2000, 1, 1, tzinfo=UTC))))
        return int(hashlib.sha256(same).hexdigest()[:12], 16)


class RunRefused(ValueError):
    """A file that is no run, or one that was made otherwise than this release makes it."""


RUN = TypeAdapter(Run)


def made(year: int, at: datetime) -> Made:
    """Return by what a run that begins now is made."""
    return Made(year, version("fourfold"), facts.sha256(), facts.VINTAGE, rules.SEED, at, ENGINE)


def read(text: str) -> Run:
    """Read the run that stands in the JSON of a recommendation. Raises RunRefused where it cannot be made again as it was."""
    try:
        run = TypeAdapter(dict[str, object]).validate_json(text).get("run", {})
        found = RUN.validate_python(run, strict=False)
        place = found.place
        if found.districts and facts.place(found.districts).districts != place.districts:
            raise UnknownArea(sentence("{1} is not made of the districts that stand beside it.", place.name))
        if not rules.RULE_OF_2020 <= found.year <= found.made.made_at.year + rules.FURTHEST:
            raise UnknownArea(sentence("Nothing is foretold for {1}.", financial_year(found.year)))
    except (ValidationError, UnknownArea) as why:
        raise RunRefused(sentence("This is not the JSON of a recommendation: {1}", _first(why))) from None
    if unknown := sorted(set(found.assumed) - set(rules.ASSUMPTIONS)):
        raise RunRefused(
            sentence("Release {1} assumed {2}, which is not used any more.", found.made.release, ", ".join(unknown))
        )
    by = place.name, found.made.release
    if found.made.facts_sha256 != facts.sha256():
        raise RunRefused(
            sentence(
                "The plan for {1} was made by release {2} with other facts. Make a new one with the facts of today.",
                *by,
            )
        )
    if found.made.engine != ENGINE:
        raise RunRefused(
            sentence("The plan for {1} was made by release {2}, which drew chance otherwise. Make a new one with this release.", *by)
        )  # fmt: skip
    return found


def _first(why: ValidationError | UnknownArea) -> str:
    """Return what is wrong first, with the place where it stands in the file."""
    if isinstance(why, UnknownArea):
        return str(why)
    first = why.errors()[0]
    place = ", ".join(map(str, ("run", *first["loc"]))) if why.title == "Run" else "the file"
    return f"{place}: {first['msg']}"


def advice(run: Run) -> Advice:
    """Return everything that the documents of a run say. No statement; some seconds."""
    expected = queries.expected(run.place, run.year, assumed=run.assumed, given=run.counts)
    outlook, because = team_for(run)
    unit, came = asked_of(run)
    posts = {name: outlook.team.of(profession) for name, profession in POSTS.items()}
    cost = costing.computed(
        run.place, expected, effect=run.effect, changes=run.prices, team=Team(posts, because, carried(outlook))
    )
    return Advice(
        estimate=queries.estimated(run.place, run.assumed, run.year, given=run.counts, seen=run.seen),
        evidence=run.seen,
        analysis=cost.found,
        outlook=outlook,
        standard=run.standard,
        graded=rule_for(run),
        tried=queries.back_test(),
        names={code: area.name for code, area in facts.areas().items()},
        made=run.made,
        decided=run.decided,
        assumed=tuple(f"{rules.ASSUMPTIONS[key].words}: {number:,}" for key, number in run.assumed.items()),
        history=run.history,
        absent=absent(unit),
        rota=rota(unit, came, outlook),
        run=RUN.dump_python(run, mode="json"),
    )


def carried(outlook: Outlook) -> float:
    """Return the share of the work that a team does: all of it, or what the profession does that has most too much.

    Of the cases that a panel must hear first, no more are managed than it can hear, however many posts there are.
    """
    done = min([1.0, *(1 / one.needed for one in outlook.used if one.needed > 1)]) if outlook.unstable else 1.0
    return done * (1 - outlook.sent) + min(done, outlook.heard) * outlook.sent


#: The professions as the price list calls them.
POSTS = {
    "police": Profession.OFFICERS,
    "psychology": Profession.PSYCHOLOGISTS,
    "outreach": Profession.OUTREACH,
    "advocacy": Profession.ADVOCATES,
}
#: As which of the programme's sites a new unit works, and whose turn it is there, unless somebody says otherwise.
MODEL, POLICY = "cheshire", Policy.HIGHEST_FIRST


Chosen = tuple[Outlook, str]
#: By what the team of a run is kept.
TEAM = ("team",)
#: The engine is made ready, the team is looked for, and its two years are played.
STEPS = 3


def team_for(run: Run) -> Chosen:
    """Return the team of the plan's site model, or else the cheapest that meets the standard; what two years of it come to, and why it
    is that team."""
    return _team_for(_Asked.of(run))


def team_sought(run: Run) -> Chosen | ToWorkOut[Chosen]:
    """Return the same, or how to look for it: a quarter of a minute where the engine must be compiled first. Raises TeamRefused."""
    asked = _Asked.of(run)
    (unit, came), own = asked.played(), asked.model()
    TeamRefused.refuse(questions.refused(unit, own.team, came) if own else questions.demand_refused(came))
    return worked_out.sought(partial(_looked_for, asked), *TEAM, asked)


def asked_of(run: Run) -> tuple[Unit, Demand]:
    """Return the unit and the demands for which the team is looked for."""
    return _Asked.of(run).played()


@dataclass(frozen=True)
class _Asked:
    """What a team depends on: all of a run that moves it, and nothing else."""

    place: Place
    year: int
    assumed: tuple[tuple[str, int], ...]
    counts: tuple[Counted, ...]
    minutes: tuple[Minutes, ...]
    prices: tuple[Change, ...]
    own: str

    @classmethod
    def of(cls, run: Run) -> _Asked:
        own = OWN.dump_json(run.own).decode() if run.own else ""
        return cls(run.place, run.year, tuple(sorted(run.assumed.items())), run.counts, run.minutes, run.prices, own)

    def played(self) -> tuple[Unit, Demand]:
        own, assumed = self.model(), dict(self.assumed)
        site, policy = (own.begun_from.value, own.policy) if own else (MODEL, POLICY)
        begun = queries.unit(site, policy, minutes=self.minutes, changes=self.prices)
        unit = _assuming(own.unit(begun) if own else begun, assumed)
        came = queries.demand_in(queries.expected(self.place, self.year, assumed=assumed, given=self.counts), self.year)
        return unit, came

    def model(self) -> OwnModel | None:
        return OWN.validate_json(self.own, strict=False) if self.own else None


def _assuming(unit: Unit, assumed: Mapping[str, int]) -> Unit:
    """Return a unit that takes on, and treats, as many as the plan says: the team is asked to do that work."""
    taken = assumed["taken_on"] / 100 if "taken_on" in assumed else unit.of("taken on")
    said = {"taken on": Assumed(taken, "of referrals", IN_PLAN)} if "taken_on" in assumed else {}
    if "direct_work" in assumed:
        said["in therapy"] = Assumed(min(assumed["direct_work"] / 100 / taken, 1.0), "of cases taken on", IN_PLAN)
    return replace(unit, assumed={**unit.assumed, **said})


IN_PLAN = Word("assumed in this plan")


@lru_cache(maxsize=8)
def _team_for(asked_of: _Asked) -> Chosen:
    there: Chosen | None = worked_out.found(*TEAM, asked_of)
    return there or _looked_for(asked_of, lambda *_: None)


def _looked_for(asked_of: _Asked, told: Told) -> Chosen:
    told(0, STEPS)
    unit, demand = asked_of.played()
    ready()
    told(1, STEPS)
    if own := asked_of.model():
        because = sentence("the team of the site model {1}", own.called)
        return questions.outlook(unit, own.team, demand, standard=own.standard), because
    standard = Standard()
    cheapest = questions.needed(unit, demand, standard=standard).cheapest
    told(2, STEPS)
    team = cheapest.team if cheapest else questions.suggested(unit, demand)
    asked = sentence(
        "assesses {1}% within {2} working days of referral from month {3} on",
        round(standard.share * 100), standard.within_days, standard.from_month,
    )  # fmt: skip
    because = (
        sentence("the cheapest team that {1}", asked) if cheapest else sentence("no team was found that {1}", asked)
    )
    return questions.outlook(unit, team, demand, standard=standard), because


def rule_for(run: Run) -> Graded:
    """Return what the written rule says of what is known of the effect, and of whether a team can be had that does the work."""
    outlook, _ = team_for(run)
    in_time = outlook.within_standard
    enough = in_time is not None and in_time[1] >= run.standard.share
    feasible = enough and not outlook.unstable
    lacking = tuple(lacks(outlook, run.standard))
    if not isinstance(run.effect, Known):
        return graded(Grounds(None, 0, None, feasible, lacking))
    return graded(Grounds(run.effect.certainty, len(run.effect.log_ratios), run.effect.ratio, feasible, lacking))


def lacks(outlook: Outlook, standard: Standard) -> Iterator[str]:
    """Yield what stands in the way of doing what is planned, and the change that makes it feasible; nothing where it is."""
    in_time, share = outlook.within_standard, round(100 * standard.share)
    short = in_time is None or in_time[1] < standard.share
    if in_time is not None and short:
        yield sentence("{1}% would be assessed in time, and {2}% are asked for.", math.floor(100 * in_time[1]), share)
    if not outlook.mends:
        return
    alone = len(outlook.mends) == 1 and not short
    yield ONE_CHANGE if alone else CHANGES
    yield from outlook.mends


ONE_CHANGE = Word("One change makes it feasible, in three of four possible demands:")
CHANGES = Word("So that no queue grows without end in three of four possible demands, each of these is needed:")
