"""fourfold backup drill: is what we keep any good? One is made, or taken from the shelf, and brought back beside the site."""

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from fourfold.cli.console import CANNOT, in_words, now, stop
from fourfold.cli.patience import busy

Shelf = Annotated[Path | None, typer.Option("--data", help="A backup from the shelf; else one is made now.")]
ShelfKeys = Annotated[Path | None, typer.Option("--keys", help="The backup of the keys that belongs to it.")]
Identity = Annotated[Path | None, typer.Option(help="The secret key that opens both.")]
Key = Annotated[Path | None, typer.Option(help="The key of that backup alone, where it has one.")]
OwnKeys = Annotated[
    Path | None, typer.Option(help="The folder with the key of each backup, in which that of this one is found.")
]
Scratch = Annotated[
    str, typer.Option(help="An empty PostgreSQL database, as DATABASE_URL; else one is made and dropped.")
]


def drill(
    shelf: Shelf = None,
    shelf_keys: ShelfKeys = None,
    identity: Identity = None,
    key: Key = None,
    own_keys: OwnKeys = None,
    scratch: Scratch = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Bring a backup back into an empty place beside the site, compare it, verify its log, and take it away again.

    Exit code 0: it came back as it was and its log holds; 1: it did not; 2: the drill could not begin.
    """
    if (shelf is None, shelf_keys is None, identity is None) not in ((True,) * 3, (False,) * 3):
        stop("Give --data, --keys and --identity together, or none of them.", CANNOT)
    if shelf is None and (key or own_keys):
        stop("--key and --own-keys are of a backup from the shelf: name it with --data, --keys and --identity.", CANNOT)
    began, report = time.monotonic(), {"at": now().isoformat(), "from_the_shelf": shelf is not None}
    from fourfold.upkeep.taking import draft

    with draft() as room, busy("Trying a backup"), _place(room, scratch) as env:
        if shelf is None or shelf_keys is None or identity is None:
            shelf, shelf_keys, identity, own_keys = _made(room)
            report["making_s"] = round(time.monotonic() - began, 1)
        report["bytes"] = shelf.stat().st_size
        begun = time.monotonic()
        opens = ["--identity", str(identity)]
        alone = [
            word for name, path in (("--key", key), ("--own-keys", own_keys)) if path for word in (name, str(path))
        ]
        said = [_typed(env, "restore", str(shelf_keys), *opens), _typed(env, "restore", str(shelf), *opens, *alone)]
    report |= {
        "restoring_s": round(time.monotonic() - begun, 1),
        "good": not any(done.returncode for done in said),
        "said": [line for done in said for line in (done.stdout + done.stderr).splitlines()],
    }
    typer.echo(json.dumps(report) if as_json else _in_words(report))
    raise typer.Exit(0 if report["good"] else 1)


def _in_words(report: dict[str, Any]) -> str:
    made = f"written in {report['making_s']} s, " if "making_s" in report else ""
    verdict = "The backup is good." if report["good"] else "The backup is NOT good: nobody could come back from it."
    return "\n".join(
        [verdict, f"{report['bytes']:,} bytes, {made}brought back in {report['restoring_s']} s.", *report["said"]]
    )


def _made(room: Path) -> tuple[Path, Path, Path, Path]:
    """Make both backups for a key that lives as long as the drill, that of the data with a key of its own, as each night."""
    import pyrage

    from fourfold.access import services as access
    from fourfold.upkeep import services as upkeep
    from fourfold.upkeep.terms import CannotKeep

    at, secret = now(), pyrage.x25519.Identity.generate()
    identity, recipients, own_keys = room / "identity", room / "recipients", room / "own-keys"
    identity.write_text(f"{secret}\n")
    recipients.write_text(f"{secret.to_public()}\n")
    with in_words(CannotKeep):
        actor = access.first_administrator(at=at)
        data = upkeep.back_up_data(actor=actor, to=room / "data", recipients=recipients, at=at, own_keys=own_keys)
        keys = upkeep.back_up_keys(actor=actor, to=room / "keys", recipients=recipients, at=at)
    return data, keys, identity, own_keys


@contextmanager
def _place(room: Path, scratch: str) -> Iterator[dict[str, str]]:
    """Yield the environment of an empty installation of the same kind, and take it away afterwards."""
    from django.conf import settings

    ours = ("DATABASE_URL", "FOURFOLD_DATABASE_DIRECT", "FOURFOLD_DATA_DIR", "FOURFOLD_SHARED_KEYS")
    plain = {name: value for name, value in os.environ.items() if name not in ours}
    (place := room / "place").mkdir(0o700)
    empty = {"FOURFOLD_DATA_DIR": str(place), "DATABASE_URL": scratch}
    setting = settings.FOURFOLD.whole_database()
    if scratch or setting["ENGINE"].endswith("sqlite3"):
        yield plain | empty
        return
    name = f"fourfold_drill_{secrets.token_hex(4)}"
    with _scratch_database(setting, name) as address:
        yield plain | empty | {"DATABASE_URL": address}


@contextmanager
def _scratch_database(setting: dict[str, Any], name: str) -> Iterator[str]:
    import psycopg
    from psycopg import sql

    who = f"{quote(setting['USER'])}:{quote(setting['PASSWORD'])}@" if setting["USER"] else ""
    more = "&".join(
        f"{key}={value}" for key, value in {"host": setting["HOST"], "port": setting["PORT"]}.items() if value
    )
    server = f"postgresql://{who}/{{}}?{more}"
    try:
        with psycopg.connect(server.format(quote(setting["NAME"])), autocommit=True) as here:
            here.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    except psycopg.errors.InsufficientPrivilege:
        stop(
            "The role of the site may not make a database, and need not. Make an empty one for the drill and name it: "
            "--scratch postgresql://…/fourfold_drill",
            CANNOT,
        )
    try:
        yield server.format(name)
    finally:
        with psycopg.connect(server.format(quote(setting["NAME"])), autocommit=True) as here:
            here.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _typed(env: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fourfold.cli.main", *words]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)
