"""Finding somebody by whatever is at hand, with why; and what tells nothing to whoever may not see it."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fourfold.access.models import Agreement, Wall
from fourfold.access.terms import Compartment
from fourfold.audit.services import recorded
from fourfold.cases import services as cases
from fourfold.cases.models import Case, Summary
from fourfold.intake.models import Allegation
from fourfold.intake.terms import KnownKind
from fourfold.linkage.models import Match
from fourfold.people import services as people
from fourfold.people.models import Victim
from fourfold.people.terms import MarkKind, Part, PersonDetails
from tests.cases.builders import known, told
from tests.cases.test_possible import known_by, look
from tests.cast import NOW, Cast
from tests.support.builders import case_of
from tests.web.conftest import SignIn
from tests.web.test_case import without_token

pytestmark = pytest.mark.django_db

#: What each of them is known by, and who is found by it.
HIS = {
    MarkKind.PHONE: "07700 900456",
    MarkKind.EMAIL: "dean.marlow@example.org",
    MarkKind.VEHICLE: "AB12 CDE",
    MarkKind.ACCOUNT: "instagram: @dean_m99",
    MarkKind.ADDRESS: "7 Mill Row, Northmoor, NM4 7QX",
    MarkKind.OTHER_NAME: "Dino Marlowe",
}


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case whose subject is known by much, and its officer and advocate."""
    case = case_of(cast, victim_name="Nora Quill-Ashby", subject_name="José MacDonald", subject_phone="")
    for kind, value in HIS.items():
        people.add_mark(actor=cast.officer, subject=case.subject, kind=kind, value=value, at=NOW)
    return case


def page(client: Client, words: str, **more: str) -> str:
    return client.get("/find/", {"q": words, **more}).content.decode()


def on_record(said: str) -> list[tuple[str, str]]:
    """Return the people on record that a page lists, each with why."""
    table = said.partition("People on record")[2].partition("</table>")[0]
    return [
        (re.sub(r"<.*", "", name).strip(), re.sub(r"<[^>]+>", "", why))
        for name, why in re.findall(r'<a class="govuk-link"[^>]*>([^<]*)<.*?<td [^>]*data-label="Found by">(.*?)</td></tr>', table)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "why"),
    [
        *((typed, "number plate") for typed in ("AB12CDE", "ab12 cde", "AB-12 CDE", "AB I2 CDE")),
        *(
            (typed, "telephone number")
            for typed in ("07700900456", "+44 7700 900456", "0044 7700 900 456", "(07700) 900-456", "7700900456")
        ),
        *((typed, "telephone number") for typed in ("07700/900456", "+44 (0)7700.900.456", "tel. 07700 900 456")),
        ("Dean.Marlow@Example.org", "email address"),
        *((typed, "account") for typed in ("@dean_m99", "dean_m99", "https://instagram.com/dean_m99", "ig: dean_m99")),
        *((typed, "postcode or address") for typed in ("NM4 7QX", "nm47qx", "7 Mill Row, NM4 7QX")),
        ("dino marlowe", "another name"),
        *((typed, "name, spelt differently") for typed in ("Jose Mac Donald", "macdonald jose", "Mac Donald, Jose")),
        ("MacDonald José", "name"),
        ("José", "name"),
        ("jose", "name, spelt differently"),
    ],
)
def test_a_subject_is_found_by_whatever_is_at_hand_and_the_page_says_by_what(
    cast: Cast, case: Case, signed_in: SignIn, words: str, why: str
) -> None:
    said = page(signed_in("analyst"), words)
    assert on_record(said) == [("José MacDonald", why)]
    assert f"subject: {why}" in said.partition("Cases of the people found")[2]


@pytest.mark.parametrize("words", ["AB12 CDE", "07700 900456", "@dean_m99", "Merton", "MacDonald"])
def test_one_person_on_record_twice_is_found_by_what_either_record_tells_with_the_cases_of_both(
    cast: Cast, case: Case, signed_in: SignIn, words: str
) -> None:
    other, client = (
        case_of(cast, victim_name="Bea Lark", subject_name="Saul Merton", subject_phone=""),
        signed_in("analyst"),
    )
    records = f"/desk/records/subject/{case.subject_id}/{other.subject_id}/"
    pages = {f"/people/subjects/{one.subject_id}/" for one in (case, other)}
    before = page(client, words)
    assert client.post(records, {"reason": "He says so.", "found": "one"}).status_code == 303
    said, (name, why), *_ = page(client, words), *on_record(page(client, words))
    cases_found = said.partition("Cases of the people found")[2].partition("</table>")[0]
    assert {one.reference for one in (case, other) if one.reference in cases_found} == {case.reference, other.reference}
    assert f"subject: {why}, as {name}" in re.sub(r"<[^>]+>", "", cases_found)
    for each in pages:
        shown = client.get(each).content.decode()
        assert "One person, on record more than once" in shown
        assert records in shown or f"/desk/records/subject/{other.subject_id}/{case.subject_id}/" in shown
        assert "Split a record that holds two people" not in shown
    assert client.post(records, {"reason": "They are brothers.", "found": "two"}).status_code == 303
    assert without_token(page(client, words).encode()) == without_token(before.encode())
    assert all("on record more than once" not in client.get(each).content.decode() for each in pages)


