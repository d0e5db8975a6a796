"""The first administrator and the first leads are made on the host; no second ones are."""

from __future__ import annotations

import re
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
import typer
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.test import Client
from typer.testing import CliRunner

from fourfold.access import queries
from fourfold.access.models import Account, Invitation, Staff
from fourfold.access.terms import Role
from fourfold.audit.models import Entry
from fourfold.audit.queries import verify
from fourfold.cli import server
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
    # The how-to sends whoever installs to the file: a link that breaks off at the 76th sign opens nothing.
    (link,) = re.findall(r"^https://fourfold.example(/invitation/\S+/)$", letter.read_text(), re.MULTILINE)
    assert "If you are one of the first people here, do so within the same 72 hours." in letter.read_text()
    assert Client().get(link).status_code == 200
    account = Account.objects.get(email="bo.reed@police.example")
    assert not account.has_usable_password()
    lead = queries.actor_of(account.staff, at=NOW + timedelta(days=400), account=account)
    assert (lead.roles, lead.vouched, lead.trained) == ({Role.AGENCY_LEAD}, True, True)
    code, said = run("--lead", "southmere-police=Di Vane <di.vane@police.example> 2028-06-30")
    assert code == 2
    assert "already" in said


def test_the_first_person_takes_the_account_up_and_it_is_open_until_another_factor_is_added(
    cast: Cast, post: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pairing the second factor took the host's word back, and nobody was there to give another: the site stayed shut."""
    monkeypatch.setattr(transaction, "on_commit", lambda then, **_: then())  # as in a request of its own
    said = "Bo Reed <bo.reed@police.example> 2028-06-30"
    assert run("--lead", f"southmere-police={said}")[0] == 0
    (link,) = re.findall(r"(/invitation/\S+/)$", next(post.glob("*.eml")).read_text(), re.MULTILINE)
    client, word = Client(), "harbour lantern thistle 42"
    assert client.post(link, {"password": word, "again": word}).status_code == 303
    secret, login = _paired(client, word), {"login": "bo.reed@police.example", "password": word}
    account = Account.objects.get(email="bo.reed@police.example")
    assert account.vouched_at is not None

    again = Client()
    again.post("/accounts/login/", login)
    again.post("/accounts/second-factor/authenticate/", {"code": _code(secret, 1)})
    page = again.get("/").content.decode()
    assert ("Bo Reed" in page, "not open yet" in page) == (True, False)
    assert again.get("/agency/of/southmere-police/").status_code == 200

    Authenticator(user=account, type=Authenticator.Type.WEBAUTHN, data={"name": "x", "credential": {}}).save()
    account.refresh_from_db()
    assert account.vouched_at is None, "from then on a factor that is added is anybody's"
    assert not verify().findings


def test_whoever_pairs_first_is_not_told_that_the_account_closes_by_it(
    cast: Cast, post: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page said so, and to speak to a lead first: there is none, and the account stays open."""
    monkeypatch.setattr(transaction, "on_commit", lambda then, **_: then())
    assert run("--lead", "southmere-police=Bo Reed <bo.reed@police.example> 2028-06-30")[0] == 0
    (link,) = re.findall(r"(/invitation/\S+/)$", next(post.glob("*.eml")).read_text(), re.MULTILINE)
    client, word = Client(), "harbour lantern thistle 42"
    client.post(link, {"password": word, "again": word})
    client.post("/accounts/login/", {"login": "bo.reed@police.example", "password": word})
    client.post("/accounts/reauthenticate/", {"password": word})
    pages = [client.get(f"/accounts/second-factor/{page}").content.decode() for page in ("", "totp/activate/")]
    assert ["Your account closes" in page for page in pages] == [False, False]
    _pair(client)
    assert "Your account closes" in client.get("/accounts/second-factor/").content.decode(), "a further factor does it"


@pytest.mark.parametrize("kept_by", ["a passkey that nobody used", "an agency's own sign-in"])
def test_the_hosts_word_stands_for_the_first_factor_and_for_no_later_one(cast: Cast, post: Path, kept_by: str) -> None:
    """Whoever took away the factor that was used, or came by a sign-in, added one of their own to an open account."""
    assert run("--lead", "southmere-police=Bo Reed <bo.reed@police.example> 2028-06-30")[0] == 0

    def add(kind: str) -> Authenticator:
        account = Account.objects.get(email="bo.reed@police.example")
        factor = Authenticator(user=account, type=kind, data={"name": "x", "credential": {}, "secret": "x"})
        factor.save()
        return factor

    if kept_by.startswith("a passkey"):
        used, _ = add("totp"), add("webauthn")
        used.record_usage()
    Account.objects.filter(email="bo.reed@police.example").update(
        vouched_at=F("vouched_at") + timedelta(days=10)  # by a lead, since then
    )
    if kept_by.startswith("a passkey"):
        used.delete()
    add("totp")
    assert Account.objects.get(email="bo.reed@police.example").vouched_at is None


def _code(secret: str, later: int) -> str:
    return str(totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + later)))


def _paired(client: Client, word: str) -> str:
    """Sign in for the first time, and pair an application that shows codes; the next page asks for one of them."""
    client.post("/accounts/login/", {"login": "bo.reed@police.example", "password": word})
    assert client.get("/")["Location"] == PAIRING
    client.post("/accounts/reauthenticate/", {"password": word})
    secret = _pair(client)
    # It asked to remove the application that was just paired.
    assert client.get("/agency/")["Location"] == "/accounts/second-factor/reauthenticate/?next=%2Fagency%2F"
    return secret


PAIRING = "/accounts/second-factor/totp/activate/"


def _pair(client: Client) -> str:
    (secret,) = re.findall("[A-Z2-7]{32}", client.get(PAIRING).content.decode())[:1]
    assert client.post(PAIRING, {"code": _code(secret, 0)}).status_code == 302
    return str(secret)


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


def test_the_invented_programme_is_not_loaded_beside_real_people(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two lines of the settings lost, and a start made the real database one in which production may never run again."""
    assert run("--lead", "southmere-police=Bo Reed <bo.reed@police.example> 2028-06-30")[0] == 0
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"demo": True}))
    monkeypatch.setattr("fourfold.demo.load.load", lambda **_: pytest.fail("it was loaded"))
    with pytest.raises(typer.Exit) as ended:
        server.prepare(at=NOW)
    assert (ended.value.exit_code, "whom nobody invented" in capsys.readouterr().err) == (2, True)


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


