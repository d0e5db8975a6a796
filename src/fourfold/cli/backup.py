"""fourfold backup and fourfold restore: data and keys apart, encrypted, brought back whole, and tried."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fourfold.cli.console import CANNOT, NO_TABLES, Commands, in_words, now, stop
from fourfold.cli.drill import drill
from fourfold.cli.patience import busy

if TYPE_CHECKING:
    from fourfold.audit.terms import Actor
    from fourfold.upkeep.terms import Restored

app = Commands(help="Backups: of the data, of the keys, and a drill that brings one back.", no_args_is_help=True)
To = Annotated[Path, typer.Argument(help="The folder into which the file is written.")]
Recipients = Annotated[
    Path, typer.Option(help="A file with who may open it: public keys as age-keygen prints them, one in a line.")
]
Identity = Annotated[Path, typer.Option(help="The file with the secret key, as age-keygen wrote it.")]


OLDER = (
    "The tables of this database are of an older release, and this one has not brought them up to date. Nothing was written. "
    "Make the backup with the release that made them; how with 0.2.0, which has no such command, stands in docs/how-to/upgrade.md."
)


@contextmanager
def _keeping(doing: str) -> Iterator[tuple[Actor, datetime]]:
    """Yield by whom and when something is kept, where the tables are this release's; what cannot be is said in words."""
    from django.db import connection

    from fourfold.access import services as access
    from fourfold.upkeep.queries import missing_migrations
    from fourfold.upkeep.terms import CannotKeep

    if missing_migrations():
        stop(OLDER if connection.introspection.table_names() else NO_TABLES, CANNOT)
    at = now()
    with in_words(CannotKeep), busy(doing):
        yield access.first_administrator(at=at), at


@app.command("data")
def data(
    to: To,
    recipients: Recipients,
    keep_days: Annotated[
        int | None,
        typer.Option(min=7, help="Afterwards delete older files in this folder, but never the latest seven."),
    ] = None,
) -> None:
    """Write database and files into one encrypted file, while the site goes on. For a timer; keys are not in it.

    Exit code 0: written whole; 2: it could not be, and nothing was written; or an older one could not be deleted.
    """
    from fourfold.upkeep import services as upkeep

    with _keeping("Writing the backup") as (actor, at):
        typer.echo(upkeep.back_up_data(actor=actor, to=to, recipients=recipients, at=at))
        for name in upkeep.drop_older(actor=actor, to=to, days=keep_days, at=at) if keep_days else ():
            typer.echo(f"Deleted: {name}")


@app.command("keys")
def keys(to: To, recipients: Recipients) -> None:
    """Write the keys into one encrypted file, in another folder than the data: without them a backup opens no sealed field.

    Exit code 0: written whole; 2: it could not be, and nothing was written.
    """
    from fourfold.upkeep import services as upkeep

    with _keeping("Writing the keys") as (actor, at):
        typer.echo(upkeep.back_up_keys(actor=actor, to=to, recipients=recipients, at=at))


app.command("drill")(drill)


def export(
    to: To,
    recipients: Recipients,
    everything: Annotated[bool, typer.Option("--all", help="Everything; there is no smaller export here.")] = False,
) -> None:
    """Write everything that is held here into one encrypted file that needs no Fourfold to be read: JSON lines and a codebook.

    Exit code 0: written whole; 2: it could not be, and nothing was written.
    """
    from fourfold.upkeep import services as upkeep

    if not everything:
        stop("Say --all: everything leaves, of every unit. A part of it is exported on the pages.", CANNOT)
    with _keeping("Writing the export") as (actor, at):
        typer.echo(upkeep.export_all(actor=actor, to=to, recipients=recipients, at=at))


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `fourfold backup` wrote: keys first, then data.")],
    identity: Identity,
) -> None:
    """Bring a backup back into an empty database and an empty folder, whole or not at all, and verify its log.

    Keys first, then data. Refused in words: a wrong key, a damaged file, a newer release, a place that is not empty. Exit
    code 0: it is as it was, by the digest of every table, and the log holds; 1: it is as it was, and the log does not
    hold; 2: nothing was brought back.
    """
    from django.conf import settings

    from fourfold.upkeep import restoring
    from fourfold.upkeep.queries import shipped_migrations
    from fourfold.upkeep.taking import draft
    from fourfold.upkeep.terms import CannotKeep, CannotRestore, Holds

    known = frozenset(".".join(one) for one in shipped_migrations())
    with in_words(CannotRestore, CannotKeep), busy("Bringing the backup back"), draft() as desk:
        done = restoring.bring_back(settings.FOURFOLD, file, identity, desk / "opened", known)
    if done.holds is Holds.KEYS:
        typer.echo("The keys are back. Now restore the backup of the data.")
        return
    _verified(done)


def _verified(done: Restored) -> None:
    """Bring the tables up to this release, verify the log, say what came back, and note it in the log."""
    from fourfold.access import services as access
    from fourfold.audit.commitments import keyring
    from fourfold.cli.console import migrate, refuse_invented
    from fourfold.governance.verification import whole_log
    from fourfold.upkeep import services
    from fourfold.upkeep.services import rotating

    migrate()  # a backup of an older release has older tables, which today's reading of the log does not know
    refuse_invented()
    with busy("Reading the log"):
        verdict = whole_log()
    typer.echo(
        f"As it was on {done.made_at:%-d %B %Y at %H:%M} UTC: {done.rows:,} rows in {done.tables:,} tables, each table "
        f"equal by its digest, and {done.files:,} files."
    )
    if not verdict.clean:
        first = verdict.findings[0]
        stop(
            f"The log does not hold: {first.meaning} ({first.kind}, entry {first.seq}). Change nothing; tell governance.",
            1,
        )
    typer.echo(f"The log holds: {verdict.entries:,} entries.")
    at = now()
    actor = access.first_administrator(at=at)
    services.note_restored(actor=actor, made_at=done.made_at, at=at)
    if not keyring().is_whole:
        sealed = sum(rotating.finish(actor=actor, at=at).resealed.values())
        if sealed:
            typer.echo(f"The root key was changed since then: {sealed:,} rows are sealed anew with the new one.")
    if done.waiting:
        typer.echo(
            f"{done.waiting:,} messages to victims waited to be sent when the backup was made. Some may have left since: "
            "ask their writers before you start the timers, or each is sent again (`fourfold outbox list`)."
        )
