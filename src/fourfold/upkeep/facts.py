"""Finding out how an installation stands: each question by itself, so that one without an answer hides no other."""

import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.db.models import Count, Max, Min, Q, Subquery, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Coalesce

from fourfold.access import webhooks
from fourfold.access.models import Account, AccountAsked, AgencySystem, WebhookNotice
from fourfold.audit import queries as audit
from fourfold.audit.commitments import keyring
from fourfold.audit.models import Entry
from fourfold.feeds import queries as feeds
from fourfold.gateways.feed_store import has_worker
from fourfold.intake.models import ImportRun, Quarantined, StoppedFile
from fourfold.people.models import Message
from fourfold.upkeep import doctor, own, queries, rules, runs
from fourfold.upkeep.terms import NOTED, TIMERS, Certificate, Facts

PATIENCE_S = 5.0
DAY = timedelta(days=1)
CERTIFICATE, KEPT_S = "site-certificate", 600


def gathered(*, at: datetime, address: str, asks_again: bool = True) -> Facts:
    """Return the facts about this installation, with what could not be found out left None.

    Whoever looks every minute does not ask the address each time (`asks_again`).
    """
    place = settings.FOURFOLD
    usage = _usage()
    return Facts(
        at,
        place.production,
        "SQLite" if connection.vendor == "sqlite" else "PostgreSQL",
        tuple(place.allowed_hosts.split(",")),
        tuple(filter(None, map(str.strip, place.trusted_proxies.split(",")))),
        unknown_settings=rules.unknown_settings(os.environ, place.names()),
        open_files=place.why_not_start() if place.production else None,
        certificate=_certificate(address, asks_again),
        runs={name: runs.last(place.data_dir, name) for name in (*(one.name for one in TIMERS), *_others())},
        own_keys=own.how_they_stand(place.data_dir),
        free=usage[0],
        total=usage[1],
        clock_kept=_clock_kept(),
        worker=has_worker(place.feeds_dir),
        release=version("fourfold"),
        **_of_the_database(at),
    )


def _others() -> Iterable[str]:
    return (words.replace(" ", "-") for words in NOTED)


def _usage() -> tuple[int | None, int | None]:
    try:
        usage = shutil.disk_usage(settings.FOURFOLD.data_dir)
    except OSError:
        return None, None
    return usage.free, usage.total


def _clock_kept() -> bool | None:
    try:
        words = ["timedatectl", "show", "--property=NTPSynchronized", "--value"]
        said = subprocess.run(words, capture_output=True, text=True, check=False, timeout=PATIENCE_S).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return None
    return {"yes": True, "no": False}.get(said)


def _of_the_database(at: datetime) -> dict[str, Any]:
    found: dict[str, Any] = {}
    try:
        with transaction.atomic():
            found["missing_migrations"] = len(queries.missing_migrations())
            found |= _of_the_server() if connection.vendor == "postgresql" else {}
            if not found["missing_migrations"]:
                found["keys_fit"], found["keys_whole"] = audit.keys_fit(), keyring().is_whole
                found["log_end"] = Entry.objects.order_by("-at").values_list("at", flat=True).first()
                found |= _of_the_outbox() | feeds.how_much_waits() | _of_the_doors(at) | _of_the_feeds()
    except DatabaseError as why:
        first = next(iter(str(why).strip().splitlines()), type(why).__name__)
        return {"trouble": (f"The database does not answer: {re.sub('password[^ ]*', '…', first)}.",), "keys_fit": None}
    return {"keys_fit": None} | found


def _of_the_server() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, rolcreatedb OR rolcreaterole, current_setting('server_version_num')::int, clock_timestamp()"
            " FROM pg_roles WHERE rolname = current_user"
        )
        superuser, may_make, version, there = cursor.fetchone()
    off = there - datetime.now(UTC)
    return {"superuser": superuser, "may_make": may_make, "server_version": version, "clock_off": off}


