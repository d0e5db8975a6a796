"""Whether the site is alive and ready; no version, no counts."""

from __future__ import annotations

from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path

from fourfold.audit import queries as audit_queries
from fourfold.web.guard import open_to_all


@open_to_all("says only that the process runs")
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that the process runs."""
    return HttpResponse("ok\n", content_type="text/plain")


@open_to_all("says only whether the site can serve")
def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether the database answers, the audit can be read and the keys are there."""
    try:
        with transaction.atomic():
            ready = audit_queries.is_ready()
    except (DatabaseError, OSError):
        ready = False
    return HttpResponse("ready\n" if ready else "not ready\n", content_type="text/plain", status=200 if ready else 503)


urlpatterns = [path("healthz", healthz, name="healthz"), path("readyz", readyz, name="readyz")]
