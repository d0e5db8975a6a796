"""fourfold work: do what was asked for in the browser and takes long."""

import logging
import os
import time
from typing import Annotated

import typer

from fourfold.cli.console import CANNOT, migrate, now, stop
from fourfold.gateways.feed_store import the_only_worker

log = logging.getLogger(__name__)
#: Seconds between two looks at whether there is work; each is one statement.
LOOK_EVERY = 3.0
#: Seconds between two looks at files that go by themselves, after two weeks.
SWEEP_EVERY = 3_600.0


def work(
    once: Annotated[bool, typer.Option(help="Do what waits, and end.")] = False,
    beside: Annotated[int, typer.Option(help="End when this process has ended.", hidden=True)] = 0,
) -> None:
    """Do what was asked for in the browser and takes long: drafts, checks and imports of feeds, one after another.

    One such process is enough, and a second one ends at once: a file is imported as fast as the disk allows. It may be
    killed at any moment; what it was doing is done again by the next. Exit code 0: nothing waits any more (--once), or its
    server has ended; 2: another process does this already.
    """
    from django.conf import settings
    from django.db import InterfaceError, OperationalError, close_old_connections

    from fourfold import journey
    from fourfold.feeds import services as feeds
    from fourfold.gateways import underway
    from fourfold.programme import services as programme

    migrate()
    with the_only_worker(settings.FOURFOLD.feeds_dir) as alone:
        if not alone:
            stop("Another process does this work already. Nothing was begun twice.", CANNOT)
        swept = -SWEEP_EVERY
        while not beside or os.getppid() == beside:
            close_old_connections()
            try:
                if time.monotonic() >= swept + SWEEP_EVERY:
                    underway.sweep()
                    feeds.throw_old_away(actor=programme.installer(at=now()), at=now())
                    swept = time.monotonic()
                while journey.work_done(clock=now):
                    continue
            except (OperationalError, InterfaceError):
                if once:
                    raise
                log.exception("the database does not answer; it is asked again")
            if once:
                return
            time.sleep(LOOK_EVERY)
