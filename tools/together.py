"""Start all that deploy/compose.yaml names, as it says, in the rooms that tools.steps made, and ask the site through its proxy.

Whoever starts it has no right of root: one account of a user namespace, which is uid 10001 in every room. Each service has its own
network, joined as the composition says by bridges that lead nowhere else, and its root, users, capabilities, volumes and
settings are those of the composition. What is not the official image's is the server: Debian's own, with what that image does first.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pyrage import x25519

from fourfold.upkeep.terms import TIMERS
from tools import room
from tools.asking import NAME
from tools.progress import ROOT
from tools.room import Wrong, does, say

UID, OUTSIDE = "10001", "61000"  # in the rooms, and on this machine: nobody's account
PASSWORD = "drill"
KEY_OF_IT = "/var/backups/fourfold-own-keys/*.key.age"
DATA = "/var/lib/postgresql/data"
#: The server of Debian instead of the image that cannot be fetched; without the cluster that its package would begin.
SERVER = (
    "mkdir -p /etc/postgresql-common /etc/postgresql && echo create_main_cluster=false >/etc/postgresql-common/createcluster.conf"
    " && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends"
    " -o Dpkg::Options::=--force-confold iproute2 postgresql-17"
    f" && echo postgres-as:x:{UID}:{UID}::/:/bin/sh >>/etc/passwd && mkdir -p /docker-entrypoint-initdb.d {DATA}"
)
#: What the official image does before it starts the server.
FIRST = f"""set -e; bin=/usr/lib/postgresql/17/bin; umask 077; printf %s "$POSTGRES_PASSWORD" >/tmp/word
$bin/initdb --no-sync --pgdata={DATA} --username=postgres --pwfile=/tmp/word --encoding=UTF8 --locale=C.UTF-8 --auth-local=trust --auth-host=scram-sha-256 >/dev/null
echo host all all all scram-sha-256 >>{DATA}/pg_hba.conf
$bin/pg_ctl --pgdata={DATA} --options="-c listen_addresses=''" --wait start >/dev/null
psql --username=postgres --quiet --set=ON_ERROR_STOP=1 --file=/docker-entrypoint-initdb.d/first.sql
$bin/pg_ctl --pgdata={DATA} --wait stop >/dev/null; rm /tmp/word
exec $bin/postgres -D {DATA} "$@" """
#: What no process in a room can get back.
NOTHING = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all", "--no-new-privs")
NOBODY = ("setpriv", f"--reuid={OUTSIDE}", f"--regid={OUTSIDE}", "--clear-groups")
JOIN = ("nsenter", "--preserve-credentials", "--user")
#: The bridges, with the address of whoever asks from outside on the one, and nobody's on the other.
BRIDGES = """mount --rbind /proc {db}/proc; mount -t tmpfs tmpfs {db}/run; mkdir {db}/run/netns; ip() {{ chroot {db} ip "$@"; }}; ip link set lo up
for each in inside outside; do ip link add $each type bridge; ip link set $each up; done; ip address add 10.89.21.1/24 dev outside
{wires}
touch {ready}; exec sleep infinity
"""
WIRE = """ip link add {name}-{at} type veth peer name eth{at} netns {name}; ip link set {name}-{at} master {net} up
ip -n {name} address add {address}/24 dev eth{at}; ip -n {name} link set eth{at} up; ip -n {name} link set lo up"""
READY = (
    "import urllib.request as u; [u.urlopen(u.Request('http://127.0.0.1:8000' + path, headers={'Host': 'fourfold.example',"
    " 'X-Forwarded-Proto': 'https'}), timeout=20) for path in ('/health/liveness', '/health/readiness')]"
)
#: Statements that the server keeps by name, from two connections in turn; and nothing of them for whoever has the connection next.
PREPARED = """
import os, psycopg
def opened(): return psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
def kept(one): return one.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%auth_user%' OR statement LIKE '%django_migrations%'").fetchone()[0]
one, other = opened(), opened()
for each in (one, other) * 3:
    assert each.execute("SELECT count(*) FROM django_migrations WHERE id > %s", (0,), prepare=True).fetchone()[0] > 50
    assert kept(each) == 1
