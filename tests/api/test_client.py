"""The client that agencies get speaks to the API as it stands; and whatever systems send, the server does not fail."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from fourfold.api.agencies import described
from fourfold.feeds import services as feeds
from tests.api.test_agencies import SENT, Joined, joined
from tests.api.test_any_input import sent
from tests.cast import Cast
from tests.orders.builders import case_of, served

__all__ = ["joined"]
pytestmark = pytest.mark.django_db
FILE = Path(__file__).parents[2] / "clients/python/fourfold_client.py"


@pytest.fixture(scope="module")
def client() -> ModuleType:
    """Load the one file, as somebody does who copied it."""
    import sys

    spec = spec_from_file_location("fourfold_client", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules["fourfold_client"] = module
    spec.loader.exec_module(module)
    return module


def test_the_client_sends_reads_and_brings(
    cast: Cast, joined: Joined, client: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system, case = joined(), case_of(cast)
    served(cast, case)

    asked: list[str] = []

    def send(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Any:
        asked.append(url)
        said = dict(headers)
        kind = said.pop("Content-Type")
        answer = Client().generic(method, url.removeprefix("https://x"), body or b"", kind, headers=said)
        return client.Answer(answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, answer.content)

    fourfold = client.Fourfold("https://x", str(system.row.pk), system.secret, send)
    assert not fourfold.report(SENT)["sent_before"]
    again = fourfold.report(SENT)
    assert (again["sent_before"], again["answer"]) == (True, "waiting")
    with pytest.raises(client.Refused, match="422: reference") as why:
        fourfold.report(SENT | {"words": "He stood at the school."})
    assert why.value.field == "reference"
    assert [one["reference"] for one in fourfold.reports()] == [SENT["reference"]]
    fourfold._token = "ended"
    assert [one["case"] for one in fourfold.orders()] == [case.reference]
    assert fourfold.assessments(case.reference) == []
    file = tmp_path / "day.csv"
    file.write_bytes(b"crime,victim\n42/1,Nora\n")
    assert fourfold.bring(file)["work"][0]["kind"] == "draft"
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(feeds, "MOST_AT_ONCE", 1)
        file.write_bytes(b"crime,victim\n42/2,Nora\n")
        with pytest.raises(client.Refused, match="422: file"):
            fourfold.bring(file)
        one = asked[-1].split("/")[-2]
        with pytest.raises(client.Refused, match="422: file"):
            fourfold.bring(file, upload=one)
    assert fourfold.bring(file, upload=one)["brought"]
    with pytest.raises(client.Refused, match="422: site"):
        fourfold.report(SENT | {"site": "southmere"})
    with pytest.raises(client.Refused, match=r"422: victim\.postcode Extra"):
        fourfold.report(SENT | {"reference": "42/9", "victim": {"postcode": "ZZ1 1ZZ"}})
    with pytest.raises(client.Refused, match="invalid_client"):
        client.Fourfold("https://x", str(system.row.pk), "wrong", send).report(SENT)
    with pytest.raises(ValueError, match="https alone"):
        client.by_urllib("GET", "http://x", {}, None)


def test_nothing_that_the_description_allows_makes_the_server_fail(
    cast: Cast, joined: Joined, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    system = joined()
    said = Client(
        headers={"Authorization": f"Bearer {system.token().json()['access_token']}"}, raise_request_exception=False
    )
    api = schemathesis.openapi.from_dict(json.loads(json.dumps(described())))
    tried = 0
    for path, methods in described()["paths"].items():
        for method in methods:

            @settings(max_examples=2, suppress_health_check=list(HealthCheck), database=None, deadline=None)
            @given(generated=api[path][method.upper()].as_strategy(generation_mode=GenerationMode.POSITIVE))
            def try_one(generated: Any) -> None:
                answer = sent(said, generated)
                assert answer.status_code < 500, (generated.formatted_path, generated.body, answer.content[:300])

            try_one()
            tried += 1
    assert tried > 10
