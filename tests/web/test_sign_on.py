"""Signing in by an agency's own sign-in: it opens an account that two people bound it to, and nothing and nobody else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from pydantic import ValidationError
from typer.testing import CliRunner

from fourfold.access import services as access
from fourfold.access.models import Account, AccountAsked, Identity, IdentityBound, Membership
from fourfold.access.terms.accounts import AccountStep, CannotEmploy
from fourfold.audit import queries as audit_queries
from fourfold.audit.models import Entry
from fourfold.audit.terms import Actor
from fourfold.cli.main import app
from fourfold.config.environment import Environment, read
from fourfold.gateways.mailroom import Mailroom
from tests import sign_in_elsewhere
from tests.cast import NOW, Cast, give_account
from tests.sign_in_elsewhere import CLIENT, SECRET, Elsewhere
from tests.web.conftest import SignIn

#: The library leaves its connections to be collected.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
STRONG = {"amr": ["pwd", "mfa"]}
DOOR = "/accounts/sign-on/force/"
HER = "officer@demo.invalid"


@pytest.fixture(scope="module")
def _elsewhere() -> Iterator[Elsewhere]:
    with sign_in_elsewhere.running() as elsewhere:
        yield elsewhere


@pytest.fixture
def elsewhere(_elsewhere: Elsewhere, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Elsewhere:
    """A provider of the force's own, which the settings name beside another agency's, who says that it is the force's."""
    _elsewhere.reset()
    other = written(tmp_path, id="trust", name="Marsh Trust", issuer=f"{_elsewhere.issuer}/trust").read_text()
    file = written(tmp_path, issuer=_elsewhere.issuer)
    file.write_text(f"{file.read_text()}\n{other}")
    told = settings.FOURFOLD.model_dump() | {"data_dir": tmp_path, "sign_on": file, "app_clock": NOW.isoformat()}
    monkeypatch.setattr(settings, "FOURFOLD", Environment.model_validate(told))
    apps = {"openid_connect": {"APPS": settings.FOURFOLD.apps_of_sign_on()}}
    monkeypatch.setattr(settings, "SOCIALACCOUNT_PROVIDERS", apps)
    return _elsewhere


def written(folder: Path, mode: int = 0o600, **changes: object) -> Path:
    said = {"id": "force", "name": "Northmoor Police", "issuer": "https://login.example", "client_id": CLIENT,
            "secret": SECRET, "strong": [["amr", "mfa"], ["acr", "AAL3"]]} | changes  # fmt: skip
    lines = [
        f"{name} = {str(value) if isinstance(value, list) else repr(value)}"
        for name, value in said.items()
        if value is not None
    ]
    file = folder / "sign-on.toml"
    file.write_text("\n".join(["[[sign_on]]", *lines]))
    file.chmod(mode)
    return file


def test_a_file_of_roots_is_said_in_words_and_the_setting_is_named_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path)
    monkeypatch.setenv("FOURFOLD_SIGN_ON", str(tmp_path / "nowhere.toml"))
    with pytest.raises(ImproperlyConfigured) as wrong:
        read()
    assert str(wrong.value) == f"FOURFOLD_SIGN_ON: there is no file {tmp_path / 'nowhere.toml'}"

    def closed(path: Path) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setenv("FOURFOLD_SIGN_ON", str(file))
    with monkeypatch.context() as of_roots:
        of_roots.setattr(Path, "is_file", closed)  # a folder into which the service may not look ended in a traceback
        with pytest.raises(
            ImproperlyConfigured, match=f"may not look into {file.parent}. As root type: chown root:fourfold"
        ):
            read()
    monkeypatch.setattr(Path, "read_text", closed)
    with pytest.raises(ImproperlyConfigured, match=f"may not read {file}. As root type: chown fourfold: {file}"):
        read()


def let_in(there: Any) -> str:
    """Go where a page led, and return the address on this site to which it leads back."""
    with requests.get(there["Location"], allow_redirects=False, timeout=5) as led:
        return led.headers["Location"].removeprefix("http://testserver")


def sign_on(client: Client, then: str = "", door: str = DOOR) -> Any:
    """Go to the sign-in elsewhere and come back, as a browser does; return the answer to coming back."""
    there = client.get(door + then)
    assert there.status_code == 302, there.content
    return client.get(let_in(there))


def code_in(answer: Any) -> str:
    (code,) = re.findall(r"<strong>([0-9A-Z]{4}-[0-9A-Z]{4})</strong>", answer.content.decode())
    return str(code)