def test_whose_link_ran_out_is_named_again_and_gets_another(cast: Cast, post: Path) -> None:
    """Installed on a Friday, opened on a Monday: the command said that there is a lead already, and no page gives a link."""
    said = ("--lead", "southmere-police=Bo Reed <bo.reed@police.example> 2028-06-30")
    assert run(*said)[0] == 0
    Invitation.objects.update(sent_at=F("sent_at") - timedelta(hours=73))
    (old,) = post.glob("*.eml")
    assert run(*said)[0] == 0
    (new,) = (one for one in post.glob("*.eml") if one != old)
    links = [re.findall(r"(/invitation/\S+/)$", one.read_text(), re.MULTILINE)[0] for one in (old, new)]
    assert [Client().get(link).status_code for link in links] == [404, 200]
    assert Account.objects.filter(staff__robot=False).count() == 1
    assert run(*said)[0] == 2, "one that still opens is not sent twice"
    Authenticator(user=Account.objects.get(staff__robot=False), type="totp", data={"secret": "x"}).save()
    Invitation.objects.update(sent_at=F("sent_at") - timedelta(hours=73))
    assert run(*said)[0] == 2, "whoever has taken it up gets none from the host"


def test_a_password_without_a_second_factor_opens_nothing_once_the_time_of_the_link_is_over(
    cast: Cast, post: Path
) -> None:
    """The password alone paired anybody's factor, a year later too, and made a first administrator of whoever had it."""
    said = ("--lead", "southmere-police=Bo Reed <bo.reed@police.example> 2028-06-30")
    assert run(*said)[0] == 0
    (old,) = post.glob("*.eml")
    (link,) = re.findall(r"(/invitation/\S+/)$", old.read_text(), re.MULTILINE)
    word, other = "harbour lantern thistle 42", "meadow kettle viaduct 17"
    begun = Client()
    begun.post(link, {"password": word, "again": word})
    begun.post("/accounts/login/", {"login": "bo.reed@police.example", "password": word})
    assert begun.get("/")["Location"] == PAIRING
    assert run(*said)[0] == 2, "there is time yet"
    Invitation.objects.update(sent_at=F("sent_at") - timedelta(hours=72, minutes=1))

    late = Client()
    told = late.post("/accounts/login/", {"login": "bo.reed@police.example", "password": word})
    assert "Ask whoever installed Fourfold for a new link" in told.content.decode()
    assert late.get(PAIRING)["Location"].startswith("/accounts/login/")
    assert Entry.objects.filter(action="sign_in.failed", body__contains='"link ran out"').count() == 1

    code, answer = run(*said)
    assert (code, "a link waits in the mail room" in answer) == (0, True)
    assert begun.get(PAIRING)["Location"].startswith("/accounts/login/"), "a session of the old password ends"
    (new,) = (one for one in post.glob("*.eml") if one != old)
    (link,) = re.findall(r"(/invitation/\S+/)$", new.read_text(), re.MULTILINE)
    again = Client()
    again.post("/accounts/login/", {"login": "bo.reed@police.example", "password": word})
    assert again.get(PAIRING)["Location"].startswith("/accounts/login/"), "the old password is none"
    assert Client().post(link, {"password": other, "again": other}).status_code == 303
    again.post("/accounts/login/", {"login": "bo.reed@police.example", "password": other})
    assert again.get("/")["Location"] == PAIRING
    assert {found.meaning.split()[0] for found in verify().findings} == {"access.invitation"}, (
        "whose moment this test changed"
    )


