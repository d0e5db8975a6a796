"""fourfold backup and fourfold restore: data and keys apart, encrypted, brought back whole, and tried."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fourfold.cli.console import CANNOT, NO_TABLES, Commands, in_words, now, stop
from fourfold.cli.drill import Key, OwnKeys, drill
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
    own_keys: Annotated[
        Path | None,
        typer.Option(help="A folder apart for the key of each backup, without which no copy of it can be opened."),
    ] = None,
) -> None:
    """Write database and files into one encrypted file, while the site goes on. For a timer; keys are not in it.

    Exit code 0: written whole; 2: it could not be, and nothing was written; or an older one could not be deleted.
    """
    from django.conf import settings

    from fourfold.governance.services.disposing import carry_on, empty_the_log_beside
    from fourfold.upkeep import own
    from fourfold.upkeep import services as upkeep

    with _keeping("Writing the backup") as (actor, at):
        made = upkeep.back_up_data(actor=actor, to=to, recipients=recipients, at=at, own_keys=own_keys)
        own.note(settings.FOURFOLD.data_dir, made, own_keys)
        typer.echo(made)
        carry_on(settings.FOURFOLD.keys_dir, to)  # so that what comes back from an older file goes again
        for name in (
            upkeep.drop_older(actor=actor, to=to, days=keep_days, at=at, own_keys=own_keys) if keep_days else ()
        ):
            typer.echo(f"Deleted: {name}")
        if not empty_the_log_beside():
            typer.echo(
                "Somebody reads or writes: what was disposed of may stand in the log beside the database until the next backup."
            )


@app.command("keys")
def keys(to: To, recipients: Recipients) -> None:
    """Write the keys into one encrypted file, in another folder than the data: without them a backup opens no sealed field.

    Exit code 0: written whole; 2: it could not be, and nothing was written.
    """
    from fourfold.upkeep import services as upkeep

    with _keeping("Writing the keys") as (actor, at):
        typer.echo(upkeep.back_up_keys(actor=actor, to=to, recipients=recipients, at=at))


@app.command("forget")
def forget(
    own_keys: Annotated[Path, typer.Argument(help="The folder with the key of each backup.")],
    before: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Of backups made before this day.")],
) -> None:
    """Destroy the keys of older backups: no copy of these, wherever it lies, can be opened any more. It cannot be undone.

    The key of the latest backup stays, whatever the day: make a fresh one first. Exit code 0: they are gone.
    """
    from django.conf import settings

    from fourfold.upkeep import own
    from fourfold.upkeep import services as upkeep

    if not own_keys.is_dir():
        stop(f"There is no folder {own_keys}. Nothing was destroyed.", CANNOT)
    with _keeping("Destroying the keys") as (actor, at):
        gone, kept = upkeep.forget(actor=actor, own_keys=own_keys, before=before.replace(tzinfo=UTC), at=at)
        own.forgotten(settings.FOURFOLD.data_dir, gone)
        for name in gone:
            typer.echo(f"Destroyed: {name}")
        if kept:
            typer.echo(f"Kept: {kept}, of the latest backup. Make a fresh backup first, and type this again.")
        elif not gone:
            typer.echo("No key there is of a backup made before that day.")


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
    key: Key = None,
    own_keys: OwnKeys = None,
) -> None:
    """Bring a backup back into an empty database and an empty folder, whole or not at all, and verify its log.

    Keys first, then data. Refused in words: a wrong key, a damaged file, a newer release, a place that is not empty. Exit
    code 0: it is as it was, by the digest of every table, and the log holds; 1: it is as it was, and the log does not
    hold; 2: nothing was brought back.
    """
    from django.conf import settings

    from fourfold.upkeep import archives, restoring
    from fourfold.upkeep.queries import shipped_migrations
    from fourfold.upkeep.taking import draft
    from fourfold.upkeep.terms import CannotKeep, CannotRestore, Holds

    known = frozenset(".".join(one) for one in shipped_migrations())
    with in_words(CannotRestore, CannotKeep), busy("Bringing the backup back"), draft() as desk:
        if key is None and own_keys is not None:
            key = archives.found_key(file, own_keys)
        if key is not None:
            identity = archives.opened_key(key, archives.identities(identity), desk)
        done = restoring.bring_back(settings.FOURFOLD, file, identity, desk / "opened", known)
    if done.holds is Holds.KEYS:
        typer.echo("The keys are back. Now restore the backup of the data.")
        return
    _verified(done, file.parent)


def _verified(done: Restored, beside: Path) -> None:
    """Bring the tables up to this release, verify the log, say what came back, note it in the log, and dispose again of what
    was disposed of since."""
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
            f"The log does not hold: {first.meaning} ({first.kind}, entry {first.seq}). Change nothing; tell governance. Do "
            "not start the site: what was disposed of after this backup is there again.",
            1,
        )
    typer.echo(f"The log holds: {verdict.entries:,} entries.")
    at = now()
    actor = access.first_administrator(at=at)
    services.note_restored(actor=actor, made_at=done.made_at, at=at)
    _disposed_again(actor, at, beside)
    if not keyring().is_whole:
        sealed = sum(rotating.finish(actor=actor, at=at).resealed.values())
        if sealed:
            typer.echo(f"The root key was changed since then: {sealed:,} rows are sealed anew with the new one.")
    if done.waiting:
        typer.echo(
            f"{done.waiting:,} messages to victims waited to be sent when the backup was made. Some may have left since: "
            "ask their writers before you start the timers, or each is sent again (`fourfold outbox list`)."
        )


def _disposed_again(actor: Actor, at: datetime, beside: Path) -> None:
    from fourfold.governance import services as governance

    if not (beside / "disposals.jsonl").exists():
        typer.echo(
            "No disposals.jsonl lies beside this file: what was disposed of after it was made is known from the keys alone. Where "
            "these are older too, lay the list of the latest backup's folder there and restore once more."
        )
    gone, kept = governance.dispose_again(actor=actor, at=at, beside=beside)
    if gone:
        typer.echo(f"Disposed of again, as two people had signed after this backup: {', '.join(gone)}.")
    if kept:
        stop(
            f"What was disposed of after this backup may be there again: {', '.join(kept)}. Do not start the site. Take a later "
            "backup and the latest keys, or a folder that holds disposals.jsonl as it was written.",
            1,
        )
