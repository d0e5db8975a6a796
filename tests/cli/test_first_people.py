"""The first administrator and the first leads are made on the host; no second ones are."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from typer.testing import CliRunner

from fourfold.access import queries
from fourfold.access.models import Account, Staff
from fourfold.access.terms import Role
from fourfold.audit.queries import verify
from fourfold.cli.main import app
from tests.cast import NOW, Cast, give_account, vouched
from tests.web.conftest import PASSWORD, SECRET, start_session

pytestmark = pytest.mark.django_db


def run(*said: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["first-people", "--address", "https://fourfold.example/", *said])
    return done.exit_code, done.output


@pytest.fixture(autouse=True)
def post(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(type(settings.FOURFOLD), "digest_dir", property(lambda _: tmp_path / "post"))
    return tmp_path / "post"


def test_the_first_lead_of_an_agency_gets_a_letter_and_no_second_one_comes_so(cast: Cast, post: Path) -> None:
    code, said = run("--lead", "southmere-police=Bo Reed <bo.reed@police.example> 2028-06-30")
    assert (code, "bo.reed@police.example" in said, "invitation" in said) == (0, True, False)
    [letter] = post.glob("*.eml")
    assert "https://fourfold.example/invitation/" in letter.read_text()
    account = Account.objects.get(email="bo.reed@police.example")
    assert not account.has_usable_password()
    lead = queries.actor_of(account.staff, at=NOW + timedelta(days=400), account=account)
    assert (lead.roles, lead.vouched, lead.trained) == ({Role.AGENCY_LEAD}, True, True)
    code, said = run("--lead", "southmere-police=Di Vane <di.vane@police.example> 2028-06-30")
    assert code == 2
    assert "already" in said


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (
            ("--lead", "southmere-police=A <a@x.example> 2028-06-30", "--lead", "nowhere=B <b@x.example> 2028-06-30"),
            "no agency nowhere",
        ),
        (
            ("--administrator", "Ada Lock <ada@programme.example> 2028-06-30", "--lead", "southmere-police=B"),
            "Write a name",
        ),
        (("--lead", "southmere-police=B <\u0430da@programme.example> 2028-06-30"), "plain letters"),
        (
            (
                "--administrator",
                "Ada Lock <ada@programme.example> 2028-06-30",
                "--lead",
                "southmere-police=B <b@x.example> 2028-06-30",
            ),
            "already",
        ),
        (("--lead", "southmere-police=Bo Reed <bo@x.example>"), "the last day of the training"),
        (("--lead", "southmere-police=Bo Reed <bo@x.example> 2027-13-01"), "the last day of the training"),
        (("--lead", "southmere-police=Bo Reed <bo@x.example> 2020-06-30"), "training of Bo Reed is over"),
    ],
)
def test_what_cannot_be_makes_nobody(cast: Cast, said: tuple[str, ...], why: str) -> None:
    code, answer = run(*said)
    assert code == 2
    assert why in answer
    assert not Account.objects.filter(staff__robot=False).exists()


def test_two_leads_named_at_once_begin_an_agency_and_whoever_watches_is_told(cast: Cast) -> None:
    """Two can confirm and vouch; one alone could not."""
    account, watching = give_account(cast, "governance", PASSWORD, SECRET), Client()
    code, _ = run(
        *("--lead", "southmere-police=Bo Reed <bo.reed@police.example> 2028-06-30"),
        *("--lead", "southmere-police=Di Vane <di.vane@police.example> 2028-06-30"),
    )
    assert code == 0
    start_session(watching, account)
    assert "The host made 2 accounts in the last 28 days" in watching.get("/oversight/").content.decode()
    shown = watching.get("/oversight/first-parts/").content.decode()
    assert ("Di Vane, agency lead" in shown, "Nobody confirmed these accounts" in shown) == (True, True)
    vouched(cast)
    assert not verify().findings


def test_whose_training_is_on_no_record_is_named_again(cast: Cast) -> None:
    said = ("--lead", "southmere-police=Bo Reed <bo.reed@police.example> 2028-06-30")
    assert run(*said)[0] == 0
    assert run(*said)[0] == 2, "whose training holds is there already"
    Staff.objects.filter(name="Bo Reed").update(trained_until=None)
    assert run(*said)[0] == 0
    assert Staff.objects.get(name="Bo Reed").trained_until == date(2028, 6, 30)
    assert Account.objects.filter(staff__name="Bo Reed").count() == 1
