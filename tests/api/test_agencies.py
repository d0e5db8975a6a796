"""An agency's system: asked for by one, confirmed by another, and let do what it was given for, as far as agreements go."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import IntegrityError, transaction
from django.test import Client

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.models import AgencySystem, Agreement, Grant, Membership, Staff
from fourfold.access.systems import acting
from fourfold.access.terms import NotFound, Refused, Role
from fourfold.access.terms.systems import CannotJoin, Capability, SystemDraft
from fourfold.api import systems as door
from fourfold.audit import services as audit
from fourfold.audit.models import Entry
from fourfold.audit.queries import verify
from fourfold.audit.terms import Actor
from fourfold.feeds import services as feeds
from fourfold.feeds.queries import place_of
from fourfold.gateways import feed_parts, feed_store
from fourfold.intake.models import Allegation
from fourfold.intake.services import receiving
from fourfold.journey.holding import desk_read
from fourfold.orders.models import Condition
from fourfold.orders.queries import subject_across
from fourfold.people import services as people
from fourfold.people.models import SamePerson
from fourfold.people.terms import MarkKind
from fourfold.programme import services as programme
from tests.api.test_operations import REFERRAL
from tests.cases.builders import open_case
from tests.cast import NOW, Cast, hire
from tests.orders.builders import case_of, served

pytestmark = pytest.mark.django_db
ALL = frozenset(Capability)
Joined = Callable[..., "Joining"]
SENT = REFERRAL | {"reference": "42/0001/26"}


class Joining:
    """A system that was joined, and what it sends."""

    def __init__(self, row: AgencySystem, secret: str):
        self.row, self.secret, self.client = row, secret, Client(raise_request_exception=False)

    def token(self, **changes: str) -> Any:
        said = {"grant_type": "client_credentials", "client_id": str(self.row.pk), "client_secret": self.secret}
        return self.client.post("/api/v1/token", said | changes)

    def send(self, method: str, address: str, body: Any = None, **headers: str) -> Any:
        said = {"Authorization": f"Bearer {self.token().json()['access_token']}"}
        said |= {name.replace("_", "-"): value for name, value in headers.items()}
        kind = "application/octet-stream" if isinstance(body, bytes) else "application/json"
        return self.client.generic(
            method, f"/api/v1/{address}", body if isinstance(body, bytes) else _json(body), kind, headers=said
        )


def _json(body: Any) -> bytes:
    return b"" if body is None else json.dumps(body).encode()


@pytest.fixture
def joined(cast: Cast) -> Joined:
    """Join a system of an agency as people do."""
    caches["counts"].clear()

    def join(
        partner: str = "northmoor-police", lead: Actor = cast.police_lead, does: frozenset[Capability] = ALL
    ) -> Joining:
        draft = SystemDraft(site="northmoor", name=f"Records of {partner}", capabilities=does, reason="Nightly.")
        row = programme.ask_system(actor=cast.administrator, partner=partner, draft=draft, at=NOW)
        access.answer_system(actor=lead, system=row.pk, given=True, at=NOW)
        return Joining(row, access.make_secret(actor=second_lead(cast, partner), system=row.pk, at=NOW))

    return join


def second_lead(cast: Cast, partner: str) -> Actor:
    """Return another lead of an agency than the one of the cast."""
    name = f"second lead of {partner}"
    if name not in cast.staff:
        with audit.recorded(cast.administrator, "installation.set_up", at=NOW):
            cast.staff[name] = hire("Rowan Ash", partner, Role.AGENCY_LEAD, "")
    return cast.actor(name)


# ---- by two


def test_a_system_is_asked_for_by_one_and_confirmed_by_another_of_the_agency(cast: Cast) -> None:
    draft = SystemDraft(site="northmoor", name="Records", capabilities=ALL, reason="Nightly.")
    how = {"partner": "northmoor-police", "draft": draft, "at": NOW}
    for stranger in (cast.olu, cast.officer, cast.nhs_lead):
        with pytest.raises(Refused):
            programme.ask_system(actor=stranger, **how)
    row = programme.ask_system(actor=cast.police_lead, **how)
    with pytest.raises(CannotJoin):
        access.answer_system(actor=cast.police_lead, system=row.pk, given=True, at=NOW)
    with pytest.raises(NotFound):
        access.answer_system(actor=cast.nhs_lead, system=row.pk, given=True, at=NOW)
    with pytest.raises(CannotJoin, match="not in use"):
        access.make_secret(actor=cast.police_lead, system=row.pk, at=NOW)
    assert not Staff.objects.filter(name="Records").exists()


def test_whoever_asked_and_may_not_any_more_is_confirmed_by_nobody(cast: Cast) -> None:
    draft = SystemDraft(site="northmoor", name="Records", capabilities=ALL, reason="Nightly.")
    row = programme.ask_system(actor=cast.administrator, partner="northmoor-police", draft=draft, at=NOW)
    Membership.objects.filter(staff=cast.administrator.staff).update(until_at=NOW)
    with pytest.raises(CannotJoin, match="may not ask for it any more"):
        access.answer_system(actor=cast.police_lead, system=row.pk, given=True, at=NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    ("partner", "changes", "field"),
    [
        ("northmoor-nhs", {"capabilities": frozenset({Capability.FEEDS})}, "capabilities"),
        ("northmoor-police", {"site": "southmere"}, "site"),
        ("northmoor-police", {"capabilities": frozenset()}, "capabilities"),
    ],
)
def test_what_does_not_fit_is_named(cast: Cast, partner: str, changes: dict[str, Any], field: str) -> None:
    said = {"site": "northmoor", "name": "Records", "capabilities": ALL, "reason": "Nightly."} | changes
    with pytest.raises(CannotJoin) as why:
        programme.ask_system(actor=cast.administrator, partner=partner, draft=SystemDraft(**said), at=NOW)
    assert why.value.field == field


def test_only_another_of_the_agency_gets_the_secret_and_a_new_one_ends_the_old(cast: Cast, joined: Joined) -> None:
    system = joined()
    for who, why in ((cast.police_lead, "You confirmed"), (cast.administrator, "Only somebody of the agency")):
        with pytest.raises(CannotJoin, match=why):
            access.make_secret(actor=who, system=system.row.pk, at=NOW)
    for stranger in (cast.olu, cast.officer, cast.nhs_lead):
        with pytest.raises(NotFound):
            access.make_secret(actor=stranger, system=system.row.pk, at=NOW)
    old = system.token().json()["access_token"]
    access.make_secret(actor=second_lead(cast, "northmoor-police"), system=system.row.pk, at=NOW)
    assert system.token().status_code == 401
    answer = Client().get("/api/v1/orders", headers={"Authorization": f"Bearer {old}"})
    assert answer.status_code == 401
    system.row.refresh_from_db()
    assert system.secret not in str(system.row.__dict__)
    assert verify().clean


# ---- the token


def test_a_wrong_part_opens_nothing_and_says_not_which(joined: Joined) -> None:
    system = joined()
    absent = "00000000-0000-4000-8000-000000000000"
    wrong = [
        system.token(client_secret="x"), system.token(client_id=absent), system.token(client_id="x"),
        system.token(client_id="", client_secret=""),
        *(
            system.client.post("/api/v1/token", {"grant_type": "client_credentials"}, headers={"Authorization": said})
            for said in ("Basic é", "Basic x", "Basic /w==")
        ),
    ]  # fmt: skip
    assert {(each.status_code, each.content) for each in wrong} == {(401, b'{"error": "invalid_client"}')}
    assert system.token(grant_type="password").json() == {"error": "unsupported_grant_type"}
    assert Entry.objects.filter(action="page.agencies:token", operation="refusal").count() == len(wrong)
    good = system.token().json()["access_token"]
    forged = [good[:-1] + ("0" if good[-1] != "0" else "1"), good.replace(".1", ".2", 1), "", "é", f"{absent}.9.x"]
    for token in forged:
        answer = Client().get("/api/v1/orders", headers={"Authorization": f"Bearer {token}".encode().decode("latin-1")})
        assert answer.status_code == 401, token


def test_a_token_ends_by_itself_and_a_system_with_its_next_request(
    cast: Cast, joined: Joined, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = joined()
    said = {"Authorization": f"Bearer {system.token().json()['access_token']}"}
    assert Client().get("/api/v1/orders", headers=said).status_code == 200
    later = (NOW.replace(hour=NOW.hour + 1) + timedelta(minutes=11)).isoformat()
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"app_clock": later}))
        assert Client().get("/api/v1/orders", headers=said).status_code == 401
    access.end_system(actor=cast.police_lead, system=system.row.pk, at=NOW)
    assert Client().get("/api/v1/orders", headers=said).status_code == 401
    assert system.token().status_code == 401


def test_too_many_requests_in_a_minute_wait(joined: Joined, monkeypatch: pytest.MonkeyPatch) -> None:
    system = joined()
    token = system.token().json()["access_token"]
    monkeypatch.setattr(door, "MOST_A_MINUTE", 2)
    said = {"Authorization": f"Bearer {token}"}
    answers = [Client().get("/api/v1/orders", headers=said) for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert answers[-1]["Retry-After"] == "60"


def test_wrong_tries_from_its_own_address_do_not_keep_a_system_out(
    joined: Joined, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A force has one address for all its machines: whoever tries secrets there is stopped, and nobody else is."""
    system = joined()
    monkeypatch.setattr(door, "MOST_A_MINUTE", 2)
    assert [system.token(client_secret="x").status_code for _ in range(3)] == [401, 401, 429]
    assert system.token().status_code == 200
    assert system.send("GET", "orders").status_code == 200


