"""Whatever the description allows, and much that it forbids, is answered: never a server error (schemathesis)."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from fourfold.api.operations import api
from tests.cases.builders import open_case, told
from tests.cast import Cast
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

EXAMPLES = 20
OPERATIONS = [
    ("POST", "/api/allegations"),
    ("GET", "/api/allegations/{identifier}"),
    ("GET", "/api/cases"),
    ("GET", "/api/cases/{reference}"),
    ("POST", "/api/cases/{reference}/level"),
]


def described() -> Any:
    """Return the description as schemathesis reads it."""
    return schemathesis.openapi.from_dict(json.loads(json.dumps(api.get_openapi_schema())))


def sent(client: Client, case: Any) -> Any:
    """Send what was generated, whatever it is."""
    headers = {name: str(value) for name, value in (case.headers or {}).items()}
    body = case.body if isinstance(case.body, bytes) else json.dumps(case.body, default=str).encode()
    has_body = case.method != "GET" and "NotSet" not in type(case.body).__name__
    return client.generic(
        case.method,
        case.formatted_path,
        body if has_body else b"",
        content_type="application/json",
        query_params=case.query or None,
        headers={name: value for name, value in headers.items() if value.isascii() and value.isprintable()},
    )


#: Nothing that a path can hold is forbidden as a case's reference, so there is nothing to generate against it.
NOTHING_FORBIDDEN = {("GET", "/api/cases/{reference}")}
ROUNDS = [
    (method, path, mode)
    for method, path in OPERATIONS
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    if mode is GenerationMode.POSITIVE or (method, path) not in NOTHING_FORBIDDEN
]


@pytest.mark.parametrize(("method", "path", "mode"), ROUNDS, ids=str)
def test_no_input_makes_the_server_fail(
    cast: Cast, signed_in: SignIn, method: str, path: str, mode: GenerationMode, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    case, allegation = open_case(cast), told(cast.analyst)
    client = signed_in("officer")
    client.raise_request_exception = False
    strategy = described()[path][method].as_strategy(generation_mode=mode)
    statuses = set()

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), database=None)
    @given(generated=strategy)
    def try_one(generated: Any) -> None:
        if mode is GenerationMode.POSITIVE:
            generated.path_parameters = {
                name: {"reference": case.reference, "identifier": str(allegation.pk)}[name]
                for name in generated.path_parameters or {}
            }
            if path == "/api/allegations":
                generated.body["site"] = "northmoor"
        answer = sent(client, generated)
        statuses.add(answer.status_code)
        assert answer.status_code < 500, (generated.formatted_path, generated.body, answer.content[:300])

    try_one()
    assert statuses
    assert mode is GenerationMode.NEGATIVE or statuses & {200, 201, 400, 404, 412, 422}


def test_the_table_above_names_every_operation() -> None:
    described_operations = {
        (method.upper(), path) for path, methods in api.get_openapi_schema()["paths"].items() for method in methods
    }
    assert described_operations == set(OPERATIONS)