assert one.execute("SELECT inet_client_addr()::text").fetchone()[0].startswith("{pooler}")
was = one.info.backend_pid, one.execute("SELECT pg_backend_pid()").fetchone()[0]; one.close()
again = opened()
assert again.execute("SELECT pg_backend_pid()").fetchone()[0] == was[1], "the pooler hands on the same one"
assert kept(again) == 0
"""


@dataclass
class Service:
    """A service of the composition: what it says of it, where its stage stands, and its addresses by network."""

    name: str
    told: dict[str, Any]
    stage: Any
    addresses: dict[str, str] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)

    @property
    def words(self) -> list[str]:
        last = self.stage.last
        if self.name == "db":
            return ["bash", "-c", FIRST, "docker-entrypoint", *self.told["command"]]
        return [*json.loads(last["ENTRYPOINT"]), *(self.told.get("command") or json.loads(last.get("CMD", "[]")))]


def services(stages: Mapping[str, Any]) -> dict[str, Service]:
    """Return the services of the composition, in the order in which they depend on each other, each with its addresses."""
    told = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())["services"]
    found, left = dict[str, Service](), dict(told)
    while left:
        name = next(each for each in left if set(left[each].get("depends_on", ())) <= set(found))
        one = left.pop(name)
        target = one["build"]["target"] if "build" in one else name
        found[name] = Service(name, one, stages[target])
    for at, service in enumerate(found.values()):
        nets = service.told["networks"]
        for net in nets:
            fixed = ((nets[net] if isinstance(nets, dict) else None) or {}).get("ipv4_address")
            service.addresses[net] = fixed or ("172.30.21." if net == "inside" else "10.89.21.") + str(130 + at)
    return found


def lay_out(deploy: Path, services: Mapping[str, Service]) -> None:
    """Lay beside the composition what the how-to asks for: settings, passwords, a certificate, who opens backups."""
    shutil.copytree(ROOT / "deploy", deploy)
    text = (deploy / "fourfold.env.example").read_text()
    text = text.replace("CHANGE-ME@127.0.0.1:6432", f"{PASSWORD}@pooler:6432")
    text = text.replace("CHANGE-ME@127.0.0.1:5432", f"{PASSWORD}@db:5432")
    proxy = services["proxy"].addresses["inside"]
    text = re.sub("^FOURFOLD_TRUSTED_PROXIES=.*", f"FOURFOLD_TRUSTED_PROXIES={proxy}", text, flags=re.MULTILINE)
    (deploy / "fourfold.env").write_text(text)
    (deploy / "database.env").write_text("POSTGRES_PASSWORD=of the administrator\n")
    for name in ("secrets/tls", "recipients", "sign-on"):
        (deploy / name).mkdir(parents=True)
    (deploy / "recipients" / "data.txt").write_text(f"{x25519.Identity.generate().to_public()}\n")
    (deploy / "secrets" / "userlist.txt").write_text(f'"fourfold" "{PASSWORD}"\n')
    pair = ["-keyout", f"{deploy}/secrets/tls/key.pem", "-out", f"{deploy}/secrets/tls/fullchain.pem"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", f"/CN={NAME}"]
    subprocess.run([*made, "-addext", f"subjectAltName=DNS:{NAME}", *pair], check=True, capture_output=True)
    hosts = "".join(f"{one.addresses['inside']} {one.name}\n" for one in services.values())
    (deploy / "hosts").write_text(f"127.0.0.1 localhost\n{hosts}")
    for each in deploy.rglob("*"):
        os.chown(each, int(OUTSIDE), int(OUTSIDE))


def start(stages: Mapping[str, Any], desk: Path) -> None:
    """Start the composition, hold it to what it says, and end it."""
    deploy, found = desk / "deploy", services(stages)
    lay_out(deploy, found)
    for one in found.values():
        file = one.told.get("env_file")
        lines = (deploy / file).read_text().splitlines() if file else []
        one.env = one.stage.env | dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    with ExitStack() as running:
        street = running.enter_context(_street(found, desk))

        def up(*names: str) -> None:
            for name in names:
                running.enter_context(_up(found[name], street, desk))

        up("db")
        psql = ["psql", "--username=postgres", "--host=/run/postgresql", "--tuples-only", "--no-align"]
        word = [*psql, "--command", f"ALTER ROLE fourfold PASSWORD '{PASSWORD}'"]
        _until(lambda: _typed(found["db"], desk, word), found["db"], desk, "a server with its role")
        up("pooler", "site")
        _until(lambda: _typed(found["site"], desk, ["python", "-c", READY]), found["site"], desk, "readiness")
        up("work", "timers", "proxy")
        pooler = found["pooler"].addresses["inside"]
        if not _typed(found["site"], desk, ["python", "-c", PREPARED.replace("{pooler}", pooler)], loud=True):
            raise Wrong("a prepared statement did not go through the pooler as it should")
        asked = ["nsenter", f"--target={street}", "--net", "--", sys.executable, "-m", "tools.asking"]
        asked += [found["proxy"].addresses["outside"], str(deploy / "secrets" / "tls" / "fullchain.pem")]
        _until(lambda: does([*asked, "--only-up"]), found["proxy"], desk, "an answer", 30)
        _hold(found, desk)
        ran = [
            "test",
            "-s",
            "/var/lib/fourfold/runs/dispatch.json",
        ]  # it was done every twenty seconds, and never noted
        _until(lambda: _typed(found["timers"], desk, ran), found["timers"], desk, "a note of what a timer did", 120)
        if subprocess.run(asked, cwd=ROOT, stdin=subprocess.DEVNULL, check=False).returncode:
            raise Wrong("what was asked through the proxy was not answered as it should be")
        lines = (
            "SELECT DISTINCT client_addr FROM pg_stat_activity WHERE datname = 'fourfold' AND client_addr IS NOT NULL"
        )
        if (seen := _answer(found["db"], desk, [*psql, "--command", lines]).split()) != [pooler]:
            raise Wrong(f"the database was reached from {seen}, and not by the pooler alone")
        nightly = f"fourfold {next(one.words for one in TIMERS if one.name == 'backup')} && for key in {KEY_OF_IT}; do test -s $key || exit 1; done"
        if not _typed(found["timers"], desk, ["sh", "-c", nightly], loud=True):
            raise Wrong("the timers could not make the backup of each night with a key of its own")
    say("compose", "STARTED", f"{', '.join(found)} by an account without rights; all that was asked through the proxy")


def _hold(found: Mapping[str, Service], desk: Path) -> None:
    """Hold each service to the rights that the composition leaves it, as the kernel tells them."""
    for one in found.values():
        status = _pid(one, desk).joinpath("status").read_text()
        of = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        if int(of["CapEff"], 16) or int(of["CapBnd"], 16) or of["NoNewPrivs"] != "1" or OUTSIDE not in of["Uid"]:
            raise Wrong(f"{one.name} has more rights than deploy/compose.yaml leaves it:\n{status}")
        writes = [
            path for path in ("/x", "/etc/x", "/usr/x", "/srv/x") if _typed(one, desk, ["sh", "-c", f": >{path}"])
        ]
        if writes and one.told.get("read_only"):
            raise Wrong(f"{one.name} writes {writes}")
        out = _typed(one, desk, ["bash", "-c", f": </dev/tcp/{found['proxy'].addresses['outside']}/8443"])
        if out != ("outside" in one.addresses):
            raise Wrong(f"{one.name} {'reaches' if out else 'does not reach'} out")


@contextmanager
def _street(found: Mapping[str, Service], desk: Path) -> Iterator[int]:
    """Make the networks of the composition, of nobody's namespaces; yield the process that keeps them."""
    wires = []
    for one in found.values():
        wires.append(f"ip netns add {one.name}; ip -n {one.name} link set lo up")
        for at, (net, address) in enumerate(one.addresses.items()):
            wires.append(WIRE.format(name=one.name, at=at, net=net, address=address))
    ready = desk / "ready"
    ready.touch()
    os.chown(ready, int(OUTSIDE), int(OUTSIDE))
    ready.unlink()
    (desk / "street").mkdir()
    os.chown(desk / "street", int(OUTSIDE), int(OUTSIDE))
    text = BRIDGES.format(db=found["db"].stage.room, wires="\n".join(wires), ready=desk / "street" / "ready")
    apart = ["unshare", "--user", f"--map-user={UID}", f"--map-group={UID}", "--keep-caps", "--net", "--mount"]
    words = [*NOBODY, *apart, "bash", "-ec", f"mount --make-rprivate /; {text}"]
    log = desk / "street.log"
    with log.open("wb") as said:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
    try:
        for _ in range(300):
            if (desk / "street" / "ready").exists() or process.poll() is not None:
                break
            time.sleep(0.1)
        if process.poll() is not None or not (desk / "street" / "ready").exists():
            raise room.NotStarted(f"an account without rights can make no networks here: {log.read_text()[-500:]}")
        yield process.pid
    finally:
        process.kill()
        process.wait()


