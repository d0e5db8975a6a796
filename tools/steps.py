"""Execute the steps of deploy/Containerfile, read from it, in a Debian of the system's packages; then start what came of them.

    .venv/bin/python -m tools.steps            every stage: execute; the site: start as an image, as units, and as deploy/compose.yaml says

It is one of the checks; the images themselves are built by tools.image. The Debian that every stage begins with is kept in var/rooms, and
packages of Python and of the pages come from this account's own caches where they lie there. Each stage is laid over that one Debian, in
memory where there is enough, so that nothing is unpacked twice and nothing has to be taken away at the end.

Exit code 0: each step did what it says, and what came of it answers; 77: no such Debian can be made here, and why.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tools import image, room, together
from tools.progress import ROOT
from tools.room import Wrong, does, say

FILE = ROOT / "deploy" / "Containerfile"
ROOMS = ROOT / "var" / "rooms"
NOT_RUN = 77
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#: What this account has fetched before, by where root has it in the room.
CACHES = {"~/.cache/uv": "root/.cache/uv", "~/.cache/pip": "root/.cache/pip", "~/.npm": "root/.npm"}
BASE = ("ca-certificates", *room.MACHINE)
IN_MEMORY = 8 << 20  # kilobytes that have to be free for it: the rooms take a good three million
NEW_MOUNTS = 0x00020000  # CLONE_NEWNS
LOOPBACK = (
    "import fcntl, socket, struct; fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sh', b'lo', 65))"  # up, running
)
READY = "import urllib.request as u; [u.urlopen(u.Request('http://127.0.0.1:8000' + path, headers={'Host': 'fourfold.example', 'X-Forwarded-Proto': 'https'}), timeout=20) for path in ('/health/liveness', '/health/readiness', '/accounts/login/')]"
SETTINGS = "PRODUCTION=1\nFOURFOLD_DEMO=0\nFOURFOLD_ALLOWED_HOSTS=fourfold.example\nFOURFOLD_TRUSTED_PROXIES=127.0.0.1\nFOURFOLD_DATA_DIR=/var/lib/fourfold\n"


@dataclass
class Stage:
    """A stage: its steps in their order, and what its steps have said by the one that stands now."""

    name: str
    steps: list[tuple[str, str]]
    room: Path = Path()
    env: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    last: dict[str, str] = field(default_factory=dict)  # USER, ENTRYPOINT, CMD, HEALTHCHECK, VOLUME, EXPOSE
    ended: threading.Event = field(default_factory=threading.Event)
    whole: bool = False


def stages(text: str) -> dict[str, Stage]:
    """Return the stages of a Containerfile by name, each with its steps; a word that is not known is Wrong."""
    found = dict[str, Stage]()
    joined = re.sub(r"\\\n(\s*#.*\n)*", " ", text)
    for line in filter(None, map(str.strip, joined.splitlines())):
        word, _, rest = line.partition(" ")
        if line.startswith("#"):
            continue
        if word == "FROM":
            _, _, name = rest.partition(" AS ")
            if not name:  # what a build without a target makes
                break
            found[name] = Stage(name, [])
        elif word not in KNOWN:
            raise Wrong(f"a step of an unknown kind: {line}")
        elif found:
            next(reversed(found.values())).steps.append((word, rest.strip()))
    return found


def executed(stage: Stage, above: Mapping[str, Stage], desk: Path) -> Stage:
    """Execute the steps of a stage in a room of its own; whoever takes something from it waits for its end."""
    try:
        stage.room = _laid_over(desk, stage.name, [desk / "base"])
        for word, rest in stage.steps:
            say(stage.name, word, rest)
            KNOWN[word](stage, rest, above, desk)
        stage.whole = True
        return stage
    finally:
        stage.ended.set()


def _env(stage: Stage, rest: str, *_: object) -> None:
    stage.env |= dict(each.split("=", 1) for each in shlex.split(rest))


def _workdir(stage: Stage, rest: str, *_: object) -> None:
    stage.folder = rest
    (stage.room / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)


def _run(stage: Stage, rest: str, *_: object) -> None:
    if stage.last.get("USER"):
        raise Wrong(f"a step as {stage.last['USER']} is not executed here: {rest}")
    declared = [said.partition("=")[0] for word, said in stage.steps if word == "ARG"]
    env = stage.env | {name: os.environ[name] for name in declared if name in os.environ}
    words = _in_room(stage, env, ["sh", "-c", rest], before=_lent(stage.room))
    if subprocess.run(words, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False).returncode:
        raise Wrong(f"this step of the stage {stage.name} failed: RUN {rest}")


def _copy(stage: Stage, rest: str, above: Mapping[str, Stage], desk: Path) -> None:
    *sources, goes = [word for word in rest.split() if not word.startswith("--")]
    named = re.match(r"--from=(\S+)", rest)
    top = _whole(above[named[1]]).room if named else _context(desk)
    target = stage.room / str(Path(stage.folder, goes)).lstrip("/")
    for source in sources:
        there = top / source.lstrip("/")
        whole = there.is_dir()
        (target if whole or goes.endswith("/") else target.parent).mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-a", f"{there}/." if whole else str(there), str(target)], check=True)


def _whole(stage: Stage) -> Stage:
    stage.ended.wait()
    if not stage.whole:
        raise Wrong(f"what the stage {stage.name} should hand on was not made")
    return stage


def _said(word: str) -> Callable[..., None]:
    def note(stage: Stage, rest: str, *_: object) -> None:
        stage.last[word] = rest

    return note


KNOWN: dict[str, Callable[..., None]] = {
    "ENV": _env, "WORKDIR": _workdir, "RUN": _run, "COPY": _copy, "ARG": lambda *_: None,
    **{word: _said(word) for word in ("USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD")},
}  # fmt: skip


def _context(desk: Path) -> Path:
    """Return a folder of what the build is handed, which .containerignore says."""
    there = desk / "context"
    if not there.exists():
        there.mkdir()
        told = (ROOT / ".containerignore").read_text().split()
        if told[0] != "*" or not all(line.startswith(("!", "**/")) for line in told[1:]):
            raise Wrong("this .containerignore is not one that leaves everything out and names what goes in")
        listed = str(image.PARTS.relative_to(ROOT))
        paths = [line[1:] for line in told if line.startswith("!") and line[1:] != listed]
        out = [f"--exclude={line[3:]}" for line in told if line.startswith("**/")]
        taken = subprocess.Popen(["tar", "--create", *out, *paths], cwd=ROOT, stdout=subprocess.PIPE)
        subprocess.run(["tar", "--extract"], cwd=there, stdin=taken.stdout, check=True)
        if taken.wait():
            raise Wrong("what the build is handed is not all here")
        (there / listed).parent.mkdir()
        (there / listed).write_text(json.dumps(image.parts()))
    return there


def _base(desk: Path) -> Path:
    """Return a tar of the Debian that every stage begins with; made on the desk, and kept."""
    name = hashlib.sha256(" ".join((room.SUITE, *BASE)).encode()).hexdigest()[:16]
    tar = ROOMS / f"base.{name}.tar"
    if not tar.exists():
        say("base", "mmdebstrap", " ".join(BASE))
        room.made(tar, BASE, desk)
    return tar


def _laid_over(desk: Path, name: str, below: Sequence[Path]) -> Path:
    """Return a room that has all of those below it, the first uppermost, and keeps what is written in it to itself."""
    there, over, work = (desk / f"{name}{ending}" for ending in ("", ".over", ".work"))
    for each in (there, over, work):
        each.mkdir()
    layers = f"lowerdir={':'.join(map(str, below))},upperdir={over},workdir={work}"
    if not does(["mount", "-t", "overlay", "overlay", "-o", layers, str(there)]):
        for each in reversed(below):
            subprocess.run(["cp", "-a", f"{each}/.", str(there)], check=True)
    return there


def _over(stage: Stage) -> list[Path]:
    """Return the layers of which a stage consists, the uppermost first."""
    layered = os.path.ismount(stage.room)
    return [Path(f"{stage.room}.over"), stage.room.parent / "base"] if layered else [stage.room]


@contextmanager
def _desk() -> Iterator[Path]:
    """Yield a folder for the rooms, whose mounts are this process's alone: in memory where there is enough of it."""
    if ctypes.CDLL(None, use_errno=True).unshare(NEW_MOUNTS):
        raise OSError(ctypes.get_errno(), "no mounts of one's own")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    with tempfile.TemporaryDirectory(prefix="fourfold-steps-", ignore_cleanup_errors=True) as kept:
        desk = Path(kept)
        free = re.search(r"^MemAvailable: +(\d+)", Path("/proc/meminfo").read_text(), re.MULTILINE)
        if free and int(free[1]) > IN_MEMORY:
            subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755,size=75%", "tmpfs", kept], check=True)
        desk.chmod(0o755)  # whoever has no right of root reads its rooms
        try:
            yield desk
        finally:
            subprocess.run(["umount", "--lazy", *map(str, filter(os.path.ismount, desk.iterdir()))], check=False)
            subprocess.run(["umount", "--lazy", kept], check=False, stderr=subprocess.DEVNULL)
            subprocess.run(["rm", "--recursive", "--force", *map(str, desk.iterdir())], check=False)