def test_a_flood_of_reports_waits_and_is_told_of(joined: Joined, monkeypatch: pytest.MonkeyPatch) -> None:
    system = joined()
    monkeypatch.setattr(receiving, "MOST_OF_A_SYSTEM", 1)
    answers = [system.send("POST", "allegations", SENT | {"reference": each}) for each in ("1", "2")]
    assert [each.status_code for each in answers] == [201, 429]
    assert answers[-1]["Retry-After"] == str(24 * 60 * 60)
    assert "1 reports" in answers[-1].json()["message"]
    assert any("too many reports of a system" in str(body) for body in Entry.objects.values_list("body", flat=True))


# ---- what it may


def test_a_system_does_what_it_was_given_for_under_its_own_name(cast: Cast, joined: Joined) -> None:
    system = joined("northmoor-nhs", cast.nhs_lead, frozenset({Capability.ALLEGATIONS}))
    answer = system.send("POST", "allegations", SENT)
    assert answer.status_code == 201, answer.content
    assert system.send("GET", "orders").status_code == 403
    assert system.send("GET", "feeds").status_code == 403
    staff = Staff.objects.get(system=system.row)
    assert Entry.objects.filter(action="allegation.received", actor=staff.pk).exists()
    assert Allegation.objects.unscoped("test").get().controller == "northmoor-police"
    Agreement.objects.filter(partner="northmoor-nhs").update(ended_at=NOW)
    ended = system.send("POST", "allegations", SENT | {"reference": "2"})
    assert (ended.status_code, "agreement" in ended.json()["message"]) == (403, True)


