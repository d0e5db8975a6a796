"""The first administrator and the first leads are made on the host; no second ones are."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from typer.testing import CliRunner

from fourfold.access import queries
from fourfold.access.models import Account
from fourfold.access.terms import Role
from fourfold.cli.main import app
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db


def run(*said: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["first-people", "--address", "https://fourfold.example/", *said])
    return done.exit_code, done.output


@pytest.fixture(autouse=True)
def post(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(type(settings.FOURFOLD), "digest_dir", property(lambda _: tmp_path / "post"))
    return tmp_path / "post"


def test_the_first_lead_of_an_agency_gets_a_letter_and_no_second_one_comes_so(cast: Cast, post: Path) -> None:
    code, said = run("--lead", "southmere-police=Bo Reed <bo.reed@police.example>")
    assert (code, "bo.reed@police.example" in said, "invitation" in said) == (0, True, False)
    [letter] = post.glob("*.eml")
    assert "https://fourfold.example/invitation/" in letter.read_text()
    account = Account.objects.get(email="bo.reed@police.example")
    assert not account.has_usable_password()
    lead = queries.actor_of(account.staff, at=NOW + timedelta(days=400), account=account)
    assert (lead.roles, lead.vouched) == ({Role.AGENCY_LEAD}, True)
    code, said = run("--lead", "southmere-police=Di Vane <di.vane@police.example>")
    assert code == 2
    assert "already" in said


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (
            ("--lead", "southmere-police=A <a@x.example>", "--lead", "nowhere=B <b@x.example>"),
            "no agency nowhere",
        ),
        (("--administrator", "Ada Lock <ada@programme.example>", "--lead", "southmere-police=B"), "Write a name"),
        (("--lead", "southmere-police=B <\u0430da@programme.example>"), "plain letters"),
        (
            ("--administrator", "Ada Lock <ada@programme.example>", "--lead", "southmere-police=B <b@x.example>"),
            "already",
        ),
    ],
)
def test_what_cannot_be_makes_nobody(cast: Cast, said: tuple[str, ...], why: str) -> None:
    code, answer = run(*said)
    assert code == 2
    assert why in answer
    assert not Account.objects.filter(staff__robot=False).exists()
