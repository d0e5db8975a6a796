"""The API does what the pages do, for the same people, and tells machines plainly what was wrong."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from fourfold.access import services as access
from fourfold.access.terms import Permission, RelationKind
from fourfold.api.operations import api, schema_address
from fourfold.audit.models import Entry
from fourfold.audit.queries import verify
from fourfold.cases import services as cases
from fourfold.cases.models import Case, LevelSet
from fourfold.cases.terms import Level, SetBy
from fourfold.intake.models import Allegation
from tests.cases.builders import open_case, told
from tests.cast import NOW, Cast, give_account
from tests.web.conftest import PASSWORD, SECRET, SignIn

pytestmark = pytest.mark.django_db

REFERRAL: dict[str, Any] = {
    "site": "northmoor",
    "told_at": NOW.isoformat(),
    "words": "He waited by the gate again.",
    "victim": {"name": "Nora Quill", "phone": "07700 900123"},
    "subject": {"name": "Dean Marlow"},
}


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case of Northmoor's, with its officer."""
    made = open_case(cast)
    access.relate(actor=cast.coordinator, file=made.pk, staff=cast.staff["officer"].pk, kind=RelationKind.OIC, at=NOW)
    return made


def refer(client: Client, key: str = "", **changes: Any) -> Any:
    """Send a referral with `changes`."""
    headers = {"Idempotency-Key": key} if key else {}
    body = {name: value for name, value in {**REFERRAL, **changes}.items() if value is not ...}
    return client.post("/api/allegations", body, content_type="application/json", headers=headers)


def set_level(client: Client, case: Case, level: str = "high", **headers: str) -> Any:
    """Ask for a level with these headers."""
    body = {"level": level, "reason": "The nights."}
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(f"/api/cases/{case.reference}/level", body, content_type="application/json", headers=names)


# ---- who may come in ----------------------------------------------------------------------------------------------

READS = (
    "/api/cases",
    "/api/cases/FF-00000",
    "/api/allegations/00000000-0000-4000-8000-000000000000",
    "/api/schema.json",
)


