"""What every command needs: the settings, the time, a database that is up to date, who acts, and how to stop."""

from __future__ import annotations

import errno
import gc
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from fourfold.cli.alone import alone
from fourfold.cli.patience import busy
from fourfold.gateways import logs, traces

if TYPE_CHECKING:
    from fourfold.audit.terms import Actor

log = logging.getLogger(__name__)
Kind = TypeVar("Kind", bound=StrEnum)
FAILED, CANNOT, NOT_ALLOWED, INTERRUPTED = 1, 2, 3, 130
UNFORESEEN = (
    "This failed. What was kept before that stays kept. The line above says where; send it to whoever keeps Fourfold."
)
UNREACHABLE = (
    "The database gives no answer, or does not take the name and password in DATABASE_URL. What was kept before stays kept. "
    "Type: fourfold doctor"
)
NO_TABLES = (
    "The database here is empty: it has no tables. If DATABASE_URL and FOURFOLD_DATA_DIR name another one than was meant, correct them. "
    "`fourfold serve` makes the tables of a new one: systemctl start fourfold.service"
)
OLDER_TABLES = (
    "The tables of this database are not those of this release. Nothing was done. Make a backup with the release that made them, then let "
    "this one bring them up to date: systemctl start fourfold.service (docs/how-to/upgrade.md)"
)
#: A list of commands says the whole first sentence of each.
WHOLE = 1_000


