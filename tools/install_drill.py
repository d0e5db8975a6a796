"""Type the lines of docs/how-to/run-for-a-force.md, one after another, on an empty Debian, and say how long it took.

    .venv/bin/python -m tools.install_drill [--rootfs TAR] [--lend PATH]

The empty Debian is a root file system of mmdebstrap's in a folder that goes away afterwards, started by its own systemd; the lines are
typed in it as root, with what this machine knows of where packages come from. What each timer starts is started once beside it. `editor` fills the example in, and the password that psql asks for is given. Everything else is typed as it
stands, the lines on containers aside. At the end the administrator opens the link of their letter, chooses a password, pairs a second
factor and opens a page, in the site's own process.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tools.image import LENT
from tools.progress import ROOT
from tools.room import MACHINE, made, shelves, started, why_not
from tools.system import port_is_free

HOW_TO = ROOT / "docs" / "how-to" / "run-for-a-force.md"
PORTS = (80, 443, 5432, 6432, 8000)
#: Lines that ask a person something, or need what an empty folder has not: what is typed in their place.
INSTEAD = {
    "runuser -u postgres -- psql --command='\\password fourfold'": "runuser -u postgres -- psql --command=\"ALTER ROLE fourfold PASSWORD 'drill'\"",
}
GIVEN = r"""
set -eu
export DEBIAN_FRONTEND=noninteractive PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
cd /root
said() { printf '%5d s  %s\n' "$(($(date +%s) - BEGAN))" "$1"; }
before_the_proxy() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 90 -subj /CN=fourfold.example -addext subjectAltName=DNS:fourfold.example \
        -keyout /etc/fourfold/tls/key.pem -out /etc/fourfold/tls/fullchain.pem 2>/dev/null
    cp /etc/fourfold/tls/fullchain.pem /usr/local/share/ca-certificates/drill.crt && update-ca-certificates >/dev/null 2>&1
    for name in data keys; do age-keygen -o /root/$name.key 2>/dev/null; age-keygen -y /root/$name.key >/etc/fourfold/recipients/$name.txt; done
    chmod 0755 /etc/fourfold/recipients; echo 127.0.0.1 fourfold.example >>/etc/hosts
}
ready() {
    for _ in $(seq 300); do
        python3 -c "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health/readiness', timeout=5)" 2>/dev/null && return
        sleep 1
    done
    systemctl status --no-pager --full fourfold.service; return 1
}
units() {
    cd /etc/systemd/system
    for each in fourfold-*.timer; do
        said "what starts by $each"; systemctl start "${each%.timer}.service" || { journalctl --no-pager -n 40 -u "${each%.timer}.service"; return 1; }
    done
    said 'the site and its worker are killed'
    systemctl kill --signal=KILL fourfold.service fourfold-work.service; sleep 15; ready
    systemctl is-active fourfold.service fourfold-work.service fourfold-*.timer nginx.service pgbouncer.service postgresql@17-main.service
    for each in fourfold fourfold-work; do
        said "as whom $each runs"; grep -E '^(Uid|CapBnd|NoNewPrivs|Seccomp):' "/proc/$(systemctl show --property=MainPID --value $each.service)/status"
    done
}
"""
EDITOR = "#!/bin/sh\nsed -i 's/CHANGE-ME/drill/' \"$1\"\n"
SIGN_IN = """
import email, email.policy, os, pathlib, re, time
import django
for line in open("/etc/fourfold/fourfold.env"):
    if "=" in line and not line.startswith("#"):
        name, _, value = line.strip().partition("=")
        os.environ[name] = value