def confirm(cast: Cast, by: Actor | None = None) -> AccountAsked:
    asked = AccountAsked.objects.get(step=AccountStep.BIND, answered_at__isnull=True)
    room = Mailroom(settings.FOURFOLD.digest_dir)
    return access.answer_account(
        actor=by or cast.actor("police_lead"), asked=asked.pk, given=True, mailroom=room, link=str, at=NOW
    )


@pytest.fixture
def bound(cast: Cast, elsewhere: Elsewhere, signed_in: SignIn) -> Account:
    """The officer's account, which the officer let their own sign-in open, and their lead confirmed it."""
    client = signed_in("officer")
    code = code_in(sign_on(Client()))
    answer = client.post("/sign-on/", {"code": code.lower(), "reason": "Single sign-on", "once": "b"}, follow=True)
    assert "You have asked for this." in answer.content.decode(), "the day, as it was, said nothing of it"
    confirm(cast)
    return Account.objects.get(email=HER)


@pytest.mark.django_db
def test_whoever_confirms_it_is_told_to_ask_for_the_code_and_of_no_link(
    elsewhere: Elsewhere, signed_in: SignIn
) -> None:
    """No link is sent for it; the page said that one goes to the work address."""
    client, code = signed_in("officer"), code_in(sign_on(Client()))
    client.post("/sign-on/", {"code": code, "reason": "Single sign-on", "once": "b"})
    asked = AccountAsked.objects.get(step=AccountStep.BIND, answered_at__isnull=True)
    page = signed_in("police_lead").get(f"/agency/requests/{asked.pk}/").content.decode()
    assert ("whether the code was shown to them" in page, "The link to set a password" in page) == (True, False)