@pytest.mark.parametrize("words", ["Ashby", "ashby nora", "Quill Ashby", "QuillAshby", "nora  quill-ashby", "Nóra"])
def test_a_victim_just_entered_is_found_over_spaces_order_and_accents(
    cast: Cast, case: Case, signed_in: SignIn, words: str
) -> None:
    assert ("Nora Quill-Ashby",) in {found[:1] for found in on_record(page(signed_in("analyst"), words))}


def test_a_person_is_found_in_the_moment_of_being_entered(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("officer")
    assert on_record(page(client, "Zoe Ní Bhriain")) == []
    people.register_victim(actor=cast.analyst, site="northmoor", told=PersonDetails(name="Zoë Ní Bhriain"), at=NOW)
    for words in ("zoe", "ni bhriain", "Bhriain Zoe", "NiBhriain", "Zoe NiBhriain"):
        assert [name for name, _ in on_record(page(client, words))] == ["Zoë Bhriain"], words


def test_a_victims_number_finds_only_for_whoever_may_read_it(cast: Cast, case: Case, signed_in: SignIn) -> None:
    for typed in ("07700900123", "+44 7700 900 123"):
        assert on_record(page(signed_in("officer"), typed)) == [("Nora Quill-Ashby", "telephone number")]
        assert on_record(page(signed_in("advocate"), typed)) == [("Nora Quill-Ashby", "telephone number")]
        for name in ("analyst", "second_officer", "second_advocate", "coordinator", "clinician"):
            assert on_record(page(signed_in(name), typed)) == [], name


# ---- what tells nothing ---------------------------------------------------------------------------------------------

#: What is on nobody's record, and as long as what is.
NOBODYS = {
    "AB12 CDE": "XY98 ZWV",
    "07700 900456": "07700 900999",
    "@dean_m99": "@nobody77",
    "NM4 7QX": "ZZ9 8YY",
    "07700 900123": "07700 900888",
    "Macdonald": "Zyxwvutsr",
    "dean.marlow@example.org": "nobody.here@example.org",
}


def same_bytes(client: Client, words: str) -> bool:
    """Return whether a page answers as it does for what is on nobody's record, but for the words themselves."""
    found, absent = (client.get("/find/", {"q": typed}) for typed in (words, NOBODYS[words]))
    said = without_token(found.content).replace(words.encode(), b"WORDS")
    return found.status_code == absent.status_code and said == without_token(absent.content).replace(
        NOBODYS[words].encode(), b"WORDS"
    )


@pytest.mark.parametrize("words", NOBODYS)
def test_behind_a_wall_and_at_another_site_a_search_says_the_same_as_of_nobody(
    cast: Cast, case: Case, signed_in: SignIn, words: str
) -> None:
    assert not same_bytes(signed_in("officer"), words), "it is found where it may be"
    cases.wall_off(actor=cast.governance, case=case, staff=cast.staff["officer"].pk, reason="A cousin.", at=NOW)
    Wall.objects.update(until_at=None)  # a second person stands by it
    assert same_bytes(signed_in("officer"), words)
    assert same_bytes(signed_in("olu"), words)


@pytest.mark.parametrize("words", [words for words in NOBODYS if words != "07700 900123"])
def test_without_the_subjects_compartment_a_search_says_the_same_as_of_nobody(
    cast: Cast, case: Case, signed_in: SignIn, words: str
) -> None:
    assert not same_bytes(signed_in("clinician"), words)
    shut = Agreement.objects.get(partner="northmoor-nhs")
    shut.compartments &= ~Compartment.SUBJECT_IDENTITY.bit
    shut.save()
    assert same_bytes(signed_in("clinician"), words)


def test_a_postcode_that_is_a_victims_too_finds_no_subject(cast: Cast, case: Case, signed_in: SignIn) -> None:
    people.add_reach(actor=cast.officer, victim=case.victim, kind=MarkKind.ADDRESS, value=HIS[MarkKind.ADDRESS], at=NOW)
    assert on_record(page(signed_in("analyst"), "NM4 7QX")) == []


# ---- reports that are confirmed -------------------------------------------------------------------------------------


def test_the_name_in_a_confirmed_report_leads_to_the_person_until_it_is_undone(
    cast: Cast, case: Case, signed_in: SignIn
) -> None:
    kept = told(cast.analyst, victim_name="Nell Ashcroft", subject_name="Rocco Varley")
    cases.keep_summary(actor=cast.analyst, allegation=kept, at=NOW)
    analyst = signed_in("analyst")
    assert on_record(page(analyst, "Rocco Varley")) == [], "before anybody confirmed who it is"
    known(cast, kept, case.victim, case.subject)
    why = "the name that a confirmed report gives them"
    assert on_record(page(analyst, "rocco varly")) == [("José MacDonald", why)]
    assert on_record(page(analyst, "Nell Ashcroft")) == [("Nora Quill-Ashby", why)]
    assert f"subject: {why}" in page(analyst, "Rocco Varley"), "and to the case"
    assert on_record(page(signed_in("olu"), "Rocco Varley")) == []
    shut = Agreement.objects.get(partner="northmoor-nhs")
    shut.compartments &= ~Compartment.SUBJECT_IDENTITY.bit
    shut.save()
    assert on_record(page(signed_in("clinician"), "Rocco Varley")) == []
    match = Match.objects.unscoped("test").get(allegation=kept, part=Part.SUBJECT, undone_at__isnull=True)
    cases.undo_match(actor=cast.analyst, match=match, reason="A cousin.", at=NOW)
    assert on_record(page(analyst, "Rocco Varley")) == []


# ---- reports that wait ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("07700/900456", "telephone number"),
        ("NM4 7QX", "postcode or address"),
        ("ab12cde", "number plate"),
        ("p123 xyz", "number plate"),
        ("@dean_m99", "account"),
        ("Snapchat: dean_m99", "account"),
    ],
)
def test_a_report_that_waits_is_found_by_what_it_tells_of_the_subject(
    cast: Cast, signed_in: SignIn, words: str, why: str
) -> None:
    kept = told(cast.analyst, subject_phone="07700 900456", subject_address=HIS[MarkKind.ADDRESS])
    cars = [(KnownKind.VEHICLE, "AB12 CDE"), (KnownKind.VEHICLE, "P123 XYZ")]
    known_by(cast, kept, "subject", *cars, (KnownKind.ACCOUNT, "Snapchat: @dean_m99"))
    known_by(cast, kept, "victim", (KnownKind.VEHICLE, "HE12 HER"))
    look(cast)
    said = page(signed_in("analyst"), words)
    assert kept.reference in said
    assert f"found by the subject’s {why}" in said
    assert kept.reference not in page(signed_in("analyst"), "HE12 HER"), "what the victim is known by finds nothing"
    shut = Agreement.objects.get(partner="northmoor-outreach")
    shut.compartments &= ~Compartment.SUBJECT_IDENTITY.bit
    shut.save()
    assert kept.reference not in page(signed_in("outreach"), words)


