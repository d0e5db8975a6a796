"""fourfold keys: the root key of the installation, changed while nobody works."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from fourfold.cli.console import FAILED, Commands, in_words, now
from fourfold.cli.patience import busy

if TYPE_CHECKING:
    from fourfold.upkeep.services.rotating import Rotated

app = Commands(help="The keys of this installation.", no_args_is_help=True)


@app.callback()
def keys() -> None:
    """Change the keys of this installation."""


@app.command("rotate")
def rotate(
    dry_run: Annotated[
        bool, typer.Option(help="Only count what would be sealed anew and who would have to act.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make a new root key, seal anew what the one before sealed, and end every session. The site has to be stopped.

    Killed in the middle: type it again, and it goes on. Exit code 0: done; 1: done, and some values could not be opened with
    any key here and stay as they lay; 2: nothing was changed.
    """
    from fourfold.access import services as access
    from fourfold.upkeep.services import rotating
    from fourfold.upkeep.terms import CannotKeep

    at = now()
    with in_words(CannotKeep), busy("Sealing anew"):
        done = rotating.would_rotate() if dry_run else rotating.rotate(actor=access.first_administrator(at=at), at=at)
    if as_json:
        typer.echo(json.dumps(vars(done)))
    else:
        typer.echo("\n".join(_in_words(done, dry_run)))
    raise typer.Exit(FAILED if done.unopened else 0)


def _in_words(done: Rotated, dry_run: bool) -> list[str]:
    would = "Would seal" if dry_run else "Sealed"
    lines = [f"{would} anew with root key {done.epoch}: {sum(done.resealed.values()):,} rows."]
    lines += [f"  {name}: {many:,}" for name, many in done.resealed.items()]
    lines += [f"  {name}: {many:,} could not be opened, and stay as they lay" for name, many in done.unopened.items()]
    lines.append(f"Sessions that {'would end' if dry_run else 'ended'}: {done.sessions:,}. Everybody signs in again.")
    if done.webhooks:
        lines.append(
            f"Addresses of agencies' systems that need a new secret, made on the page of each: {done.webhooks:,}."
        )
    if not dry_run:
        lines.append("Now make a backup of the keys (fourfold backup keys), and start the site.")
    return lines
