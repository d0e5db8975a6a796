"""A django-helpdesk as its guide sets one up, with tickets: run by that peer's own Python, which knows nothing of us.

python peer_site.py TICKETS    fill the database that PEER_DATABASE names; print a signed-in session and the oldest ticket
gunicorn peer_site:application serve it
"""

from __future__ import annotations

import os
import random
import sys
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

FOLDER, ADDRESS = Path(os.environ.get("PEER_FOLDER", ".")), os.environ.get("PEER_DATABASE", "")
WHERE = urlsplit(ADDRESS)
DATABASE: dict[str, Any] = (
    {"ENGINE": "django.db.backends.sqlite3", "NAME": str(FOLDER / "peer.sqlite3")}
    if not ADDRESS
    else {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": WHERE.path.lstrip("/"),
        "USER": WHERE.username,
        "PASSWORD": WHERE.password,
        "HOST": WHERE.hostname,
        "PORT": WHERE.port,
        "CONN_MAX_AGE": None,
    }
)
APPS = ("admin", "auth", "contenttypes", "sessions", "sites", "messages", "staticfiles", "humanize")
AROUND = (
    *("sessions.middleware.SessionMiddleware", "auth.middleware.AuthenticationMiddleware"),
    "messages.middleware.MessageMiddleware",
)
SAID = ("template.context_processors.request", "contrib.auth.context_processors.auth")

settings.configure(
    SECRET_KEY="of a peer that lives for one measurement",
    ALLOWED_HOSTS=["*"],
    DATABASES={"default": DATABASE},
    INSTALLED_APPS=[*(f"django.contrib.{name}" for name in APPS), "rest_framework", "helpdesk"],
    MIDDLEWARE=[*(f"django.contrib.{name}" for name in AROUND), "django.middleware.csrf.CsrfViewMiddleware"],
    ROOT_URLCONF=__name__,
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    *(f"django.{name}" for name in SAID),
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    STATIC_URL="/static/",
    SITE_ID=1,
    USE_TZ=True,
    LOGIN_URL="/login/",
    EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
    HELPDESK_TEAMS_MODE_ENABLED=False,
    QUEUE_EMAIL_BOX_UPDATE_ONLY=False,
)

import django  # noqa: E402 -- what comes now reads the settings

django.setup()
from django.contrib import admin  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import include, path  # noqa: E402

urlpatterns = [path("admin/", admin.site.urls), path("", include("helpdesk.urls", namespace="helpdesk"))]
application = get_wsgi_application()
FIRST, SECOND, LAST = (
    ("Dan", "Kas", "Tor", "Wir", "Ned"),
    ("lon", "in", "na", "en", "ick"),
    ("by", "dale", "combe", "holt"),
)
DAYS, BATCH, WORDS = 1_400, 5_000, "They waited by the door and wrote again. "


def fill(tickets: int) -> None:
    """Write so many tickets with three follow-ups each, in three queues, for a hundred people; print how to come in."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command
    from django.utils import timezone

    models, dice, now = import_module("helpdesk.models"), random.Random(20261130), timezone.now()
    call_command("migrate", verbosity=0)
    people: Any = get_user_model()  # its own, not ours
    me = people.objects.create_superuser("officer", "officer@peer.invalid", "x")
    crew = people.objects.bulk_create(people(username=f"p{n}", is_staff=True) for n in range(100))
    crew = [me, *people.objects.filter(pk__in=[one.pk for one in crew])]
    queues = [models.Queue.objects.create(title=name, slug=name.lower()) for name in ("North", "South", "West")]
    for begins in range(0, tickets, BATCH):
        rows = [_ticket(models, dice, now, queues, crew) for _ in range(min(BATCH, tickets - begins))]
        rows = models.Ticket.objects.bulk_create(rows)
        models.FollowUp.objects.bulk_create(
            models.FollowUp(
                ticket=row, date=row.created, title="Told", comment=WORDS, user=row.assigned_to, public=True
            )
            for row in rows
            for _ in range(3)
        )
    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(me.pk), me.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session.create()
    print(session.session_key, models.Ticket.objects.order_by("pk")[tickets // 2].pk, queues[0].pk)


def _ticket(models: Any, dice: random.Random, now: Any, queues: list[Any], crew: list[Any]) -> Any:
    name = f"{dice.choice(FIRST)}{dice.choice(SECOND)} {dice.choice(FIRST)}{dice.choice(SECOND)}{dice.choice(LAST)}"
    began = now - timedelta(minutes=dice.randrange(DAYS * 24 * 60))
    return models.Ticket(
        title=f"{name} followed again",
        queue=dice.choice(queues),
        created=began,
        modified=began,
        submitter_email=f"{name.replace(' ', '.').lower()}@peer.invalid",
        assigned_to=dice.choice(crew),
        status=1 if dice.random() < 0.3 else 4,
        priority=dice.randrange(1, 6),
        description=WORDS * 5,
    )


if __name__ == "__main__":
    fill(int(sys.argv[1]))
