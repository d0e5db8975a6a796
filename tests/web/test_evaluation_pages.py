"""Plans and reports in the door: written, registered, amended, frozen, read; by whom, and what it costs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from fourfold import journey
from fourfold.audit.models import Entry
from fourfold.base import new_id
from fourfold.evaluation import queries, services
from fourfold.evaluation.models import Extract, Question, Release, Result
from tests.cast import NOW, Cast
from tests.evaluation.test_releases import QUICK
from tests.evaluation.test_report import FLOW
from tests.evaluation.test_rules import planted
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

FORM: dict[str, Any] = {
    "title": "Second year", "population": "every case", "strategy": "managed against not yet", "variable": "days to the next act",
    "intercurrent": "custody competes", "summary": "difference per 100", "horizon_days": "365", "landmark_days": "30",
    "covariates": ["level", "prior_acts"], "analyses": ["e_value"], "method": "Holm", "mechanism": "<b>contact</b>",
}  # fmt: skip


def test_a_plan_is_written_registered_and_amended_in_pages(signed_in: SignIn) -> None:
    client = signed_in("evaluator")
    assert client.get("/evaluation/plans/register/").status_code == 200
    for wrong, said in (({"population": ""}, "population"), ({"title": ""}, "title"), ({"horizon_days": "x"}, "whole number"),
                        ({"staff_minute": "dear"}, "0.90"), ({"analyses": ["magic"]}, "magic")):  # fmt: skip
        refused = client.post("/evaluation/plans/register/", FORM | wrong | {"once": str(new_id())}).content.decode()
        assert "There is a problem" in refused
        assert said in refused
    assert not Question.objects.exists()
    for _ in range(2):
        kept = client.post("/evaluation/plans/register/", FORM | {"area": "E23000013", "once": "a-key"})
        assert kept.status_code == 303
    question = Question.objects.get()
    shown = client.get(kept["Location"]).content.decode()
    assert question.sha256 in shown
    assert "&lt;b&gt;contact" in shown
    assert "Cleveland (E23000013)" in shown, "nobody reads an area by its code"
    address = f"/evaluation/plans/{question.pk}/amend/"
    assert "every case" in client.get(address).content.decode()
    assert "Say why" in client.post(address, FORM | {"horizon_days": "180", "once": "b"}).content.decode()
    amended = client.post(address, FORM | {"horizon_days": "180", "reason": "too few", "once": "c"})
    assert amended.status_code == 303
    shown = client.get(amended["Location"]).content.decode()
    assert "Amendment 1" in shown
    assert "too few" in shown


def test_whoever_casts_no_plan_is_turned_away(signed_in: SignIn, cast: Cast) -> None:
    question = services.register_plan(actor=cast.evaluator, plan=QUICK, at=NOW)
    addresses = (f"/evaluation/plans/{question.pk}/", "/evaluation/plans/register/", f"/evaluation/plans/{question.pk}/amend/",
                 f"/evaluation/plans/{question.pk}/release/", f"/evaluation/reports/{new_id()}/")  # fmt: skip
    for name, codes in (("lead", (200, 403, 403, 403, 404)), ("officer", (403,) * 5), ("olu", (403,) * 5)):
        client = signed_in(name)
        assert tuple(client.get(address).status_code for address in addresses) == codes, name


@pytest.mark.usefixtures("done_beside")
def test_a_report_leaves_and_is_read_by_the_lead(
    signed_in: SignIn, cast: Cast, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    monkeypatch.setattr(queries, "deidentified_rows", lambda **_: planted(0.5, people=300))
    monkeypatch.setattr(queries, "flow", lambda **_: FLOW)
    question = services.register_plan(actor=cast.evaluator, plan=QUICK, at=NOW)
    client = signed_in("evaluator")
    asked = f"/evaluation/plans/{question.pk}/release/"
    sent = client.post(asked)
    assert (sent.status_code, sent["Location"]) == (303, asked)
    assert client.get(asked)["Location"] == f"/evaluation/plans/{question.pk}/", "it is there, and the plan names it"
    release = Release.objects.get()
    assert f"/evaluation/reports/{release.pk}/" in client.get(f"/evaluation/plans/{question.pk}/").content.decode()
    lead = signed_in("lead")
    with django_assert_max_num_queries(40):
        said = lead.get(f"/evaluation/reports/{release.pk}/").content.decode()
    assert "1. What may we conclude?" in said
    assert "20. Recommendation" in said
    assert said.count("<svg") >= 5
    assert "<style" not in said.split("<main")[1]
    for name, start in (("pdf", b"%PDF"), ("docx", b"PK"), ("html", b"<!doctype"), ("json", b"{")):
        assert lead.get(f"/evaluation/reports/{release.pk}/{name}/").content.startswith(start)
    assert lead.get(f"/evaluation/reports/{release.pk}/exe/").status_code == 404
    assert "Report of" in lead.get("/evaluation/").content.decode()


@pytest.mark.usefixtures("done_beside")
@pytest.mark.parametrize(
    ("more", "acts", "few"), [(0, 0, False), (1, 0, True), (9, 0, True), (0, 3, True), (10, 0, False)]
)
def test_what_is_computed_each_day_tells_nothing_of_the_few_between_two_days(
    signed_in: SignIn, cast: Cast, monkeypatch: pytest.MonkeyPatch, more: int, acts: int, few: bool
) -> None:
    """The attack: freeze and compute on one day and on the next, and take the one from the other."""
    rows = planted(0.5, people=320)
    monkeypatch.setattr(queries, "flow", lambda **_: FLOW)
    client = signed_in("evaluator")
    monkeypatch.setattr(queries, "deidentified_rows", lambda **_: rows[:300])
    client.post("/evaluation/freeze/")
    assert client.get("/evaluation/freeze/")["Location"] == "/evaluation/"
    acted = [number for number, row in enumerate(rows[:300]) if row.next_act_day][:acts]
    changed = [replace(row, next_act_day=None) if number in acted else row for number, row in enumerate(rows)]
    monkeypatch.setattr(queries, "deidentified_rows", lambda **_: changed[: 300 + more])
    client.post("/evaluation/freeze/")
    answer = client.get("/evaluation/freeze/")
    assert answer.status_code == (200 if few else 302)
    if few:
        said = answer.content.decode()
        assert "Not enough to compute" in said
        assert "What was frozen or computed on" in said
        assert "fewer than ten people" in said
    assert Result.objects.count() == Extract.objects.count() == (1 if few else 2), "not even frozen"
    assert len(list(Path(settings.FOURFOLD.extracts_dir).glob("*.parquet"))) == Extract.objects.count()
    refused = Entry.objects.filter(action="extract.frozen", body__contains="nearly the same cases").count()
    assert refused == few, "the try is in the log"


@pytest.mark.usefixtures("done_beside")
def test_what_cannot_be_computed_is_said_and_the_plan_s_page_leads_there(signed_in: SignIn, cast: Cast) -> None:
    question, client = services.register_plan(actor=cast.evaluator, plan=QUICK, at=NOW), signed_in("evaluator")
    asked = f"/evaluation/plans/{question.pk}/release/"
    assert client.get(asked)["Location"] == f"/evaluation/plans/{question.pk}/", "nobody has asked yet"
    client.post(asked)
    said = client.get(asked)
    assert b"There is no report" in said.content
    assert b"no case" in said.content
    assert "Refresh" not in said
    plan = client.get(f"/evaluation/plans/{question.pk}/").content.decode()
    assert "What came of the last try" in plan
    assert "Freeze the data and write the report" in plan, "and it can be asked for again"


def test_an_evaluator_never_sees_a_name(signed_in: SignIn, cast: Cast) -> None:
    """Everything that freezing makes and every page of an evaluator, with a person whose name nobody else has."""
    from tests.cases.builders import open_case

    case = open_case(cast, at=NOW)
    question = services.register_plan(actor=cast.evaluator, plan=QUICK, at=NOW)
    extract = journey.data_frozen(actor=cast.evaluator, question=question, until=NOW, at=NOW)
    client = signed_in("evaluator")
    seen = "".join(
        client.get(address).content.decode() for address in ("/", "/evaluation/", f"/evaluation/plans/{question.pk}/")
    )
    seen += repr(extract.manifest) + repr(queries.frozen_rows(extract))
    for secret in (case.reference, str(case.pk), str(case.victim_id)):
        assert secret not in seen
    for address in (f"/cases/{case.reference}/", "/cases/", "/find/?q=a"):
        assert case.reference not in client.get(address).content.decode()