@pytest.mark.django_db
def test_where_no_agencys_sign_in_is_set_up_the_page_says_so_and_asks_for_no_code(
    cast: Cast, signed_in: SignIn
) -> None:
    account = give_account(cast, "chair", "a long enough invented password", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    for who, page in (("officer", "/sign-on/"), ("administrator", f"/agency/accounts/{account.pk}/sign-on/")):
        said = signed_in(who).get(page).content.decode()
        assert "No agency’s own sign-in is set up here" in said
        assert 'name="code"' not in said


@pytest.mark.django_db
@pytest.mark.parametrize("claims", [{}, {"email": HER, "email_verified": True, **STRONG}])
def test_an_identity_that_nobody_bound_reads_whom_to_ask_and_nothing_else(
    cast: Cast, elsewhere: Elsewhere, claims: dict[str, Any]
) -> None:
    """Nor does an address bind it, verified there or not."""
    give_account(cast, "officer", "a long enough invented password", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    elsewhere.claims, before, client = claims, Account.objects.count(), Client()
    answers = [sign_on(client) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert code_in(answers[0]) == code_in(answers[1])
    assert "Officer" not in answers[0].content.decode()
    assert client.get("/").status_code == 302
    assert (Account.objects.count(), Identity.objects.count()) == (before, 1)
    assert Entry.objects.filter(operation="refusal", action="sign_in.failed").count() == 2


@pytest.mark.django_db
def test_what_was_asked_before_the_ways_in_were_closed_opens_nothing_after(
    cast: Cast, elsewhere: Elsewhere, signed_in: SignIn
) -> None:
    """Somebody in the officer's session asks for a sign-in of their own; two people close every way in; the lead goes on."""
    code, client = code_in(sign_on(Client())), signed_in("officer")
    assert client.post("/sign-on/", {"code": code, "reason": "Single sign-on", "once": "b"}).status_code == 303
    account, by = Account.objects.get(email=HER), {"reason": "Not me.", "at": NOW}
    step = access.ask_account_step(actor=cast.administrator, account=account.pk, step=AccountStep.RECOVER, **by)
    answer = {"actor": cast.actor("police_lead"), "mailroom": Mailroom(settings.FOURFOLD.digest_dir), "link": str}
    access.answer_account(asked=step.pk, given=True, at=NOW, **answer)
    with pytest.raises(CannotEmploy, match="closed since this was asked"):
        confirm(cast)
    assert not IdentityBound.objects.exists()


@pytest.mark.django_db
def test_nobody_makes_the_site_speak_or_write_without_end(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each anonymous call to these doors asks the other side or writes an entry: so many a minute from one address."""
    monkeypatch.setitem(settings.ACCOUNT_RATE_LIMITS, "sign_on", "4/m/ip")
    doors = (f"{DOOR}back/?error=access_denied", DOOR) * 3
    assert [Client().get(door).status_code for door in doors] == [403, 302, 403, 302, 429, 429]
    assert Entry.objects.filter(action="sign_in.failed").count() == 2
    assert "Wait a minute" in Client().get(DOOR).content.decode()
    assert Client(REMOTE_ADDR="192.0.2.7").get(DOOR).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("claims", "leads_to", "strength"),
    [
        (STRONG, "/cases/", "sign_on"),
        ({"acr": "AAL3"}, "/cases/", "sign_on"),
        ({"acr": "AAL1", "amr": ["pwd"]}, "/accounts/second-factor/authenticate/", None),
        ({}, "/accounts/second-factor/authenticate/", None),
    ],
)
def test_two_factors_there_are_enough_and_fewer_are_asked_for_here(
    bound: Account, elsewhere: Elsewhere, claims: dict[str, Any], leads_to: str, strength: str | None
) -> None:
    elsewhere.claims, client = claims, Client()
    answer = sign_on(client, "?next=/cases/")
    assert (answer.status_code, answer["Location"]) == (302, leads_to)
    assert client.get("/cases/").status_code == (200 if strength else 302)
    done = Entry.objects.filter(action="sign_in.done").count()
    assert done == bool(strength)
    if strength:
        assert f'"strength":"{strength}"' in Entry.objects.latest("seq").body
    assert audit_queries.verify().clean


@pytest.mark.django_db
def test_without_a_second_factor_here_a_weak_sign_in_sets_one_up_first(bound: Account, elsewhere: Elsewhere) -> None:
    from allauth.mfa.models import Authenticator

    Authenticator.objects.filter(user=bound)._raw_delete("default")
    client = Client()
    sign_on(client)
    assert client.get("/cases/")["Location"] == "/accounts/second-factor/totp/activate/"


@pytest.mark.django_db
def test_it_takes_two_people_and_each_identity_opens_one_account(
    cast: Cast, elsewhere: Elsewhere, signed_in: SignIn
) -> None:
    account = give_account(cast, "officer", "a long enough invented password", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    other = give_account(cast, "analyst", "a long enough invented password", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    elsewhere.claims = STRONG
    code, lead = code_in(sign_on(Client())), cast.actor("police_lead")
    by = {"reason": "Single sign-on", "at": NOW}
    with pytest.raises(CannotEmploy, match="We have not shown this code to anybody"):
        access.ask_identity(actor=lead, account=account.pk, code="2222-2222", **by)
    access.ask_identity(actor=lead, account=account.pk, code=code, **by)
    with pytest.raises(CannotEmploy, match="Another person has to confirm"):
        confirm(cast, lead)
    AccountAsked.objects.all()._raw_delete("default")
    access.ask_identity(actor=cast.administrator, account=account.pk, code=code, **by)
    assert sign_on(Client()).status_code == 403  # asked for is not bound
    confirm(cast)
    client = Client()
    sign_on(client)
    assert client.get("/cases/").status_code == 403  # others gave a way in: the account is vouched for anew
    with pytest.raises(CannotEmploy, match="belongs to an account already"):
        access.ask_identity(actor=cast.administrator, account=other.pk, code=code, **by)


@pytest.mark.django_db
def test_who_has_left_is_out_at_the_next_request_and_stays_out(
    bound: Account, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    """By the nightly list: tried first, then done, and done again by a storm of them."""
    bound.staff.__class__.objects.filter(pk=bound.staff_id).update(staff_number="NP 0417")
    elsewhere.claims, client = STRONG, Client()
    sign_on(client)
    assert client.get("/cases/").status_code == 200
    file = tmp_path / "people.csv"
    file.write_text("hr_id,email,agency,active\nnp-0417,officer@demo.invalid,northmoor-police,no\n")
    tried = CliRunner().invoke(app, ["accounts", "sync", str(file), "--dry-run"])
    assert (tried.exit_code, "would end 1 of 1 open accounts, ended 0" in tried.output) == (0, True)
    assert client.get("/cases/").status_code == 200
    ended = [CliRunner().invoke(app, ["accounts", "sync", str(file)]).output.split("ended ")[1][0] for _ in range(3)]
    assert ended == ["1", "0", "0"]
    assert client.get("/cases/")["Location"].startswith("/accounts/login/")
    answer = sign_on(client)
    assert (answer.status_code, "Ask the lead of your agency." in answer.content.decode()) == (403, True)
    assert Entry.objects.filter(action="account.left").count() == 1
    assert IdentityBound.objects.get().ended_at is None


@pytest.mark.django_db
def test_whoever_has_no_post_signs_in_without_an_address_and_sees_nothing(bound: Account, elsewhere: Elsewhere) -> None:
    """Who somebody is comes over, and no address: an identity without one is as good, and gives no post."""
    elsewhere.claims = STRONG
    assert "email" not in elsewhere.claims
    Membership.objects.filter(staff=bound.staff_id).update(until_at=NOW)
    client = Client()
    sign_on(client)
    answers = {page: client.get(page) for page in ("/cases/", "/desk/", "/orders/", "/find/", "/api/cases")}
    assert {page: answer.status_code for page, answer in answers.items()} == dict.fromkeys(answers, 403)
    assert client.get("/").status_code == 200, "they are signed in"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "lies",
    [{"iss": "https://another.example"}, {"aud": "another"}, {"exp": 1}],
    ids=["of another issuer", "for another", "of long ago"],
)
def test_a_token_that_is_not_to_be_believed_lets_nobody_in(
    bound: Account, elsewhere: Elsewhere, lies: dict[str, Any]
) -> None:
    elsewhere.claims, elsewhere.lies, client = STRONG, lies, Client()
    answer = sign_on(client)
    assert (answer.status_code, "did not let you in" in answer.content.decode()) == (403, True)
    assert client.get("/").status_code == 302


@pytest.mark.django_db
def test_one_agencys_provider_lets_in_nobody_whom_another_agencys_knows(bound: Account, elsewhere: Elsewhere) -> None:
    """Its discovery document and its tokens say that they are the force's, and name the officer as the force does."""
    elsewhere.claims, client = STRONG, Client()
    for subject in (elsewhere.subject, "nobody bound"):
        elsewhere.subject = subject
        answer = sign_on(client, door="/accounts/sign-on/trust/")
        assert (answer.status_code, "did not let you in" in answer.content.decode()) == (403, True)
        assert client.get("/cases/").status_code == 302
    assert Identity.objects.count() == 1
    assert Entry.objects.filter(action="sign_in.failed", body__contains="issuer of another sign-in").count() == 2


@pytest.mark.django_db
def test_a_token_that_did_not_come_by_tls_lets_nobody_in(bound: Account, elsewhere: Elsewhere) -> None:
    """Its signature is not checked, since TLS says whom it came from; 127.1 is this machine by a name that says so to nobody."""
    elsewhere.claims, client = STRONG, Client()
    elsewhere.ends_at = elsewhere.issuer.replace("127.0.0.1", "127.1")
    assert sign_on(client).status_code == 403
    assert client.get("/cases/").status_code == 302


@pytest.mark.django_db
def test_another_browser_cannot_come_back_and_a_provider_that_is_down_says_so(
    bound: Account, elsewhere: Elsewhere
) -> None:
    elsewhere.claims, client = STRONG, Client()
    back = let_in(client.get(DOOR))
    assert Client().get(back).status_code == 403
    elsewhere.up = False
    for address in (DOOR, back):
        answer = client.get(address)
        assert (answer.status_code, "cannot be reached" in answer.content.decode()) == (503, True)
    assert "Sign in with Northmoor Police" in Client().get("/accounts/login/").content.decode()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"issuer": "http://login.example"}, "https://"),
        ({"issuer": "https://login.example/.well-known/openid-configuration"}, "without /.well-known/"),
        ({"secret": None}, "secret"),
        ({"id": "The Force"}, "id"),
        ({"stronk": "amr"}, "stronk"),
        ({"mode": 0o644}, "chmod"),
    ],
)
def test_a_file_that_could_not_work_or_lets_others_read_stops_the_start(
    tmp_path: Path, changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValidationError) as fault:
        Environment.model_validate({"sign_on": written(tmp_path, **changes)})
    assert says in str(fault.value)
    assert SECRET not in str(fault.value)


def test_two_sign_ins_of_one_issuer_stop_the_start(tmp_path: Path) -> None:
    """Else what one of them says of somebody would be taken for the other's word."""
    other = written(tmp_path, id="trust", issuer="https://login.example/").read_text()
    file = written(tmp_path)
    file.write_text(f"{file.read_text()}\n{other}")
    with pytest.raises(ValidationError, match="same issuer"):
        Environment.model_validate({"sign_on": file})
