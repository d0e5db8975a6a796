"""A process of its own in which two receivers of notices are bad beside a good one; run by test_hanging.py.

    python -m tests.faults.hanging FOLDER sqlite|postgresql

One takes the call and never answers, one answers by a byte a second. Each run is the timer's own command in a process of its
own, with the patience that it has. The clock of the installation goes on from run to run until what was not taken is given
up. Prints JSON: what each run said and took, and what the administrator and the agency's lead read.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import django

from tests import receiver

MOODS = {"Records": "hang", "Control room": "trickle", "Custody": 204}


def build(house: Any, there: dict[str, receiver.Receiver]) -> Any:
    """Let three systems of the police each be told of a change, and a message to a victim wait."""
    from uuid import uuid4

    from django.conf import settings

    from fourfold.access import services as access
    from fourfold.access.terms.systems import Capability, Change, SystemDraft, WebhookDraft
    from fourfold.programme import services as programmes
    from tests.api.test_agencies import second_lead
    from tests.cast import programme
    from tests.faults.killing import written
    from tests.support.builders import NOON

    police, at = "northmoor-police", NOON
    changes = {"app_clock": NOON.isoformat(), "webhook_networks": "127.0.0.0/8"}
    settings.FOURFOLD = settings.FOURFOLD.model_copy(update=changes)
    house.use("world")
    settings.FOURFOLD.data_dir.mkdir(exist_ok=True)
    cast = programme()
    written(house, cast, NOON)
    for name, one in there.items():
        draft = SystemDraft(site="northmoor", name=name, capabilities=frozenset(Capability), reason="Nightly.")
        system = programmes.ask_system(actor=cast.administrator, partner=police, draft=draft, at=at)
        access.answer_system(actor=cast.police_lead, system=system.pk, given=True, at=at)
        how = {
            "system": system.pk,
            "draft": WebhookDraft(address=one.address, reason="So."),
            "inside": ("127.0.0.0/8",),
        }
        row = access.ask_webhook(actor=cast.administrator, **how, at=at)
        access.answer_webhook(actor=cast.police_lead, webhook=row.pk, given=True, at=at)
        access.make_webhook_secret(actor=second_lead(cast, police), webhook=row.pk, at=at)
        access.note_changes(actor=cast.administrator, webhook=row, found=[(Change.REPORT, uuid4(), uuid4())], at=at)
    return cast


def run(house: Any, at: datetime) -> dict[str, Any]:
    """Type what the timer types, at a moment of the installation's clock."""
    from django.db import connections

    connections.close_all()
    given = house.settings("world")
    env = {
        **os.environ, "FOURFOLD_DATA_DIR": str(given.data_dir), "FOURFOLD_SHARED_KEYS": str(given.shared_keys),
        "DATABASE_URL": given.database_url, "APP_CLOCK": at.isoformat(), "FOURFOLD_WEBHOOK_NETWORKS": "127.0.0.0/8",
    }  # fmt: skip
    words, began = [sys.executable, "-m", "fourfold.cli.main", "outbox", "dispatch", "--json"], time.monotonic()
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    said = json.loads(done.stdout) if done.stdout.startswith("{") else {"trouble": done.stderr[-1000:]}
    return {"code": done.returncode, "seconds": time.monotonic() - began} | said


def quickly(house: Any, cast: Any, at: datetime) -> dict[str, int]:
    """Do the same in this process, with a patience of a tenth of a second: two days are forty-odd runs of a real one."""
    from fourfold import journey
    from fourfold.gateways import webhooks

    patience, webhooks.PATIENCE = webhooks.PATIENCE, 0.1
    try:
        return dict(journey.systems_told(actor=cast.administrator, clock=lambda: at, inside=("127.0.0.0/8",)))
    finally:
        webhooks.PATIENCE = patience


def read(cast: Any, name: str, path: str, at: datetime) -> str:
    """Return what somebody reads on a page at a moment."""
    from django.conf import settings
    from django.test import Client

    from tests.cast import give_account
    from tests.web.conftest import PASSWORD, SECRET, start_session

    settings.FOURFOLD = settings.FOURFOLD.model_copy(update={"app_clock": at.isoformat()})
    client = Client(HTTP_HOST="127.0.0.1")
    start_session(client, give_account(cast, name, PASSWORD, SECRET))
    return " ".join(re.sub(r"<[^>]+>", " ", client.get(path).content.decode()).split())


def main(folder: Path, vendor: str) -> None:
    from tests.faults.killing import housed

    with housed(folder, vendor) as house, ExitStack() as stack:
        there = {name: stack.enter_context(receiver.running()) for name in MOODS}
        for name, mood in MOODS.items():
            there[name].answer = mood
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
        told = played(house, build(house, there), there)
    sys.stdout.write(json.dumps(told | {"engine": connection.vendor}))


def played(house: Any, cast: Any, there: dict[str, receiver.Receiver]) -> dict[str, Any]:
    from fourfold.access import services as access
    from fourfold.access.models import Webhook, WebhookNotice
    from fourfold.access.webhooks import WAITS
    from fourfold.audit.queries import verify
    from tests.support.builders import NOON

    runs, at = [run(house, NOON)], NOON + WAITS[0]
    runs.append(run(house, at))
    given_up = WebhookNotice.objects.filter(given_up_at__isnull=False)
    for wait in WAITS[1:]:
        at += wait
        quickly(house, cast, at)
    came = {name: [said["webhook-id"] for said, _ in one.came] for name, one in there.items()}
    lost = given_up.count()
    reads = {
        "administrator": read(cast, "administrator", "/installation/", at),
        "lead": read(cast, "police_lead", "/", at),
    }
    for one in there.values():
        one.answer = 204
        one.came.clear()
    for row in Webhook.objects.filter(system__name__in=("Records", "Control room")):
        access.send_again(actor=cast.police_lead, webhook=row.pk, at=at)
    runs.append(run(house, at))
    again = {name: [said["webhook-id"] for said, _ in one.came] for name, one in there.items()}
    house.use("world")
    return {
        "runs": runs, "came": came, "again": again, "lost": lost, "reads": reads, "tries": len(WAITS) + 1,
        "left": WebhookNotice.objects.filter(taken_at__isnull=True).count(), "log": [str(each) for each in verify().findings][:3],
    }  # fmt: skip


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fourfold.config.settings")
    os.environ["FOURFOLD_DATA_DIR"] = os.environ["DATA_DIR"] = sys.argv[1]
    main(Path(sys.argv[1]), sys.argv[2])
