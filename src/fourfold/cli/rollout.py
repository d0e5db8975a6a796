"""fourfold rollout: what an area should expect, and how well a known year was foretold."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from fourfold.cli.console import CANNOT, now, stop
from fourfold.cli.cost import cost
from fourfold.cli.patience import busy
from fourfold.cli.rollout_order import order

app = typer.Typer(help="What another force area should expect, need and risk.", invoke_without_command=True)
app.command("cost")(cost)


app.command("order")(order)


@app.callback()
def expect(
    context: typer.Context,
    area: Annotated[str, typer.Option(help="A police force area, by its name or code.")] = "",
    district: Annotated[list[str] | None, typer.Option(help="A district's code; may be given again.")] = None,
    year: Annotated[int, typer.Option(help="April of this year to March; 0 takes the year that runs.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print every number as JSON.")] = False,
) -> None:
    """Print what an area, or districts together, should expect in a year. Reads shipped facts alone, no database."""
    if context.invoked_subcommand is not None:
        return
    from fourfold.rollout import facts, queries, rules
    from fourfold.rollout.terms import UnknownArea
    from fourfold.words import financial_year

    if bool(area) == bool(district):
        stop(
            "Say for which area: --area and a name, or --district and a code, as often as there are districts.", CANNOT
        )
    year = year or queries.financial_year_of(now())
    if not rules.RULE_OF_2020 <= year <= queries.financial_year_of(now()) + rules.FURTHEST:
        stop(f"Give a year from {rules.RULE_OF_2020} to {rules.FURTHEST} years from now.", CANNOT)
    try:
        place = facts.place(district) if district else facts.named(area)
    except UnknownArea as why:
        stop(str(why), CANNOT)
    with busy("Foretelling"):
        found = rules.estimate(
            place,
            demand=rules.Demand(year, *queries.foretold_with((), year)),
            units=facts.UNITS,
            areas=[facts.areas()[code] for code in place.areas],
            evidence=None,
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
    if shares:
        typer.echo(f"{programmes} invented programmes: {sum(shares) / len(shares):.1%} of forces held.")