def _lent(there: Path) -> str:
    """Return the lines that lend a room, while a step runs, what this machine knows of where packages come from."""
    lines = [f"mount -t tmpfs tmpfs {there}/mnt"]
    for at, path in enumerate(map(Path, (*image.LENT, "/etc/resolv.conf", *room.shelves()))):
        if path.is_dir():  # what a package writes into a folder goes with the step
            over = f"lowerdir={path},upperdir={there}/mnt/{at},workdir={there}/mnt/{at}.work"
            lines.append(f"mkdir -p {there}{path} {there}/mnt/{at} {there}/mnt/{at}.work")
            lines.append(f"mount -t overlay overlay -o {over} {there}{path} || mount --bind -o ro {path} {there}{path}")
        elif path.exists():
            lines.append(f"touch {there}{path}; mount --bind -o ro {path} {there}{path}")
    for name, goes in CACHES.items():
        if (cache := Path(name).expanduser()).is_dir():
            lines.append(f"mkdir -p {there}/{goes}; mount --bind {cache} {there}/{goes}")
    return "\n".join(lines)


def _in_room(stage: Stage, env: Mapping[str, str], words: Sequence[str], *, before: str = "", as_whom: str = "",
             apart: Sequence[str] = ()) -> list[str]:  # fmt: skip
    """Return the words that type something in a stage's room, its folders mounted, with its settings alone."""
    settings = {"PATH": PATH, "HOME": "/root", "LC_ALL": "C.UTF-8"} | dict(env)
    typed = ["chroot", str(stage.room), *_as(as_whom), "env", "-i", *(f"{k}={v}" for k, v in settings.items())]
    typed += ["sh", "-c", f"cd {stage.folder} && exec {shlex.join(words)}"]
    return room.inside(stage.room, f"{before}\nexec {shlex.join(typed)}", apart=apart)