def test_whoever_referred_a_report_finds_it_by_what_they_told_and_nobody_else_is_led_there(
    cast: Cast, signed_in: SignIn
) -> None:
    officer, address = signed_in("officer"), HIS[MarkKind.ADDRESS]
    told_of = {"subject_vehicle": "ZX21 QQT", "subject_phone": "07700 900456", "subject_address": address}
    assert officer.post("/refer/", {"words": "The van again.", **told_of}).status_code == 303
    kept = Allegation.objects.unscoped("test").get(channel="referral")
    for words, why in (("zx21qqt", "number plate"), ("07700/900456", "telephone number")):
        said = page(officer, words)
        assert f'href="/refer/{kept.pk}/"' in said, words
        assert f"found by the subject’s {why}" in said
        assert f"/desk/{kept.pk}/" not in said
    assert str(kept.pk) not in page(officer, "NM4 7QX"), "an address that is not found would be a victim's"
    assert f"/desk/{kept.pk}/" in page(signed_in("second_officer"), "zx21qqt")
    assert str(kept.pk) not in page(signed_in("olu"), "zx21qqt")
    Summary.objects.unscoped("test").filter(allegation=kept).update(version=2)
    assert str(kept.pk) not in page(officer, "zx21qqt"), "what a later version tells is another's word"


def test_a_report_is_found_by_its_own_reference_by_whoever_may_read_it(cast: Cast, signed_in: SignIn) -> None:
    """It leads straight there, however it is written; where two systems gave one reference, both stand there."""
    kept = told(cast.analyst, reference="CH-00917")
    answer = signed_in("analyst").get("/find/", {"q": " ch-00917 "})
    assert (answer.status_code, answer["Location"]) == (303, f"/desk/{kept.pk}/")
    assert kept.reference not in page(signed_in("olu"), "CH-00917").partition("Nothing found")[2]
    client = signed_in("officer")
    client.post("/refer/", {"words": "A card.", "reference": "PC-77"})
    assert client.get("/find/", {"q": "pc-77"})["Location"].startswith("/refer/"), "who told it reads what they told"
    other = told(cast.analyst, reference="CH-00917", system="calls")
    said = page(signed_in("analyst"), "CH-00917")
    assert said.count("found by its reference") == 2
    assert {str(kept.pk), str(other.pk)} <= set(re.findall(r"/desk/([0-9a-f-]{36})/", said))


