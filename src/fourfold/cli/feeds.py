"""fourfold import: bring in a force's feed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fourfold.cli.alone import alone
from fourfold.cli.console import INTERRUPTED, acting, in_words, migrate, nothing_kept, now, stop
from fourfold.cli.patience import PATIENCE_S, busy

if TYPE_CHECKING:
    from fourfold.intake.services.importing import Progress
    from fourfold.intake.terms import Totals


def import_file(
    file: Annotated[Path, typer.Argument(help="The feed's export: CSV, XLSX, JSON Lines or Parquet.")],
    mapping: Annotated[Path, typer.Option(help="The TOML file that says which column is what, or a shipped name.")],
    site: Annotated[str, typer.Option(help="The site whose feed this is, such as cheshire.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the totals as JSON.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen and store nothing.")] = False,
    later: Annotated[
        bool,
        typer.Option("--later", help="Leave it to the night (`fourfold look`) to make the rows searchable."),
    ] = False,
    email: Annotated[
        str, typer.Option("--as", help="Act as the holder of this account, else as the site's robot.")
    ] = "",
) -> None:
    """Bring in a force's feed: what can be read is kept, the rest is held back with its reason.

    Running the same file again adds nothing, and takes up again what was interrupted. Exit code 0: read to its end;
    2: the file, the mapping or an option cannot be used; 3: you may not; 130: interrupted.
    """
    from fourfold import journey
    from fourfold.intake.rules.feeds.read_ahead import staying
    from fourfold.intake.terms import CannotImport, InvalidMapping
    from fourfold.programme.terms import NoSuchSite

    try:
        with in_words(CannotImport, InvalidMapping, NoSuchSite), staying():
            migrate()
            with nullcontext() if dry_run else alone(f"fourfold import {file.name}", site), nothing_kept(dry_run):
                at = now()
                actor = acting(site, email, at)
                begun = time.monotonic()
                with _shown(file) as progress:
                    totals = journey.feed_brought(
                        actor=actor, path=file, mapping=mapping, site=site, at=at, dry_run=dry_run, progress=progress
                    )
                seconds = {"seconds": time.monotonic() - begun}
                if later and not dry_run:
                    journey.walls_stand(actor=actor, site=site, at=at)
                elif not dry_run:
                    with busy("Making the rows searchable"):
                        journey.reports_searchable(actor=actor, site=site, at=at)
                    seconds["until_searchable"] = time.monotonic() - begun
                    with busy("Looking for what belongs together"):
                        journey.courses_looked_for(actor=actor, site=site, at=at)
                    seconds["until_looked_through"] = time.monotonic() - begun
    except KeyboardInterrupt:
        stop("Interrupted. Nothing is half there; run the same command again to go on.", INTERRUPTED)
    _say(totals, seconds, as_json=as_json, dry_run=dry_run)


@contextmanager
def _shown(file: Path) -> Iterator[Progress | None]:
    """Show how far the reading is, on the error stream, once it takes over two seconds."""
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        with busy(f"Reading {file.name}"):
            yield None
        return
    text = "{task.description}: {task.completed:,.0f} rows, {task.fields[held]:,} held back"
    bar = Bar(SpinnerColumn(), TextColumn(text), TimeElapsedColumn(), console=console, transient=True)
    task = bar.add_task(f"Reading {file.name}", total=None, held=0)
    begun = time.monotonic()

    def progress(totals: Totals) -> None:
        if time.monotonic() - begun >= PATIENCE_S and not bar.live.is_started:
            bar.start()
        bar.update(task, completed=totals.read, held=totals.quarantined)

    try:
        yield progress
    finally:
        if bar.live.is_started:
            bar.stop()


def _say(totals: Totals, seconds: dict[str, float], *, as_json: bool, dry_run: bool) -> None:
    from fourfold.intake.feed_files import passed_over

    numbers = {name: getattr(totals, name) for name in ("read", "accepted", "duplicates", "quarantined", "revised")}
    if as_json:
        run = str(totals.run) if totals.run else None
        took = {name: round(value, 2) for name, value in seconds.items()}
        more = {
            **took,
            "reasons": dict(totals.reasons),
            "first_held": dict(zip(("row", "reason"), totals.first_held, strict=True)) if totals.quarantined else None,
            "header_row": totals.header_row,
            "new_columns": totals.new_columns,
            "gone_columns": totals.gone_columns,
            "defaulted": [{**asdict(lost), "values": dict(lost.values)} for lost in totals.defaulted],
            "run": run,
            "dry_run": dry_run,
        }
        typer.echo(json.dumps({**numbers, **more}))
        return
    typer.echo(
        f"Read {totals.read:,} rows in {seconds['seconds']:.1f} s{', and stored nothing (dry run)' if dry_run else ''}."
    )
    if said := passed_over(totals.header_row):
        typer.echo(f"  {said}")
    for said, columns in (
        ("New since the last import, and read by nothing", totals.new_columns),
        ("In the last import, and not in this file", totals.gone_columns),
    ):
        if columns:
            typer.echo(f"  {said}: {', '.join(columns)}. Look whether the mapping still fits.")
    typer.echo(f"  accepted     {totals.accepted:>9,}   of which told again with other content {totals.revised:,}")
    typer.echo(f"  duplicates   {totals.duplicates:>9,}   there already, nothing added")
    _say_held(totals, dry_run=dry_run)
    if "until_searchable" in seconds:
        typer.echo(
            f"Searchable after {seconds['until_searchable']:.1f} s, and looked through for what belongs together after "
            f"{seconds['until_looked_through']:.1f} s."
        )
    elif not dry_run:
        typer.echo("Not searchable yet: that is made by `fourfold look`, tonight or by hand.")


def _say_held(totals: Totals, *, dry_run: bool) -> None:
    typer.echo(f"  quarantined  {totals.quarantined:>9,}   held back until somebody has mended them")
    for reason, count in totals.reasons:
        typer.echo(f"    {count:>9,}   {reason}")
    if totals.quarantined:
        typer.echo("  The first of them is row {:,}: {}".format(*totals.first_held))
        if not dry_run:
            typer.echo("  Each of them waits with its reason under Feeds, Held back.")
    for lost in totals.defaulted:
        typer.echo("\n".join(f"  {line}" for line in lost.said))
