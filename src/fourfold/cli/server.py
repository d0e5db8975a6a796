"""Serving the site from one command: database, invented programme, a welcome, the server."""

import importlib
import os
import subprocess
import sys
from contextlib import nullcontext
from datetime import datetime

from django.conf import settings
from rich.console import Console

from fourfold.cli.console import CANNOT, migrate, stop
from fourfold.cli.patience import busy

console = Console()
REAL = (
    "This database holds accounts of people whom nobody invented. The invented programme is not loaded beside them: set PRODUCTION=1 and "
    "FOURFOLD_DEMO=0."
)
#: Senders for whom one process waits at the same time.
SENDERS = 64


def prepare(*, at: datetime) -> None:
    """Migrate the database where it is behind, and load the invented programme where there is none."""
    if why := settings.FOURFOLD.why_not_serve(os.environ):
        stop(why, CANNOT)
    migrate()
    if not settings.FOURFOLD.demo:
        return
    if not importlib.import_module("fourfold.demo.roster").is_loaded():
        if importlib.import_module("fourfold.access.queries").has_people():
            stop(REAL, CANNOT)
        with nullcontext() if console.is_terminal else busy("Inventing a programme"):
            importlib.import_module("fourfold.demo.load").load(at=at, console=console)


def welcome(port: int, *, at: datetime) -> None:
    """Print the address, one sign-in for each profession, and what to click first."""
    console.print(f"\n[bold]Fourfold is at http://127.0.0.1:{port}/[/bold]  (stop it with Ctrl+C)\n")
    if not settings.FOURFOLD.demo:
        return
    console.print("[bold]Sign in as one of these invented people[/bold]")
    people = importlib.import_module("fourfold.demo.roster").sign_ins()
    for one in people:
        # Whole lines, never a table's cells: an address that is cut cannot be typed.
        console.print(f"\n  {one.email}  [bold]{one.profession}[/bold]\n  {one.first}", soft_wrap=True, highlight=False)
    for password in sorted({one.password for one in people}):
        console.print(f"\nThe password of all of them: [bold]{password}[/bold]", soft_wrap=True)
    console.print(
        "\nThe second factor is a six-digit code. For these invented accounts the sign-in page shows it;"
        "\n`.venv/bin/fourfold code E-MAIL` prints it too.\n",
        soft_wrap=True,
    )


def demo_code(email: str) -> str:
    """Return the present code of an invented account; there is no such thing for a real one."""
    return str(importlib.import_module("fourfold.demo.load").code(email))


def gunicorn(address: str, workers: int = 0) -> list[str]:
    """Return the words that serve on an address: by two processes for each processor, where nobody says how many.

    A process answers one request at a time: threads of one take turns, also while they hold the lock of a write. Its other
    threads only wait for senders (config/front.py). A connection ends with its answer, so that the next request goes to
    whichever process is free. The site is read once, and the processes are forked from what was read (config/wsgi.py).
    """
    several = workers or min(2 * (os.cpu_count() or 1), 8)
    return [
        *(sys.executable, "-m", "gunicorn", "fourfold.config.wsgi:application", "--bind", address),
        *("--worker-class", "fourfold.config.front.Worker", "--threads", str(SENDERS)),
        *("--workers", str(several), "--keep-alive", "0", "--preload"),
        *("--error-logfile", "-", "--log-level", "warning", "--logger-class", "fourfold.config.front.ServersLines"),
    ]


def surroundings() -> dict[str, str]:
    """Return what the server is started with: it may keep its source as compiled, where that folder may be written in.

    Many a container forbids that to all of Python. Each start then compiles a thousand files anew, which takes as long as all
    else that stands before the first page.
    """
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def run(host: str, port: int, workers: int, *, work: bool) -> None:
    """Become the server on an address; what the first page about a team would compile is compiled meanwhile.

    With `work`, beside it runs whoever does what is asked for in the browser and takes long, and ends with it.
    """
    compiles = "import os; os.nice(19); from fourfold.rollout.capacity.network import warm; warm()"
    subprocess.Popen([sys.executable, "-c", compiles], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if work:
        beside = str(os.getpid())  # this becomes the server
        words = [sys.executable, "-m", "fourfold.cli.main", "work", "--beside", beside]
        subprocess.Popen(words, stdin=subprocess.DEVNULL)
    arguments = [*gunicorn(f"{host}:{port}", workers), "--access-logfile", "/dev/null"]
    os.execve(sys.executable, arguments, surroundings())  # noqa: S606 -- our own server, no shell
