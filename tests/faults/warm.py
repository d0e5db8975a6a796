"""The fourfold command, loaded once: each time it is typed, a child is forked that runs it, and may be killed.

To load the program takes a second and a half of a processor, which a test that types it twenty times paid twenty times. A
child has what a program has that somebody types: a connection, transactions, files and a life of its own.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

Statement = tuple[str, int, str]  # how it begins, the how-manieth of those, counted from the first that begins so


class Warm:
    """A loaded program that waits to be typed, with its own environment; end it with `close`."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.warm"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            cwd=folder,
            env=environment,
        )
        assert self._read() == "loaded"

    def type(self, *words: str, dies_before: Statement | None = None) -> Typed:
        """Type `fourfold …`; its words go nowhere. It kills itself before a statement, however busy the machine is."""
        return self._started(os.devnull, os.devnull, words, dies_before)

    def typed(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Type `fourfold …` and wait for its end and its words."""
        with TemporaryDirectory() as folder:
            out, err = Path(folder, "out"), Path(folder, "err")
            ended = self._started(str(out), str(err), words).wait()
            return subprocess.CompletedProcess(words, ended, out.read_bytes().decode(), err.read_bytes().decode())

    def _started(self, out: str, err: str, words: tuple[str, ...], dies_before: Statement | None = None) -> Typed:
        self._pipe("stdin").write(f"{json.dumps((os.devnull, out, err, dies_before, words))}\n".encode())
        return Typed(self, int(self._read()))

    def has_spoken(self) -> bool:
        return bool(select.select([self._pipe("stdout")], [], [], 0)[0])

    def _read(self) -> str:
        return self._pipe("stdout").readline().decode().strip()

    def _pipe(self, name: str) -> IO[bytes]:
        pipe = getattr(self.process, name)
        assert pipe is not None
        return pipe

    def close(self) -> None:
        self._pipe("stdin").close()
        self.process.wait()
        self._pipe("stdout").close()


class Typed:
    """A command that runs: it stands in the table of processes until the next one is typed, so its number is its own."""

    def __init__(self, warm: Warm, number: int) -> None:
        self.warm, self.number = warm, number

    def is_running(self) -> bool:
        """Whether it has not ended by itself."""
        return not self.warm.has_spoken()

    def wait(self) -> int:
        """Wait for its end; return how it ended: its exit code, or the negative number of a signal."""
        return int(self.warm._read())

    def kill(self) -> int:
        """Kill it wherever it is; return how it ended."""
        with suppress(ProcessLookupError):
            os.kill(self.number, signal.SIGKILL)
        return self.wait()


class Moving:
    """One loaded program for several folders: it finds each where a link points to, which is turned to the next one.

    It keeps the keys of the first folder: type into a folder with this or with a program of its own, not with both.
    """

    def __init__(self, link: Path, environment: Mapping[str, str], cwd: Path) -> None:
        self.link = link
        self.turn(link.with_name("first"))
        self.warm = Warm(environment, cwd)

    def turn(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(folder)

    def typed(self, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
        self.turn(folder)
        return self.warm.typed(*words)


def main() -> None:
    """Load the program, then fork a child for each line of words; say its number, and how it ended once it has."""
    from fourfold.cli import console
    from fourfold.cli import main as command

    console.begin()
    import fourfold.journey  # noqa: F401 -- what every import needs

    say("loaded")
    number = 0
    for line in sys.stdin:
        if number:  # only now: nobody else gets its number while somebody may want to kill it
            os.waitpid(number, 0)
        number = os.fork()
        if not number:
            *streams, dies_before, words = json.loads(line)
            for stream, path in enumerate(streams):
                os.dup2(os.open(path, os.O_RDWR | os.O_CREAT), stream)
            if dies_before:
                die_before(*dies_before)
            sys.exit(command.app(words))
        say(number)
        ended = os.waitid(os.P_PID, number, os.WEXITED | os.WNOWAIT)
        assert ended is not None
        say(ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status)


def die_before(beginning: str, number: int, since: str) -> None:
    """Let this process kill itself before a statement: see Statement."""
    from django.db import connection

    counted = 0

    def count(execute: Any, sql: str, *words: Any) -> Any:
        nonlocal counted
        counted += str(sql).startswith(beginning if counted else since)
        if counted == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, *words)

    connection.execute_wrappers.append(count)


def say(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
