"""fourfold audit volumes and move: the parts of the log on PostgreSQL, by time, and where each lies."""

from datetime import datetime
from typing import Annotated

import typer

from fourfold.cli.console import in_words, now
from fourfold.cli.patience import busy


def volumes(
    close: Annotated[bool, typer.Option("--close", help="First let the open one end, and a new one begin.")] = False,
) -> None:
    """List the volumes of the log: entries, time, size, tablespace, and the hash of the last entry, which the next one follows.

    The hourly checkpoint closes one by itself in the first hour of a month, if it holds a million entries.
    """
    from fourfold.audit import volumes as kept
    from fourfold.audit.terms import CannotMove
    from fourfold.programme.services import installer

    if close:
        with in_words(CannotMove):
            kept.close(actor=installer(at=now()), at=now())
    if not (found := kept.volumes()):
        typer.echo(kept.ON_SQLITE)
    for one in found:
        time = f"{one.begins:%Y-%m-%d %H:%M} to {one.ends:%Y-%m-%d %H:%M} UTC" if one.begins and one.ends else "empty"
        many = f"{one.first:,} to {one.last:,} ({one.last - one.first + 1:,} entries)"
        state = "open" if one.is_open else "closed"
        typer.echo("  ".join((one.name, state, many, time, f"{one.size / 1e6:,.1f} MB", one.tablespace, one.hash)))


def move(
    volume: Annotated[str, typer.Argument(help="A closed volume, as `fourfold audit volumes` names it.")],
    tablespace: Annotated[str, typer.Option(help="Where its files go: a tablespace of this server.")],
) -> None:
    """Move a closed volume of the log to another tablespace. Nothing in it changes, and the whole log is verified as before.

    Entries are written meanwhile; a page that asks for older ones waits. Exit code 2: nothing was changed.
    """
    from fourfold.audit import volumes as kept
    from fourfold.audit.terms import CannotMove
    from fourfold.programme.services import installer

    with busy("Moving the volume"), in_words(CannotMove):
        kept.move(actor=installer(at=now()), at=now(), name=volume, tablespace=tablespace)
    typer.echo(f"{volume} lies in {tablespace} now. Hold it against the rest: fourfold audit verify")


def close_if_due(*, at: datetime) -> None:
    """Close the open volume where its month is over; where somebody reads the log now, the next hour's checkpoint does."""
    from fourfold.audit import volumes as kept
    from fourfold.audit.terms import CannotMove
    from fourfold.programme.services import installer

    try:
        if kept.is_due(at=at):
            kept.close(actor=installer(at=at), at=at)
    except CannotMove as why:
        typer.echo(f"No new volume of the log was begun: {why}", err=True)