@pytest.mark.parametrize("address", READS)
def test_a_stranger_is_told_to_sign_in_and_nothing_else(client: Client, db: None, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 401
    assert answer.json() == {"detail": "Unauthorized"}


def test_a_password_alone_opens_nothing(cast: Cast) -> None:
    client = Client()
    client.force_login(give_account(cast, "officer", PASSWORD, SECRET), backend="fourfold.web.signing_in.ByAddress")
    assert client.get("/api/cases").status_code == 401


@pytest.mark.parametrize("name", ["evaluator", "lead", "administrator", "governance"])
def test_who_works_on_no_case_is_refused_and_the_refusal_is_remembered(
    cast: Cast, signed_in: SignIn, name: str
) -> None:
    client = signed_in(name)
    for address in READS[:3]:
        assert client.get(address).status_code == 403
    assert refer(client).status_code == 403
    assert {entry.action for entry in Entry.objects.filter(operation="refusal")} >= {"api.list_cases", "api.case"}
    assert not Allegation.objects.unscoped("test").exists()


def test_the_api_knows_the_same_person_as_the_pages(cast: Cast, signed_in: SignIn, rf: Any) -> None:
    from fourfold.api import guard as api_doors
    from fourfold.web import guard as web_doors

    for name in cast.staff:
        client = signed_in(name)
        request = rf.get("/")
        request.session, request.at = client.session, NOW
        request.user = give_account(cast, name, PASSWORD, SECRET)
        assert api_doors.actor_of(request) == web_doors.actor_of(request)
        assert api_doors.actor_of(request).strength == "password+totp"  # type: ignore[union-attr]


def test_every_operation_declares_what_the_route_table_says() -> None:
    from fourfold.access.routes import routes

    declared = {route.name: route.declared for route in routes() if route.name.startswith("api:")}
    assert {name: found and found.permission for name, found in declared.items()} == {
        "api:api-root": None,
        "api:schema": None,
        "api:refer": Permission.ALLEGATION_REFER,
        "api:told": Permission.ALLEGATION_VIEW,
        "api:cases": Permission.CASE_VIEW,
        "api:case": Permission.CASE_VIEW,
        "api:level": Permission.LEVEL_SET,
    }
    assert all(found is not None and (found.permission or found.open_because) for found in declared.values())


def test_a_write_without_the_csrf_token_of_the_session_is_refused(cast: Cast, signed_in: SignIn) -> None:
    signed = signed_in("officer")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = signed.cookies
    assert refer(strict).status_code == 403
    assert not Allegation.objects.unscoped("test").exists()
    assert strict.get("/api/cases").status_code == 200
    strict.cookies["csrf"] = "a" * 32
    allowed = strict.post(
        "/api/allegations", REFERRAL, content_type="application/json", headers={"X-CSRFToken": "a" * 32}
    )
    assert allowed.status_code == 201


# ---- referring ----------------------------------------------------------------------------------------------------


def test_a_referral_is_kept_word_for_word_and_the_answer_says_how_soon(cast: Cast, signed_in: SignIn) -> None:
    answer = refer(signed_in("outreach"), weapon=True)
    assert answer.status_code == 201
    kept = Allegation.objects.unscoped("test").get()
    assert answer.json() == {
        "id": str(kept.pk),
        "reference": kept.reference,
        "urgency": kept.urgency,
        "urgency_reasons": kept.urgency_reasons,
    }
    assert (kept.words, kept.channel, kept.victim_name, kept.weapon) == (
        "He waited by the gate again.",
        "referral",
        "Nora Quill",
        True,
    )
    assert kept.controller == "northmoor-police", "the unit's host, so that its desk can open it"
    assert kept.recorded_by == cast.staff["outreach"].pk
    assert verify().clean


def test_a_referral_sent_twice_with_one_key_is_kept_once(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("outreach")
    first, second = refer(client, key="k-1"), refer(client, key="k-1")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert Allegation.objects.unscoped("test").count() == 1
    assert refer(client, key="k-2", another=True).status_code == 201


def test_one_key_for_two_contents_or_two_people_is_refused(cast: Cast, signed_in: SignIn) -> None:
    refer(signed_in("outreach"), key="k-1")
    assert refer(signed_in("outreach"), key="k-1", words="Something else.").status_code == 422
    answer = refer(signed_in("advocate"), key="k-1")
    assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key")
    assert refer(signed_in("advocate"), key="k" * 65).status_code == 400
    assert Allegation.objects.unscoped("test").count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"controller": "northmoor-nhs"}, "controller"),
        ({"controller_org": "x"}, "controller_org"),
        ({"walled": True}, "walled"),
        ({"compartment": "core"}, "compartment"),
        ({"id": "00000000-0000-4000-8000-000000000000"}, "id"),
        ({"channel": "feed"}, "channel"),
        ({"urgency": "routine"}, "urgency"),
        ({"victim": {"name": "Nora", "safe_address": "x"}}, "victim.safe_address"),
        ({"words": ...}, "words"),
        ({"told_at": "yesterday"}, "told_at"),
        ({"told_at": "2026-11-24T09:00:00"}, "told_at"),
        ({"behaviours": ["sings"]}, "behaviours.0"),
        ({"words": "x" * 20_001}, "words"),
    ],
    ids=str,
)
def test_what_the_schema_does_not_know_is_named_and_nothing_is_stored(
    cast: Cast, signed_in: SignIn, changes: dict[str, Any], field: str
) -> None:
    answer = refer(signed_in("officer"), **changes)
    assert answer.status_code == 422
    assert [problem["field"] for problem in answer.json()["problems"]] == [field]
    assert not Allegation.objects.unscoped("test").exists()


def test_what_was_sent_is_not_repeated_in_the_answer(cast: Cast, signed_in: SignIn) -> None:
    answer = refer(signed_in("officer"), told_at="07700 900123 is her number")
    assert "07700 900123" not in answer.content.decode()


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"told_at": "2031-01-01T00:00:00Z"}, "told_at"), ({"words": "  "}, "words"), ({"words": "a\x00b"}, "words")],
    ids=["future", "empty", "NUL"],
)
def test_what_the_service_refuses_is_named_with_how_to_mend_it(
    cast: Cast, signed_in: SignIn, changes: dict[str, Any], field: str
) -> None:
    answer = refer(signed_in("officer"), **changes)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert len(answer.json()["message"]) > 20


def test_a_referral_to_another_sites_unit_is_refused(cast: Cast, signed_in: SignIn) -> None:
    assert refer(signed_in("olu")).status_code == 403
    assert refer(signed_in("olu"), site="southmere").status_code == 201


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"site": NaN}'])
def test_a_body_that_is_no_object_is_refused(cast: Cast, signed_in: SignIn, body: bytes) -> None:
    answer = signed_in("officer").generic("POST", "/api/allegations", body, content_type="application/json")
    assert answer.status_code in (400, 422)


@pytest.mark.parametrize("again", [{}, {"words": "HE waited by the gate; again"}, {"words": "By the gate, twice."}])
def test_what_its_author_told_before_is_answered_with_it_unless_it_is_another_event(
    cast: Cast, signed_in: SignIn, again: dict[str, str]
) -> None:
    client = signed_in("outreach")
    earlier = refer(client).json()
    answer = refer(client, **again)
    assert answer.status_code == 409
    said = answer.json()
    assert (said["earlier"], said["reference"], said["field"]) == (earlier["id"], earlier["reference"], "another")
    assert earlier["reference"] in said["message"]
    assert Allegation.objects.unscoped("test").count() == 1
    assert refer(signed_in("clinician"), **again).status_code == 201, "nothing depends on what others told"
    assert refer(client, **again, another=True).status_code == 201