def _of_the_outbox() -> dict[str, Any]:
    rows = Message.objects.unscoped("how many wait, without content")
    said = rows.aggregate(
        waiting=Count("pk", filter=Q(state="waiting")),
        waiting_since=Min("recorded_at", filter=Q(state="waiting")),
        not_known_whether_sent=Count("pk", filter=Q(state="leaving")),
    )
    return dict(said)


def _of_the_doors(at: datetime) -> dict[str, Any]:
    open_ones = Account.objects.filter(is_active=True, staff__active=True)
    asked = AccountAsked.objects.filter(answered_at__isnull=True)
    failed = Entry.objects.filter(action="sign_in.failed", at__gt=at - DAY)
    locked = Q(body__contains='"rules":["locked out"]')
    return {
        **open_ones.annotate(
            lost=_not_told(), old=_old_secrets(at), gone=queries.not_listed(), back=queries.came_back()
        ).aggregate(
            accounts=Count("pk"),
            unvouched=Count("pk", filter=Q(vouched_at__isnull=True)),
            not_told=Max("lost"),
            old_secrets=Max("old"),
            not_listed=Max("gone"),
            came_back=Max("back"),
        ),
        **asked.aggregate(accounts_asked=Count("pk"), asked_since=Min("asked_at")),
        **failed.aggregate(failed=Count("pk", filter=~locked), locked_out=Count("pk", filter=locked)),
    }


def _not_told() -> Subquery:
    """Count what agencies' systems were not told; beside each account, so that it costs no statement of its own."""
    lost = WebhookNotice.objects.filter(
        given_up_at__isnull=False, webhook__in=webhooks.running().order_by().values("pk")
    )
    return Subquery(lost.order_by().values(one=Value(1)).annotate(many=Count("pk")).values("many"))


def _old_secrets(at: datetime) -> CombinedExpression:
    """Count secrets of agencies' systems that are past their age, as the page of each lets somebody make a new one."""
    before = at - doctor.SECRETS_LAST
    turned = max((before, *(one.at for one in keyring().begun.values())))
    told = webhooks.running().order_by().filter(turned_at__lt=turned)
    theirs = AgencySystem.objects.filter(ended_at__isnull=True, secret_made_at__lt=before)
    one, other = (
        Coalesce(Subquery(rows.values(one=Value(1)).annotate(many=Count("pk")).values("many")), 0)
        for rows in (told, theirs)
    )
    return one + other


def _of_the_feeds() -> dict[str, Any]:
    last = ImportRun.objects.filter(finished_at__isnull=False).values("site", "system").annotate(at=Max("finished_at"))
    return {
        "feeds": {f"{one['site']}/{one['system']}": one["at"] for one in last.order_by("site", "system")},
        "feeds_stopped": StoppedFile.objects.filter(settled_at__isnull=True).count(),
        "rows_held": Quarantined.objects.filter(resolved_at__isnull=True).count(),
    }


def _certificate(address: str, asks_again: bool) -> Certificate | None:
    """Return what the site's address answers, or answered within the last ten minutes; None without an address."""
    if not address:
        return None
    kept = None if asks_again else cache.get(CERTIFICATE)
    if kept is None:
        kept = certificate(address)
        cache.set(CERTIFICATE, kept, KEPT_S)
    return kept


def own_address() -> str:
    """Return where people reach this installation, "" for a rehearsal."""
    own = next((name for name in settings.FOURFOLD.allowed_hosts.split(",") if name not in doctor.HOME), "")
    return f"https://{own}" if own and settings.FOURFOLD.production else ""


def certificate(address: str) -> Certificate:
    """Ask the site's address as a browser does, and return until when its certificate holds."""
    host, _, port = address.removeprefix("https://").rstrip("/").partition(":")
    try:
        with (
            socket.create_connection((host, int(port or 443)), timeout=PATIENCE_S) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=host) as secure,
        ):
            told = secure.getpeercert() or {}
    except (OSError, ValueError) as why:
        return Certificate(host, trouble=str(getattr(why, "verify_message", "") or why))
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(told["notAfter"])), UTC)
    return Certificate(host, until)
