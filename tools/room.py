"""A Debian in a folder: made of the system's packages by mmdebstrap, typed in by chroot, and started by systemd itself.

It takes root, on a machine that lets root make namespaces; what it mounts and starts is gone with the process that asked.
Its /proc/sys cannot be written: a setting of the kernel would be everybody's.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

SUITE = "trixie"
PROBE = (
    "mount --make-rprivate / && mount -t proc proc /proc && mount -t tmpfs tmpfs /mnt && mount -t cgroup2 cgroup2 /mnt"
)
#: What a machine with Debian has and a container's base has not: something that starts its units.
MACHINE = ("adduser", "dbus", "systemd-sysv")
APART = ("unshare", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child")
#: The folders that every process expects, then what `then` says.
MOUNTED = """set -e; mount --make-rprivate /; mount --bind {room} {room}
mount -t proc proc {room}/proc; mount --bind {room}/proc/sys {room}/proc/sys; mount -o remount,bind,ro {room}/proc/sys
mount -t tmpfs -o mode=755 tmpfs {room}/dev; mkdir {room}/dev/pts {room}/dev/shm
for each in null zero full random urandom tty; do touch {room}/dev/$each; mount --bind /dev/$each {room}/dev/$each; done
mount -t devpts -o newinstance,ptmxmode=0666 devpts {room}/dev/pts; ln -s pts/ptmx {room}/dev/ptmx
mount -t tmpfs -o mode=1777 tmpfs {room}/dev/shm
ln -s /proc/self/fd {room}/dev/fd; for n in 0.stdin 1.stdout 2.stderr; do ln -s fd/${{n%.*}} {room}/dev/${{n#*.}}; done
{then}
"""
STARTED = """mount -t sysfs -o ro sysfs {room}/sys || mount --rbind -o ro /sys {room}/sys
umount -R {room}/sys/fs/cgroup 2>/dev/null || true; mount -t cgroup2 cgroup2 {room}/sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs {room}/run; touch {room}/dev/console
exec chroot {room} /usr/bin/env -i container=chroot PATH=/usr/sbin:/usr/bin /usr/lib/systemd/systemd
"""
#: Units of a machine that has a screen, modules and settings of the kernel of its own.
NOT_HERE = ("console-getty.service", "getty.target", "systemd-modules-load.service", "systemd-sysctl.service")


class Wrong(Exception):
    """A step did not do what it says, or what came of the steps does not do what it should."""


class NotStarted(Exception):
    """A room could not be started by systemd on this machine, whatever is in it."""


BEGAN = time.monotonic()


def say(*words: str) -> None:
    print(f"{time.monotonic() - BEGAN:6.1f} s ", *words, flush=True)


def does(words: Sequence[str]) -> bool:
    return subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0


def why_not() -> str:
    """Return why no such Debian can be made here, with what to type; nothing where one can."""
    if missing := [name for name in ("mmdebstrap", "unshare", "nsenter", "chroot") if not shutil.which(name)]:
        return f"{', '.join(missing)} is not here: type apt-get install mmdebstrap util-linux, and run this again"
    if (
        os.geteuid()
        or subprocess.run([*APART, "--cgroup", "--net", "sh", "-c", PROBE], capture_output=True, check=False).returncode
    ):
        return "it takes root that may make namespaces and mount in them: run this again as root, outside a container that forbids it"
    if (here := platform.freedesktop_os_release().get("VERSION_CODENAME")) != SUITE:
        return f"the system's packages are those of {here} here, and the image is made of those of {SUITE}"
    return ""


def shelves() -> list[str]:
    """Return the folders of this machine from which its own settings fetch packages."""
    told = "".join(path.read_text() for path in Path("/etc/apt/sources.list.d").glob("*.sources"))
    return re.findall(r"^URIs: file:(/\S+)", told, re.MULTILINE)


def made(tar: Path, packages: Sequence[str], desk: Path | None = None) -> Path:
    """Make the root file system of the system's own packages; it raises CalledProcessError where these cannot be fetched."""
    sources = [*Path("/etc/apt/sources.list.d").glob("*.sources"), *Path("/etc/apt").glob("sources.list")]
    words = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(packages)}", SUITE]
    tar.parent.mkdir(parents=True, exist_ok=True)
    fresh = tar.with_name(f"{os.getpid()}.{tar.name}")
    try:
        where = os.environ | ({"TMPDIR": str(desk)} if desk else {})
        subprocess.run([*words, str(fresh), *map(str, sources)], check=True, env=where)
        fresh.rename(tar)
    finally:
        fresh.unlink(missing_ok=True)
    return tar


def inside(room: Path, then: str, *, apart: Sequence[str] = (), first: Sequence[str] = ()) -> list[str]:
    """Return the words that do something in shell beside a room whose folders are mounted, in namespaces of its own."""
    return [*first, *APART, *apart, "bash", "-c", MOUNTED.format(room=room, then=then)]


@contextmanager
def started(room: Path, *, apart: Sequence[str] = ()) -> Iterator[list[str]]:
    """Let systemd start a room; yield the words before a command that is typed in it. It ends with the block."""
    for name in NOT_HERE:
        (room / "etc/systemd/system" / name).symlink_to("/dev/null")
    (room / "var/log/journal").mkdir(exist_ok=True)
    with _group() as group, tempfile.TemporaryFile() as said:
        join = f'echo $$ >{group}/cgroup.procs; exec "$@"'
        words = inside(room, STARTED.format(room=room), apart=["--cgroup", *apart])
        process = subprocess.Popen(
            ["bash", "-c", join, "bash", *words], stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )
        try:
            yield _until_it_is_up(process, room, apart)
        finally:
            ended(process)


def ended(process: subprocess.Popen[bytes]) -> None:
    """End what `inside` began: whoever changed who they are does not end with the one that set them apart."""
    with suppress(OSError):  # it has ended, and they with it
        for first in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
            os.kill(int(first), signal.SIGKILL)  # with the first of its namespace all others go
    process.kill()
    process.wait()


def _until_it_is_up(process: subprocess.Popen[bytes], room: Path, apart: Sequence[str]) -> list[str]:
    for _ in range(300):
        child = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        if child:
            enter = [
                "nsenter",
                "--target",
                child[0],
                "--mount",
                "--pid",
                "--uts",
                "--ipc",
                "--cgroup",
                *apart,
                "chroot",
                str(room),
            ]
            state = subprocess.run(
                [*enter, "systemctl", "is-system-running"], capture_output=True, text=True, check=False
            )
            if state.stdout.strip() in ("running", "degraded"):
                return enter
        time.sleep(0.2)
    raise NotStarted("systemd does not start a Debian in a folder here")


@contextmanager
def _group() -> Iterator[Path]:
    """Make a control group of one's own, which systemd takes for the root of all."""
    tops = [Path(line.split()[1]) for line in Path("/proc/mounts").read_text().splitlines() if " cgroup2 " in line]
    group = (tops or [Path("/sys/fs/cgroup")])[0] / f"fourfold-room-{os.getpid()}"
    try:
        group.mkdir()
    except OSError as why:
        raise NotStarted(f"no control group can be made in {group.parent}") from why
    try:
        yield group
    finally:
        for _ in range(50):
            for each in sorted((path for path in group.rglob("*") if path.is_dir()), reverse=True):
                _gone(each)
            if _gone(group):
                break
            time.sleep(0.1)


def _gone(group: Path) -> bool:
    try:
        group.rmdir()
    except OSError:
        return False
    return True