def test_a_token_opens_no_page_and_a_session_no_address_of_systems(cast: Cast, joined: Joined, signed_in: Any) -> None:
    said = {"Authorization": f"Bearer {joined().token().json()['access_token']}"}
    assert Client().get("/api/cases", headers=said).status_code == 401
    assert Client().get("/cases/", headers=said).status_code == 302
    assert signed_in("analyst").get("/api/v1/orders").status_code == 401


# ---- reports


def test_a_report_is_kept_once_and_what_became_of_it_says_nobodys_name(joined: Joined) -> None:
    system = joined()
    first, again = (system.send("POST", "allegations", SENT) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    one = system.send("GET", "allegations?reference=42/0001/26").json()["reports"]
    assert one == [again.json()]
    assert (one[0]["answer"], one[0]["outcome"]) == ("waiting", None)
    assert "Quill" not in str(one)
    assert system.send("GET", "allegations?reference=other").json()["reports"] == []
    keyed = SENT | {"reference": "2", "words": "He stood at the school.", "another": True}
    sent = [system.send("POST", "allegations", keyed, Idempotency_Key="k") for _ in range(2)]
    assert [each.status_code for each in sent] == [201, 201]
    assert sent[0].json() == sent[1].json()
    assert Allegation.objects.unscoped("test").count() == 2


def test_what_a_system_tells_of_the_subject_and_another_report_of_the_victim_is_kept_and_said(
    cast: Cast, joined: Joined
) -> None:
    system = joined()
    sides = {"victim": {"name": "Nora Quill"}, "subject": {"name": "Dean Marlow", "phone": "+44 7700 900123"}}
    another = {"reference": "2", "words": "A letter came.", "told_at": (NOW - timedelta(days=1)).isoformat()}
    answers = [system.send("POST", "allegations", each) for each in (SENT, SENT | sides | another)]
    assert [answer.status_code for answer in answers] == [201, 201]
    for row in Allegation.objects.unscoped("test"):
        (crossed,) = desk_read(actor=cast.analyst, allegation=row.pk, at=NOW)[1].held.crossed
        assert (crossed.kind, crossed.as_victims, crossed.value) == (MarkKind.PHONE, bool(row.victim_phone), "")


def test_another_report_under_a_reference_is_not_lost_in_silence(joined: Joined) -> None:
    system = joined()
    system.send("POST", "allegations", SENT)
    system.send("POST", "allegations", SENT | {"reference": "2", "another": True}, Idempotency_Key="k")
    others = (SENT | {"words": "He stood at the school."}, SENT | {"another": True}, SENT | {"reference": "2"})
    for other in others:
        answer = system.send("POST", "allegations", other)
        assert (answer.status_code, answer.json()["field"]) == (422, "reference"), other
        assert "under another reference" in answer.json()["message"]
    assert Allegation.objects.unscoped("test").count() == 2


def test_of_two_that_come_at_once_the_later_is_answered_as_one_sent_again(
    joined: Joined, monkeypatch: pytest.MonkeyPatch
) -> None:
    system, look = joined(), audit._Once.refuse_second_time
    system.send("POST", "allegations", SENT)
    early = iter(range(2))

    def look_too_early(sending: Any) -> None:
        if next(early, None) is None:
            look(sending)

    monkeypatch.setattr(audit._Once, "refuse_second_time", look_too_early)
    assert system.send("POST", "allegations", SENT).status_code == 200


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"site": "southmere"}, "site"), ({"words": "  "}, "words"), ({"told_at": "2031-01-01T00:00:00Z"}, "told_at")],
)
def test_what_cannot_be_kept_names_the_field(joined: Joined, changes: dict[str, Any], field: str) -> None:
    answer = joined().send("POST", "allegations", SENT | changes)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert len(answer.json()["message"]) > 20