# ---- reading ------------------------------------------------------------------------------------------------------


def test_an_allegation_is_returned_in_its_own_words_without_what_is_closed(cast: Cast, signed_in: SignIn) -> None:
    allegation = told(cast.analyst, weapon=None, place="Outside number 7")
    answer = signed_in("clinician").get(f"/api/allegations/{allegation.pk}")
    assert answer.status_code == 200
    shown = answer.json()
    assert shown["words"] == allegation.words
    assert shown["weapon"] is None, "not known is said, never left out"
    assert shown["subject"]["name"] == "Dean Marlow"
    assert "place" not in shown
    assert not {"phone", "email", "address"} & set(shown["victim"])
    assert "Outside number 7" not in answer.content.decode()
    assert Entry.objects.filter(action="api.allegation", operation="consultation").exists()


def test_absent_foreign_and_walled_off_are_the_same_to_the_byte(cast: Cast, signed_in: SignIn, case: Case) -> None:
    allegation = Allegation.objects.unscoped("test").get()
    cases.wall_off(actor=cast.governance, case=case, staff=cast.staff["clinician"].pk, reason="a cousin", at=NOW)
    absent = "00000000-0000-4000-8000-000000000000"
    answers = [
        signed_in(name).get(f"/api/{kind}/{which}")
        for name in ("olu", "clinician")
        for kind, which in (
            ("allegations", absent),
            ("allegations", allegation.pk),
            ("cases", "FF-00000"),
            ("cases", case.reference),
        )
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers.items())) for answer in answers}) == 1


def test_the_list_shows_what_is_open_to_the_reader(cast: Cast, signed_in: SignIn, case: Case) -> None:
    shown = signed_in("officer").get("/api/cases").json()
    assert [row["reference"] for row in shown["cases"]] == [case.reference]
    assert shown["cases"][0]["subject"] == "Dean Marlow"
    assert shown["after"] is None
    assert signed_in("olu").get("/api/cases").json() == {"cases": [], "after": None}


def test_the_list_is_filtered_by_what_it_declares(cast: Cast, signed_in: SignIn, case: Case) -> None:
    client = signed_in("officer")
    assert len(client.get("/api/cases?mine=true&state=open").json()["cases"]) == 1
    assert client.get("/api/cases?level=high").json()["cases"] == []
    assert client.get("/api/cases?state=no_such_state").status_code == 422


@pytest.mark.parametrize(
    "query",
    [
        "fields=advocate_notes",
        "expand=*",
        "include=police_intel",
        "order_by=password",
        "victim__address__startswith=1",
        "after=x&request=1",
    ],
)
def test_a_parameter_that_is_not_declared_is_refused_by_name(cast: Cast, signed_in: SignIn, query: str) -> None:
    for address in ("/api/cases", "/api/cases/FF-00000"):
        answer = signed_in("officer").get(f"{address}?{query}")
        assert answer.status_code == 400
        assert answer.json()["field"] in query


def test_a_case_carries_its_version_as_etag_and_only_what_is_open(cast: Cast, signed_in: SignIn, case: Case) -> None:
    cases.set_level(actor=cast.officer, case=case, level=Level.HIGH, set_in=SetBy.PROFESSIONAL, at=NOW)
    answer = signed_in("officer").get(f"/api/cases/{case.reference}")
    shown = answer.json()
    assert answer["ETag"] == f'"{shown["version"]}"'
    assert (shown["level"], shown["subject"], shown["state"]) == ("high", "Dean Marlow", "open")
    assert {"name": "Officer", "kind": "oic"} in shown["team"]


def test_a_field_that_is_closed_is_absent_neither_null_nor_stars(cast: Cast, signed_in: SignIn, case: Case) -> None:
    from fourfold.access.models import Grant
    from fourfold.access.terms import Compartment

    Grant.objects.filter(partner="northmoor-outreach").update(compartments=Compartment.CORE.bit)
    client = signed_in("outreach")
    one = client.get(f"/api/cases/{case.reference}").json()
    row = client.get("/api/cases").json()["cases"][0]
    for shown in (one, row):
        assert not {"level", "level_reason", "subject", "review_due_at"} & set(shown)
    assert one["victim"] == "Nora Quill"


# ---- setting a level ----------------------------------------------------------------------------------------------