@contextmanager
def _up(one: Service, street: int, desk: Path) -> Iterator[None]:
    """Start a service, and end it with the block."""
    there = one.stage.room
    (there / "etc" / "hosts").touch()
    lines = [_bound(f"{desk}/deploy/hosts", f"{there}/etc/hosts", "ro")]
    for volume in one.told.get("volumes", ()):
        source, goes, *mode = volume.split(":")
        from_here = desk / "deploy" / source if source.startswith("./") else desk / "volumes" / source
        if not from_here.exists():
            from_here.mkdir(mode=0o700, parents=True)
            os.chown(from_here, int(OUTSIDE), int(OUTSIDE))
        lines.append(_bound(str(from_here), f"{there}{goes}", *mode))
        does(["mkdir", "-p", f"{there}{goes}"] if from_here.is_dir() else ["touch", f"{there}{goes}"])
    lines += [f"mount -o remount,bind,ro {there}"] if one.told.get("read_only") else []
    mounts = one.told.get("tmpfs", []) if one.name != "db" else ["/tmp:mode=1777", "/run:mode=755"]
    for each in mounts:
        goes, _, options = each.partition(":")
        lines.append(f"mount -t tmpfs -o {options} tmpfs {there}{goes}")
    lines += [f"mkdir {there}/run/postgresql"] if one.name == "db" else []
    typed = [
        "chroot",
        str(there),
        *NOTHING,
        *_with(one),
        "sh",
        "-c",
        f"cd {one.stage.folder} && exec {shlex.join(one.words)}",
    ]
    first = [
        *NOBODY,
        *JOIN,
        "--keep-caps",
        f"--target={street}",
        f"--net=/proc/{street}/root{there.parent}/db/run/netns/{one.name}",
    ]
    words = room.inside(there, "\n".join([*lines, f"exec {shlex.join(typed)}"]), first=first)
    with (desk / f"{one.name}.log").open("wb") as said:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
    (desk / f"{one.name}.pid").write_text(str(process.pid))
    try:
        yield
    finally:
        room.ended(process)


