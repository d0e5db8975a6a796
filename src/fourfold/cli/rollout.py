"""fourfold rollout: what an area should expect, how well a known year was foretold, and what a team can carry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from statistics import mean
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from fourfold.cli.console import CANNOT, Commands, begin, now, stop
from fourfold.cli.cost import cost, released
from fourfold.cli.patience import busy
from fourfold.cli.rollout_order import order
from fourfold.gateways import private
from fourfold.rollout.capacity.terms import Needed, Outlook, Policy, Profession

if TYPE_CHECKING:
    from fourfold.rollout.advice.run import Run
    from fourfold.rollout.economics.terms import Known, Unknown
    from fourfold.rollout.site_models import OwnModel
    from fourfold.rollout.terms import Evidence, Place

    Evaluated = tuple[Known | Unknown, Evidence | None]

app = Commands(help="What another force area should expect, need and risk.", invoke_without_command=True)
app.command("cost")(cost)
app.command("order")(order)


@app.callback()
def expect(  # noqa: PLR0917 -- a command is its options
    context: typer.Context,
    area: Annotated[str, typer.Option(help="A police force area, by its name or code.")] = "",
    district: Annotated[list[str] | None, typer.Option(help="A district's code; may be given again.")] = None,
    year: Annotated[int, typer.Option(help="April of this year to March; 0 takes the year that runs.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print every number as JSON.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write the recommendation to this folder: HTML, PDF, DOCX, JSON.")
    ] = None,
    plan: Annotated[Path | None, typer.Option(help="The JSON of a recommendation, to be made again as it was.")] = None,
    site_model: Annotated[
        Path | None, typer.Option(help="The file of a site model of your own, whose unit the recommendation is for.")
    ] = None,
    evaluation: Annotated[
        Path | None,
        typer.Option(help="The numbers (JSON) of a released evaluation, for what was seen and may be expected."),
    ] = None,
    registered: Annotated[
        Path | None, typer.Option(help="The plan that the evaluation was registered with, a TOML file.")
    ] = None,
) -> None:
    """Print what an area, or districts together, should expect in a year. Reads shipped facts and the files named, no database."""
    if context.invoked_subcommand is not None:
        return
    begin()
    _refuse(site_model, evaluation, registered, out=out, plan=plan)
    if plan is not None:
        _write_again(plan, out, _place(area, district) if area or district else None, year)
        return
    place, year = _place(area, district), _year(year)
    evaluated = _evaluated(evaluation, registered)
    if out is not None:
        _write(place, year, out, _own(site_model), evaluated)
    _print(place, year, evaluated[1], as_json=as_json)


def _place(area: str, district: list[str] | None) -> Place:
    """Return the place that was named; stop where there is none, or two were named."""
    from fourfold.rollout import facts
    from fourfold.rollout.terms import PlaceRefused, UnknownArea

    if bool(area) == bool(district):
        stop(
            "Say for which area: --area and a name, or --district and a code, as often as there are districts.", CANNOT
        )
    try:
        return facts.chosen([], district) if district else facts.named(area)
    except (UnknownArea, PlaceRefused) as why:
        stop(str(why), CANNOT)


def _print(place: Place, year: int, seen: Evidence | None, *, as_json: bool) -> None:
    """Print what a place should expect in a year."""
    from fourfold.rollout import facts, queries, rules
    from fourfold.words import financial_year

    with busy("Foretelling"):
        found = rules.estimate(
            place,
            demand=rules.Demand(year, *queries.foretold_with((), year)),
            units=facts.UNITS,
            areas=[facts.areas()[code] for code in place.areas],
            evidence=seen,
        )
    if as_json:
        told = {"place": place.name, "year": financial_year(year), "districts": [one.code for one in place.districts],
                "vintage": facts.VINTAGE, "seed": rules.SEED, "figures": [asdict(one) for one in found.figures],
                "recorded": [asdict(one) for one in found.recorded], "practice": found.practice,
                "gaps": list(found.gaps)}  # fmt: skip
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    typer.echo(f"{place.name}, {financial_year(year)}")
    for one in found.figures:
        typer.echo(f"{one.what}: {one.range.middle:,} ({one.range.low:,} to {one.range.high:,}); {one.because}")
    typer.echo("\n".join((found.practice, *(f"Not known: {gap}" for gap in found.gaps), *found.beyond)))


def _refuse(
    site_model: Path | None, evaluation: Path | None, registered: Path | None, *, out: Path | None, plan: Path | None
) -> None:
    """Stop where files are named that nothing would be made of."""
    if (evaluation is None) != (registered is None):
        stop("Give both: --evaluation and the plan that it was registered with, --registered.", CANNOT)
    if plan is not None and (site_model or evaluation):
        stop("With --plan a recommendation is made again as it was: leave --site-model and --evaluation out.", CANNOT)
    if out is None and site_model is not None:
        stop("What comes does not depend on a site model. Say with --out where its recommendation is written.", CANNOT)
    if out is None and evaluation is not None:
        stop("What comes does not depend on an evaluation. Say with --out where the recommendation is written.", CANNOT)


def _year(said: int) -> int:
    """Return the year that was asked for, this one where none was; stop where nothing is foretold for it."""
    from fourfold.rollout import queries, rules

    today = queries.financial_year_of(now())
    if said and not rules.RULE_OF_2020 <= said <= today + rules.FURTHEST:
        stop(f"Give a year from {rules.RULE_OF_2020} to {rules.FURTHEST} years from now.", CANNOT)
    return said or today


def _own(file: Path | None) -> OwnModel | None:
    """Return the site model of a file; stop where it is none, or no unit can have it."""
    from fourfold.rollout import site_models

    if file is None:
        return None
    try:
        return site_models.read(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as why:
        stop(f"{file} cannot be read: {why}", CANNOT)
    except site_models.SiteModelRefused as why:
        stop("\n".join(message for _, message in why.problems), CANNOT)


def _evaluated(evaluation: Path | None, registered: Path | None) -> Evaluated:
    """Return what a released evaluation says for a new area and what was seen; of one made by another plan why nothing is taken."""
    from fourfold.evaluation.terms import PlanChanged
    from fourfold.rollout import queries
    from fourfold.rollout.economics import effects

    if evaluation is None or registered is None:
        return effects.known(None, refused=effects.NOTHING_READ), None
    try:
        found = released(evaluation, registered)
    except PlanChanged as why:
        typer.echo(f"Take care: {why}", err=True)
        return effects.known(None, refused=str(why)), queries.unusable(str(why))
    return effects.known(found), queries.evidence_of(found)


def _write(place: Place, year: int, out: Path, own: OwnModel | None, evaluated: Evaluated) -> None:
    """Write the draft of a recommendation that rests on shipped facts, and perhaps a site model and a released evaluation."""
    from fourfold.rollout.advice import run as runs

    codes, (effect, seen) = tuple(one.code for one in place.districts), evaluated
    _write_files(runs.Run(place.code, codes, year, runs.made(year, now()), effect=effect, seen=seen, own=own), out)


def _write_again(plan: Path, out: Path | None, asked: Place | None, year: int) -> None:
    from fourfold.rollout.advice import run as runs
    from fourfold.words import financial_year

    if out is None:
        stop("Say with --out to which folder the recommendation is written.", CANNOT)
    try:
        before = plan.read_text(encoding="utf-8")
        run = runs.read(before)
    except (OSError, UnicodeDecodeError) as why:
        stop(f"{plan} cannot be read: {why}", CANNOT)
    except runs.RunRefused as why:
        stop(str(why), CANNOT)
    if (asked or run.place).districts != run.place.districts or year not in (0, run.year):
        stop(
            f"{plan} is for {run.place.name} in {financial_year(run.year)}, and made again as it was. Name no other.",
            CANNOT,
        )
    if _write_files(run, out)["recommendation.json"] != before.encode():
        typer.echo(f"Take care: this differs from {plan}. Another release made that, or somebody changed it.", err=True)


def _write_files(run: Run, out: Path) -> dict[str, bytes]:
    from fourfold.rollout.advice import run as runs
    from fourfold.rollout.advice import writing

    with busy("Computing and writing the recommendation"):
        private.made(out)
        files = writing.files(runs.advice(run))
        for name, content in files.items():
            (out / name).write_bytes(content)
    typer.echo(f"Written to {out}: HTML, PDF, DOCX and JSON.")
    return files


@app.command("back-test")
def back_test(
    programmes: Annotated[int, typer.Option(help="Invented programmes to foretell besides; 0 for none.")] = 200,
    as_json: Annotated[bool, typer.Option("--json", help="Print every force as JSON.")] = False,
) -> None:
    """Foretell the last year that every force counted, and as many invented programmes; print how many ranges held."""
    from fourfold.rollout import demand, facts, queries, rules
    from fourfold.words import financial_year

    with busy("Foretelling a year that is known"):
        tried = queries.back_test()
    with busy(f"Foretelling {programmes} invented programmes"):
        shares = demand.invented_shares(facts.offences(), tried.year, programmes=programmes, seed=rules.SEED)
    if as_json:
        typer.echo(json.dumps(asdict(tried) | {"held": tried.held, "share": tried.share, "invented": shares}))
        return
    names = {code: area.name for code, area in facts.areas().items()}
    for row in tried.rows:
        held = "" if row.held else "  not held"
        typer.echo(f"{names[row.force]:22} {row.low:7,.0f} to {row.high:7,.0f}  counted {row.counted:7,.0f}{held}")
    typer.echo(f"{financial_year(tried.year)}: {tried.held} of {len(tried.rows)} forces held, {tried.share:.1%}.")
    for one, row in queries.counted_since():
        held = "held" if row.held else "not held"
        typer.echo(
            f"{names[one.area]}, {financial_year(one.year)}: {row.low:,.0f} to {row.high:,.0f}, counted {one.count:,}, {held} ({one.source})."
        )
    if shares:
        typer.echo(f"{programmes} invented programmes: {sum(shares) / len(shares):.1%} of forces held.")


@app.command()
def capacity(
    area: Annotated[str, typer.Option(help="A police force area, by its name or code.")] = "Merseyside",
    team: Annotated[
        str, typer.Option(help="officers=6,psychologists=2.5,outreach=4,advocates=5; without it, one to start from.")
    ] = "",
    model: Annotated[
        str, typer.Option(help="The site whose way of working the unit takes: cheshire, london or hampshire.")
    ] = "cheshire",
    policy: Annotated[Policy, typer.Option(help="Whose turn it is where people wait.")] = Policy.HIGHEST_FIRST,
    share: Annotated[int, typer.Option(help="Percentage to be assessed in time.")] = 90,
    within: Annotated[int, typer.Option(help="Within so many working days of referral.")] = 10,
    site_model: Annotated[
        Path | None,
        typer.Option(help="The file of a site model of your own; it says team, way of working, policy and standard."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print every number as JSON, with the seed and the assumptions.")
    ] = False,
) -> None:
    """Print what a team can carry in an area, and which team a standard needs. Reads shipped facts alone, no database."""
    from fourfold.programme.terms import NoSuchSite
    from fourfold.rollout import facts, queries
    from fourfold.rollout.capacity import questions
    from fourfold.rollout.capacity.terms import Standard, TeamRefused, team_from
    from fourfold.rollout.terms import UnknownArea

    own = _own(site_model)
    try:
        place, chosen = facts.named(area), queries.unit(own.begun_from if own else model, own.policy if own else policy)
        demand = queries.demand_of(place, year=queries.financial_year_of(now()))
        standard = Standard(share=share / 100, within_days=within)
        asked = own.team if own else team_from(team) if team else questions.suggested(chosen, demand)
        if own:
            chosen, standard, model = own.unit(chosen), own.standard, own.name
        with busy("Playing two years of the unit"):
            found = questions.outlook(chosen, asked, demand, standard=standard)
            needed = questions.needed(chosen, demand, standard=standard, today=asked)
    except (UnknownArea, NoSuchSite, TeamRefused) as why:
        stop(str(why), CANNOT)
    if as_json:
        told = {"area": place.name, "model": model, "outlook": asdict(found), "needed": asdict(needed),
                "assumed": {name: asdict(one) for name, one in chosen.assumed.items()}}  # fmt: skip
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    typer.echo("\n".join((place.name, *_outlook_lines(found, standard.within_days), *_needed_lines(needed))))


def _outlook_lines(found: Outlook, within: int) -> Iterator[str]:
    if found.within_standard is None:
        yield "Assessed in time: nobody was taken on of those referred from month 12 on"
    else:
        low, middle, high = found.in_time
        yield f"Assessed within {within} working days: {middle} ({low} to {high}), from month 12 on"
    for one in found.waits:
        said = "grows without end" if one.beyond else "nobody came this far"
        if one.median is not None:
            said = f"half wait at most {one.median} working days, nine in ten at most {one.ninetieth}"
        yield f"{one.stage.words}: {said}"
    for broken in found.breaks:
        yield f"Breaks: {broken.stage.words}, from month {broken.month} on"
    for used in found.used:
        yield f"{used.profession.words}: {used.used:,.0%} of their time used, {used.needed:,.0%} needed for all the work"
    yield from (*found.unstable, *found.mends, *found.warnings)


def _needed_lines(found: Needed) -> Iterator[str]:
    from fourfold.rollout.economics.saying import pounds

    yield from found.said
    for name, option in (
        ("Cheapest team", found.cheapest),
        *(("Next best", each) for each in found.next_best),
        ("Your team", found.today),
    ):
        if option is not None:
            posts = ", ".join(f"{each.words} {option.team.of(each):g}" for each in Profession)
            yield f"{name}: {posts}; {pounds(option.cost)} a year; reaches it in {option.reached:.0%} of demands"
    for weeks, cheapest in found.by_weeks:
        yield f"Within {weeks} week{'s' if weeks > 1 else ''}: " + (
            f"{pounds(cheapest.cost)} a year" if cheapest else "no team reaches it"
        )


@app.command("engines")
def engines() -> None:
    """Hold the compiled engine against the formula and against the same queue in SimPy, and print the three."""
    from fourfold.rollout.capacity import readable
    from fourfold.rollout.capacity.network import Clock, Job, Network, Node, simulate
    from fourfold.stats import waiting

    for servers, arrivals in ((1, 0.6), (3, 2.1), (5, 4.0)):
        network = Network((Node("desk", servers=servers),), (Job("case", "desk", 1.0),), arrivals, (("case", 1.0),))
        clock = Clock(4_000 / arrivals, 200)
        with busy("Playing a queue of which the answer is known"):
            ours = [simulate(network, clock, seed=1, place=(k,)).jobs["case"].mean_wait for k in range(100)]
            theirs = [mean(readable.simulate(network, clock, seed=k)["case"].waits) for k in range(5)]
        exact = waiting(arrivals, 1.0, servers).mean_wait
        typer.echo(
            f"M/M/{servers}, {arrivals} an hour: formula {exact:.4f}, engine {mean(ours):.4f}, SimPy {mean(theirs):.4f}"
        )


@app.command("sweep")
def sweep(
    out: Annotated[Path, typer.Option(help="A folder for the run; named again, the run goes on where it stopped.")],
    draws: Annotated[int, typer.Option(min=1, max=4_000, help="Demands for each area.")] = 1_000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes; the numbers are the same for any.")] = 2,
    area: Annotated[list[str] | None, typer.Option(help="Only this area; may be given again.")] = None,
    year: Annotated[int, typer.Option(help="April of this year to March; 0 takes the year that runs.")] = 0,
    on_dask: Annotated[
        str,
        typer.Option("--dask", help="Play on Dask: a scheduler's address, or “here” for processes of this machine."),
    ] = "",
) -> None:
    """Play every area with each of the three ways of working, over many demands, and keep one file for each."""
    from contextlib import nullcontext
    from importlib.metadata import version

    from fourfold.gateways import dask
    from fourfold.rollout import facts, queries
    from fourfold.rollout.capacity import sweep as sweeping
    from fourfold.rollout.terms import Model, UnknownArea

    year = _year(year)
    try:
        places = [facts.named(name) for name in area or [one.name for one in facts.areas().values()]]
        with busy("Foretelling demand"):
            demands = {place.code: queries.demand_of(place, year=year, draws=draws) for place in places}
        units = {model.value: queries.unit(model.value, Policy.HIGHEST_FIRST) for model in Model}
        said = {"release": version("fourfold"), "year": year, "draws": draws, "facts": facts.sha256()}
        began = perf_counter()
        with dask.spread(on_dask, workers) if on_dask else nullcontext() as spread:
            events = sweeping.sweep(
                sweeping.cells(demands, units), out, workers=workers, said=said, spread=spread,
                told=lambda name, done, of: typer.echo(f"{done:4} of {of}  {perf_counter() - began:6.1f} s  {name}", err=True),
            )  # fmt: skip
    except (UnknownArea, sweeping.OtherRun, dask.NoDask) as why:
        stop(str(why), CANNOT)
    typer.echo(
        f"{len(places)} areas, {len(units)} ways of working, {draws} demands: {events:,} events in {perf_counter() - began:.1f} s."
    )
