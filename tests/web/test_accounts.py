"""No one person makes the people who approve: accounts are asked for, confirmed, taken up, vouched for and waited for."""

from __future__ import annotations

import email
import re
import time
from datetime import date, datetime, timedelta
from email import policy
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.db.models import Q
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fourfold.access import alikes, signatories, signing
from fourfold.access import services as access
from fourfold.access.models import (
    Account,
    AccountAsked,
    CalendarAddress,
    DigestAsked,
    Invitation,
    PersonSaid,
    Relation,
    Staff,
)
from fourfold.access.queries import digests_to_send, held_by
from fourfold.access.terms import Refused, RelationKind, Role, place_of_factor
from fourfold.audit.models import Entry
from fourfold.audit.queries import verify
from fourfold.cases.models import PartAsked
from fourfold.web import clock
from tests.cases.builders import open_case
from tests.cast import NOW, Cast, assign, hire, vouched
from tests.web.conftest import PASSWORD, SignIn, present_code

pytestmark = pytest.mark.django_db

WORD = "quiet heron under the long bridge"
HERS = "robin.fen@northmoor-advocacy.example"


@pytest.fixture(autouse=True)
def post(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stop the clock, and let letters fall into a folder of the test."""
    cache.clear()
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(type(settings.FOURFOLD), "digest_dir", property(lambda _: tmp_path / "post"))
    return tmp_path / "post"


DAY = timedelta(days=1)


def it_is(at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: at)


def person(**said: str) -> dict[str, str]:
    whole = {"name": "Robin Fen", "partner": "northmoor-advocacy", "role": "victim_advocate", "email": HERS}
    return {**whole, "staff_number": "A-17", **said}


def asked(client: Client, **said: str) -> str:
    """Ask for an account on the page of the unit's people; return the address at which its lead confirms it."""
    assert client.post("/sites/of/northmoor/people/new/", person(**said)).status_code == 303
    return f"/agency/requests/{AccountAsked.objects.get(answered_at=None).pk}/"


def letters(post: Path) -> list[tuple[str, str]]:
    """Return to whom letters went, and the link that each holds."""
    found = []
    for path in sorted(post.glob("*.eml")):
        letter = email.message_from_bytes(path.read_bytes(), policy=policy.default)
        found.append((str(letter["To"]), re.search(r"/invitation/\S+", letter.get_content())[0]))  # type: ignore[index, union-attr]
    return found


def enrol(account: Account) -> None:
    """Let somebody set up a second factor, as the sign-in library leaves it."""
    from fourfold.audit import services as audit

    sealed = audit.keyring().seal("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", place=place_of_factor(account.pk))
    Authenticator.objects.create(user=account, type=Authenticator.Type.TOTP, data={"secret": sealed})


def taken_up(signed_in: SignIn, post: Path, **said: str) -> Account:
    """Let an account be asked for, confirmed, and taken up by its holder."""
    confirming = asked(signed_in("administrator"), **said)
    assert signed_in("advocacy_lead").post(confirming, {"given": "yes"}).status_code == 303
    [(to, link)] = letters(post)
    assert to == said.get("email", HERS)
    assert Client().post(link, {"password": WORD, "again": WORD}).status_code == 303
    account = Account.objects.get(email=to)
    assert account.check_password(WORD)
    enrol(account)
    return account


def enter(account: Account) -> Client:
    """Walk in through the real door."""
    cache.clear()
    client = Client()
    client.post("/accounts/login/", {"login": account.email, "password": WORD})
    code = totp.format_hotp_value(totp.hotp_value("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", int(time.time()) // 30))
    client.post("/accounts/second-factor/authenticate/", {"code": code})
    return client


@pytest.mark.door("accounts")
def test_an_administrator_alone_makes_nobody(signed_in: SignIn, cast: Cast, post: Path) -> None:
    administrator = signed_in("administrator")
    confirming = asked(administrator)
    assert not Account.objects.filter(email=HERS).exists()
    assert not letters(post)
    assert administrator.post(confirming, {"given": "yes"}).status_code == 403
    for other in ("police_lead", "nhs_lead", "governance", "coordinator", "second_advocate"):
        assert signed_in(other).post(confirming, {"given": "yes"}).status_code in (403, 404)
    assert not Account.objects.filter(email=HERS).exists()
    for step in (
        lambda: access.register_staff(
            actor=cast.administrator, name="X", partner="northmoor-advocacy", partner_kind="advocacy", at=NOW
        ),
        lambda: access.give_role(
            actor=cast.administrator, staff=cast.staff["chair"], role=Role.VICTIM_ADVOCATE, site="northmoor", at=NOW
        ),
        lambda: access.give_account(
            actor=cast.administrator, staff=cast.staff["chair"], email="x@y.example", password=WORD, at=NOW
        ),
    ):
        with pytest.raises(Refused):
            step()


def test_neither_who_asks_nor_who_confirms_sees_the_link_or_a_password(
    signed_in: SignIn, post: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    administrator, lead = signed_in("administrator"), signed_in("advocacy_lead")
    confirming = asked(administrator)
    assert "Robin Fen" in lead.get("/").content.decode()
    shown = (
        lead.get(confirming).content.decode() + lead.post(confirming, {"given": "yes"}, follow=True).content.decode()
    )
    shown += administrator.get("/agency/of/northmoor-advocacy/").content.decode()
    [(to, link)] = letters(post)
    assert (to, link in shown, "invitation/" in shown) == (HERS, False, False)
    account = Account.objects.get(email=HERS)
    assert not account.has_usable_password()
    assert link.split("/")[2] not in str(Invitation.objects.values())
    letter = next(post.glob("*.eml"))
    assert oct(letter.stat().st_mode)[-3:] == "600"
    page = f"/agency/accounts/{account.pk}/"
    told = {
        "leaving": "Nobody can say whether the letter with the link left",
        "refused": "The mail server refused the letter",
        "gone": "",
        "eml": "lies in the mail room’s folder",
    }
    for lies_as, says in told.items():
        letter = letter.rename(letter.with_suffix(f".{lies_as}"))
        said = administrator.get(page).content.decode()
        assert [each for each in told.values() if each and each in said] == ([says] if says else [])
    by_mail = settings.FOURFOLD.model_copy(update={"mail_by": "smtp"})
    monkeypatch.setattr(settings, "FOURFOLD", by_mail)
    assert "The letter with the link has not left yet" in administrator.get(page).content.decode()


def test_a_lead_who_asked_does_not_confirm_it(signed_in: SignIn, cast: Cast) -> None:
    asked_ = access.ask_account(
        actor=cast.advocacy_lead, at=NOW, site="northmoor", partner_kind="advocacy", **person(role=Role.VICTIM_ADVOCATE)
    )
    refused = signed_in("advocacy_lead").post(f"/agency/requests/{asked_.pk}/", {"given": "yes"})
    assert refused.status_code == 422
    assert "Another person has to confirm this" in refused.content.decode()
    assert not Account.objects.filter(email=HERS).exists()


def test_a_link_works_once_for_72_hours_and_takes_no_weak_password(
    signed_in: SignIn, post: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirming = asked(signed_in("administrator"))
    signed_in("advocacy_lead").post(confirming, {"given": "yes"})
    [(_, link)] = letters(post)
    stranger = Client()
    assert "Robin" not in stranger.get(link).content.decode()
    assert stranger.get("/invitation/guessed/").status_code == 404
    for weak in ("short", "password1234", "a" * 14, HERS):
        assert stranger.post(link, {"password": weak, "again": weak}).status_code == 422, weak
    assert stranger.post(link, {"password": WORD, "again": WORD + "x"}).status_code == 422
    it_is(NOW + timedelta(hours=72), monkeypatch)
    assert stranger.post(link, {"password": WORD, "again": WORD}).status_code == 404
    it_is(NOW + timedelta(hours=71), monkeypatch)
    assert stranger.post(link, {"password": WORD, "again": WORD}).status_code == 303
    assert stranger.get(link).status_code == 404
    assert stranger.post(link, {"password": "another " + WORD, "again": "another " + WORD}).status_code == 404
    assert Account.objects.get(email=HERS).check_password(WORD)


def test_a_new_account_opens_nothing_until_it_was_vouched_for_and_three_days_passed(
    signed_in: SignIn, cast: Cast, post: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = taken_up(signed_in, post)
    robin = enter(account)
    assert "Your account is not open yet" in robin.get("/").content.decode()
    assert robin.get("/cases/").status_code == 403
    vouching = f"/agency/accounts/{account.pk}/vouch/"
    until = {"trained_until-day": "1", "trained_until-month": "6", "trained_until-year": "2027"}
    signed_in("police_lead")
    for other in ("administrator", "olu", "second_advocate"):
        assert signed_in(other).post(vouching, until).status_code in (403, 404)
    assert "Vouch for a new account: Robin Fen" in signed_in("police_lead").get("/").content.decode()
    assert signed_in("police_lead").post(vouching, {}).status_code == 422
    assert signed_in("police_lead").post(vouching, until).status_code == 303
    for hours, status in ((0, 403), (71, 403), (72, 200)):
        it_is(NOW + timedelta(hours=hours), monkeypatch)
        assert enter_again(account).get("/cases/").status_code == status, hours


def enter_again(account: Account) -> Client:
    from tests.web.conftest import start_session

    client = Client()
    account.refresh_from_db()
    start_session(client, account)
    return client


def test_nobody_vouches_for_themselves_nor_for_what_is_not_in_its_holders_hands(
    signed_in: SignIn, cast: Cast, post: Path
) -> None:
    until = {"trained_until-day": "1", "trained_until-month": "6", "trained_until-year": "2027"}
    lead = signed_in("advocacy_lead")
    own = Account.objects.get(staff=cast.staff["advocacy_lead"])
    assert lead.post(f"/agency/accounts/{own.pk}/vouch/", until).status_code == 404
    confirming = asked(signed_in("administrator"))
    lead.post(confirming, {"given": "yes"})
    account = Account.objects.get(email=HERS)
    refused = signed_in("police_lead").post(f"/agency/accounts/{account.pk}/vouch/", until)
    assert refused.status_code == 422
    assert "must first be in its holder" in refused.content.decode()


UNTIL = {"trained_until-day": "1", "trained_until-month": "6", "trained_until-year": "2027"}
WAITING = "Vouch for a new account: Robin Fen"


def test_one_lead_makes_nobody_through_an_honest_administrator(signed_in: SignIn, cast: Cast, post: Path) -> None:
    """The lead of a small agency confirms an invented person, whose letter and password they hold, and vouches."""
    account = taken_up(signed_in, post)
    lead, vouching = signed_in("advocacy_lead"), f"/agency/accounts/{account.pk}/vouch/"
    refused = lead.post(vouching, UNTIL)
    assert refused.status_code == 422
    assert "Another lead vouches for it" in refused.content.decode()
    assert WAITING not in lead.get("/").content.decode()
    assert "Nobody can vouch for this account yet" in lead.get(f"/agency/accounts/{account.pk}/").content.decode()
    stranger = hire("Lead Elsewhere", "southmere-police", Role.AGENCY_LEAD, "")
    cast.staff["stranger"] = stranger
    assert signed_in("stranger").post(vouching, UNTIL).status_code == 404, "no agency of the unit"
    account.refresh_from_db()
    assert account.vouched_at is None


def test_where_no_lead_of_the_agency_may_a_lead_of_another_agency_of_the_unit_vouches(
    signed_in: SignIn, cast: Cast, post: Path
) -> None:
    account = taken_up(signed_in, post)
    other, vouching = signed_in("police_lead"), f"/agency/accounts/{account.pk}/vouch/"
    assert "Police Lead, Northmoor Police" in signed_in("advocacy_lead").get(vouching[:-6]).content.decode()
    assert WAITING in other.get("/").content.decode()
    assert "works for another agency of your unit: Northmoor Advocacy" in other.get(vouching).content.decode()
    assert other.post(vouching, UNTIL).status_code == 303
    account.refresh_from_db()
    assert account.vouched_at == NOW
    assert other.get(vouching[:-6]).status_code == 404, "nothing else of the other agency opens"
    assert not verify().findings


def test_a_second_lead_of_the_agency_vouches_before_another_agency_does(
    signed_in: SignIn, cast: Cast, post: Path
) -> None:
    account = taken_up(signed_in, post)
    vouching, beside = f"/agency/accounts/{account.pk}/vouch/", signed_in("police_lead")
    cast.staff["second_lead"] = hire("Second Lead", "northmoor-advocacy", Role.AGENCY_LEAD, "")
    other = signed_in("second_lead")
    assert beside.post(vouching, UNTIL).status_code == 404
    assert signed_in("advocacy_lead").post(vouching, UNTIL).status_code == 422
    assert WAITING in other.get("/").content.decode()
    assert other.post(vouching, UNTIL).status_code == 303


@pytest.mark.parametrize("how", ["twin", "untrained", "unknown"])
def test_a_second_lead_who_is_none_vouches_for_nobody(signed_in: SignIn, cast: Cast, post: Path, how: str) -> None:
    account = taken_up(signed_in, post)
    second = hire("Second Lead", "northmoor-advocacy", Role.AGENCY_LEAD, "")
    if how == "twin":
        Staff.objects.filter(pk=second.pk).update(person=cast.advocacy_lead.staff)
    else:
        Staff.objects.filter(pk=second.pk).update(trained_until=None if how == "unknown" else NOW.date() - DAY)
    cast.staff["second_lead"] = second
    answer = signed_in("second_lead").post(f"/agency/accounts/{account.pk}/vouch/", UNTIL)
    assert answer.status_code == 422
    account.refresh_from_db()
    assert account.vouched_at is None


def test_who_asked_for_an_account_does_not_vouch_for_it(signed_in: SignIn, cast: Cast, post: Path) -> None:
    cast.staff["second_lead"] = hire("Second Lead", "northmoor-advocacy", Role.AGENCY_LEAD, "")
    row = access.ask_account(
        actor=cast.advocacy_lead, at=NOW, site="northmoor", partner_kind="advocacy", **person(role=Role.VICTIM_ADVOCATE)
    )
    assert signed_in("second_lead").post(f"/agency/requests/{row.pk}/", {"given": "yes"}).status_code == 303
    [(_, link)] = letters(post)
    Client().post(link, {"password": WORD, "again": WORD})
    account = Account.objects.get(email=HERS)
    enrol(account)
    for name in ("advocacy_lead", "second_lead"):
        assert signed_in(name).post(f"/agency/accounts/{account.pk}/vouch/", UNTIL).status_code == 422, name


@pytest.mark.parametrize("until", [None, NOW.date() - DAY])
def test_a_lead_without_training_confirms_nothing_until_another_records_it(
    signed_in: SignIn, cast: Cast, post: Path, until: date | None
) -> None:
    Staff.objects.filter(pk=cast.advocacy_lead.staff).update(trained_until=until)
    confirming, lead = asked(signed_in("administrator")), signed_in("advocacy_lead")
    assert "Your training is over, or its last day is not on record" in refused(lead, confirming)
    own = Account.objects.get(staff=cast.staff["advocacy_lead"])
    vouching, beside = f"/agency/accounts/{own.pk}/vouch/", signed_in("nhs_lead")
    assert lead.post(vouching, UNTIL).status_code == 404
    assert "Record until when the training of a lead holds: Advocacy Lead" in beside.get("/").content.decode()
    assert beside.post(vouching, UNTIL).status_code == 303
    assert lead.post(confirming, {"given": "yes"}).status_code == 303


def test_one_staff_number_is_one_person_under_every_account(signed_in: SignIn, cast: Cast, post: Path) -> None:
    twin = cast.staff["advocate"]
    Staff.objects.filter(pk=twin.pk).update(staff_number="a-17")
    account = taken_up(signed_in, post, staff_number=" A-17 ")
    assert account.staff.natural == twin.pk
    assert account.staff_id != twin.pk


def test_who_confirms_says_that_it_is_somebody_who_works_here_already(signed_in: SignIn, cast: Cast) -> None:
    other = hire("robin fen", "northmoor-police", Role.POLICE_OFFICER, "northmoor")
    confirming = asked(signed_in("administrator"))
    lead = signed_in("advocacy_lead")
    assert "robin fen, northmoor-police" in lead.get(confirming).content.decode()
    assert lead.post(confirming, {"given": "yes", "same_as": str(other.pk)}).status_code == 303
    assert Account.objects.get(email=HERS).staff.natural == other.pk


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("FEN, Robin", {}),
        ("Robin Anne Fen", {}),
        ("R. Fen", {}),
        ("Róbin  Fen", {}),
        ("Bob Fenn", {"staff_number": "a 17"}),
        ("Bob Fenn", {"email": "robin.fen@police.example"}),
        ("Bob Fenn", {"other_names": "Robin Fen"}),
    ],
)
def test_who_confirms_must_say_of_each_record_that_looks_like_it_whether_it_is_the_same_person(
    signed_in: SignIn, cast: Cast, post: Path, name: str, more: dict[str, str]
) -> None:
    """Somebody of another agency asks for a second account under another spelling."""
    there = hire(name, "southmere-police", Role.POLICE_OFFICER, "southmere")
    known = {name: more.get(name, "") for name in ("staff_number", "other_names")}
    Staff.objects.filter(pk=there.pk).update(**known)
    if "email" in more:
        Account.objects.create(staff=there, email=more["email"], password="x")
    confirming, lead = asked(signed_in("administrator")), signed_in("advocacy_lead")
    assert f"{name}, southmere-police" in lead.get(confirming).content.decode()
    assert "Say whether this is one of these people" in refused(lead, confirming)
    assert lead.post(confirming, {"given": "yes", "same_as": "another"}).status_code == 303
    said = PersonSaid.objects.get()
    assert (said.one.name, said.other_id, said.same) == ("Robin Fen", there.pk, False)
    assert not verify().findings


def test_a_name_that_was_given_up_is_kept_and_compared_when_its_bearer_is_taken_on(
    signed_in: SignIn, cast: Cast, post: Path
) -> None:
    """Somebody who changed their name asks for a second account, with neither an address nor a number of before."""
    there = hire("Wren Aldous", "southmere-police", Role.POLICE_OFFICER, "southmere")
    confirming, lead = asked(signed_in("administrator"), other_names="Wren Aldous"), signed_in("advocacy_lead")
    shown = lead.get(confirming).content.decode()
    assert ("Other or earlier names" in shown, "Wren Aldous, southmere-police" in shown) == (True, True)
    assert lead.post(confirming, {"given": "yes", "same_as": str(there.pk)}).status_code == 303
    made = Account.objects.get(email=HERS).staff
    assert (made.natural, made.other_names) == (there.pk, "Wren Aldous")
    assert alikes.alike(alikes.Look("Wren Aldous"), alikes.looks(alikes.with_emails(Q(pk=made.pk)))[made.pk][1])


def test_two_records_of_which_nobody_has_said_anything_do_not_sign_beside_each_other(
    signed_in: SignIn, cast: Cast, post: Path
) -> None:
    """One person is on record with two agencies, which nobody has linked, and would allow what they ask."""
    one = hire("Robin Fen", "northmoor-police", Role.POLICE_OFFICER, "northmoor")
    other = hire("Fen, Robin", "northmoor-advocacy", Role.VICTIM_ADVOCATE, "northmoor")
    cast.staff |= {"one": one, "other": other}
    second = cast.actor("other")
    assert signatories.why_not_second(one.pk, second, at=NOW) == signing.ALIKE
    lead, page = signed_in("advocacy_lead"), f"/agency/alike/{one.pk}/{other.pk}/"
    assert "Say whether these are one person or two" in lead.get("/").content.decode()
    shown = lead.get("/agency/of/northmoor-advocacy/").content.decode()
    assert ("Records that look alike" in shown, other.name in shown) == (True, True)
    for stranger in ("nhs_lead", "administrator", "advocate"):
        assert signed_in(stranger).get(page).status_code in (403, 404)
    assert lead.post(page, {}).status_code == 422
    assert lead.post(page, {"same": "no"}).status_code == 303
    assert signatories.why_not_second(one.pk, second, at=NOW) is None
    assert lead.get(page).status_code == 404
    vouched(cast)
    assert not verify().findings


def test_two_records_of_which_a_lead_says_that_they_are_one_person_are_one(
    signed_in: SignIn, cast: Cast, post: Path
) -> None:
    one = hire("Robin Fen", "northmoor-police", Role.POLICE_OFFICER, "northmoor")
    other = hire("R Fen", "northmoor-advocacy", Role.VICTIM_ADVOCATE, "northmoor")
    third = hire("R Fen again", "northmoor-nhs", Role.MENTAL_HEALTH_PROFESSIONAL, "northmoor")
    Staff.objects.filter(pk=third.pk).update(person=one.pk)
    vouched(cast)
    answer = signed_in("advocacy_lead").post(f"/agency/alike/{other.pk}/{one.pk}/", {"same": "yes"})
    assert answer.status_code == 303
    assert len({row.natural for row in Staff.objects.filter(name__contains="Fen")}) == 1
    cast.staff["other"] = Staff.objects.get(pk=other.pk)
    assert signatories.why_not_second(one.pk, cast.actor("other"), at=NOW) == signing.SAME
    assert not verify().findings


def test_nobody_says_of_their_own_record_whether_it_is_theirs(signed_in: SignIn, cast: Cast) -> None:
    other = hire("Advocacy Lead", "northmoor-police", Role.POLICE_OFFICER, "northmoor")
    page, own = f"/agency/alike/{cast.advocacy_lead.staff}/{other.pk}/", signed_in("advocacy_lead")
    assert own.post(page, {"same": "no"}).status_code == 404
    assert "Records that look alike" not in own.get("/agency/of/northmoor-advocacy/").content.decode()
    assert signed_in("police_lead").post(page, {"same": "no"}).status_code == 303


def refused(client: Client, confirming: str, **said: str) -> str:
    """Try to confirm, see that nothing came of it, and return what the page says."""
    answer = client.post(confirming, {"given": "yes", **said})
    assert answer.status_code == 422
    assert not Account.objects.filter(email=HERS).exists()
    return answer.content.decode()


@pytest.mark.parametrize("name", ["Advocacy Lead", "advocacy  lead", "Аdvосасу Lеаd", "Advócacy-Lead", "Adv0cacy Lead"])
def test_a_lead_confirms_nobody_of_a_name_that_looks_like_their_own(signed_in: SignIn, cast: Cast, name: str) -> None:
    confirming = asked(signed_in("administrator"), name=name)
    lead = signed_in("advocacy_lead")
    assert "Another person has to confirm this" in refused(lead, confirming)
    assert "Another person has to confirm this" in refused(lead, confirming, same_as=str(cast.advocacy_lead.staff))


@pytest.mark.parametrize("number", ["L-1", "l 1", "L1", "L–1", "Ｌ-１", "l-l"])
def test_a_lead_confirms_nobody_with_their_own_staff_number(signed_in: SignIn, cast: Cast, number: str) -> None:
    Staff.objects.filter(pk=cast.advocacy_lead.staff).update(staff_number="l-1")
    left = hire("Robin Fen", "northmoor-advocacy", Role.VICTIM_ADVOCATE, "northmoor")
    Staff.objects.filter(pk=left.pk).update(active=False)
    confirming = asked(signed_in("administrator"), staff_number=number)
    lead = signed_in("advocacy_lead")
    assert "Another person has to confirm this" in refused(lead, confirming)
    assert "The staff number is another person’s" in refused(lead, confirming, same_as=str(left.pk))


def test_who_confirms_names_nobody_who_was_not_shown(signed_in: SignIn, cast: Cast) -> None:
    lead, confirming = signed_in("advocacy_lead"), asked(signed_in("administrator"))
    robot = access.first_administrator(at=NOW).staff
    for stranger in (cast.officer.staff, cast.second_advocate.staff, robot):
        assert "Choose from the answers shown" in refused(lead, confirming, same_as=str(stranger))


@pytest.mark.parametrize("number", ["A 17", "A17", "A–17", "a_17", "Ａ-17", "A-l7"])
def test_a_staff_number_is_the_same_however_it_is_written(
    signed_in: SignIn, cast: Cast, post: Path, number: str
) -> None:
    twin = cast.staff["advocate"]
    Staff.objects.filter(pk=twin.pk).update(staff_number="a-17")
    assert taken_up(signed_in, post, staff_number=number).staff.natural == twin.pk


@pytest.mark.parametrize("number", ["А-17", "А17", "-", "–", "A-١٧"])
def test_a_staff_number_is_written_in_plain_letters_and_digits(signed_in: SignIn, cast: Cast, number: str) -> None:
    answer = signed_in("administrator").post("/sites/of/northmoor/people/new/", person(staff_number=number))
    assert answer.status_code == 422
    assert "Use plain letters and digits" in answer.content.decode()
    assert not AccountAsked.objects.exists()


def test_two_people_of_two_numbers_stay_two(signed_in: SignIn, cast: Cast, post: Path) -> None:
    Staff.objects.filter(pk=cast.staff["advocate"].pk).update(staff_number="a-18")
    account = taken_up(signed_in, post, staff_number="A-17")
    assert account.staff.natural == account.staff_id


@pytest.mark.parametrize("how", ["left", "suspended", "role ended"])
def test_what_somebody_asked_who_may_not_ask_any_more_is_not_confirmed(
    signed_in: SignIn, cast: Cast, post: Path, how: str
) -> None:
    confirming = asked(signed_in("administrator"))
    asker = cast.staff["administrator"]
    if how == "left":
        Staff.objects.filter(pk=asker.pk).update(active=False)
    elif how == "suspended":
        Account.objects.filter(staff=asker).update(is_active=False)
    else:
        asker.memberships.update(until_at=NOW)
    assert "may not ask for it any more" in refused(signed_in("advocacy_lead"), confirming)
    assert not letters(post)
    said_no = signed_in("advocacy_lead").post(confirming, {"given": "no", "because": "Nobody knows them."})
    assert said_no.status_code == 303, "it can still be refused"


def test_what_was_asked_of_an_account_that_has_ended_since_is_not_confirmed(
    signed_in: SignIn, cast: Cast, post: Path
) -> None:
    administrator, lead, _ = signed_in("administrator"), signed_in("advocacy_lead"), signed_in("advocate")
    account = Account.objects.get(staff=cast.staff["advocate"])
    recovering = asks_step(administrator, account, "recover")
    administrator.post(f"/agency/accounts/{account.pk}/", {"step": "end", "reason": "Has left."})
    ending = AccountAsked.objects.get(step="end")
    assert lead.post(f"/agency/requests/{ending.pk}/", {"given": "yes"}).status_code == 303
    answer = lead.post(recovering, {"given": "yes"})
    assert answer.status_code == 404, "what was asked of the account was closed when it ended"
    assert not letters(post)


def asks_step(client: Client, account: Account, step: str) -> str:
    answer = client.post(f"/agency/accounts/{account.pk}/", {"step": step, "reason": "The telephone was lost."})
    assert answer.status_code == 303
    return f"/agency/requests/{AccountAsked.objects.get(answered_at=None).pk}/"


def test_an_account_is_suspended_let_in_again_and_ended_by_two_people(signed_in: SignIn, cast: Cast) -> None:
    hers, administrator, lead = signed_in("advocate"), signed_in("administrator"), signed_in("advocacy_lead")
    account = Account.objects.get(staff=cast.staff["advocate"])
    for step, opens in (("suspend", False), ("restore", True), ("end", False)):
        confirming = asks_step(administrator, account, step)
        before = hers.get("/cases/").status_code
        assert before == (302 if step == "restore" else 200), "nothing has changed before it is confirmed"
        assert administrator.post(confirming, {"given": "yes"}).status_code == 403
        assert lead.post(confirming, {"given": "yes"}).status_code == 303
        if step == "restore":
            hers = enter_again(account)
        assert (hers.get("/cases/").status_code == 200) is opens, step
    assert not verify().findings


def role_asked(client: Client, account: Account, how: str, **said: str) -> str:
    answer = client.post(f"/agency/accounts/{account.pk}/roles/{how}/", {"reason": "Cover for a colleague.", **said})
    assert answer.status_code == 303
    return f"/agency/requests/{AccountAsked.objects.get(answered_at=None).pk}/"


def test_a_further_role_is_asked_by_one_and_confirmed_by_another_of_the_agency(signed_in: SignIn, cast: Cast) -> None:
    hers, administrator, lead = signed_in("advocate"), signed_in("administrator"), signed_in("advocacy_lead")
    account = Account.objects.get(staff=cast.staff["advocate"])
    assert "Give a further role" in administrator.get(f"/agency/accounts/{account.pk}/").content.decode()
    confirming = role_asked(administrator, account, "new", role="governance_lead", site="northmoor")
    assert hers.get("/oversight/").status_code == 403, "nothing has changed before it is confirmed"
    for other in ("police_lead", "administrator", "advocate"):
        assert signed_in(other).post(confirming, {"given": "yes"}).status_code in (403, 404)
    assert "governance lead, Northmoor" in lead.get(confirming).content.decode()
    assert lead.post(confirming, {"given": "yes"}).status_code == 303
    assert hers.get("/oversight/").status_code == 200
    confirming = role_asked(administrator, account, "end", part="governance_lead@northmoor")
    assert hers.get("/oversight/").status_code == 200
    assert lead.post(confirming, {"given": "yes"}).status_code == 303
    assert hers.get("/oversight/").status_code == 403
    assert hers.get("/cases/").status_code == 200, "the other role goes on"
    vouched(cast)
    assert not verify().findings


@pytest.mark.parametrize(
    ("how", "said", "why"),
    [
        ("new", {"role": "police_officer", "site": "northmoor"}, "works for a partner of this kind"),
        ("new", {"role": "system_administrator", "site": "northmoor"}, "works for the programme"),
        ("new", {"role": "victim_advocate", "site": "northmoor"}, "has this role there already"),
        ("new", {"role": "panel_chair", "site": "southmere"}, "Choose a unit in which the agency works"),
        ("new", {"role": "panel_chair"}, "Choose a unit in which the agency works"),
        ("new", {"role": "king", "site": "northmoor"}, "Choose"),
        ("end", {"part": "panel_chair@northmoor"}, "Choose from the answers shown"),
        ("end", {"part": "x"}, "Choose from the answers shown"),
        ("end", {}, "Choose the role that ends"),
    ],
)
def test_a_role_that_cannot_be_is_not_asked(
    signed_in: SignIn, cast: Cast, how: str, said: dict[str, str], why: str
) -> None:
    signed_in("advocate")
    account = Account.objects.get(staff=cast.staff["advocate"])
    form = {"reason": "Cover for a colleague.", **said}
    answer = signed_in("administrator").post(f"/agency/accounts/{account.pk}/roles/{how}/", form)
    assert (answer.status_code, why in answer.content.decode()) == (422, True)
    assert not AccountAsked.objects.exists()


def test_nobody_confirms_a_role_of_their_own(signed_in: SignIn, cast: Cast) -> None:
    lead, own = signed_in("advocacy_lead"), Account.objects.get(staff=cast.staff["advocacy_lead"])
    confirming = role_asked(signed_in("administrator"), own, "new", role="victim_advocate", site="northmoor")
    assert lead.post(confirming, {"given": "yes"}).status_code == 422
    assert not cast.staff["advocacy_lead"].memberships.filter(role="victim_advocate").exists()
    for stranger in ("police_lead", "advocate", "officer"):
        assert signed_in(stranger).get(f"/agency/accounts/{own.pk}/roles/new/").status_code in (403, 404)


def test_a_role_of_the_programme_is_asked_by_one_and_confirmed_by_another(signed_in: SignIn, cast: Cast) -> None:
    """Who evaluates, leads or keeps accounts is made in pages by two, as everybody else is, and in no unit."""
    cast.staff["keeper"] = hire("Rowan Keep", "programme", Role.AGENCY_LEAD, "")
    theirs, administrator, keeper = signed_in("evaluator"), signed_in("administrator"), signed_in("keeper")
    account = Account.objects.get(staff=cast.staff["evaluator"])
    confirming = role_asked(administrator, account, "new", role="programme_lead")
    assert theirs.get("/evaluation/").status_code == 200
    assert theirs.get("/sites/").status_code == 403, "nothing has changed before it is confirmed"
    for other in ("police_lead", "administrator", "evaluator"):
        assert signed_in(other).post(confirming, {"given": "yes"}).status_code in (403, 404)
    assert keeper.post(confirming, {"given": "yes"}).status_code == 303
    assert theirs.get("/sites/").status_code == 200
    assert cast.staff["evaluator"].memberships.get(role="programme_lead").site == ""
    form = {
        "name": "Robin Fen",
        "staff_number": "P9",
        "role": "system_administrator",
        "email": "robin@programme.example",
    }
    assert "/agency/of/programme/new/" in administrator.get("/agency/of/programme/").content.decode()
    assert "Today these can: Rowan Keep." in administrator.get("/agency/of/programme/new/").content.decode()
    alone = keeper.get("/agency/of/programme/new/").content.decode()
    assert "Nobody can confirm this today" in alone, "the one lead of the programme, who would ask"
    assert "and confirm it yourself: Administrator." in alone, "how to mend it"
    for agency in ("police", "nhs", "advocacy", "outreach"):
        signed_in(f"{agency}_lead")
    assert "Nobody can confirm" not in administrator.get("/sites/of/northmoor/people/").content.decode()
    Staff.objects.filter(pk=cast.staff["nhs_lead"].pk).update(trained_until=NOW.date() - timedelta(days=1))
    assert "an account today for Northmoor Nhs:" in administrator.get("/sites/of/northmoor/people/").content.decode()
    assert administrator.post("/agency/of/programme/new/", {**form, "role": "police_officer"}).status_code == 422
    for stranger in ("police_lead", "coordinator", "evaluator"):
        assert signed_in(stranger).post("/agency/of/programme/new/", form).status_code in (403, 404)
    assert administrator.post("/agency/of/programme/new/", form).status_code == 303
    confirming = f"/agency/requests/{AccountAsked.objects.get(answered_at=None).pk}/"
    assert administrator.post(confirming, {"given": "yes"}).status_code in (403, 404), "not who asked"
    assert keeper.post(confirming, {"given": "yes"}).status_code == 303
    made = Account.objects.get(email="robin@programme.example")
    assert [(part.role, part.site) for part in made.staff.memberships.all()] == [("system_administrator", "")]
    assert made.vouched_at is None, "it opens nothing before another lead has vouched for it"
    own = role_asked(administrator, Account.objects.get(staff=cast.staff["keeper"]), "new", role="evaluator")
    assert keeper.post(own, {"given": "yes"}).status_code == 422, "nobody confirms a role of their own"
    vouched(cast)
    assert not verify().findings


def test_a_role_that_ends_takes_the_parts_in_cases_along(signed_in: SignIn, cast: Cast) -> None:
    case = open_case(cast)
    assign(actor=cast.coordinator, case=case, staff=cast.advocate.staff, kind=RelationKind.ADVOCATE, at=NOW)
    hers, administrator, lead = signed_in("advocate"), signed_in("administrator"), signed_in("advocacy_lead")
    account = Account.objects.get(staff=cast.staff["advocate"])
    confirming = role_asked(administrator, account, "end", part="victim_advocate@northmoor")
    assert hers.get(f"/cases/{case.reference}/").status_code == 200
    assert lead.post(confirming, {"given": "yes"}).status_code == 303
    assert hers.get(f"/cases/{case.reference}/").status_code in (403, 404)
    assert not Relation.objects.filter(staff=cast.advocate.staff, until_at=None).exists()


@pytest.mark.parametrize("through_the_door", [False, True])
def test_a_session_of_before_the_suspension_is_over_when_somebody_is_let_in_again(
    signed_in: SignIn, cast: Cast, through_the_door: bool
) -> None:
    hers, administrator, lead = signed_in("advocate"), signed_in("administrator"), signed_in("advocacy_lead")
    if through_the_door:
        hers = signed_in("advocate", through_the_door=True)
    account = Account.objects.get(staff=cast.staff["advocate"])
    assert hers.get("/cases/").status_code == 200
    for step in ("suspend", "restore"):
        assert lead.post(asks_step(administrator, account, step), {"given": "yes"}).status_code == 303
    assert hers.get("/cases/").status_code == 302, "the cookie of before opens nothing"
    assert lead.get("/").status_code == 200, "nobody else is signed out"
    assert enter_again(account).get("/cases/").status_code == 200


@pytest.mark.parametrize("who", ["advocacy_lead", "administrator"])
def test_who_lost_a_device_is_signed_out_everywhere_by_one_person_at_once(
    signed_in: SignIn, cast: Cast, who: str
) -> None:
    theirs, account = signed_in("advocate"), Account.objects.get(staff=cast.staff["advocate"])
    secret = access.make_calendar_address(actor=cast.advocate, at=NOW)
    one, here = signed_in(who), f"/agency/accounts/{account.pk}/"
    page = one.get(here).content.decode()
    assert f'action="{here}sign-out/"' in page
    assert "Sign out everywhere now" in page
    for stranger in ("olu", "officer"):
        assert signed_in(stranger).post(f"{here}sign-out/").status_code == 404
    assert theirs.get("/cases/").status_code == 200
    assert "signed out everywhere" in one.post(f"{here}sign-out/", follow=True).content.decode()
    assert theirs.get("/cases/").status_code == 302, "whoever holds the device opens nothing any more"
    assert Client().get(f"/calendar/{secret}.ics").status_code == 404
    assert one.get(here).status_code == 200, "nobody else is signed out"
    account.refresh_from_db()
    assert account.is_active
    assert enter_again(account).get("/cases/").status_code == 200, "nothing of the account was taken away"
    assert str(account.pk) in str(Entry.objects.get(action="account.signed_out").body)
    assert not verify().findings


def test_whose_account_it_is_does_not_confirm_what_is_asked_of_it(signed_in: SignIn, cast: Cast) -> None:
    lead = signed_in("advocacy_lead")
    confirming = asks_step(
        signed_in("administrator"), Account.objects.get(staff=cast.staff["advocacy_lead"]), "recover"
    )
    assert lead.post(confirming, {"given": "yes"}).status_code == 422


def test_a_lost_way_in_is_given_anew_by_two_people_and_must_be_vouched_for_again(
    signed_in: SignIn, cast: Cast, post: Path
) -> None:
    hers = signed_in("advocate")
    account = Account.objects.get(staff=cast.staff["advocate"])
    confirming = asks_step(signed_in("administrator"), account, "recover")
    assert signed_in("advocacy_lead").post(confirming, {"given": "yes"}).status_code == 303
    assert hers.get("/").status_code == 302, "every session has ended"
    account.refresh_from_db()
    assert not account.has_usable_password()
    assert not Authenticator.objects.filter(user=account).exists()
    [(_, link)] = letters(post)
    assert Client().post(link, {"password": WORD, "again": WORD}).status_code == 303
    enrol(account)
    account.refresh_from_db()
    assert "Your account is not open yet" in enter(account).get("/").content.decode()


def test_whoever_enrols_a_factor_after_the_last_was_removed_must_be_vouched_for_again(
    signed_in: SignIn, cast: Cast
) -> None:
    hers = signed_in("advocate", through_the_door=True)
    account = Account.objects.get(staff=cast.staff["advocate"])
    assert hers.get("/cases/").status_code == 200
    cache.clear()
    hers.post("/accounts/second-factor/reauthenticate/", {"code": present_code()})
    hers.post("/accounts/second-factor/totp/deactivate/")
    assert not Authenticator.objects.filter(user=account).exists()
    cache.clear()
    thief = Client()
    thief.post("/accounts/login/", {"login": account.email, "password": PASSWORD})
    thief.post("/accounts/reauthenticate/", {"password": PASSWORD})
    thief.get("/accounts/second-factor/totp/activate/")
    code = totp.format_hotp_value(totp.hotp_value(thief.session["mfa.totp.secret"], int(time.time()) // 30))
    thief.post("/accounts/second-factor/totp/activate/", {"code": code})
    assert Authenticator.objects.filter(user=account, type=Authenticator.Type.TOTP).exists()
    cache.clear()
    thief = Client()
    thief.post("/accounts/login/", {"login": account.email, "password": PASSWORD})
    thief.post("/accounts/second-factor/authenticate/", {"code": code})
    assert (thief.get("/cases/").status_code, hers.get("/cases/").status_code) == (403, 302), (
        "the first factor ends what was begun before it"
    )
    assert "Your account is not open yet" in thief.get("/").content.decode()
    assert "Vouch for a new account: Advocate" in signed_in("advocacy_lead").get("/").content.decode()
    assert not verify().findings


@pytest.mark.parametrize("step", ["suspend", "recover", "end"])
def test_no_calendar_and_no_line_a_day_goes_on_after_an_account_was_closed(
    signed_in: SignIn, cast: Cast, step: str
) -> None:
    administrator, lead, _ = signed_in("administrator"), signed_in("advocacy_lead"), signed_in("advocate")
    account = Account.objects.get(staff=cast.staff["advocate"])
    secret = access.make_calendar_address(actor=cast.advocate, at=NOW)
    access.ask_digest(actor=cast.advocate, at=NOW)
    assert Client().get(f"/calendar/{secret}.ics").status_code == 200
    assert len(digests_to_send(NOW.date(), at=NOW)) == 1
    lead.post(asks_step(administrator, account, step), {"given": "yes"})
    Account.objects.filter(pk=account.pk).update(is_active=True, vouched_at=NOW - timedelta(days=9))
    Staff.objects.update(active=True)
    assert Client().get(f"/calendar/{secret}.ics").status_code == 404, "it has ended, whatever comes after"
    assert not digests_to_send(NOW.date(), at=NOW)
    assert CalendarAddress.objects.get().ended_at == DigestAsked.objects.get().ended_at == NOW


@pytest.mark.parametrize("closed", [{"is_active": False}, {"vouched_at": None}])
def test_a_calendar_and_a_line_a_day_ask_whether_the_account_is_open(
    signed_in: SignIn, cast: Cast, closed: dict[str, object]
) -> None:
    signed_in("advocate")
    secret = access.make_calendar_address(actor=cast.advocate, at=NOW)
    access.ask_digest(actor=cast.advocate, at=NOW)
    Account.objects.filter(staff=cast.staff["advocate"]).update(**closed)
    assert Client().get(f"/calendar/{secret}.ics").status_code == 404
    assert not digests_to_send(NOW.date(), at=NOW)


def test_what_is_done_to_accounts_stands_in_the_log_without_a_secret(signed_in: SignIn, post: Path) -> None:
    confirming = asked(signed_in("administrator"))
    signed_in("advocacy_lead").post(confirming, {"given": "yes"})
    [(_, link)] = letters(post)
    Client().post(link, {"password": WORD, "again": WORD})
    actions = set(Entry.objects.values_list("action", flat=True))
    assert {"account.asked", "account.answered", "invitation.accepted"} <= actions
    whole = " ".join(map(str, Entry.objects.values_list("body", flat=True)))
    assert link.split("/")[2] not in whole
    assert WORD not in whole
    assert not verify().findings


@pytest.mark.parametrize(
    "address",
    [
        "ｒobin@northmoor.example",
        "rоbin@northmoor.example",
        "robin@nоrthmoor.example",
        "r\N{LATIN SMALL LETTER DOTLESS I}@x.example",
    ],
)
def test_an_address_of_another_alphabet_is_no_second_account(signed_in: SignIn, cast: Cast, address: str) -> None:
    host = access.first_administrator(at=NOW)
    access.give_account(
        actor=host, staff=cast.staff["outreach"], email="robin@northmoor.example", password=WORD, at=NOW
    )
    answer = signed_in("administrator").post("/sites/of/northmoor/people/new/", person(email=address))
    assert answer.status_code == 422
    assert not AccountAsked.objects.exists()


@pytest.mark.parametrize(
    "address", ["R0BIN@northmoor.example", "robin+two@northmoor.example", "robin@n0rthmoor.example"]
)
def test_an_address_that_looks_like_anothers_is_no_second_account(signed_in: SignIn, cast: Cast, address: str) -> None:
    host = access.first_administrator(at=NOW)
    access.give_account(
        actor=host, staff=cast.staff["outreach"], email="robin@northmoor.example", password=WORD, at=NOW
    )
    answer = signed_in("administrator").post("/sites/of/northmoor/people/new/", person(email=address))
    assert answer.status_code == 422
    assert "looks like it" in answer.content.decode()


def test_an_agency_with_many_people_costs_no_more_than_one_with_few(cast: Cast, signed_in: SignIn) -> None:
    lead, governance = signed_in("advocacy_lead"), signed_in("governance")

    def cost(client: Client, address: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(address, follow=True).status_code == 200
        return len(seen)

    pages = ((lead, "/agency/of/northmoor-advocacy/"), (governance, "/oversight/first-parts/"))
    case = open_case(cast)

    def add(number: int) -> None:
        person = hire(f"Robin Fen{'abcdef'[number]}", "northmoor-advocacy", Role.VICTIM_ADVOCATE, "northmoor")
        Account.objects.create(staff=person, email=f"fen{number}@northmoor-advocacy.example", password="x")
        held = held_by(cast.officer, "entered", at=NOW)
        given = {"given": True, "first": True, "answered_at": NOW, "answered_by": cast.staff["officer"].pk}
        PartAsked.objects.create(case=case, staff=person, kind=RelationKind.ADVOCATE, **given, **held)

    add(0)
    few = [cost(*each) for _ in range(2) for each in pages][2:]
    for number in range(1, 6):
        add(number)
    assert [cost(*each) for each in pages] == few


WAYS = (
    "email",
    "confirm-email",
    "password/reset",
    "password/reset/key/1-set-password",
    "password/set",
    "login/code",
    "signup",
)


@pytest.mark.parametrize(
    "way", [*WAYS, "login/code/confirm", "phone/verify", "EMAIL", "/email", "%65mail", "email;x", "./email"]
)
def test_no_page_of_the_library_s_own_makes_an_account_or_turns_one_to_another_address(
    signed_in: SignIn, cast: Cast, post: Path, way: str
) -> None:
    """Whether with the slash or without it, spelled otherwise, signed in or not."""
    within, without = signed_in("officer"), Client()
    said = {"email": "mine@elsewhere.example", "email2": "mine@elsewhere.example", "password1": WORD, "password2": WORD}
    said |= {
        "action_add": "",
        "action_primary": "",
        "login": "officer@demo.invalid",
        "code": "123456",
        "password": WORD,
    }
    before = list(Account.objects.order_by("pk").values_list("pk", "email", "password"))
    for client in (within, without):
        for address in (f"/accounts/{way}/", f"/accounts/{way}"):
            assert client.get(address).status_code != 200 or way == "signup", address
            assert client.post(address, said).status_code in (301, 302, 303, 400, 403, 404, 405, 410) or way == "signup"
    assert list(Account.objects.order_by("pk").values_list("pk", "email", "password")) == before
    assert not EmailAddress.objects.filter(email="mine@elsewhere.example").exists()
    assert not letters(post)
    assert not mail.outbox
