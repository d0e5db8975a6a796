"""What the environment may set, each with a type and the safe choice for a laptop; a wrong value stops the start."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import sys
from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.db.backends.sqlite3.base import SQLiteCursorWrapper
from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from fourfold.config.lines import LineSettings
from fourfold.config.messages import MessageSettings
from fourfold.config.sign_on import SignOnSettings
from fourfold.gateways import private
from fourfold.gateways.keyring import open_keyring
from fourfold.gateways.transport import Outbox
from fourfold.upkeep.rules import unknown_settings

_HERE = Path(__file__).resolve()
PROJECT = _HERE.parents[3] if (_HERE.parents[3] / "pyproject.toml").exists() else Path.cwd()


#: Settings that are read before or beside the typed ones.
BESIDE = frozenset({"FOURFOLD_PATIENCE"})
HOME = frozenset({"127.0.0.1", "localhost", "[::1]"})


class Environment(MessageSettings, SignOnSettings, LineSettings):
    """Settings read from the environment, `FOURFOLD_…` but for DATABASE_URL, APP_CLOCK and PRODUCTION."""

    model_config = SettingsConfigDict(env_prefix="FOURFOLD_", extra="ignore", frozen=True, hide_input_in_errors=True)
    #: What Django asks of each setting that it hands out: to be asked for a name that is not there takes us 5 µs.
    _mask_wrapped: ClassVar[bool] = True

    data_dir: Path = PROJECT / "var"
    shared_keys: Path | None = None
    database_url: str = Field(default="", validation_alias="DATABASE_URL")
    #: The same database without a pooler between, for backups: they hold one snapshot in two connections.
    database_direct: str = ""
    app_clock: str = Field(default="", validation_alias="APP_CLOCK")
    production: bool = Field(default=False, validation_alias="PRODUCTION")
    debug: bool = False
    demo: bool = True
    test_mode: bool = False
    #: Whether staff may choose Welsh: a unit says so once its translator has looked at the words.
    staff_welsh: bool = False
    #: Where Spark computes when it is asked to: its own address of a cluster, or this machine; and a folder that every
    #: worker of a cluster sees as this machine does.
    spark_master: str = "local[2]"
    spark_folder: Path | None = None
    allowed_hosts: str = "127.0.0.1,localhost,[::1]"
    #: The proxies whose word counts for where a request comes from and whether it came encrypted: addresses or networks,
    #: with commas. What anybody else says of that is not read.
    trusted_proxies: str = "127.0.0.1,::1"
    #: Networks inside which agencies' systems may be told of changes, with commas; beside these only the internet. And
    #: a file of certificates to trust there instead of the system's.
    webhook_networks: str = ""
    webhook_certificates: Path | None = None
    #: Where somebody writes who asks about their record, by the code of the agency that answers for it, as JSON.
    write_to: dict[str, str] = Field(default_factory=dict)
    idle_minutes: int = 15
    session_hours: int = 10
    #: So many days after its agency's lead vouched for an account it begins to open files and to sign.
    vouched_days: int = Field(default=3, ge=1)

    @field_validator("database_url", "database_direct")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in ("sqlite", "postgres", "postgresql"):
            raise ValueError("it must begin with sqlite:// or postgresql://")
        return value

    @field_validator("trusted_proxies", "webhook_networks")
    @classmethod
    def _real_networks(cls, value: str) -> str:
        for each in filter(None, map(str.strip, value.split(","))):
            if ip_network(each).prefixlen == 0:
                raise ValueError("it may not name every address there is")
        return value

    @model_validator(mode="after")
    def _nothing_invented_in_production(self) -> Environment:
        if self.production and (self.demo or self.test_mode or self.debug or self.app_clock):
            raise ValueError(
                "PRODUCTION=1 refuses demo, test mode, debug and APP_CLOCK: "
                "set FOURFOLD_DEMO=0 and unset FOURFOLD_TEST_MODE, FOURFOLD_DEBUG and APP_CLOCK"
            )
        return self

    @property
    def keys_dir(self) -> Path:
        return self.shared_keys or _below(self.data_dir, "keys")

    @property
    def checkpoints(self) -> Path:
        """The append-only file of signed audit checkpoints, one for each database."""
        ours, before = self.places_of_checkpoints()
        return ours if before == ours or ours.exists() or not before.exists() else before

    def places_of_checkpoints(self) -> tuple[Path, Path]:
        """Return where that file lies by the database's name alone, and where by its whole address, password and all, up to 0.2.0."""
        return _places_of_checkpoints(self.database_url, self.data_dir)

    @property
    def extracts_dir(self) -> Path:
        return self.data_dir / "extracts"

    @property
    def outbox_dir(self) -> Path:
        """Where messages to victims are handed over to whoever carries them on."""
        return self.data_dir / "outbox"

    def transport(self) -> Outbox:
        """Return the way out for messages to victims."""
        return Outbox(self.outbox_dir, self.providers())

    def networks_of_webhooks(self) -> tuple[str, ...]:
        """Return the networks inside which agencies' systems may be told of changes."""
        return tuple(filter(None, map(str.strip, self.webhook_networks.split(","))))

    @property
    def digest_dir(self) -> Path:
        """Where lines for those who work here are handed over to the mail relay."""
        return self.data_dir / "digests"

    @property
    def feeds_dir(self) -> Path:
        """Where files that somebody brought through the browser lie until they are imported."""
        return self.data_dir / "feeds"

    @property
    def arriving_dir(self) -> Path:
        """Where what somebody sends lies while it arrives, too large for memory; no backup keeps it."""
        return self.data_dir / "arriving"

    def secret(self, name: str) -> str:
        """Return a secret derived from the keyring, in hexadecimal."""
        return open_keyring(self.keys_dir).derived(name).hex()

    def database(self) -> dict[str, Any]:
        """Return Django's setting for the one database, embedded SQLite unless DATABASE_URL names another."""
        if not self.database_url or self.database_url.startswith("sqlite"):
            return _sqlite(self._sqlite_path())
        return _postgres(self.database_url)

    def whole_database(self) -> dict[str, Any]:
        """Return Django's setting for the database as backups reach it: straight, where a pooler stands between."""
        return _postgres(self.database_direct) if self.database_direct.startswith("postgres") else self.database()

    def why_not_start(self) -> str | None:
        """Return why production must not start on this machine as it is, and what to type; None where it may."""
        if not self.production:
            return None
        if not os.access(self.data_dir, os.W_OK | os.X_OK):
            return private.why_not_ours("FOURFOLD_DATA_DIR", self.data_dir)
        ours, folders = self.checkpoints, (self.data_dir, self.keys_dir)
        if not self.database_url and not ours.exists() and next(ours.parent.glob("*.jsonl"), None):
            return (
                f"DATABASE_URL is not set, and {ours.parent} holds what was signed of a database elsewhere. Set DATABASE_URL to "
                "where it is, such as postgresql://… Without it an empty one would begin here."
            )
        if self.database_url.startswith("postgres"):
            return private.why_open(folders, ())
        path = self._sqlite_path()
        beside = [path.with_name(path.name + ending) for ending in ("", "-wal", "-shm", "-journal")]
        return private.why_open(folders, () if path.is_relative_to(self.data_dir) else (path.parent, *beside))

    def why_not_serve(self, environ: Iterable[str]) -> str | None:
        """Return why production must not be served with these settings, and what to set; None where it may."""
        if not self.production:
            return None
        if strange := unknown_settings(environ, self.names()):
            name, likely = next(iter(strange.items()))
            return f"{name} is no setting, and nothing reads it.{f' Is {likely} meant?' if likely else ''}"
        if set(self.allowed_hosts.split(",")) <= HOME:
            return (
                "FOURFOLD_ALLOWED_HOSTS names this machine alone: set it to the name under which people reach the site."
            )
        if "*" in self.allowed_hosts:
            return "FOURFOLD_ALLOWED_HOSTS may not be every name there is: set it to the site's own."
        if not self.trusted_proxies.strip():
            return (
                "FOURFOLD_TRUSTED_PROXIES names nobody: every request would seem to come without TLS. Name the proxy."
            )
        return None

    @classmethod
    def names(cls) -> frozenset[str]:
        """Return the name of every setting, as the environment says it."""
        return BESIDE | {_name_of(field) for field in cls.model_fields}

    def _sqlite_path(self) -> Path:
        if not self.database_url:
            return self.data_dir / "fourfold.sqlite3"
        return Path(unquote(self.database_url.partition("://")[2].removeprefix("/")))