class Command(TyperCommand):
    """A command before which the settings are loaded: not where only its help is asked for, or its words are wrong."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        begin()
        code, began, said = 1, time.monotonic(), _words(ctx)
        try:
            with traces.span("command", command=said) as add:
                try:
                    answer = super().invoke(ctx)
                    code = 0
                    return answer
                except (typer.Exit, typer.Abort, TyperException) as ended:
                    code = getattr(ended, "exit_code", code)
                    raise
                except Exception as fault:
                    if is_unreachable(fault):
                        code = CANNOT
                        stop(UNREACHABLE, CANNOT)
                    if why := why_not_these_tables(fault):
                        code = CANNOT
                        stop(why, CANNOT)
                    if not keeps_values_out():
                        raise
                    code = FAILED
                    log.exception("a command failed in a way that nobody foresaw")
                    stop(UNFORESEEN, FAILED)
                finally:
                    add(code=code)
        finally:
            _note(said, code)
            logs.say("command", command=said, code=code, ms=round((time.monotonic() - began) * 1000))
            traces.end()

    def get_short_help_str(self, limit: int = 0) -> str:
        return super().get_short_help_str(WHOLE)


class Group(TyperGroup):
    """Commands of one subject, each listed by its first sentence."""

    def get_short_help_str(self, limit: int = 0) -> str:
        return super().get_short_help_str(WHOLE)


class Commands(typer.Typer):
    """Commands with plain pages of help: to load what draws boxes round them takes as long as all the rest."""

    def __init__(self, **more: Any) -> None:
        super().__init__(cls=Group, rich_markup_mode=None, **more)

    def command(self, name: str | None = None, **more: Any) -> Callable[[Any], Any]:
        return super().command(name, cls=Command, **more)


def keeps_values_out() -> bool:
    """Return whether a fault is said without its message, which may hold somebody's words: wherever people's data may be."""
    from django.conf import settings

    return bool(settings.FOURFOLD.production)


def _words(ctx: Any) -> str:
    """Return the words of a command, whether the program was called by its name or as a module, as `fourfold timers` does."""
    return f"{_words(ctx.parent)} {ctx.info_name}".strip() if ctx.parent else ""


def _note(words: str, code: int) -> None:
    """Note when a command of a timer ended, for `fourfold doctor`; that it cannot be noted stops nothing."""
    from django.conf import settings

    from fourfold.upkeep import runs

    with suppress(OSError):
        runs.note(settings.FOURFOLD.data_dir, words, code, now())


def begin() -> None:
    """Load the settings, and stop where the program may not run.

    The collector of memory comes not at all while the program loads, for it finds nothing then, and more rarely after.
    """
    gc.set_threshold(20_000, 20, 20)
    gc.disable()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fourfold.config.settings")
    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as why:
        stop(str(why), CANNOT)
    finally:
        gc.freeze()
        gc.enable()
    from django.conf import settings

    traces.begin(settings.FOURFOLD.otlp)
    refuse_invented()


def now() -> datetime:
    """Return this moment, or the one that APP_CLOCK sets."""
    from django.conf import settings

    fixed: str = settings.FOURFOLD.app_clock
    return datetime.fromisoformat(fixed).astimezone(UTC) if fixed else datetime.now(UTC)


def migrate() -> None:
    """Bring the database up to date, and do nothing where it is.

    Stops in production where a database without a log stands beside checkpoints of another one: somebody may have
    replaced it. Elsewhere the checkpoints are put aside, and that is said.
    """
    from django.apps import apps
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from fourfold.gateways.bulk import count_what_grew, look_at_new_indexes, make_missing_indexes

    make_way()

    def is_behind() -> bool:
        executor = MigrationExecutor(connection)
        return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))

    if is_behind():
        with alone("Setting up the database", "database"), busy("Setting up the database"):
            if is_behind():  # another run may have done it while this one waited
                call_command("migrate", verbosity=0, interactive=False)
                look_at_new_indexes()
                gc.collect()  # the tables as each upgrade knew them, a hundred MB that hold one another
    for name in make_missing_indexes(apps.get_models()):
        typer.echo(f"The index {name} was missing, as where an import was killed: it is made.", err=True)
    count_what_grew()


def refuse_invented() -> None:
    """Stop in production where the database has ever held the invented programme, or its keys are others than these."""
    from django.conf import settings

    if settings.FOURFOLD.production:
        from fourfold.access import queries
        from fourfold.upkeep.queries import why_not_these_keys

        try:
            why = queries.why_not_real() or why_not_these_keys()
        except Exception as fault:
            if not is_unreachable(fault):
                raise
            return  # whatever needs it says so, and the doctor looks at the rest
        if why:
            stop(why, CANNOT)


def make_way() -> None:
    """Let a new database begin, with a word about what was put aside for it; stop where only a person may decide."""
    from fourfold.audit import services
    from fourfold.audit.terms import CannotBegin

    try:
        said = services.make_way()
    except CannotBegin as why:
        stop(str(why), CANNOT)
    if said:
        typer.echo(said, err=True)


@contextmanager
def nothing_kept(dry_run: bool) -> Iterator[None]:
    """Undo whatever was written inside, if this is a dry run."""
    from django.db import transaction

    if not dry_run:
        yield
        return
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def acting(site: str, email: str, at: datetime) -> Actor:
    """Return who acts; a site that ships and is not founded yet is founded first."""
    from fourfold.programme import queries, services
    from fourfold.programme.acting import feed_robot
    from fourfold.programme.sites import shipped, shipped_site
    from fourfold.programme.terms import InvalidModel

    founded = {card.code for card in queries.sites()}
    if site not in founded and site in shipped():
        try:
            services.found_site(actor=services.installer(at=at), spec=shipped_site(site), at=at)
        except InvalidModel as why:
            stop(f"{site} ships and cannot be founded here: {why}", CANNOT)
    else:
        queries.site(site)
    if email:
        return holder(email, at)
    robot = feed_robot(site, at=at)
    if robot is None:
        services.hire_feed_robot(actor=services.installer(at=at), site=site, at=at)
        robot = feed_robot(site, at=at)
    if robot is None:
        stop(f"The robot of {site} could not be hired.", CANNOT)
    return robot


@contextmanager
def in_words(*cannot: type[Exception]) -> Iterator[None]:
    """End a command with the words of what went wrong: exit code 2 for these errors, 3 for whoever may not."""
    from fourfold.access.terms import Refused

    try:
        yield
    except cannot as why:
        stop(str(why), CANNOT)
    except Refused as why:
        stop(str(why), NOT_ALLOWED)
    except Exception as why:
        if not is_full(why):
            raise
        stop(
            "The disk is full. Nothing is half there: what was kept before is whole. Make room and run the same command again.",
            CANNOT,
        )


def is_full(fault: BaseException) -> bool:
    """Return whether a fault says that a disk is full, as SQLite, PostgreSQL or the system words it."""
    said = str(fault).casefold()
    full = "disk is full" in said or "no space left" in said or getattr(fault, "errno", None) == errno.ENOSPC
    return full or (fault.__cause__ is not None and is_full(fault.__cause__))


def is_unreachable(fault: BaseException) -> bool:
    """Return whether a fault says that no connection to PostgreSQL came about: the server itself said nothing."""
    from django.db import OperationalError

    return isinstance(fault, OperationalError) and getattr(fault.__cause__, "sqlstate", "") is None


def why_not_these_tables(fault: BaseException) -> str | None:
    """Return what to do where a fault says that a table or a column is not there, and this release brings it."""
    from django.db import DatabaseError, connection

    from fourfold.upkeep.queries import missing_migrations

    lacks = "no such " in str(fault) or getattr(fault.__cause__, "sqlstate", "") in ("42P01", "42703")
    if not (isinstance(fault, DatabaseError) and lacks and missing_migrations()):
        return None
    return OLDER_TABLES if connection.introspection.table_names() else NO_TABLES


def holder(email: str, at: datetime) -> Actor:
    """Return who holds the account with this address, or end the command."""
    from fourfold.programme.acting import acting_as

    actor = acting_as(email, at=at)
    if actor is None:
        stop(f"Nobody holds an account with the address {email}.", CANNOT)
    return actor


def one_of(kinds: type[Kind], said: str, option: str) -> Kind:
    """Return the member of this value, or end the command with what may be said."""
    if said not in list(kinds):
        stop(f"{option} is one of: {', '.join(kinds)}.", CANNOT)
    return kinds(said)


def stop(message: str, code: int) -> NoReturn:
    """Say on the error stream why a command ends, and end it with this exit code."""
    typer.echo(message, err=True)
    raise typer.Exit(code)
