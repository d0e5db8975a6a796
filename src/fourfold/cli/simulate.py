"""fourfold simulate: which methods find a truth that was planted, and which in common use do not."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fourfold.cli import console

if TYPE_CHECKING:
    from fourfold.stats import simulation

PAGE = Path("docs/reference/simulation.md")


def simulate(
    full: Annotated[bool, typer.Option("--full", help="1,000 replications and the slow methods too.")] = False,
    replications: Annotated[int, typer.Option(help="Invented programmes for each scenario; 0 chooses.")] = 0,
    only: Annotated[list[str] | None, typer.Option(help="Only this scenario; may be given again.")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same table.")] = None,
    workers: Annotated[int, typer.Option(help="Processes that share the work; 0 takes one for each core.")] = 0,
    write: Annotated[bool, typer.Option("--write", help=f"Keep the table in {PAGE}.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print every verdict as JSON.")] = False,
) -> None:
    """Invent programmes with a planted effect and see which methods find it; exit 0 only if each does as it must."""
    from fourfold.stats import StatisticsError, simulation  # a second to load, which no other command should wait for

    seed = simulation.SEED if seed is None else seed
    count = replications or (simulation.FULL if full else simulation.SMOKE)
    studied: list[tuple[simulation.Scenario, tuple[simulation.Verdict, ...]]] = []
    began = time.perf_counter()
    total = len(only or simulation.scenarios(thorough=full))
    typer.echo(f"{total} scenarios, {count:,} invented programmes each, seed {seed}.", err=True)
    running = simulation.run(
        count, only=tuple(only or ()), thorough=full, seed=seed, workers=workers or os.cpu_count() or 1
    )
    try:
        for scenario, verdicts in running:
            studied.append((scenario, verdicts))
            typer.echo(
                f"\n[{len(studied)}/{total}, {time.perf_counter() - began:.0f} s] {scenario.key}: {scenario.title}",
                err=True,
            )
            typer.echo("\n".join(simulation.as_lines(verdicts)), err=as_json)
    except StatisticsError as refused:
        console.stop(str(refused), console.CANNOT)
    every = [one for _, verdicts in studied for one in verdicts]
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in every]))
    if write:
        PAGE.write_text(simulation.as_markdown(studied, replications=count, seed=seed))
    surprising = sum(not one.as_expected for one in every)
    typer.echo(
        f"\n{len(every)} analyses in {time.perf_counter() - began:.0f} s, {surprising} not as they must be.", err=True
    )
    raise typer.Exit(1 if surprising else 0)
