"""fourfold doctor: how an installation stands, in sentences, and what to mend."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from fourfold.cli.console import now


def doctor(
    address: Annotated[str, typer.Option(help="Where people reach the site; else the first name it answers to.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Look at this installation and say how each thing stands, and how to mend what is not sound. It changes nothing.

    Settings, permissions, database, keys, clock, TLS, proxies, timers, backups, disk, outbox, work, accounts, sign-ins and feeds. Exit code 0: nothing has
    to be mended; 1: something has. What could not be found out is said, and is not taken for sound.
    """
    from fourfold.upkeep import doctor as judging
    from fourfold.upkeep import facts

    found = judging.verdicts(facts.gathered(at=now(), address=address or facts.own_address()))
    if as_json:
        typer.echo(json.dumps([asdict(verdict) for verdict in found], ensure_ascii=False))
    else:
        for verdict in found:
            typer.echo(f"{verdict.grade.value:<9} {verdict.subject:<11} {verdict.says}")
            if verdict.mend:
                typer.echo(f"{'':<21} → {verdict.mend}")
    raise typer.Exit(judging.exit_code(found))