def _name_of(field: str) -> str:
    alias = Environment.model_fields[field].validation_alias if field in Environment.model_fields else field
    return str(alias or f"FOURFOLD_{field.upper()}")


#: What a value must be, in words, by the first part of how pydantic calls its kind of mistake.
WHAT_IT_IS = {"bool": "enter 1 or 0", "int": "enter a whole number", "greater": "the number is too low"}


def read() -> Environment:
    """Read the settings, or raise ImproperlyConfigured, which names each one that is wrong and says what it may be."""
    try:
        return Environment()
    except ValidationError as wrong:
        lines = [
            ": ".join([*(_name_of(str(field)) for field in error["loc"][:1]), _said(error)])
            for error in wrong.errors(include_url=False, include_input=False)
        ]
        raise ImproperlyConfigured("; ".join(lines)) from None


def _said(error: Mapping[str, Any]) -> str:
    return WHAT_IT_IS.get(error["type"].partition("_")[0]) or error["msg"].removeprefix("Value error, ")


@lru_cache(maxsize=16)  # each page asks several times
def _below(folder: Path, name: str) -> Path:
    return folder / name


@lru_cache(maxsize=16)  # every entry of the log asks
def _places_of_checkpoints(url: str, data: Path) -> tuple[Path, Path]:
    name = f"postgresql:{_postgres(url)['NAME']}" if url.startswith("postgres") else url
    named = [hashlib.sha256(by.encode()).hexdigest()[:12] if by else "embedded" for by in (name, url)]
    ours, before = (data / "checkpoints" / f"{one}.jsonl" for one in named)
    return ours, before


