"""The words of upkeep: what a backup says of itself, and why one cannot be made, opened or brought back."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any

FORMAT = 1


class CannotKeep(Exception):
    """A backup or an export could not be made; the message says why and what to type."""


class CannotRestore(Exception):
    """A backup is not brought back; the message says why, and that nothing was changed."""


class Holds(StrEnum):
    """What a file holds. Keys and data never lie in one file: each opens nothing without the other."""

    DATA = "data"
    KEYS = "keys"
    EXPORT = "export"


@dataclass(frozen=True)
class Table:
    """One table of a backup: how many rows, and the digest of all of them in the order of their keys."""

    rows: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What stands first in a backup. `log_size`, `log_head` and `log_mac` are the end of the log in it, `begun` from which of
    its entries on each later root key counts; `files` are digests."""

    holds: Holds
    release: str
    made_at: str
    engine: str = ""
    migrations: tuple[str, ...] = ()
    log_size: int = 0
    log_head: str = ""
    log_mac: str = ""
    waiting: int = 0
    tables: dict[str, Table] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    begun: dict[str, int] = field(default_factory=dict)
    format: int = FORMAT

    def as_json(self) -> str:
        return json.dumps(asdict(self), indent=1, sort_keys=True)

    @classmethod
    def read(cls, text: str) -> Manifest:
        """Read what `as_json` wrote, or raise ValueError; what a later format adds is left out, and its number kept."""
        said: Any = json.loads(text)
        if not isinstance(said, dict) or said.get("format") != FORMAT:
            return cls(Holds(said["holds"]), str(said["release"]), str(said["made_at"]), format=int(said["format"]))
        tables = {name: Table(**table) for name, table in said.pop("tables").items()}
        migrations = tuple(said.pop("migrations"))
        return cls(**{**said, "holds": Holds(said["holds"])}, tables=tables, migrations=migrations)


@dataclass(frozen=True)
class Target:
    """Where a backup is to be brought back: the release that is here, what it can read, and what lies there already."""

    release: str
    engine: str
    migrations: frozenset[str]
    has_keys: bool
    keys_fit: bool
    tables: int
    files: tuple[str, ...]


@dataclass(frozen=True)
class Restored:
    """What was brought back: from when, how many rows of how many tables, and how many messages waited to be sent."""

    holds: Holds
    made_at: datetime
    tables: int
    rows: int
    files: int
    waiting: int


@dataclass(frozen=True)
class Timer:
    """Something that a machine does again and again: `words` of the command, how often, and when its silence is too long."""

    name: str
    words: str
    does: str
    every: timedelta
    #: The hour and minute in London at which a daily one is due, and on which days of the week (Monday is 0).
    at: time | None = None
    days: tuple[int, ...] = tuple(range(7))

    @property
    def late_after(self) -> timedelta:
        """So long after its last run something is wrong: a weekend counts for one that rests then."""
        rests = timedelta(days=2) if len(self.days) == 5 else timedelta()
        return self.every + max(self.every / 2, timedelta(minutes=15)) + rests


@dataclass(frozen=True)
class Run:
    """When a command last ended, how, and when it last ended well."""

    at: datetime
    code: int
    good_at: datetime | None


TIMERS = (
    Timer(
        "look",
        "look",
        "looks for who may be on record twice and for reports that belong together",
        timedelta(days=1),
        time(0, 30),
    ),
    Timer("dispatch", "outbox dispatch", "sends what waits in the outbox", timedelta(minutes=5)),
    Timer(
        "digests",
        "outbox digests",
        "sends a line a day to whoever asked for it",
        timedelta(days=1),
        time(7, 0),
        (0, 1, 2, 3, 4),
    ),
    Timer("checkpoint", "audit checkpoint", "signs the end of the log", timedelta(hours=1)),
    Timer(
        "backup",
        "backup data /var/backups/fourfold --recipients /etc/fourfold/recipients/data.txt"
        " --own-keys /var/backups/fourfold-own-keys --keep-days 35",
        "makes an encrypted backup of the data",
        timedelta(days=1),
        time(2, 30),
    ),
    Timer(
        "duties",
        "duties check --mend",
        "holds what waits for people against the records",
        timedelta(days=1),
        time(3, 30),
    ),
)
#: What else is noted when it ends, beside what timers do.
NOTED = ("backup keys", "backup drill")


class Grade(StrEnum):
    """How something stands: what nobody could find out is never taken for sound."""

    SOUND = "sound"
    LOOK = "look"
    MEND = "mend"
    UNKNOWN = "not known"


@dataclass(frozen=True)
class Verdict:
    """How one thing of an installation stands, in a sentence, and what to do about it."""

    subject: str
    grade: Grade
    says: str
    mend: str = ""


@dataclass(frozen=True)
class Certificate:
    """What the site's address answers with: until when its certificate holds, or why it could not be had."""

    host: str
    until: datetime | None = None
    trouble: str = ""


@dataclass(frozen=True)
class OwnKeys:
    """How the folder with the key of each backup stands, "" where the last backup has none; `lost` are backups whose key is gone."""

    folder: str
    missing: bool = False
    closed: bool = False
    open_files: str = ""
    beside: str = ""
    lost: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """What was found out about an installation. None is: it could not be found out."""

    at: datetime
    production: bool
    engine: str
    hosts: tuple[str, ...]
    proxies: tuple[str, ...]
    unknown_settings: dict[str, str] = field(default_factory=dict)
    open_files: str | None = None
    keys_fit: bool | None = True
    keys_whole: bool = True
    missing_migrations: int | None = 0
    log_end: datetime | None = None
    superuser: bool | None = None
    may_make: bool | None = None
    server_version: int | None = None
    clock_off: timedelta | None = None
    clock_kept: bool | None = None
    certificate: Certificate | None = None
    runs: dict[str, Run | None] = field(default_factory=dict)
    own_keys: OwnKeys | None = None
    free: int | None = None
    total: int | None = None
    waiting: int | None = None
    waiting_since: datetime | None = None
    not_known_whether_sent: int | None = None
    #: Changes of which agencies' systems were not told, and which are tried no more.
    not_told: int | None = None
    #: Secrets of agencies' systems, and of where they are told, that were made longer ago than a secret should be used.
    old_secrets: int | None = None
    #: Ways in that can be used, and how many of them nobody has vouched for; what waits for a lead to confirm.
    accounts: int | None = None
    unvouched: int | None = None
    accounts_asked: int | None = None
    asked_since: datetime | None = None
    #: In the last day: sign-ins that failed, and how many of them met a door that was locked after too many.
    failed: int | None = None
    locked_out: int | None = None
    #: When the last file of each site and system was read to its end; files that were stopped and wait for people.
    feeds: dict[str, datetime] | None = None
    feeds_stopped: int | None = None
    rows_held: int | None = None
    #: Disposals that the list with the keys does not name: a restore of an older backup would bring their cases back.
    not_listed: int | None = None
    #: Cases that are there although the same list says that they were disposed of.
    came_back: int | None = None
    release: str = ""
    work: int | None = None
    work_since: datetime | None = None
    worker: bool | None = None
    trouble: tuple[str, ...] = ()
