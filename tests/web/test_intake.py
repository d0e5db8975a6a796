"""Telling the unit, and following the feeds, through the real door."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from fourfold.intake import queries
from fourfold.intake import services as intake
from fourfold.intake.models import Allegation, FurtherPerson, PersonKnownBy, Quarantined
from fourfold.people import services as people
from fourfold.people.terms import MarkKind, PersonDetails
from tests.cast import NOW, Cast
from tests.intake.feeds import feed, row, small, text_of
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

STORY = "He followed her home.\nShe said: “=1+1”, he had a knife."
#: A form as a browser sends it, with every field that is on the page.
SENT = {
    "once": "key-1",
    "words": STORY,
    "happened-day": "23",
    "happened-month": "11",
    "happened-year": "2026",
    "happened-time": "21:15",
    "place": "the bus stop",
    "behaviours": ["follows", "loiters"],
    "weapon": "yes",
    "victim_name": "Anna Karlsen",
    "victim_birth": "3 May 1985",
    "victim_phone": "07700 900123",
    "victim_email": "",
    "victim_address": "",
    "subject_name": "",
    "subject_birth": "",
    "subject_phone": "",
    "subject_email": "",
    "subject_address": "",
    "subject_relationship": "former partner",
    "former_partner": "not_known",
    "reference": "",
}


@pytest.fixture(autouse=True)
def _on_the_day_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    own = settings.FOURFOLD
    monkeypatch.setattr(settings, "FOURFOLD", own.model_copy(update={"app_clock": NOW.isoformat()}))


def sent(client: Client, **changes: object) -> tuple[int, str]:
    """Send the form with `changes`; return the status and the page that came of it."""
    answer = client.post("/refer/", {**SENT, **changes}, follow=True)
    return answer.redirect_chain[0][1] if answer.redirect_chain else answer.status_code, answer.content.decode()


@pytest.mark.parametrize("name", ["advocate", "clinician", "outreach", "officer", "analyst", "coordinator"])
def test_everybody_in_the_unit_can_tell_it_something(cast: Cast, signed_in: SignIn, name: str) -> None:
    client = signed_in(name)
    assert client.get("/refer/").status_code == 200
    status, said = sent(client)
    assert status == 303
    kept = Allegation.objects.unscoped("test").get()
    assert kept.words == STORY
    assert kept.reference in said
    assert kept.teller.startswith(cast.staff[name].name)


def test_what_was_typed_is_what_is_kept(cast: Cast, signed_in: SignIn) -> None:
    sent(signed_in("clinician"))
    kept = Allegation.objects.unscoped("test").get()
    assert (kept.channel, kept.site, kept.place) == ("referral", "northmoor", "the bus stop")
    assert kept.occurred_from is not None
    assert kept.occurred_from.isoformat() == "2026-11-23T21:15:00+00:00"
    assert kept.behaviours == ["follows", "loiters"]
    assert (kept.weapon, kept.former_partner) == (True, True), "the words for the relationship answer the second"
    assert (kept.victim_name, kept.victim_birth, kept.victim_phone) == ("Anna Karlsen", "3 May 1985", "07700 900123")
    assert (kept.subject_name, kept.relationship) == ("", "former partner")


def test_the_page_afterwards_says_how_soon_and_underlines(cast: Cast, signed_in: SignIn) -> None:
    _, said = sent(signed_in("clinician"))
    assert "Referral received: R-" in said
    assert "weapon mentioned" in said
    assert "“=1+1”" in said
    assert '<mark class="ff-told__mark' in said
    assert "07700 900123" not in said, "how to reach her is not shown to whoever may not see it"


def test_a_day_without_an_hour_is_a_day(cast: Cast, signed_in: SignIn) -> None:
    sent(signed_in("clinician"), **{"happened-day": "24", "happened-time": ""})
    kept = Allegation.objects.unscoped("test").get()
    assert not kept.time_known
    assert kept.occurred_from is not None
    assert kept.occurred_from.isoformat() == "2026-11-24T00:00:00+00:00"


def test_only_what_happened_is_needed(cast: Cast, signed_in: SignIn) -> None:
    status = signed_in("advocate").post("/refer/", {"words": "He texted her"}).status_code
    assert status == 303
    kept = Allegation.objects.unscoped("test").get()
    assert (kept.weapon, kept.former_partner, kept.occurred_from) == (None, None, None)


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"words": ""}, "words", "Write what happened"),
        ({"happened-day": "31", "happened-month": "2"}, "happened", "Enter a real date"),
        ({"happened-year": "2027"}, "happened", "is in the future"),
        ({"happened-time": "25:00"}, "happened", "Enter a real time"),
        ({"victim_name": "x" * 161}, "victim_name", "160 characters or fewer"),
        ({"reference": "x" * 81}, "reference", "80 characters or fewer"),
        ({"words": "a\x00b"}, "words", "Remove the characters"),
    ],
)
def test_what_cannot_be_kept_is_said_at_the_field_and_what_was_typed_stays(
    cast: Cast, signed_in: SignIn, changes: dict[str, str], field: str, said: str
) -> None:
    status, shown = sent(signed_in("clinician"), **changes)
    assert status == 422
    assert f'href="#{field}"' in shown
    assert f'id="{field}' in shown
    assert said in shown
    assert "07700 900123" in shown
    assert not Allegation.objects.unscoped("test").exists()


# ---- what people are known by beside the name

KNOWN_AS = {
    "victim_alias": "Anna Dunmore; KARLSSON Anna",
    "victim_vehicle": "none known",
    "victim_account": "@anna_k",
    "subject_alias": "Ty Ash\r\nSpud",
    "subject_vehicle": "ab12 cde;P123 XYZ\r\nAB12 CDE\r\n\r\n",
    "subject_account": "instagram: dean_m\r\nsnap: dean",
}


def known_by(allegation: Allegation, role: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    rows = PersonKnownBy.objects.unscoped("test").filter(allegation=allegation, role=role)
    for kind, value in rows.values_list("kind", "value"):
        found.setdefault(kind, set()).add(value)
    return found


def test_other_names_cars_and_accounts_are_kept_one_by_one(cast: Cast, signed_in: SignIn) -> None:
    status, said = sent(signed_in("officer"), **KNOWN_AS)
    assert status == 303
    kept = Allegation.objects.unscoped("test").get()
    assert known_by(kept, "victim") == {"alias": {"Anna Dunmore", "KARLSSON Anna"}, "account": {"@anna_k"}}
    assert known_by(kept, "subject") == {
        "alias": {"Ty Ash", "Spud"},
        "vehicle": {"ab12 cde", "P123 XYZ", "AB12 CDE"},
        "account": {"instagram: dean_m", "snap: dean"},
    }
    assert "P123 XYZ" in said


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        (
            {"subject_vehicle": "a blue Ford"},
            "subject_vehicle",
            "“a blue Ford” is not a number plate. Write it as AB12",
        ),
        ({"victim_vehicle": "AB12 CDE; FORD"}, "victim_vehicle", "“FORD” is not a number plate"),
        ({"subject_account": "instagram:"}, "subject_account", "“instagram:” names no account"),
        ({"subject_account": "@"}, "subject_account", "“@” names no account"),
        ({"victim_alias": "x" * 201}, "victim_alias", "Each can have 200 characters"),
        ({"subject_account": ";".join(f"user{n}" for n in range(21))}, "subject_account", "Keep to 20"),
        ({"subject_alias": "a\x00b"}, "subject_alias", "Remove the characters"),
    ],
)
def test_what_is_no_car_or_account_is_said_at_the_field_and_nothing_is_kept(
    cast: Cast, signed_in: SignIn, typed: dict[str, str], field: str, said: str
) -> None:
    status, shown = sent(signed_in("clinician"), **{**KNOWN_AS, **typed})
    assert status == 422
    assert f'href="#{field}"' in shown
    assert said in shown
    assert "KARLSSON Anna" in shown or field == "victim_alias", "what was typed stays"
    assert not Allegation.objects.unscoped("test").exists()


def test_they_come_back_with_what_was_begun(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("clinician")
    assert client.post("/refer/", {**SENT, **KNOWN_AS, "later": "yes"}).status_code == 303
    again = client.get("/refer/").content.decode()
    for typed in ("Anna Dunmore; KARLSSON Anna", "@anna_k", "instagram: dean_m\nsnap: dean"):
        assert typed in again.replace("\r\n", "\n")
    assert client.post("/refer/", {**SENT, **KNOWN_AS, "begun": "yes"}).status_code == 303
    assert "KARLSSON" not in client.get("/refer/").content.decode()


def test_the_desk_sees_them_as_told_and_compared(cast: Cast, signed_in: SignIn) -> None:
    """A man whom the desk knows by his car; she is nobody whom it knows."""
    car = PersonDetails(name="Dean Marlow", marks=((MarkKind.VEHICLE, "AB12 CDE"),))
    people.register_subject(actor=cast.analyst, site="northmoor", told=car, at=NOW)
    sent(signed_in("officer"), **{**KNOWN_AS, "subject_name": "Dean Marlow"})
    kept = Allegation.objects.unscoped("test").get()
    shown = signed_in("analyst").get(f"/desk/{kept.pk}/").content.decode()
    assert "Other details" in shown
    for told in ("Subject: alias", "Ty Ash", "P123 XYZ", "instagram: dean_m"):
        assert told in shown
    assert "same car" in shown.lower()


def test_what_she_is_known_by_is_shown_to_whoever_may_reach_her(cast: Cast, signed_in: SignIn) -> None:
    sent(signed_in("officer"), **KNOWN_AS)
    kept = Allegation.objects.unscoped("test").get()
    seen = {}
    for name in ("officer", "clinician"):
        seen[name] = queries.as_told(kept.pk, actor=cast.actor(name), at=NOW).victim_reach_shown
        place = (
            "refer" if name == "officer" else "desk"
        )  # who referred it reads their own words, and not the desk's page
        shown = signed_in(name).get(f"/{place}/{kept.pk}/").content.decode()
        assert ("Anna Dunmore" in shown) is ("Victim: account" in shown) is seen[name]
        assert "Subject: account" in shown
    assert seen == {"officer": True, "clinician": False}
    assert signed_in("olu").get(f"/desk/{kept.pk}/").status_code == 404


# ---- whoever else it tells of


def beside(number: int, role: str = "subject", **told: str) -> dict[str, str]:
    """Return the fields of one person beside the first two, as a browser sends them."""
    empty = dict.fromkeys(("name", "birth", "phone", "email", "address"), "")
    return {f"further_{number}_{name}": text for name, text in {**empty, "role": role, **told}.items()}


KARL = {"name": "Karl Obern", "birth": "7 July 1970", "phone": "07700 900444"}
ADA = {"name": "Ada Brindlecott", "email": "ada@example.invalid", "address": "1 Invented Mews"}


def people_beside() -> list[tuple[object, ...]]:
    rows = FurtherPerson.objects.unscoped("test").order_by("role", "place")
    return list(rows.values_list("role", "place", "name", "birth", "phone", "email", "address"))


def test_a_second_man_and_a_second_victim_are_kept_as_typed(cast: Cast, signed_in: SignIn) -> None:
    both = {**beside(1, **KARL), **beside(2, "victim", **ADA)}
    client = signed_in("analyst")
    status, said = sent(client, **both)
    assert status == 303
    assert people_beside() == [
        ("subject", 2, "Karl Obern", "7 July 1970", "07700 900444", "", ""),
        ("victim", 2, "Ada Brindlecott", "", "", "ada@example.invalid", "1 Invented Mews"),
    ]
    for told in (*KARL.values(), *ADA.values()):
        assert told in said, "who referred it reads their own words again"


def test_one_person_more_is_asked_for_at_a_time_and_what_was_typed_stays(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("clinician")
    assert "further_1_role" not in client.get("/refer/").content.decode()
    answer = client.post("/refer/", {**SENT, "another": "yes"})
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert "further_1_role" in shown
    assert "further_2_role" not in shown
    assert "07700 900123" in shown
    assert "There is a problem" not in shown
    shown = client.post("/refer/", {**SENT, "words": "", **beside(1, **KARL), "another": "yes"}).content.decode()
    assert "Karl Obern" in shown
    assert "further_2_role" in shown
    assert not Allegation.objects.unscoped("test").exists()
    assert sent(client, **beside(1, **KARL), **beside(2, ""))[0] == 303
    assert [row[2] for row in people_beside()] == ["Karl Obern"], "what stays empty is left out"


def test_a_form_holds_twenty_people_beside(cast: Cast, signed_in: SignIn) -> None:
    full = {name: text for number in range(1, 21) for name, text in beside(number, name=f"Man {number}").items()}
    client = signed_in("clinician")
    shown = client.post("/refer/", {**SENT, **full, "another": "yes"}).content.decode()
    assert "further_21_role" not in shown
    assert "Add another person" not in shown
    assert sent(client, **full)[0] == 303
    assert len(people_beside()) == 20


@pytest.mark.parametrize(
    ("told", "field", "said"),
    [
        (beside(1, "", **KARL), "further_1_role", "Choose whether this person is another victim"),
        (beside(1, "witness", **KARL), "further_1_role", "Choose one of the answers shown"),
        (beside(1, "subject"), "further_1_role", "Write what is known of this person"),
        ({**beside(1), **beside(2, **KARL)}, "further_1_role", "Write what is known of this person"),
        ({**beside(1, **KARL), **beside(2, "victim", name="x" * 161)}, "further_2_name", "Shorten this to 160"),
        (beside(1, "victim", phone="0\x00"), "further_1_phone", "Remove the characters"),
    ],
)
def test_what_cannot_be_kept_of_somebody_else_is_said_at_the_field(
    cast: Cast, signed_in: SignIn, told: dict[str, str], field: str, said: str
) -> None:
    status, shown = sent(signed_in("clinician"), **told)
    assert status == 422
    assert f'href="#{field}"' in shown
    assert f'id="{field}"' in shown
    assert said in shown
    assert not Allegation.objects.unscoped("test").exists()


def test_people_beside_come_back_with_what_was_begun(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("clinician")
    client.post("/refer/", {**SENT, **beside(1, **KARL), "later": "yes"})
    again = client.get("/refer/").content.decode()
    assert "Karl Obern" in again
    assert "further_2_role" not in again


def test_how_to_reach_a_second_victim_is_as_closed_as_the_first(cast: Cast, signed_in: SignIn) -> None:
    sent(signed_in("officer"), **beside(1, "victim", **ADA))
    kept = Allegation.objects.unscoped("test").get()
    for name in ("officer", "clinician"):
        place = "refer" if name == "officer" else "desk"
        shown = signed_in(name).get(f"/{place}/{kept.pk}/").content.decode()
        assert "Ada Brindlecott" in shown
        assert ("1 Invented Mews" in shown) is ("ada@example.invalid" in shown) is (name == "officer")
    for address in (f"/desk/{kept.pk}/", f"/refer/{kept.pk}/"):
        assert signed_in("olu").get(address).status_code == 404


def test_a_form_sent_twice_is_kept_once_and_leads_to_the_same_page(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("clinician")
    first, second = (client.post("/refer/", SENT) for _ in range(2))
    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]
    assert Allegation.objects.unscoped("test").count() == 1


def test_the_same_key_with_other_words_is_refused(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("clinician")
    client.post("/refer/", SENT)
    assert client.post("/refer/", {**SENT, "words": "Other words"}).status_code == 422
    assert Allegation.objects.unscoped("test").count() == 1


@pytest.mark.parametrize("name", ["governance", "evaluator", "lead", "administrator"])
def test_who_is_outside_casework_tells_nothing_here(cast: Cast, signed_in: SignIn, name: str) -> None:
    client = signed_in(name)
    assert client.get("/refer/").status_code == 403
    assert client.post("/refer/", SENT).status_code == 403


def test_another_sites_referral_is_not_there(cast: Cast, signed_in: SignIn) -> None:
    sent(signed_in("clinician"))
    kept = Allegation.objects.unscoped("test").get()
    olu = signed_in("olu")
    assert olu.get(f"/refer/{kept.pk}/").status_code == olu.get(f"/refer/{uuid.uuid4()}/").status_code == 404


def test_nobody_sends_to_a_unit_that_is_not_theirs(cast: Cast, signed_in: SignIn) -> None:
    status, said = sent(signed_in("clinician"), site="southmere")
    assert status == 422
    assert "Choose the unit" in said


# ---- imports -------------------------------------------------------------------------------------------------------


@pytest.fixture
def imported(cast: Cast, tmp_path: Path) -> Cast:
    """A feed of three rows, one of which waits."""
    path = feed(tmp_path, [row("1"), row("2"), row("3", Told="31/02/2026", Name="Very Personal")], "november.csv")
    intake.import_file(actor=cast.analyst, path=path, mapping=small(), site="northmoor", at=NOW)
    return cast


@pytest.mark.parametrize("name", ["analyst", "coordinator", "governance"])
def test_the_feeds_are_followed_by_who_works_with_them(imported: Cast, signed_in: SignIn, name: str) -> None:
    client = signed_in(name)
    said = client.get("/imports/").content.decode()
    assert "november.csv" in said
    held = client.get("/imports/quarantine/").content.decode()
    assert "Row 4" in held
    assert "There is no such date as “31/02/2026 10:00”" in held or "31/02/2026" in held
    assert "Very Personal" not in held, "the cells are evidence and are not shown"
    assert ("Settle<" in held) is (name == "analyst")


@pytest.mark.parametrize("name", ["officer", "advocate", "evaluator"])
def test_nobody_else_sees_the_feeds(imported: Cast, signed_in: SignIn, name: str) -> None:
    client = signed_in(name)
    assert client.get("/imports/").status_code == client.get("/imports/quarantine/").status_code == 403


def test_an_import_that_was_cut_off_says_so(imported: Cast, signed_in: SignIn) -> None:
    from fourfold.intake.models import ImportRun

    ImportRun.objects.update(finished_at=None)
    assert "not finished. Run it again." in signed_in("analyst").get("/imports/").content.decode()


@pytest.mark.parametrize(("title", "said"), [("", ""), ("Stalking offences 2026\n\n", "The header is in row 3.")])
def test_an_import_says_what_stood_above_its_header(
    cast: Cast, signed_in: SignIn, tmp_path: Path, title: str, said: str
) -> None:
    path = feed(tmp_path, title + text_of([row("1"), row("2", Told="31/02/2026")]))
    intake.import_file(actor=cast.analyst, path=path, mapping=small(), site="northmoor", at=NOW)
    shown = signed_in("analyst").get("/imports/").content.decode()
    assert shown.count("passed over") == bool(said)
    assert said in shown
    assert "passed over" not in signed_in("olu").get("/imports/").content.decode()


def test_of_an_import_of_which_nobody_knows_where_its_header_was_nothing_is_said(
    imported: Cast, signed_in: SignIn
) -> None:
    from fourfold.intake.models import ImportRun

    assert [run.header_row for run in ImportRun.objects.all()] == [1]
    ImportRun.objects.update(header_row=None)
    assert "passed over" not in signed_in("analyst").get("/imports/").content.decode()


def test_a_row_is_settled_with_a_reason(imported: Cast, signed_in: SignIn) -> None:
    client = signed_in("analyst")
    held = Quarantined.objects.get()
    address = f"/imports/quarantine/{held.pk}/"
    assert client.get(address).status_code == 200
    assert "Say in a few words" in client.post(address, {"resolution": ""}).content.decode()
    assert client.post(address, {"resolution": "entered by hand", "once": "k"}).status_code == 303
    assert client.post(address, {"resolution": "entered by hand", "once": "k"}).status_code == 303
    assert "No rows are held back" in client.get("/imports/quarantine/").content.decode()
    assert "entered by hand" in client.get("/imports/quarantine/?settled=yes").content.decode()


def test_a_row_of_another_site_is_not_there(imported: Cast, signed_in: SignIn) -> None:
    Quarantined.objects.update(site="southmere")
    held = Quarantined.objects.get()
    client = signed_in("analyst")
    for address in (f"/imports/quarantine/{held.pk}/", f"/imports/quarantine/{uuid.uuid4()}/"):
        assert (
            client.get(address).status_code
            == client.post(address, {"resolution": "entered by hand"}).status_code
            == 404
        )


def test_only_the_analyst_settles(imported: Cast, signed_in: SignIn) -> None:
    held = Quarantined.objects.get()
    client = signed_in("coordinator")
    assert client.get(f"/imports/quarantine/{held.pk}/").status_code == 403
    assert "You can also correct a row here" not in client.get("/imports/quarantine/").content.decode()
    assert "You can also correct a row here" in signed_in("analyst").get("/imports/quarantine/").content.decode()


def test_an_empty_page_says_what_would_fill_it(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("analyst")
    assert "Bring a file" in client.get("/imports/").content.decode()
    assert "No rows are held back" in client.get("/imports/quarantine/").content.decode()


@pytest.mark.parametrize(
    "asked",
    ["?after=x", "?run=x", "?after=17652d5f-ec84-4dec-b0a9-82170528cc29", "?run=17652d5f-ec84-4dec-b0a9-82170528cc29"],
)
def test_a_strange_address_shows_a_page_all_the_same(imported: Cast, signed_in: SignIn, asked: str) -> None:
    client = signed_in("analyst")
    assert client.get(f"/imports/{asked}").status_code == client.get(f"/imports/quarantine/{asked}").status_code == 200


def test_each_list_costs_a_known_number_of_statements(
    imported: Cast, signed_in: SignIn, tmp_path: Path, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in("analyst")
    more = feed(tmp_path, [row(str(number), Told="?") for number in range(60)], "more.csv")
    intake.import_file(actor=imported.analyst, path=more, mapping=small(), site="northmoor", at=NOW)
    client.get("/imports/")
    with django_assert_num_queries(4):  # two for who is signed in; runs and names
        client.get("/imports/")
    with django_assert_num_queries(4):  # two for who is signed in; rows, and files that were stopped
        client.get("/imports/quarantine/")


# ---- the same referral, sent twice --------------------------------------------------------------------------------

OTHER_FORM = {
    **{name: "" for name in SENT if name.startswith(("victim_", "subject_", "happened"))},
    "once": "key-2",
    "behaviours": [],
    "words": "he followed her home. She said: =1+1, he had a KNIFE",
}
SAME_PEOPLE = {
    "once": "key-2",
    "words": "He was behind her all the way from the bus.",
    "happened-time": "",
    "victim_name": "ANNA KARLSEN",
    "victim_phone": "",
}


def earlier_referral() -> Allegation:
    return Allegation.objects.unscoped("test").get()


@pytest.mark.parametrize(
    ("again", "why"), [(OTHER_FORM, "the same words on"), (SAME_PEOPLE, "the same people and day on")]
)
def test_the_same_referral_sent_by_another_form_is_asked_about_before_it_is_kept(
    cast: Cast, signed_in: SignIn, again: dict[str, object], why: str
) -> None:
    client = signed_in("clinician")
    sent(client)
    earlier = earlier_referral()
    status, said = sent(client, **again)
    assert status == 422
    assert f"You told the unit of {why}" in said or f"You told the unit {why}" in said
    assert earlier.reference in said
    assert f'href="/refer/{earlier.pk}/"' in said
    assert 'name="another_event"' in said
    assert str(again["words"]) in said, "what was typed is kept"
    assert Allegation.objects.unscoped("test").count() == 1
    status, _ = sent(client, **again, another_event="yes")
    assert status == 303
    assert Allegation.objects.unscoped("test").count() == 2


def test_a_form_kept_for_later_stays_kept_until_it_is_said_to_be_another_event(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("clinician")
    sent(client)
    assert client.post("/refer/", {**SENT, **SAME_PEOPLE, "later": "yes"}).status_code == 303
    assert sent(client, **SAME_PEOPLE, begun="yes")[0] == 422
    assert SAME_PEOPLE["words"] in client.get("/refer/?begun=yes").content.decode()


@pytest.mark.parametrize(
    "other",
    [
        {"happened-day": "22"},
        {"victim_name": "Ada Brindlecott"},
        {"victim_birth": "4 May 1985"},
        {"victim_name": "", "victim_birth": ""},
    ],
)
def test_another_day_or_other_people_are_another_event(cast: Cast, signed_in: SignIn, other: dict[str, str]) -> None:
    client = signed_in("clinician")
    sent(client)
    assert sent(client, **{**SAME_PEOPLE, **other})[0] == 303


def test_what_a_colleague_told_is_not_found_out_by_telling_it(cast: Cast, signed_in: SignIn) -> None:
    sent(signed_in("officer"))
    earlier = earlier_referral()
    for again in (OTHER_FORM, SAME_PEOPLE):
        status, said = sent(signed_in("clinician"), **{**again, "once": str(len(str(again["words"])))})
        assert status == 303
        assert earlier.reference not in said
