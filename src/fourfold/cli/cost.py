"""fourfold rollout cost: what a unit would cost an area, what it would change, and whether that is worth it."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fourfold.cli.console import CANNOT, now, stop
from fourfold.cli.patience import busy

if TYPE_CHECKING:
    from fourfold.evaluation.report.reading import ReleasedEffect
    from fourfold.rollout.economics.terms import Change, Known, Team, Unknown


def cost(  # noqa: PLR0917 -- a command is its options
    area: Annotated[str, typer.Option(help="A police force area, by its name or code.")],
    year: Annotated[int, typer.Option(help="April of this year to March; 0 takes the year that runs.")] = 0,
    budget: Annotated[float | None, typer.Option(help="Pounds a year: how likely the cost keeps within them.")] = None,
    team: Annotated[str, typer.Option(help="Posts by profession, such as police=4,psychology=2,advocacy=3.")] = "",
    changed: Annotated[
        list[str] | None,
        typer.Option("--set", help="A row of the price list: row=low,central,high@2024 by who. May be given again."),
    ] = None,
    evaluation: Annotated[Path | None, typer.Option(help="The numbers (JSON) of a released evaluation.")] = None,
    plan: Annotated[Path | None, typer.Option(help="The plan that it was registered with, a TOML file.")] = None,
    draws: Annotated[int, typer.Option(help="Draws of the probabilistic analysis.")] = 1_000,
    as_json: Annotated[bool, typer.Option("--json", help="Print every number as JSON.")] = False,
) -> None:
    """Print what a unit would cost an area and change there. Reads shipped facts and the files named, no database."""
    from fourfold.rollout import costing, facts, queries, rules
    from fourfold.rollout.economics import saying
    from fourfold.rollout.economics.terms import CostRefused
    from fourfold.rollout.terms import UnknownArea

    year = year or queries.financial_year_of(now())
    if not rules.RULE_OF_2020 <= year <= queries.financial_year_of(now()) + rules.FURTHEST:
        stop(f"Give a year from {rules.RULE_OF_2020} to {rules.FURTHEST} years from now.", CANNOT)
    try:
        place = facts.named(area)
        with busy("Computing"):
            found = costing.computed(
                place, queries.expected(place, year), effect=_effect(evaluation, plan),
                changes=[_change(text) for text in changed or ()], team=_team(team), budget=budget, draws=draws,
            )  # fmt: skip
    except (UnknownArea, CostRefused) as why:
        stop(str(why), CANNOT)
    if as_json:
        typer.echo(json.dumps(_told(found, year), ensure_ascii=False, indent=1))
        return
    lines = [found.place.name, *saying.answer(found.found)]
    if found.within is not None and budget is not None:
        lines.append(costing.budget_said(found.within, budget))
    for steps in filter(None, (found.found.bridge, found.moved)):
        lines.append(f"{steps[0].what}: {saying.whole_pounds(steps[0].total)}")
        lines += [
            f"  {one.what}: {saying.step_in_pounds(one.change)}, then {saying.whole_pounds(one.total)}"
            for one in steps[1:]
        ]
    typer.echo("\n".join([*lines, *saying.assumed(found.found)]))


def _effect(evaluation: Path | None, plan: Path | None) -> Known | Unknown:
    """Read the effect from a released report's numbers and its plan; without them nothing is known."""
    from fourfold.evaluation.terms import PlanChanged
    from fourfold.rollout.economics import effects

    if evaluation is None:
        return effects.known(
            None, refused="No evaluation was named. Give its numbers with --evaluation, and its --plan."
        )
    if plan is None:
        stop("Give the plan that the evaluation was registered with too: --plan and its file.", CANNOT)
    try:
        return effects.known(released(evaluation, plan))
    except PlanChanged as why:
        return effects.known(None, refused=str(why))


def released(evaluation: Path, plan: Path) -> ReleasedEffect:
    """Read a released report's numbers by the plan of a file. Raises PlanChanged where that is not the plan that made it."""
    from fourfold.evaluation import plans
    from fourfold.evaluation.report.reading import read_effect
    from fourfold.evaluation.terms import PlanRefused

    try:
        read = plans.read_plan(plan.read_text(encoding="utf-8"))
        numbers = evaluation.read_text(encoding="utf-8")
        told = json.loads(numbers)
        if not (isinstance(told, dict) and told.get("plan_sha256") and "numbers" in told):
            stop(f"The evaluation cannot be read: {evaluation} is not the numbers of a released report.", CANNOT)
        return read_effect(numbers, plan=read, plan_sha256=plans.plan_hash(read))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, PlanRefused, KeyError) as why:
        stop(f"The evaluation or its plan cannot be read: {why}", CANNOT)


def _team(text: str) -> Team | None:
    from fourfold.rollout.economics.terms import CostRefused, Team

    if not text:
        return None
    try:
        posts = {name.strip(): float(count) for name, count in (one.split("=") for one in text.split(","))}
    except ValueError:
        raise CostRefused("team", "Give posts by profession, such as police=4,psychology=2,advocacy=3") from None
    return Team(posts, "as given on the command line")


def _change(text: str) -> Change:
    """Read "premises=3000,6000,9000@2024 by the landlord"."""
    from fourfold.rollout.economics import costs
    from fourfold.rollout.economics.terms import CostDraft, CostRefused

    figures, _, who = text.partition(" by ")
    code, _, rest = figures.partition("=")
    ends, _, year = rest.partition("@")
    values = ends.split(",")
    if len(values) != 3 or (year and not re.fullmatch(r"[0-9]{4}", year.strip())):
        raise CostRefused("set", "Give a row as in premises=3000,6000,9000@2024 by the landlord")
    draft = CostDraft(values[0], values[1], values[2], int(year) if year else None, who)
    return costs.change_of(code.strip(), draft)


def _told(found: Any, year: int) -> dict[str, Any]:
    from fourfold.rollout import facts
    from fourfold.rollout.economics import saying
    from fourfold.words import financial_year

    one = found.found
    told: dict[str, Any] = asdict(replace(one, draws=None))
    told.pop("draws")
    return {
        "place": found.place.name, "year": financial_year(year), "vintage": facts.VINTAGE, "seed": one.draws.seed,
        "draws": len(one.draws.cost), "within_budget": found.within, "moved": [asdict(step) for step in found.moved],
        "answer": saying.answer(one), "rests_on": saying.assumed(one), **told,
    }  # fmt: skip