def test_a_report_found_by_a_name_says_so(cast: Cast, signed_in: SignIn) -> None:
    kept = told(cast.analyst, victim_name="Nora Quill", subject_name="Dean Marlow")
    cases.keep_summary(actor=cast.analyst, allegation=kept, at=NOW)
    assert "found by the name of the victim, spelt differently" in page(signed_in("analyst"), "norah kwill")
    assert "found by the name of the subject: Dean Marlow" in page(signed_in("analyst"), "Dean Marlow")


# ---- nothing is cut in silence --------------------------------------------------------------------------------------


def test_everybody_of_one_name_is_reached(cast: Cast, signed_in: SignIn) -> None:
    for number in range(60):
        people.register_victim(
            actor=cast.analyst, site="northmoor",
            told=PersonDetails(name=f"Ann{chr(97 + number // 26)}{chr(97 + number % 26)} Karlsen"), at=NOW,
        )  # fmt: skip
    client, more, seen = signed_in("analyst"), dict[str, str](), list[str]()
    while True:
        said = page(client, "Karlsen", **more)
        seen += [name for name, _ in on_record(said)]
        assert "of 60 people" in said or len(seen) == 60
        following = re.search(r"people=([\w-]+)", said)
        if following is None:
            break
        more = {"people": following[1]}
    assert len(seen) == len(set(seen)) == 60


def test_whoever_comes_after_fifteen_hundred_of_like_names_is_found_first(cast: Cast, signed_in: SignIn) -> None:
    with recorded(cast.analyst, "victims.made", at=NOW):
        held = {"controller": "northmoor-police", "basis": "police.law_enforcement", "source": "test"}
        by = {"recorded_at": NOW, "recorded_by": cast.staff["analyst"].pk, "site": "northmoor"}
        for number in range(1_600):
            name = f"Ka{chr(97 + number % 26)}{chr(97 + number // 26 % 26)}{chr(97 + number // 676)}"
            Victim.objects.create(given_name=name, family_name="Karlson", sound_key="KRLSN", **held, **by)
    people.register_victim(actor=cast.analyst, site="northmoor", told=PersonDetails(name="Zuse Karlsen"), at=NOW)
    client = signed_in("analyst")
    said, everybody = page(client, "Karlsen"), page(client, "Karlsen", everyone="yes")
    assert on_record(said)[0][0] == on_record(everybody)[0][0] == "Zuse Karlsen"
    assert "of the closest 101 people" in said
    assert "Many people have a name like this" in said
    assert 'href="?q=Karlsen&everyone=yes"' in said
    assert "of 1,601 people" in everybody
    assert "Many people" not in everybody
    assert re.search("everyone=yes&(amp;)?people=", everybody)
    # By all words typed the one is found, however many bear either alone.
    assert [on_record(page(client, words))[0][0] for words in ("Zuse Karlson", "Kaaaa Karlsen")] == [
        "Zuse Karlsen",
        "Kaaaa Karlson",
    ]
    # Whom the reader may not see takes nobody's place among so many, and is not told of.
    for victim in Victim.objects.unscoped("test").filter(family_name="Karlson").order_by("given_name")[:1_530]:
        kept_out = {"staff": cast.staff["analyst"], "kind": "conflict", "from_at": NOW, "set_by": cast.officer.staff}
        Wall.objects.create(file=victim.pk, **kept_out)
    said = page(client, "Karlsen")
    assert "of 71 people" in said
    assert without_link(said) == without_link(page(client, "Karlsen", everyone="yes"))


@pytest.mark.parametrize("table", ["people_victim", "people_subject"])
@pytest.mark.parametrize("words", ["Karlsen", "Zuse Karlsen"])
def test_one_door_is_looked_at_for_all_ways_in_which_a_name_is_looked_for(
    signed_in: SignIn, words: str, table: str
) -> None:
    client = signed_in("analyst")
    with CaptureQueriesContext(connection) as asked:
        page(client, words)
    listed = [each["sql"] for each in asked if f'"{table}"."birth_on"' in each["sql"] and "LIMIT 100" in each["sql"]]
    assert [sql.count('FROM "access_wall"') for sql in listed] == [1]


def without_link(said: str) -> str:
    return re.sub(r"[?&](amp;)?(q|everyone|people)=[^\"&]*", "", without_token(said.encode()).decode())
