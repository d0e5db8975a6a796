"""fourfold timers: what systemd's timers do, where there is no systemd: for a container."""

import subprocess
import sys
import time
from datetime import datetime
from typing import Annotated

import typer

from fourfold.cli.console import now

PAUSE_S = 20.0


def timers(once: Annotated[bool, typer.Option(help="Do what is due now, and end.")] = False) -> None:
    """Do again and again what is due: outbox, digests, checkpoints and backups, each as `fourfold` does it. Ends when stopped.

    One after another, so that nothing runs twice at once. What was due while nothing ran is done once, at the start.
    """
    from django.conf import settings

    from fourfold.upkeep import rules, runs
    from fourfold.upkeep.terms import TIMERS

    while True:
        for timer in TIMERS:
            at, last = now(), runs.last(settings.FOURFOLD.data_dir, timer.name)
            if rules.is_due(timer, last.at if last else None, at):
                _do(timer.words, at)
        if once:
            return
        time.sleep(PAUSE_S)


def _do(words: str, at: datetime) -> None:
    typer.echo(f"{at.isoformat(timespec='seconds')}  fourfold {words}", err=True)
    done = subprocess.run([sys.executable, "-m", "fourfold.cli.main", *words.split()], check=False)
    if done.returncode:
        typer.echo(f"{at.isoformat(timespec='seconds')}  ended with {done.returncode}: fourfold {words}", err=True)