def test_what_another_system_sent_is_not_there(cast: Cast, joined: Joined) -> None:
    joined().send("POST", "allegations", SENT)
    other = joined("northmoor-nhs", cast.nhs_lead, frozenset({Capability.ALLEGATIONS}))
    assert other.send("GET", "allegations").json() == {"reports": [], "after": ""}
    assert other.send("POST", "allegations", SENT).status_code == 201, "nothing depends on what others told"


# ---- files


def test_a_file_comes_in_parts_and_goes_on_where_it_was_cut_off(cast: Cast, joined: Joined, tmp_path: Any) -> None:
    system, content = joined(), b"crime,victim\n" + b"42/1,Nora Quill\n" * 50
    begun = system.send("POST", "feeds", _file(content))
    assert begun.status_code == 201, begun.content
    one = begun.json()["id"]

    def send(first: int, until: int, of: bytes = content) -> Any:
        said = f"bytes {first}-{until - 1}/{len(of)}"
        return system.send("PUT", f"feeds/{one}/content", of[first:until], Content_Range=said)

    assert send(0, 300).json()["received"] == 300
    assert send(400, 500).status_code == 422, "a gap"
    assert send(100, 400).json()["received"] == 400, "what is there already adds nothing"
    assert system.send("GET", f"feeds/{one}").json()["received"] == 400
    assert system.send("PUT", f"feeds/{one}/content", b"x", Content_Range="bytes 400-500/813").status_code == 400
    whole = send(400, len(content)).json()
    assert [each["kind"] for each in whole["work"]] == ["draft"]
    assert (whole["brought"], send(400, len(content)).json()) == (True, whole), "sent again, it is brought once"
    assert [each["id"] for each in system.send("GET", "feeds").json()["files"]] == [one]
    early = system.send("POST", f"feeds/{one}/work", {"kind": "import"})
    assert (early.status_code, early.json()["field"]) == (422, "work")


