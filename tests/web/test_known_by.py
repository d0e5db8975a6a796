"""What a victim is known by: a page of her file, for whoever may read how she is reached, and nowhere for anybody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from fourfold.access import services as access
from fourfold.audit.models import Entry
from fourfold.cases.models import Case
from fourfold.linkage import queries as linkage
from fourfold.people import services as people
from fourfold.people.models import ReachWithdrawn, VictimReach
from fourfold.people.queries import standing
from fourfold.people.terms import MarkKind, Part
from fourfold.support import queries as support
from fourfold.support import services
from tests.cases.builders import told
from tests.cast import Cast
from tests.chance import without_chance
from tests.support.builders import NOON, case_of
from tests.web.conftest import SignIn
from tests.web.test_desk import read
from tests.web.test_support import masked

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)
FORMER = {"kind": "other name", "value": "Nora Fairlamb"}


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"app_clock": NOON.isoformat()}))


def address(case: Case, rest: str = "") -> str:
    return f"/cases/{case.reference}/victim/known-by/{rest}"


def known(case: Case) -> list[tuple[str, str]]:
    rows = standing(VictimReach.objects.unscoped("test").filter(victim=case.victim)).exclude(kind="phone")
    return list(rows.order_by("recorded_at").values_list("kind", "value"))


def with_a_former_name(cast: Cast) -> tuple[Case, VictimReach]:
    case = case_of(cast)
    reach = people.add_reach(
        actor=cast.analyst, victim=case.victim, kind=MarkKind.OTHER_NAME, value="Nora Fairlamb", at=NOON
    )
    return case, reach


def say(client: Client, case: Case, what: str, reach: VictimReach, reason: str = "Her sister is called so.") -> int:
    return client.post(address(case, f"{what}/"), {"mark": reach.pk, "reason": reason}).status_code


@pytest.mark.parametrize("name", ["advocate", "officer"])
@pytest.mark.parametrize(
    ("kind", "value"), [("other name", "Nora Fairlamb"), ("vehicle", "AB12 CDE"), ("account", "instagram: nora_q")]
)
def test_whoever_reaches_her_puts_a_name_a_car_or_an_account_on_record(
    cast: Cast, signed_in: SignIn, name: str, kind: str, value: str
) -> None:
    case, client = case_of(cast), signed_in(name)
    for sent in (1, 2):  # the second time by the same key: kept once
        answer = client.post(address(case), {"once": "k", "kind": kind, "value": value})
        assert (answer.status_code, answer["Location"]) == (303, address(case)), sent
    assert known(case) == [(kind, value)]
    assert value in read(client, address(case))
    assert address(case) in client.get(f"/cases/{case.reference}/victim/").content.decode()


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({}, "kind", "Choose what it is"),
        ({"kind": "vehicle"}, "value", "Write it"),
        ({"kind": "vehicle", "value": "a blue Ford"}, "value", "This is not a number plate. Write it as AB12 CDE."),
        ({"kind": "phone", "value": "07700 900999"}, "kind", "Choose one of the answers shown"),
        ({"kind": "other name", "value": "NORA FAIRLAMB"}, "value", "This is already on record."),
    ],
)
def test_what_cannot_be_kept_is_said_at_the_field_and_stays_as_typed(
    cast: Cast, signed_in: SignIn, typed: dict[str, str], field: str, said: str
) -> None:
    case, _ = with_a_former_name(cast)
    answer = signed_in("advocate").post(address(case), typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'href="#{field}"' in page
    assert said in page
    assert typed.get("value", "") in page
    assert known(case) == [("other name", "Nora Fairlamb")]


def test_how_she_is_reached_and_where_she_lives_do_not_stand_here(cast: Cast, signed_in: SignIn) -> None:
    case, _ = with_a_former_name(cast)
    for kind, value in {MarkKind.ADDRESS: "4 Lantern Row, NM1 2AB", MarkKind.EMAIL: "nora@example.org"}.items():
        reach = people.add_reach(actor=cast.analyst, victim=case.victim, kind=kind, value=value, at=NOON)
        people.withdraw_reach(actor=cast.analyst, victim=case.victim, reach=reach.pk, reason="Old.", at=NOON)
        people.undo_reach_withdrawn(actor=cast.analyst, victim=case.victim, reach=reach.pk, reason="Not.", at=NOON)
    page = signed_in("advocate").get(address(case)).content.decode()
    assert "Nora Fairlamb" in page
    for canary in ("900123", "Lantern", "nora@example.org"):
        assert canary not in without_chance(page), canary


def test_a_name_is_withdrawn_and_brought_back_and_the_page_says_both(cast: Cast, signed_in: SignIn) -> None:
    case, reach = with_a_former_name(cast)
    client, advocate = signed_in("advocate"), cast.staff["advocate"].name
    later = told(cast.analyst, victim_name="Nora Fairlamb", victim_birth="", victim_phone="")

    def leads_to_her() -> bool:
        return bool(linkage.candidates(cast.analyst, later, Part.VICTIM, at=LATER))

    assert leads_to_her()
    assert say(client, case, "withdraw", reach) == 303
    page = read(client, address(case))
    assert f"Withdrawn by {advocate}" in page
    assert "Her sister is called so." in page
    assert not leads_to_her()
    assert say(client, case, "undo", reach, "She was, once.") == 303
    page = read(client, address(case))
    assert f"Undone by {advocate}" in page
    assert "She was, once." in page
    assert leads_to_her()
    done = Entry.objects.filter(action__in=("reach.withdrawn", "reach.withdrawal_undone"), file=case.victim_id)
    assert done.count() == 2


@pytest.mark.parametrize("what", ["withdraw", "undo"])
def test_without_a_reason_or_as_the_second_nothing_changes(cast: Cast, signed_in: SignIn, what: str) -> None:
    case, reach = with_a_former_name(cast)
    client = signed_in("advocate")
    say(client, case, "withdraw", reach)
    if what == "withdraw":
        say(client, case, "undo", reach)
    before = ReachWithdrawn.objects.unscoped("test").filter(undone_at=None).count()
    assert say(client, case, what, reach, " ") == 422
    assert ReachWithdrawn.objects.unscoped("test").filter(undone_at=None).count() == before
    assert say(client, case, what, reach) == 303
    assert say(client, case, what, reach) == 422


def test_the_browsers_title_is_neutral_and_the_exit_is_there(cast: Cast, signed_in: SignIn) -> None:
    page = signed_in("advocate").get(address(case_of(cast))).content.decode()
    assert "<title>Notes</title>" in page
    assert "Exit this page" in page


@pytest.mark.parametrize("name", ["second_officer", "second_advocate", "olu", "station_officer"])
def test_for_whoever_may_not_know_there_is_no_such_page(cast: Cast, signed_in: SignIn, name: str) -> None:
    case, reach = with_a_former_name(cast)
    client = signed_in(name)
    here, nowhere = client.get(address(case)), client.get("/cases/FF-00000/victim/known-by/")
    assert here.status_code == nowhere.status_code == 404
    assert masked(here.content) == masked(nowhere.content)
    assert client.post(address(case), FORMER | {"value": "Nora Vale"}).status_code == 404
    assert client.post(address(case), {}).status_code == 404
    for what in ("withdraw", "undo"):
        for reason in ("Not hers.", ""):
            assert say(client, case, what, reach, reason) == 404
    assert known(case) == [("other name", "Nora Fairlamb")]


@pytest.mark.parametrize("name", ["clinician", "outreach", "analyst", "chair", "coordinator", "evaluator"])
def test_other_professions_are_turned_away_by_role(cast: Cast, signed_in: SignIn, name: str) -> None:
    case, reach = with_a_former_name(cast)
    client = signed_in(name)
    assert client.get(address(case)).status_code == 403
    assert client.post(address(case), FORMER).status_code == 403
    assert say(client, case, "withdraw", reach) == 403
    assert known(case) == [("other name", "Nora Fairlamb")]


def test_a_wall_closes_the_page(cast: Cast, signed_in: SignIn) -> None:
    case, reach = with_a_former_name(cast)
    access.declare_conflict(actor=cast.advocate, files=[case.pk], at=NOON)
    client = signed_in("advocate")
    assert client.get(address(case)).status_code == 404
    assert say(client, case, "withdraw", reach) == 404


def test_what_she_is_known_by_stands_on_no_page_of_his(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    services.add_known_by(actor=cast.advocate, case=case, kind=MarkKind.ACCOUNT, value="nora_hides", at=NOON)
    people.add_mark(actor=cast.officer, subject=case.subject, kind=MarkKind.ACCOUNT, value="nora_hides", at=NOON)
    client = signed_in("officer")
    for page in (f"/people/subjects/{case.subject_id}/record/", f"/cases/{case.reference}/subject/"):
        assert "nora_hides" not in read(client, page)
    reach = VictimReach.objects.unscoped("test").get(value="nora_hides")
    services.withdraw_known_by(actor=cast.advocate, case=case, mark=reach.pk, reason="A slip.", at=NOON)
    assert "nora_hides" not in read(client, f"/people/subjects/{case.subject_id}/record/"), "withheld all the same"


def test_the_page_costs_the_same_whatever_is_on_it(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    case, first = with_a_former_name(cast)
    services.withdraw_known_by(actor=cast.advocate, case=case, mark=first.pk, reason="Not hers.", at=NOON)
    actor = cast.advocate
    for round in range(2):
        with django_assert_num_queries(7 + 5):
            support.known_by(actor=actor, reference=case.reference, at=LATER)
        for n in range(3):
            said = {"actor": cast.advocate, "case": case, "at": NOON}
            kept = services.add_known_by(kind=MarkKind.ACCOUNT, value=f"nora{round}{n}", **said)  # type: ignore[arg-type]
        services.withdraw_known_by(mark=kept.pk, reason="Not hers.", **said)  # type: ignore[arg-type]
