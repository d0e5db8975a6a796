"""A process of its own that lets a storm of calls come over the server as it is started; run by test_storm.py.

    python -m tests.faults.storming FOLDER sqlite|postgresql

The site is served by two processes. Many senders call at once: with a good token, with wrong ones, for a token with wrong
secrets, and at the address of a SCIM that is not there. In the midst of it somebody reads a case, and the agency's list says
who has left. Prints JSON: what each was answered, and what was there in the end.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import django

CALLS, SENDERS = 1_000, 32
KINDS = ("report", "order", "wrong token", "wrong secret", "scim")


def build(house: Any) -> dict[str, Any]:
    """Join a system of the police; let somebody read a case, and another who leaves be signed in."""
    from django.conf import settings
    from django.test import Client

    from fourfold.access.models import Staff
    from tests.api.test_agencies import ALL, Joining, second_lead
    from tests.cast import NOW, give_account, programme
    from tests.support.builders import agree, case_of
    from tests.web.conftest import PASSWORD, SECRET, start_session

    settings.FOURFOLD = settings.FOURFOLD.model_copy(update={"app_clock": NOW.isoformat()})
    house.use("world")
    settings.FOURFOLD.data_dir.mkdir(exist_ok=True)
    cast = programme()
    case = case_of(cast)
    agree(cast, case)
    from fourfold.access import services as access
    from fourfold.access.terms.systems import SystemDraft
    from fourfold.programme import services as programmes

    draft = SystemDraft(site="northmoor", name="Records", capabilities=ALL, reason="Nightly.")
    row = programmes.ask_system(actor=cast.administrator, partner="northmoor-police", draft=draft, at=NOW)
    access.answer_system(actor=cast.police_lead, system=row.pk, given=True, at=NOW)
    system = Joining(row, access.make_secret(actor=second_lead(cast, "northmoor-police"), system=row.pk, at=NOW))
    sessions = {}
    for name in ("coordinator", "officer"):
        client = Client()
        start_session(client, give_account(cast, name, PASSWORD, SECRET))
        sessions[name] = client.cookies["session"].value
    Staff.objects.filter(pk=cast.officer.staff).update(staff_number="NP 0417")
    system.client.defaults["SERVER_NAME"] = "127.0.0.1"
    token = system.token().json()["access_token"]
    return {"case": case.reference, "sessions": sessions, "token": token, "system": str(row.pk)}


class Storm:
    """The senders, and what they were answered."""

    def __init__(self, port: int, about: dict[str, Any]) -> None:
        self.port, self.about, self.said = port, about, Counter[str]()
        self.left, self.lock, self.waits = CALLS, threading.Lock(), set[str]()
        self.kept = list[str]()

    def asked(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str, dict[str, str]]:
        made = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            made.request(
                method,
                path,
                body.encode(),
                {"Host": "127.0.0.1", **{k.replace("_", "-"): v for k, v in headers.items()}},
            )
            answer = made.getresponse()
            return answer.status, answer.read().decode(errors="replace"), dict(answer.getheaders())
        finally:
            made.close()

    def one(self, number: int) -> None:
        from tests.api.test_agencies import SENT

        kind, good = KINDS[number % len(KINDS)], f"Bearer {self.about['token']}"
        typed = {"Content_Type": "application/json"}
        form = f"grant_type=client_credentials&client_id={self.about['system']}&client_secret=wrong"
        status, text, headers = {
            "report": lambda: self.asked("POST", "/api/v1/allegations", json.dumps(SENT | {"reference": f"42/{number}/26", "another": True}), Authorization=good, **typed),
            "order": lambda: self.asked("GET", "/api/v1/orders", Authorization=good),
            "wrong token": lambda: self.asked("GET", "/api/v1/orders", Authorization=good[:-3] + "xyz"),
            "wrong secret": lambda: self.asked("POST", "/api/v1/token", form, Content_Type="application/x-www-form-urlencoded"),
            "scim": lambda: self.asked("PATCH", f"/scim/v2/Users/{number}", '{"active": false}', Authorization=good, **typed),
        }[kind]()  # fmt: skip
        with self.lock:
            self.said[f"{kind} {status}"] += 1
            if status == 429:
                self.waits.add(f"{headers.get('Retry-After')} {json.loads(text)['message']}")
            if status == 201:
                self.kept.append(json.loads(text)["id"])

    def sends(self) -> None:
        while True:
            with self.lock:
                if not self.left:
                    return
                self.left -= 1
                number = self.left
            self.one(number)

    def page(self, name: str) -> tuple[int, float, str]:
        began = time.monotonic()
        status, _, headers = self.asked(
            "GET",
            f"/cases/{self.about['case']}/" if name == "coordinator" else "/cases/",
            Cookie=f"session={self.about['sessions'][name]}",
        )
        return status, time.monotonic() - began, headers.get("Location", "")


def main(folder: Path, vendor: str) -> None:
    from tests.faults.killing import housed

    with housed(folder, vendor) as house:
        os.environ["DATABASE_URL"] = house.url("world")
        if vendor == "sqlite":
            from tests.databases import copied_to

            copied_to(folder / "world.sqlite3")
        django.setup()
        from django.core.management import call_command
        from django.db import connection

        from fourfold.cli import console

        console.begin()
        call_command("migrate", verbosity=0)
        told = played(house, build(house), folder)
    sys.stdout.write(json.dumps(told | {"engine": connection.vendor}))


def played(house: Any, about: dict[str, Any], folder: Path) -> dict[str, Any]:
    from django.conf import settings
    from django.db import connections

    from fourfold.cli import server

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    given = house.settings("world")
    env = {**os.environ, "FOURFOLD_DATA_DIR": str(given.data_dir), "DATABASE_URL": given.database_url, "FOURFOLD_SHARED_KEYS": str(given.shared_keys), "APP_CLOCK": str(settings.FOURFOLD.app_clock)}  # fmt: skip
    connections.close_all()
    (folder / "people.csv").write_text("hr_id,email,agency,active\nnp-0417,,northmoor-police,no\n")
    with (folder / "served.log").open("wb") as log:
        process = subprocess.Popen(server.gunicorn(f"127.0.0.1:{port}", 2), env=env, stdout=log, stderr=log)
    try:
        storm = Storm(port, about)
        _until(lambda: storm.page("officer")[0] == 200, folder)
        senders = [threading.Thread(target=storm.sends) for _ in range(SENDERS)]
        began = time.monotonic()
        for each in senders:
            each.start()
        pages, left = [], None
        while any(each.is_alive() for each in senders):
            pages.append(storm.page("coordinator"))
            if left is None and storm.left < CALLS * 3 // 4:
                words = [
                    sys.executable,
                    "-m",
                    "fourfold.cli.main",
                    "accounts",
                    "sync",
                    str(folder / "people.csv"),
                    "--json",
                ]
                left = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
                out, still = storm.page("officer"), storm.left
        seconds = time.monotonic() - began
    finally:
        process.terminate()
        process.wait(60)
    assert left is not None
    return _in_the_end(house, storm) | {
        "seconds": seconds,
        "pages": sorted({status for status, _, _ in pages}),
        "read": len(pages),
        "left": json.loads(left.stdout or "{}").get("ended", left.stderr),
        "next": [out[0], out[2]],
        "still": still,
    }


def _until(holds: Any, folder: Path) -> None:
    end = time.monotonic() + 120
    while True:
        try:
            if holds():
                return
        except OSError:
            pass
        assert time.monotonic() < end, (folder / "served.log").read_text()[-2000:]
        time.sleep(0.3)


def _in_the_end(house: Any, storm: Storm) -> dict[str, Any]:
    from fourfold.audit.models import Entry
    from fourfold.audit.queries import verify
    from fourfold.intake.models import Allegation

    house.use("world")
    rows = Allegation.objects.unscoped("test").filter(pk__in=storm.kept).count()
    sent = Allegation.objects.unscoped("test").filter(reference__startswith="42/").count()
    return {
        "said": dict(storm.said),
        "waits": sorted(storm.waits),
        "answered": len(storm.kept),
        "rows": rows,
        "sent": sent,
        "tries": Entry.objects.filter(body__contains="wrong secret").count(),
        "log": [str(each) for each in verify().findings][:3],
    }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fourfold.config.settings")
    os.environ["FOURFOLD_DATA_DIR"] = os.environ["DATA_DIR"] = sys.argv[1]
    main(Path(sys.argv[1]), sys.argv[2])
