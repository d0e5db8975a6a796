"""Commands that write what another run would write too: the second waits, and says for which it waits."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

import typer

LONDON = ZoneInfo("Europe/London")


@contextmanager
def alone(what: str, among: str) -> Iterator[None]:
    """Wait until no other run among these is at work, here or on the same database, saying which, and keep others waiting.

    `what` says what this one does, `among` the site or whatever else the runs would write.
    """
    from django.conf import settings

    from fourfold.gateways.turns import turn

    def waiting(said: str) -> None:
        who = said or "Another run"
        typer.echo(f"{who} is still running. This one begins when it has ended; Ctrl-C stops waiting.", err=True)

    name = "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in among)
    begun = datetime.now(LONDON)
    mine = f"{what} (process {os.getpid()}, since {begun:%H:%M} on {begun.day} {begun:%B})"
    with turn(settings.FOURFOLD.data_dir / "running" / f"{name}.lock", mine, waiting):
        yield
