"""fourfold accounts: hold an agency's own list of its people against the accounts here, every night."""

import json
from pathlib import Path
from typing import Annotated

import typer

from fourfold.cli.console import CANNOT, Commands, in_words, now, stop

app = Commands(help="Accounts of the agencies, held against their own lists.", no_args_is_help=True)


@app.command("sync")
def sync(
    file: Annotated[Path, typer.Argument(help="A CSV file with the columns hr_id, email, agency and active.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
    ends: Annotated[
        int | None, typer.Option("--ends", help="Yes, so many accounts end: for a list that ends more than a tenth.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Suspend the account of everybody who has left by the list of their agency, and end their sessions.

    The list takes away, and gives nothing: accounts are made, let in again and given addresses by two people, in the
    pages; what somebody should look at there is said. Exit code 0: done, or nothing to do; 1: the list would end more than a
    tenth of the accounts, and nothing was done; 2: the file cannot be used, and nothing was done. Harmless to run again.
    """
    from fourfold import journey
    from fourfold.access import services as access
    from fourfold.access.rosters import CannotRead

    at = now()
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        stop(f"{file} cannot be read as UTF-8 text. Ask for it again. {fault}", CANNOT)
    actor = access.first_administrator(at=at)
    with in_words(CannotRead):
        found = access.compare_roster(actor=actor, lines=lines, at=at)
    asks = found.too_many and not dry_run and ends != len(found.leavers)
    ended = 0
    if not asks and not dry_run:
        ended = journey.people_left(
            actor=actor, does=lambda: access.suspend_leavers(actor=actor, found=found, at=at), at=at
        )
    told = {"would_end": len(found.leavers), "ended": ended, "open_before": found.open_before}
    if as_json:
        typer.echo(json.dumps(told | {"to_look_at": found.to_look_at}))
    else:
        typer.echo(f"would end {len(found.leavers):,} of {found.open_before:,} open accounts, ended {ended:,}")
        for line in found.to_look_at:
            typer.echo(line)
    if asks:
        stop(
            f"The list would end {len(found.leavers):,} of {found.open_before:,} open accounts, which is more than a "
            f"tenth. Nothing was done. If that is so, run it again with --ends {len(found.leavers)}",
            1,
        )