def test_whoever_paired_in_time_signs_in_for_ever(cast: Cast, post: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transaction, "on_commit", lambda then, **_: then())
    assert run("--lead", "southmere-police=Bo Reed <bo.reed@police.example> 2028-06-30")[0] == 0
    (link,) = re.findall(r"(/invitation/\S+/)$", next(post.glob("*.eml")).read_text(), re.MULTILINE)
    client, word = Client(), "harbour lantern thistle 42"
    client.post(link, {"password": word, "again": word})
    secret = _paired(client, word)
    Invitation.objects.update(sent_at=F("sent_at") - timedelta(days=400))
    again = Client()
    again.post("/accounts/login/", {"login": "bo.reed@police.example", "password": word})
    again.post("/accounts/second-factor/authenticate/", {"code": _code(secret, 1)})
    assert "Bo Reed" in again.get("/").content.decode()


def test_whose_training_is_on_no_record_is_named_again(cast: Cast, post: Path) -> None:
    said = ("--lead", "southmere-police=Bo Reed <bo.reed@police.example> 2028-06-30")
    assert run(*said)[0] == 0
    assert run(*said)[0] == 2, "whose training holds is there already"
    Staff.objects.filter(name="Bo Reed").update(trained_until=None)
    code, answer = run(*said)
    # It said that a link waited, and whoever was asked for it looked for a letter that was never written.
    assert (code, "the training is recorded; no link was posted" in answer) == (0, True)
    assert "link waits" not in answer
    assert len(list(post.glob("*.eml"))) == 1
    assert Staff.objects.get(name="Bo Reed").trained_until == date(2028, 6, 30)
    assert Account.objects.filter(staff__name="Bo Reed").count() == 1