def _as(whom: str) -> list[str]:
    """Return the words that make somebody of a process: without a capability, and without a way to one."""
    if not whom:
        return []
    uid, gid = whom.split(":")
    none = ["--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
    return ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", *none]


# ---- what came of the steps


def run_as_an_image(stage: Stage, desk: Path) -> None:
    """Start what the image starts, as its user, on a root that cannot be written, and hold it to what it says of itself."""
    uid, gid = map(int, stage.last["USER"].split(":"))
    volumes = json.loads(stage.last["VOLUME"])
    before = [shlex.join([sys.executable, "-c", LOOPBACK])]
    for at, volume in enumerate(volumes):
        data = desk / f"volume-{at}"
        data.mkdir(mode=0o700)
        os.chown(data, uid, gid)
        before.append(f"mount --bind {data} {stage.room}{volume}")
    before += [f"mount -o remount,bind,ro {stage.room}", f"mount -t tmpfs -o mode=1777 tmpfs {stage.room}/tmp"]
    env = stage.env | dict(line.split("=", 1) for line in SETTINGS.split())
    words = [*json.loads(stage.last["ENTRYPOINT"]), *json.loads(stage.last["CMD"])]
    started = _in_room(stage, env, words, before="\n".join(before), as_whom=stage.last["USER"], apart=["--net"])
    health = json.loads(stage.last["HEALTHCHECK"].partition("CMD ")[2])
    with _running(started, desk / "image.log") as process:
        typed = [*_beside(process), *_as(stage.last["USER"]), "env", "-i", *(f"{k}={v}" for k, v in env.items())]
        _until(lambda: does([*typed, *health]), process, desk / "image.log", "its HEALTHCHECK")
        _until(
            lambda: does([*typed, "python", "-c", READY]), process, desk / "image.log", "liveness, readiness, sign-in"
        )
        for path in ("/srv/fourfold/x", "/usr/x", "/etc/x", "/var/lib/x"):
            if does([*typed, "sh", "-c", f": >{path}"]):
                raise Wrong(f"the image writes {path}")
        for path in ("/tmp/x", *(f"{volume}/x" for volume in volumes)):
            if not does([*typed, "sh", "-c", f": >{path} && rm {path}"]):
                raise Wrong(f"the image cannot write {path}")
    say(
        stage.name,
        "STARTED",
        f"as {stage.last['USER']}: healthy, ready, writes nothing but /tmp and {' '.join(volumes)}",
    )


def start_the_units(stage: Stage, desk: Path) -> None:
    """Let systemd start each unit of deploy/ in the room, with the data that the image set up, and kill two of them."""
    there, units = _laid_over(desk, "units", _over(stage)), units_of(ROOT / "deploy")
    for unit in units:
        shutil.copy(unit, there / "etc/systemd/system")
    subprocess.run(["cp", "-a", f"{desk}/volume-0/.", f"{there}/var/lib/fourfold/"], check=True)
    shutil.copy(ROOT / "deploy" / "fourfold", there / "usr/local/sbin/fourfold")
    with room.started(there, apart=["--net"]) as typed:
        lines = "\n".join((*_prepared(), _ready(), *_founded(), *_each(units), _read(), _again()))
        done = subprocess.run([*typed, "bash", "-ec", lines], stdin=subprocess.DEVNULL, check=False)
        if done.returncode:
            subprocess.run([*typed, "journalctl", "--no-pager", "--lines=60", "--unit=fourfold*"], check=False)
            raise Wrong("a unit did not start as it says")
    say("units", "STARTED", f"{len(units)} files by systemd")


def units_of(deploy: Path) -> list[Path]:
    """Return every unit that a how-to installs: those of each installation, then the examples."""
    return [*sorted((deploy / "systemd").iterdir()), *sorted((deploy / "examples").iterdir(), reverse=True)]


def _prepared() -> Iterator[str]:
    """Yield what the how-to types before the units, and the settings for the embedded database."""
    how_to = (ROOT / "docs/how-to/run-for-a-force.md").read_text()
    yield "export PATH=" + PATH
    yield from re.findall(r"^(?:adduser|install -d -o) .*$", how_to, re.MULTILINE)
    yield f"printf %s {shlex.quote(SETTINGS)} >/etc/fourfold/fourfold.env; chgrp fourfold /etc/fourfold/fourfold.env"
    make = "import pyrage; print(pyrage.x25519.Identity.generate().to_public())"
    yield f"/srv/fourfold/.venv/bin/python -c {shlex.quote(make)} >/etc/fourfold/recipients/data.txt"
    yield "chmod 0750 /etc/fourfold/recipients; chown --recursive fourfold:fourfold /var/lib/fourfold"
    yield "systemctl daemon-reload; systemctl enable --now fourfold.service fourfold-work.service"
    yield from _examples((ROOT / "deploy/examples/fourfold-feeds.service").read_text())


def _examples(text: str) -> Iterator[str]:
    """Yield what the examples of units say is done before them, and what a sender and an agency lay there."""
    [shared] = re.findall(r"^#   (addgroup .*)$", text, re.MULTILINE)
    yield "adduser --quiet --system sender; " + shared.replace("THE-SENDER", "sender")
    yield "cp /srv/fourfold/src/fourfold/intake/mappings/police_uk.toml /etc/fourfold/our-force.toml"
    yield "cd /srv/feed"
    header = "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,Last outcome category,Context"
    row = "0a1,2026-09,Cheshire,Cheshire,-2.5,53.2,On or near Mill Lane,E01,Cheshire 1A,Burglary,Under investigation,"
    lays = f"printf '%s\\n' '{header}' '{row}' >september.csv; sha256sum september.csv >september.csv.sha256"
    yield f"setpriv --reuid=sender --regid=feed --clear-groups sh -c {shlex.quote('umask 0007; ' + lays)}"
    yield "install -d -m 0755 /srv/lists; printf '%s\\n' hr_id,email,agency,active cp-1,,cheshire-police,yes >/srv/lists/people.csv; cd /"


def _ready() -> str:
    asks = f"python3 -c {shlex.quote(READY)} 2>/dev/null"
    return f"for n in $(seq 240); do {asks} && break; sleep 1; test $n -lt 240; done"


def _founded() -> Iterator[str]:
    """Yield what the how-to types for a site and its first people: the agencies of a list have to be known."""
    how_to = (ROOT / "docs/how-to/run-for-a-force.md").read_text()
    yield "chmod 0755 /usr/local/sbin/fourfold"
    yield from re.findall(r"^fourfold (?:sites found|first-people) .*$", how_to, re.MULTILINE)


def _each(units: Sequence[Path]) -> Iterator[str]:
    for timer in (unit for unit in units if unit.suffix == ".timer"):
        yield f"systemctl enable --quiet --now {timer.name}; systemctl start {timer.stem}.service; systemctl is-active --quiet {timer.name}"


def _read() -> str:
    """Return what looks at the sender's receipt, as the sender."""
    look = "import json; told = json.load(open('/srv/feed/september.csv.receipt.json')); assert told['accepted'] == 1, told"
    return f"setpriv --reuid=sender --regid=feed --clear-groups python3 -c {shlex.quote(look)}; test ! -e /srv/feed/september.csv"


def _again() -> str:
    """Return what kills the site and its worker, and looks at what comes of it: each runs again, as nobody in particular."""
    return "\n".join((
        "before=$(systemctl show --property=MainPID --value fourfold.service)",
        "systemctl kill --signal=KILL fourfold.service fourfold-work.service; sleep 12",
        _ready(),
        "for each in fourfold fourfold-work; do systemctl is-active --quiet $each.service",
        "pid=$(systemctl show --property=MainPID --value $each.service); test $pid != $before",
        "grep -q '^NoNewPrivs:.1' /proc/$pid/status; grep -qE '^CapBnd:.0+$' /proc/$pid/status",
        "test $(stat --format=%U /proc/$pid) = fourfold; done",
    ))  # fmt: skip


@contextmanager
def _running(words: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as said:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        try:
            yield process
        finally:
            room.ended(process)


def _beside(process: subprocess.Popen[bytes]) -> list[str]:
    """Return the words before a command in the namespaces and the root of a process that was set apart."""
    for _ in range(100):
        child = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        if child and Path(f"/proc/{child[0]}/root").resolve() != Path("/"):
            return ["nsenter", "--target", child[0], "--mount", "--pid", "--net", "--root", "--wd"]
        time.sleep(0.1)
    raise Wrong("nothing was started")


def _until(
    holds: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, what: str, seconds: float = 240
) -> None:
    until = time.monotonic() + seconds
    while not holds():
        if process.poll() is not None or time.monotonic() > until:
            raise Wrong(f"what the image starts did not come to {what}:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(1)


def main() -> int:
    """Run from the command line; return the exit code."""
    if why := room.why_not():
        print(f"NOT RUN: {why}. The steps of the image were not executed, and no unit was started.")
        return NOT_RUN
    with _desk() as desk:
        try:
            base = _base(desk)
        except subprocess.CalledProcessError as fault:
            print(
                f"NOT RUN: mmdebstrap could not make a Debian of the system's packages here (it ended with {fault.returncode})."
            )
            return NOT_RUN
        try:
            return _all_of_it(base, desk)
        except Wrong as why_not:
            print(why_not, file=sys.stderr)
            return 1
        except room.NotStarted as why_not:
            print(f"NOT RUN: {why_not}. The images were made; not all that they are for was started.")
            return NOT_RUN


def _all_of_it(base: Path, desk: Path) -> int:
    """Execute the stages beside each other, then start what came of them: by itself and as units, and all of it together."""
    (desk / "base").mkdir()
    subprocess.run(
        ["tar", "--extract", "--numeric-owner", "--file", str(base), "--directory", str(desk / "base")], check=True
    )
    found = stages(FILE.read_text()) | {"db": Stage("db", [("RUN", together.SERVER)])}
    _context(desk)

    def by_itself() -> None:
        run_as_an_image(found["site"], desk)
        start_the_units(found["site"], desk)

    with ThreadPoolExecutor() as beside:
        for made in [beside.submit(executed, stage, found, desk) for stage in found.values()]:
            made.result()
        for started in [beside.submit(by_itself), beside.submit(together.start, found, desk)]:
            started.result()
    return 0


if __name__ == "__main__":
    sys.exit(main())