def test_a_file_that_arrived_otherwise_is_not_kept_nor_anothers_shown(cast: Cast, joined: Joined) -> None:
    system = joined()
    one = system.send("POST", "feeds", _file(b"abc") | {"sha256": "0" * 64}).json()["id"]
    answer = system.send("PUT", f"feeds/{one}/content", b"abc", Content_Range="bytes 0-2/3")
    assert (answer.status_code, answer.json()["field"]) == (422, "sha256")
    assert system.send("GET", f"feeds/{one}").status_code == 404
    unknown = system.send("POST", "feeds", _file(b"abc") | {"reading": "no such"})
    assert (unknown.status_code, unknown.json()["field"]) == (422, "reading")


def test_the_last_part_twice_at_once_destroys_nothing(joined: Joined, monkeypatch: pytest.MonkeyPatch) -> None:
    system = joined()
    one = UUID(system.send("POST", "feeds", _file(b"abc")).json()["id"])
    actor, _ = acting(system.token().json()["access_token"], at=NOW)
    alone = feed_parts.alone
    sent: dict[str, Any] = {"actor": actor, "upload": one, "offset": 0, "part": b"abc", "at": NOW}

    @contextmanager
    def after_the_other(*place: Any) -> Iterator[None]:
        monkeypatch.setattr(feed_parts, "alone", alone)
        assert feeds.add_part(**sent)
        with alone(*place):
            yield

    monkeypatch.setattr(feed_parts, "alone", after_the_other)
    kept = feeds.add_part(**sent)
    assert kept is not None
    assert place_of(kept).read_bytes() == b"abc"
    with pytest.raises(IntegrityError), transaction.atomic():
        feeds.bring_file(actor=actor, site="northmoor", name="day.csv", chunks=[b"abc"], key=one, at=NOW)
    assert place_of(kept).read_bytes() == b"abc", "whose row is there stays"


def test_a_file_that_still_comes_is_not_thrown_away_as_one_that_was_left(
    joined: Joined, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"data_dir": tmp_path}))
    system = joined()
    one = system.send("POST", "feeds", _file(b"abc")).json()["id"]
    halves = settings.FOURFOLD.feeds_dir / feed_parts.HALVES
    os.utime(halves / one, (0, 0))
    assert feed_store.kept(halves, before=1) >= {UUID(one)}
    system.send("PUT", f"feeds/{one}/content", b"a", Content_Range="bytes 0-0/3")
    assert UUID(one) not in feed_store.kept(halves, before=1)