class PlannedOnce(sqlite3.Connection):
    """A connection that plans a statement once, whatever values it is run with.

    SQLite looks at the values for which of our partial indexes they fit; it then plans anew at each run, which took fifty
    times as long as the longest statement of a day. Python gives us the way to say so from 3.12 on.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if sys.version_info >= (3, 12):
            self.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_QPSG, True)

    def cursor(self, factory: Any = sqlite3.Cursor) -> Any:
        """Return a cursor that knows how the last few hundred statements read with SQLite's own signs for a value.

        The framework looks for its signs in the whole of a statement at each run: a twentieth of what the desk takes.
        """
        found: Any = super().cursor(factory)
        if hasattr(found, "convert_query"):
            found.convert_query = _with_own_signs
        return found


def _with_own_signs(query: str, *, param_names: list[str] | None = None) -> str:
    if param_names is not None:
        return query % {name: f":{name}" for name in param_names}
    if len(query) <= LONG:
        return _signed(query)
    return _signed_long(query) if len(query) <= LONGEST_KEPT else _signed.__wrapped__(query)


#: Longer are the few that ask for several lists at once, a home's above all; one that names thousands of rows comes once.
LONG, LONGEST_KEPT = 32_000, 128_000


@lru_cache(maxsize=512)
def _signed(query: str) -> str:
    return str(SQLiteCursorWrapper.convert_query(None, query))  # type: ignore[arg-type]  # it asks nothing of a cursor


_signed_long = lru_cache(maxsize=48)(_signed.__wrapped__)


def _sqlite(path: Path) -> dict[str, Any]:
    private.made(path.parent)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        # To open it anew for each request reads the schema of every table again, and empties what was in memory.
        "CONN_MAX_AGE": 60,
        "OPTIONS": {
            # Writers queue from the first statement instead of failing half-way; what is acknowledged is on disk.
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "factory": PlannedOnce,
            # Pages and services send some three thousand statements; of Python's own 128 hardly one was still known.
            "cached_statements": 3_000,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
            "PRAGMA secure_delete=ON; "  # what is removed is overwritten
            # Read where the system holds the file, as much of it as SQLite maps: its own cache of 2 MB read a page anew.
            "PRAGMA mmap_size=2147418112;",
        },
    }


def _postgres(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(query.pop("host", parts.hostname or "")),
        "PORT": str(query.pop("port", parts.port or "")),
        # With it goes all that it has planned, a third of a second's work for one person's pages. One that was cut off is found.
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        # Nothing of our own for the server: a pooler refuses a connection that asks for settings (deploy/postgresql/pgbouncer.ini).
        # What it is to keep and to plan it is asked (access/kept.py); a pool of sessions lets it.
        "OPTIONS": {"prepare_threshold": int(query.pop("prepare_threshold", 2)), **query},
    }
