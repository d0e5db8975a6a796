"""fourfold sites: how each site works, founding one from a file, and changing how it works."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fourfold.cli.console import Commands, holder, in_words, migrate, nothing_kept, now

if TYPE_CHECKING:
    from fourfold.audit.terms import Actor
    from fourfold.programme.terms import Area, Said

app = Commands(help=__doc__, no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="The site's description, a TOML file.", exists=True, dir_okay=False)]
Code = Annotated[str, typer.Argument(help="The code of a site, such as cheshire.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen and store nothing.")]
As = Annotated[str, typer.Option("--as", help="Act as the holder of this account, else as the installation.")]


def _in_words() -> AbstractContextManager[None]:
    from fourfold.programme.terms import InvalidModel, NoSuchSite, NoWorking

    return in_words(InvalidModel, NoSuchSite, NoWorking)


def _actor(email: str, at: datetime) -> Actor:
    from fourfold.programme import services

    return holder(email, at) if email else services.installer(at=at)


@app.command("list")
def list_() -> None:
    """List the sites with how they work, and how many of their areas are live."""
    from fourfold.programme import queries

    migrate()
    today = now().date()
    for card in queries.sites():
        live, areas = len(card.areas_live(today)), len(card.catchments)
        typer.echo(f"{card.code:<20} {card.name}: live from {card.live_on}, {live} of {areas} areas live")


@app.command()
def show(site: Code) -> None:
    """Say in words how a site works today."""
    from fourfold.programme import queries, wording

    with _in_words():
        migrate()
        card, working = queries.site(site), queries.working_before(site, now().date())
        typer.echo(f"{card.name} ({card.code}), live from {card.live_on}")
        _say(wording.said(working), card.areas_live(now().date()), card.catchments)


@app.command()
def export(site: Code) -> None:
    """Write a site's description to the standard output, as the file from which one like it can be founded."""
    from fourfold.programme import queries
    from fourfold.programme.sites.writing import spec_of, toml_of

    with _in_words():
        migrate()
        typer.echo(toml_of(spec_of(queries.site(site), queries.working_before(site, now().date()))), nl=False)


@app.command()
def check(file: File) -> None:
    """Check whether a site's file can be used, and name the lines to mend. Asks no database."""
    from fourfold.programme import wording
    from fourfold.programme.sites import read_site

    with _in_words():
        spec = read_site(file)
    typer.echo(f"{file.name} can be used: {spec.name} ({spec.code}), live from {spec.live_on}")
    _say(wording.said(spec.working), [a for a in spec.catchments if a.live_on <= spec.live_on], spec.catchments)


@app.command()
def found(file: File, dry_run: DryRun = False, email: As = "") -> None:
    """Found a site from its file; with --dry-run, say what would be founded."""
    from fourfold.programme import services
    from fourfold.programme.sites import read_site

    at = now()
    with _in_words():
        migrate()
        spec = read_site(file)
        with nothing_kept(dry_run):
            services.found_site(actor=_actor(email, at), spec=spec, at=at)
    typer.echo(f"{spec.name} ({spec.code}) {'would be' if dry_run else 'is'} founded, live from {spec.live_on}.")
    for area in spec.catchments:
        typer.echo(f"  {area.code} {area.name}: live from {area.live_on}")
    typer.echo("Nothing was stored (dry run)." if dry_run else "Its people get their accounts and roles next.")


@app.command()
def change(
    site: Code,
    file: File,
    from_on: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day, 2027-01-01.")],
    dry_run: DryRun = False,
    email: As = "",
) -> None:
    """Let a site work, from a day on, as the [working] table of a file says; nothing else of the file is looked at."""
    from fourfold.programme import queries, services
    from fourfold.programme.rules import model_of_working
    from fourfold.programme.sites import document_of

    at = now()
    with _in_words():
        migrate()
        queries.site(site)
        working = model_of_working(document_of(file.read_bytes(), file.name).get("working", {}))
        changed = queries.change_foreseen(site, working, from_on=from_on.date(), today=at.date())
        with nothing_kept(dry_run):
            services.change_working(actor=_actor(email, at), site=site, working=working, from_on=from_on.date(), at=at)
    typer.echo(f"From {from_on:%-d %B %Y} {site} {'would work' if dry_run else 'works'} so:")
    for each in changed:
        typer.echo(f"  {each.label}: {each.before} → {each.after}")
    if dry_run:
        typer.echo("Nothing was stored (dry run).")


def _say(said: Iterable[Said], live: Iterable[Area], areas: Iterable[Area]) -> None:
    for setting in said:
        typer.echo(f"  {setting.label}: {setting.value}")
    at_once = {area.code for area in live}
    typer.echo(f"  Areas: {', '.join(area.name for area in areas if area.code in at_once) or 'none yet'}")
    for area in areas:
        if area.code not in at_once:
            typer.echo(f"    {area.name} from {area.live_on}")
