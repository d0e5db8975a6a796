"""A source of which nothing is there for anybody is not asked, and each of which something is there is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fourfold.intake.models import Allegation
from fourfold.web import worklist
from tests.cases.builders import told
from tests.cast import NOW, Cast
from tests.duties.skipped import in_vain

pytestmark = pytest.mark.django_db


def test_the_desk_is_asked_only_while_a_report_waits_there(cast: Cast) -> None:
    worklist.today(cast.analyst, NOW)
    with CaptureQueriesContext(connection) as without:
        worklist.today(cast.analyst, NOW)
    told(cast.analyst, at=NOW)
    with CaptureQueriesContext(connection) as asked:
        kinds = {row.kind for row in worklist.today(cast.analyst, NOW).every}
    assert "new_allegations" in kinds
    assert len(without) < len(asked)


def test_a_list_that_would_leave_out_what_waits_is_found(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    told(cast.analyst, at=NOW)
    assert in_vain(NOW) == []
    nothing = [
        replace(each, there=lambda at: Allegation.objects.unscoped("a test").none())
        if each.kind == "new_allegations"
        else each
        for each in worklist.SOURCES
    ]
    monkeypatch.setattr(worklist, "SOURCES", nothing)
    assert any(said.startswith("new_allegations of Analyst") for said in in_vain(NOW))
