"""A process of its own in which each role opens its pages; run by tests/architecture/test_awake.py.

    python -m tests.faults.opening FOLDER

Prints JSON: which pages were answered, and every module that was read by then.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import django

ROLES = ("analyst", "officer", "coordinator", "clinician", "outreach", "advocate", "chair")


def main(folder: Path) -> None:
    from tests.faults.sending import database

    with database(folder):
        from django.conf import settings
        from django.db import connection
        from django.test import Client

        from tests.cast import NOW, give_account, programme
        from tests.panel.scene import open_case
        from tests.web.conftest import PASSWORD, SECRET, _start_session

        settings.ALLOWED_HOSTS = ["*"]
        own = settings.FOURFOLD
        settings.FOURFOLD = own.model_copy(update={"data_dir": folder, "app_clock": NOW.isoformat()})
        cast = programme()
        case = open_case(cast)
        file = f"/cases/{case.reference}/"
        pages = ("/", "/desk/", "/cases/", "/panel/", "/orders/", "/unit/quality/", "/refer/", "/find/?q=Quill", file)
        answers: dict[int, int] = {}
        for name in ROLES:
            client = Client()
            _start_session(client, give_account(cast, name, PASSWORD, SECRET))
            for page in (*pages, f"{file}plan/", f"{file}history/", f"{file}orders/", f"{file}victim/"):
                status = client.get(page).status_code
                answers[status] = answers.get(status, 0) + 1
    sys.stdout.write(json.dumps({"engine": connection.vendor, "answers": answers, "modules": sorted(sys.modules)}))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fourfold.config.settings")
    os.environ["DATA_DIR"] = sys.argv[1]
    django.setup()
    main(Path(sys.argv[1]))