def _file(content: bytes) -> dict[str, Any]:
    return {"file_name": "day.csv", "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


# ---- what agreements open


def test_orders_come_as_far_as_an_agreement_opens_the_case(cast: Cast, joined: Joined) -> None:
    case = case_of(cast)
    Grant.objects.filter(partner="northmoor-nhs").delete()
    mine, theirs = joined(), joined("northmoor-nhs", cast.nhs_lead, frozenset({Capability.ORDERS, Capability.FORMS}))
    order = served(cast, case)
    people.add_reach(actor=cast.analyst, victim=case.victim, kind=MarkKind.ADDRESS, value="14 Harbour Lane", at=NOW)
    Condition.objects.unscoped("test").filter(order=order, number=1).update(
        text="You must not go to 14 Harbour Lane, where NORA lives, nor write to Ms Quill's work in Northmoor."
    )
    [shown] = mine.send("GET", "orders").json()["orders"]
    assert (shown["case"], shown["subject"]) == (case.reference, "Dean Marlow")
    assert [one["number"] for one in shown["conditions"]] == [1, 2, 3]
    assert shown["conditions"][0]["text"] == (
        "You must not go to [withheld], where [withheld] lives, nor write to Ms [withheld] work in Northmoor."
    )
    assert theirs.send("GET", "orders").json() == {"orders": [], "after": ""}
    assert theirs.send("GET", f"cases/{case.reference}/assessments").status_code == 404
    assert mine.send("GET", f"cases/{case.reference}/assessments").json() == []
    absent = mine.send("POST", f"cases/{case.reference}/assessments/{UUID(int=1)}", HAND_OUT)
    assert absent.status_code == 404


def test_what_other_records_of_the_same_people_say_is_left_out(cast: Cast, joined: Joined) -> None:
    """A victim of the bound subject's other record, by a name and at an address of that victim's own other record."""
    case = case_of(cast)
    told_of = {"victim_birth": "1 June 1990", "victim_phone": ""}
    theirs = open_case(cast, victim_name="Ines Hale", **told_of)
    alone = open_case(
        cast, victim_name="Berta Vale", subject_name="Kit Low", subject_birth="", subject_phone="", **told_of
    )
    people.add_reach(actor=cast.analyst, victim=alone.victim, kind=MarkKind.ADDRESS, value="9 Mill Close", at=NOW)
    held = access_queries.held_by(cast.analyst, "test", at=NOW)
    for pair in ((case.subject_id, theirs.subject_id), (theirs.victim_id, alone.victim_id)):
        first, second = sorted(pair)
        by = {"reason": "One person.", "decided_at": NOW, "decided_by": cast.analyst.staff}
        SamePerson.objects.create(first=first, second=second, **by, **held)
    order = served(cast, case)
    text = "You must not go to 9 Mill Close to meet Berta Vale."
    Condition.objects.unscoped("test").filter(order=order, number=1).update(text=text)
    [shown] = joined().send("GET", "orders").json()["orders"]
    assert shown["conditions"][0]["text"] == "You must not go to [withheld] to meet [withheld]."
    [aloud] = subject_across(actor=cast.officer, reference=case.reference, at=NOW).binding
    assert aloud.must_not[0] == "You must not go to [withheld] to meet Berta Vale."


HAND_OUT = {"ground": "prevent_crime", "necessity": "The officer in the case needs it.", "consent": "given"}


def test_instruments_are_questionnaires(joined: Joined) -> None:
    system = joined()
    first, *_ = system.send("GET", "instruments").json()
    answer = system.send("GET", f"instruments/{first['key']}")
    assert (answer.json()["resourceType"], answer["Content-Type"]) == ("Questionnaire", "application/fhir+json")
    assert system.send("GET", "instruments/none-such").status_code == 404


def test_the_description_is_published_and_covers_every_operation(db: None) -> None:
    said = Client().get("/api/v1/openapi.json").json()
    assert said["openapi"].startswith("3.1")
    assert len([1 for methods in said["paths"].values() for _ in methods]) == 14