def test_a_level_is_set_with_the_version_that_was_read(cast: Cast, signed_in: SignIn, case: Case) -> None:
    client = signed_in("officer")
    etag = client.get(f"/api/cases/{case.reference}")["ETag"]
    answer = set_level(client, case, If_Match=etag)
    assert answer.status_code == 200
    assert answer.json()["level"] == "high"
    assert answer["ETag"] == f'"{answer.json()["version"]}"' != etag
    row = LevelSet.objects.unscoped("test").get()
    assert (row.level, row.set_in, row.reason) == ("high", "professional", "The nights.")
    assert verify().clean


def test_who_comes_second_gets_both_values_and_changes_nothing(cast: Cast, signed_in: SignIn, case: Case) -> None:
    client = signed_in("officer")
    etag = client.get(f"/api/cases/{case.reference}")["ETag"]
    cases.set_level(actor=cast.clinician, case=case, level=Level.MEDIUM, set_in=SetBy.PROFESSIONAL, at=NOW)
    answer = set_level(client, case, If_Match=etag)
    assert answer.status_code == 412
    told = answer.json()
    assert told["yours"] == {"level": "high"}
    assert told["theirs"]["level"] == "medium"
    assert LevelSet.objects.unscoped("test").count() == 1
    assert set_level(client, case, If_Match=f'"{told["version"]}"').status_code == 200


@pytest.mark.parametrize(
    ("said", "status"), [("", 428), ("*", 400), ('"x"', 400), ('"-1"', 400), ('"' + "9" * 40 + '"', 400)]
)
def test_a_version_that_cannot_be_read_is_refused(
    cast: Cast, signed_in: SignIn, case: Case, said: str, status: int
) -> None:
    headers = {"If_Match": said} if said else {}
    assert set_level(signed_in("officer"), case, **headers).status_code == status


def test_a_level_sent_twice_with_one_key_is_set_once(cast: Cast, signed_in: SignIn, case: Case) -> None:
    client = signed_in("officer")
    etag = client.get(f"/api/cases/{case.reference}")["ETag"]
    answers = [set_level(client, case, If_Match=etag, Idempotency_Key="k") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert LevelSet.objects.unscoped("test").count() == 1


def test_a_lower_level_asks_for_a_second_signature(cast: Cast, signed_in: SignIn, case: Case) -> None:
    cases.set_level(actor=cast.officer, case=case, level=Level.HIGH, set_in=SetBy.PROFESSIONAL, at=NOW)
    client = signed_in("officer")
    etag = client.get(f"/api/cases/{case.reference}")["ETag"]
    answer = set_level(client, case, level="low", If_Match=etag)
    assert (answer.status_code, answer.json()["field"]) == (422, "countersigned_by")


@pytest.mark.parametrize(("name", "status"), [("olu", 404), ("analyst", 403), ("evaluator", 403)])
def test_a_level_is_set_by_whom_it_is_open_to(
    cast: Cast, signed_in: SignIn, case: Case, name: str, status: int
) -> None:
    assert set_level(signed_in(name), case, If_Match='"1"').status_code == status
    assert not LevelSet.objects.unscoped("test").exists()


def test_no_log_no_data(cast: Cast, signed_in: SignIn, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    from fourfold.audit import services as audit
    from fourfold.audit.terms import LogUnavailable

    client = signed_in("officer")

    def fails(*_: object) -> None:
        raise LogUnavailable("no disk")

    monkeypatch.setattr(audit, "_append_alone", fails)
    for address in ("/api/cases", f"/api/cases/{case.reference}"):
        answer = client.get(address)
        assert answer.status_code == 503
        assert case.reference not in answer.content.decode()
        assert "Quill" not in answer.content.decode()


# ---- the description ----------------------------------------------------------------------------------------------


def test_the_description_covers_every_operation_and_the_headers_of_each_write(cast: Cast, signed_in: SignIn) -> None:
    described = signed_in("officer").get("/api/schema.json").json()
    assert described["openapi"].startswith("3.1")
    assert set(described["paths"]) == {
        "/api/allegations",
        "/api/allegations/{identifier}",
        "/api/cases",
        "/api/cases/{reference}",
        "/api/cases/{reference}/level",
    }
    for methods in described["paths"].values():
        if "post" in methods:
            assert "Idempotency-Key" in {one["name"] for one in methods["post"]["parameters"]}
    assert described["components"]["schemas"]["ReferralIn"]["additionalProperties"] is False


def test_production_describes_nothing_and_no_page_runs_scripts_from_elsewhere() -> None:
    assert schema_address(production=True) is None
    assert schema_address(production=False) == api.openapi_url == "/schema.json"
    assert api.docs_url is None


def test_the_root_and_an_unknown_address_say_that_nothing_is_here(client: Client, db: None) -> None:
    assert client.get("/api/").status_code == 404
    assert client.get("/api/victims").status_code == 404