os.environ["DJANGO_SETTINGS_MODULE"] = "fourfold.config.settings"
django.setup()
from allauth.mfa.totp.internal import auth as totp
from django.test import Client
letters = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in pathlib.Path("/var/lib/fourfold/digests").glob("*.eml")]
(link,) = (re.search(r"https://fourfold.example(/invitation/\\S+)", one.get_content())[1] for one in letters if "ada.lock" in one["To"])
who, word = Client(HTTP_HOST="fourfold.example"), "harbour lantern thistle drill 42"
assert who.post(link, {"password": word, "again": word}, secure=True).status_code == 303
who.post("/accounts/login/", {"login": "ada.lock@programme.example", "password": word}, secure=True)
pairing = "/accounts/second-factor/totp/activate/"
who.post(f"/accounts/reauthenticate/?next={pairing}", {"password": word}, secure=True)
secret = re.search("[A-Z2-7]{32}", who.get(pairing, secure=True).content.decode())[0]
def code(later): return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + later))
who.post(pairing, {"code": code(0)}, secure=True)
who = Client(HTTP_HOST="fourfold.example")
who.post("/accounts/login/", {"login": "ada.lock@programme.example", "password": word}, secure=True)
who.post("/accounts/second-factor/authenticate/", {"code": code(1)}, secure=True)
page = who.get("/", secure=True, follow=True)
assert page.status_code == 200 and b"How the installation stands" in page.content, (page.status_code, page.redirect_chain)
print("Ada Lock is signed in, with a second factor.")
"""


def typed() -> Iterator[str]:
    """Yield the lines of the how-to in their order, up to the containers, continued ones whole."""
    text = HOW_TO.read_text(encoding="utf-8").partition("## In containers")[0]
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        yield from (line for line in block.replace("\\\n", " ").splitlines() if line)


def script() -> str:
    """Return what is typed, each line said before with the seconds so far; a line that fails ends it."""
    parts = [GIVEN]
    for line in typed():
        if line.startswith("sed") and "nginx/fourfold.conf" in line:
            parts.append("before_the_proxy")
        line_typed = INSTEAD.get(line, line)
        # What the doctor finds is looked at, and ends nothing.
        parts += [f"said {_quoted(line)}", f"{line_typed} || true" if line == "fourfold doctor" else line_typed]
        if line.startswith("systemctl enable"):
            parts.append("ready")
    sign_in = (
        "said 'the administrator signs in'; cd /srv/fourfold && runuser -u fourfold -- .venv/bin/python /srv/sign_in.py"
    )
    seen = "python3 -c \"import urllib.request as u; print(u.urlopen('https://fourfold.example/accounts/login/', timeout=30).status, 'through the proxy')\""
    return "\n".join([*parts, sign_in, seen, "units", "said 'all typed'"]) + "\n"


def _quoted(line: str) -> str:
    return "'" + line.replace("'", "'\\''") + "'"


def lay_out(room: Path, rootfs: Path, lent: list[str]) -> None:
    """Lay an empty Debian into a folder, with the release as somebody is handed it, and what this machine lends."""
    subprocess.run(["tar", "--extract", "--file", rootfs, "--directory", room], check=True)
    for path in map(Path, lent):
        if path.exists():
            goes = room / path.relative_to("/")
            (goes if path.is_dir() else goes.parent).mkdir(parents=True, exist_ok=True)
            goes_in = goes if path.is_dir() else goes.parent
            subprocess.run(["cp", "-a", "--force", f"{path}/." if path.is_dir() else path, f"{goes_in}/"], check=True)
    release = room / "root" / "fourfold.tar.gz"
    subprocess.run(["git", "archive", "--prefix=fourfold/", f"--output={release}", "HEAD"], cwd=ROOT, check=True)
    for name, text in {
        "usr/local/sbin/editor": EDITOR,
        "root/typed.sh": script(),
    }.items():
        (room / name).write_text(text, encoding="utf-8")
        (room / name).chmod(0o755)
    (room / "srv" / "sign_in.py").write_text(SIGN_IN, encoding="utf-8")


def main() -> int:
    """Run from the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rootfs", type=Path, help="a root file system as tar; else mmdebstrap makes one")
    parser.add_argument("--lend", action="append", default=[], help="a further file or folder that the chroot needs")
    told = parser.parse_args()
    if why := why_not():
        print(f"Nothing was typed: {why}.", file=sys.stderr)
        return 2
    if taken := [port for port in PORTS if not port_is_free(port)]:
        print(f"In use here, and needed: port {', '.join(map(str, taken))}.", file=sys.stderr)
        return 2
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="fourfold-install-") as desk:
        rootfs, room = told.rootfs or Path(desk) / "rootfs.tar", Path(desk) / "room"
        room.mkdir()
        if told.rootfs is None:
            made(rootfs, ("ca-certificates", *MACHINE))
        lay_out(room, rootfs, [*LENT, "/etc/resolv.conf", *shelves(), *told.lend])
        with started(room) as typed_there:
            typing = f"export BEGAN={int(time.time())}; exec bash /root/typed.sh"
            done = subprocess.run([*typed_there, "bash", "-c", typing], check=False)
            if done.returncode:
                subprocess.run(
                    [*typed_there, "journalctl", "--no-pager", "--lines=60", "--unit=fourfold*"], check=False
                )
    minutes = (time.monotonic() - began) / 60
    print(f"{'Every line did what it says' if done.returncode == 0 else 'A line failed'}: {minutes:.1f} minutes.")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