def _bound(source: str, goes: str, mode: str = "") -> str:
    read_only = f"; mount -o remount,bind,ro {shlex.quote(goes)}" if mode == "ro" else ""
    return f"mount --bind {shlex.quote(source)} {shlex.quote(goes)}{read_only}"


def _with(one: Service) -> list[str]:
    settings = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"} | one.env
    return ["env", "-i", *(f"{name}={value}" for name, value in settings.items())]


def _pid(one: Service, desk: Path) -> Path:
    """Return where the kernel tells of the first process of a service."""
    parent = (desk / f"{one.name}.pid").read_text()
    child = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    if not child or Path(f"/proc/{child[0]}/root").resolve() == Path("/"):
        raise ProcessLookupError(one.name)
    return Path("/proc", child[0])


def _in(one: Service, desk: Path, words: Sequence[str]) -> list[str]:
    pid = _pid(one, desk).name
    return [
        *NOBODY,
        *JOIN,
        f"--target={pid}",
        "--mount",
        "--pid",
        "--net",
        "--root",
        "--wd",
        *NOTHING[:1],
        "--no-new-privs",
        *_with(one),
        *words,
    ]


def _typed(one: Service, desk: Path, words: Sequence[str], *, loud: bool = False) -> bool:
    try:
        typed = _in(one, desk, words)
    except (ProcessLookupError, FileNotFoundError):
        return False
    if loud:
        return subprocess.run(typed, stdin=subprocess.DEVNULL, check=False).returncode == 0
    return does(typed)


def _answer(one: Service, desk: Path, words: Sequence[str]) -> str:
    return subprocess.run(
        _in(one, desk, words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True
    ).stdout


def _until(holds: Callable[[], bool], one: Service, desk: Path, what: str, seconds: float = 300) -> None:
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            logs = "".join(f"--- {log.name}\n{log.read_text(errors='replace')[-1500:]}\n" for log in desk.glob("*.log"))
            raise Wrong(f"{one.name} of deploy/compose.yaml did not come to {what}:\n{logs}")
        time.sleep(0.5)
