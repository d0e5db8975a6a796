"""The administrator's home, and the numbers that Prometheus reads: how the installation stands, and nobody's data."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.test import Client
from prometheus_client import values
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from fourfold.audit import security
from fourfold.audit.models import Entry
from fourfold.audit.queries import verify
from fourfold.gateways import meters
from fourfold.upkeep import doctor, metrics
from fourfold.upkeep.terms import Facts
from fourfold.web import probes
from fourfold.web.pages.installation import SUBJECTS
from tests.cases.builders import open_case
from tests.cast import Cast
from tests.upkeep.test_doctor import AT, SOUND
from tests.web.conftest import SignIn

TOKEN = "a-token-of-thirty-two-characters-or-more"
ALERTS = sorted((Path(__file__).parents[2] / "deploy" / "alerts").glob("*.yaml"))


def test_every_subject_of_the_doctor_has_its_words_on_the_page() -> None:
    assert {verdict.subject for verdict in doctor.verdicts(SOUND)} == SUBJECTS.keys()


@pytest.mark.django_db
def test_the_administrators_day_begins_with_how_the_installation_stands(
    signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    client = signed_in("administrator")
    assert client.get("/")["Location"] == "/installation/"
    client.get("/installation/")
    with django_assert_max_num_queries(45):
        said = client.get("/installation/").content.decode()
    assert "Open accounts: " in said
    assert "<code>fourfold outbox dispatch</code> has never ended here" in said
    assert "What to do: " in said
    assert "FF-" not in re.sub(r"nonce=\S+", "", said), "a nonce may hold the three signs"


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["officer", "chair", "analyst", "police_lead", "olu"])
def test_nobody_else_reads_it(name: str, signed_in: SignIn) -> None:
    client = signed_in(name)
    assert client.get("/installation/").status_code == 403
    assert "/installation/" not in client.get("/", follow=True).content.decode()


@pytest.fixture
def counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that counts, with a token for whoever reads the numbers."""
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"metrics_token": SecretStr(TOKEN)}))
    monkeypatch.setattr(meters, "_meters", None)
    monkeypatch.setenv(meters.FOLDER, str(tmp_path / "counted"))
    monkeypatch.setattr(
        values, "ValueClass", values.get_value_class()
    )  # chosen when it was read, before the folder was named
    meters.begin(tmp_path / "counted", [(event.name, event.severity.value) for event in security.EVENTS])


def read(client: Client, said: str = f"Bearer {TOKEN}") -> Any:
    return client.get(probes.METRICS, headers={"Authorization": said})


@pytest.mark.django_db
def test_numbers_are_read_by_whoever_shows_the_token_and_hold_no_word_of_anybody(
    counted: None, signed_in: SignIn, cast: Cast
) -> None:
    client = signed_in("officer")
    client.get("/find/", {"q": "Zwetschge"})
    client.get("/cases/FF-ZWETSCH/")
    answer = read(Client())
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    text = answer.content.decode()
    samples = {
        (one.name, *one.labels.values()): one.value
        for each in text_string_to_metric_families(text)
        for one in each.samples
    }
    assert samples["fourfold_requests_total", "GET", "find:results", "200"] >= 1
    assert samples["fourfold_database_up",] == 1
    assert samples["fourfold_accounts_open",] >= 1
    assert not re.search("zwetsch|officer|northmoor police", text, re.IGNORECASE)


@pytest.mark.django_db
@pytest.mark.parametrize("said", ["", "Bearer ", "Bearer wrong", TOKEN, f"Basic {TOKEN}"])
def test_without_the_token_there_is_no_such_address(said: str, counted: None) -> None:
    assert read(Client(), said).status_code == 404


@pytest.mark.django_db
def test_where_no_token_is_set_no_token_opens_it() -> None:
    assert read(Client(), "Bearer ").status_code == 404


def test_what_could_not_be_found_out_is_no_number() -> None:
    unknown = replace(SOUND, waiting=None, keys_fit=None, free=None, worker=None, feeds=None, certificate=None, runs={})
    known, lacking = ({one.name: len(one.samples) for one in metrics.metrics(facts)} for facts in (SOUND, unknown))
    gone = {name for name in known if known[name] and not lacking[name]}
    assert gone == {
        *("fourfold_outbox_waiting", "fourfold_keys_fit", "fourfold_disk_free_bytes", "fourfold_worker_up"),
        *("fourfold_feed_last_timestamp_seconds", "fourfold_certificate_ends_timestamp_seconds"),
        *("fourfold_outbox_oldest_seconds", "fourfold_timer_last_timestamp_seconds"),
        *("fourfold_timer_last_good_timestamp_seconds", "fourfold_timer_last_code"),
    }


def test_every_alert_names_numbers_that_there_are_and_says_what_to_do() -> None:
    there = {one.name for one in metrics.metrics(SOUND)} | COUNTED
    rules = [rule for path in ALERTS for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in rules}) == len(rules) >= 12
    for rule in rules:
        named = set(re.findall(r"\bfourfold_\w+", rule["expr"]))
        assert named, rule["alert"]
        assert named <= there, f"{rule['alert']} asks for {named - there}"
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["do"]


COUNTED = {
    *("fourfold_requests_total", "fourfold_request_seconds_bucket", "fourfold_statements_total"),
    "fourfold_security_events_total",
}


@pytest.mark.parametrize(
    ("facts", "name", "label", "value"),
    [
        (SOUND, "outbox_oldest_seconds", "", 0.0),
        (replace(SOUND, waiting=2, waiting_since=AT - timedelta(hours=1)), "outbox_oldest_seconds", "", 3600.0),
        (replace(SOUND, missing_migrations=1), "database_up", "", 0.0),
        (replace(SOUND, keys_fit=False), "keys_fit", "", 0.0),
        (replace(SOUND, waiting=None), "outbox_waiting", "", None),
        (SOUND, "feed_last_timestamp_seconds", "northmoor/niche", (AT - timedelta(days=1)).timestamp()),
        (replace(SOUND, keys_fit=False), "verdicts", "mend", 1.0),
    ],
)
def test_a_number_is_what_the_doctor_judges(facts: Facts, name: str, label: str, value: float | None) -> None:
    assert metrics.numbers(facts)[name].get(label) == value


def test_what_alerts_count_by_is_what_is_counted(counted: None) -> None:
    meters.answered("case:list", "GET", 200, 0.1, 3)
    meters.event("sign_in.failed", "low")
    text = meters.exposed(_Nothing()).decode()  # type: ignore[arg-type]
    assert all(re.search(rf"^{name}\{{", text, re.MULTILINE) for name in COUNTED), text


class _Nothing:
    def collect(self) -> list[GaugeMetricFamily]:
        return []


@pytest.mark.django_db
def test_a_clock_that_went_back_is_said_while_casework_goes_on(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By an hour and a half: what was recorded before then is worked on, and the log has its order and verifies."""
    page, told = f"/cases/{open_case(cast).reference}/", list[int]()
    officer, administrator = signed_in("coordinator"), signed_in("administrator")
    for hours in (4.0, 2.5):
        clock = (cast.at + timedelta(hours=hours)).isoformat()
        monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"app_clock": clock}))
        assert officer.get(page).status_code == 200
        told.append(Entry.objects.count())
    assert told[1] > told[0], "that it was read is in the log"
    said = administrator.get("/installation/").content.decode()
    assert "which is still to come: the clock went back." in said
    assert verify().clean
