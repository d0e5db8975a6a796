"""Probes are answered before all else, and say yes or no."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError
from django.test import Client

from fourfold.audit import services as audit
from fourfold.audit.models import Entry, Head
from fourfold.config.front import Front
from fourfold.upkeep import queries as upkeep
from fourfold.web import probes

pytestmark = pytest.mark.django_db


def other_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fourfold.audit.queries.mac_of", lambda seq, digest: "made with other keys")


def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> bool:
        raise DatabaseError("gone")

    monkeypatch.setattr("fourfold.audit.queries.is_ready", fails)


def an_older_database(monkeypatch: pytest.MonkeyPatch) -> None:
    newer = upkeep.shipped_migrations() | {("cases", "0999_newer")}
    monkeypatch.setattr(upkeep, "shipped_migrations", lambda: newer)


def no_log(monkeypatch: pytest.MonkeyPatch) -> None:
    Head.objects.all().delete()


@pytest.mark.parametrize("lacks", [other_keys, no_database, an_older_database, no_log])
def test_ready_is_no_where_something_is_missing(
    cast: Any, lacks: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    audit.consulted(cast.chair, "outbox.list", at=cast.at)
    assert Entry.objects.exists()
    assert Client().get(probes.READINESS).content == b"ready\n"
    lacks(monkeypatch)
    refused = Client().get(probes.READINESS)
    assert (refused.status_code, refused.content) == (503, b"not ready\n")
    assert Client().get(probes.LIVENESS).status_code == 200


def test_a_probe_by_address_and_without_tls_is_neither_redirected_nor_counted_nor_kept(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(settings, "SECURE_SSL_REDIRECT", True)
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["fourfold.example"])
    assert Client().get("/", HTTP_HOST="fourfold.example").status_code == 301, "everything else is"
    with django_assert_num_queries(0):
        alive = Client().get(probes.LIVENESS, HTTP_HOST="10.0.0.7:8000")
    assert (alive.status_code, alive.content, len(alive.cookies)) == (200, b"ok\n", 0)
    assert alive.headers["Cache-Control"] == "no-store"
    for _ in range(200):
        assert Client().get(probes.LIVENESS, HTTP_HOST="10.0.0.7:8000").status_code == 200
    assert Client().get(probes.READINESS, HTTP_HOST="10.0.0.7:8000").status_code == 200
    assert Client().post(probes.LIVENESS, HTTP_HOST="10.0.0.7:8000").status_code == 405
    assert not Entry.objects.filter(action__contains="health").exists()


def test_that_a_process_lives_is_said_while_it_answers_somebody_else() -> None:
    def never(environ: Any, start: Any) -> list[bytes]:
        raise AssertionError("the one pair of hands was asked")

    said: list[Any] = []
    answer = Front(never, Path())(
        {"PATH_INFO": probes.LIVENESS, "REQUEST_METHOD": "GET"}, lambda *words: said.append(words)
    )
    assert (answer, said[0][0]) == ([b"ok\n"], "200 OK")
