"""Her own pages over HTTP: the door, what is kept, what stays on the device, and the language."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from jinja2 import nodes

from fourfold.access import services as access
from fourfold.access.models import Account, Relation, Staff
from fourfold.access.terms import Compartment, RelationKind
from fourfold.cases.models import Case
from fourfold.intake.models import Allegation
from fourfold.support import services as support
from fourfold.support.models import ContactAsked, DiaryDevice, DiaryEntry, DiaryVisit
from fourfold.web import clock
from fourfold.web.jinja import environment
from tests.cast import Cast, give_account
from tests.chance import without_chance
from tests.exhibits.test_pictures import jpeg
from tests.support.builders import NOON, OPENED, case_of
from tests.web.conftest import SignIn
from tools import translations

pytestmark = pytest.mark.django_db
WORD = "plum tree"
WORDS = "He was parked across from the shop. <b>Again</b> & again."


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The clock of the pages: noon, until a test sets it on."""
    moment = [NOON]
    monkeypatch.setattr(clock, "now", lambda: moment[0])
    return moment  # type: ignore[return-value]


@pytest.fixture
def code(cast: Cast) -> str:
    """A code that her advocate has just read out to her."""
    return support.give_diary_link(actor=cast.advocate, case=case_of(cast), at=NOON)[1]


@pytest.fixture
def phone(client: Client, code: str, now: list[object]) -> Client:
    """Her phone, bound, with the diary open."""
    client.post("/n/", {"code": code, "word": WORD, "mine": "yes"})
    return client


def shown(client: Client, **said: object) -> str:
    answer = client.post("/n/", said, follow=True) if said else client.get("/n/")
    return answer.content.decode()


def test_looking_at_a_link_does_not_use_it_up(client: Client, code: str, now: list[object]) -> None:
    for _ in range(3):
        assert client.get(f"/n/{code}/").status_code == 200
    answer = client.post(f"/n/{code}/", {"code": code, "word": WORD, "mine": "yes"})
    assert (answer.status_code, answer["Location"]) == (303, "/n/")
    assert "What happened?" in shown(client)


def test_used_wrong_expired_and_foreign_codes_answer_the_same_page(
    client: Client, code: str, now: list[object]
) -> None:
    Client().post("/n/", {"code": code, "word": WORD})
    answers = {client.post("/n/", {"code": each, "word": WORD}).content for each in (code, code, code)}
    wrong = client.post("/n/", {"code": "0" * 16, "word": WORD}).content.replace(b"0" * 16, code.encode())
    assert answers == {wrong}
    assert b"This code does not work" in wrong


def suspended(cast: Cast, case: Case) -> None:
    give_account(cast, "advocate", "a long enough invented password", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    Account.objects.filter(staff=cast.advocate.staff).update(is_active=False)


def ended(cast: Cast, case: Case) -> None:
    Staff.objects.filter(pk=cast.advocate.staff).update(active=False)


def without_the_part(cast: Cast, case: Case) -> None:
    part = Relation.objects.get(file=case.pk, staff=cast.advocate.staff)
    access.end_relation(actor=cast.coordinator, relation=part, at=NOON)


def handed_over(cast: Cast, case: Case) -> None:
    until = NOON + timedelta(days=28)
    access.hand_over_file(actor=cast.coordinator, file=case.pk, site="northmoor", until=until, at=NOON)


@pytest.mark.parametrize("left", [suspended, ended, without_the_part, handed_over])
def test_a_code_does_not_outlive_its_giver(
    client: Client, cast: Cast, now: list[object], left: Callable[[Cast, Case], None]
) -> None:
    case = case_of(cast)
    _, code = support.give_diary_link(actor=cast.advocate, case=case, at=NOON)
    left(cast, case)
    assert b"This code does not work" in client.post("/n/", {"code": code, "word": WORD, "mine": "yes"}).content
    assert not DiaryDevice.objects.unscoped("test").exists()
    assert client.get("/n/").content.count(b"What happened?") == 0


def test_a_device_that_the_victim_holds_goes_on_when_the_giver_has_left(
    client: Client, cast: Cast, now: list[object]
) -> None:
    case = case_of(cast)
    _, code = support.give_diary_link(actor=cast.advocate, case=case, at=NOON)
    client.post("/n/", {"code": code, "word": WORD, "mine": "yes"})
    ended(cast, case)
    assert "What happened?" in shown(client)


def test_the_next_advocate_reads_that_a_code_closed_with_its_giver(
    cast: Cast, now: list[object], signed_in: Callable[[str], Client]
) -> None:
    case = case_of(cast)
    support.give_diary_link(actor=cast.advocate, case=case, at=NOON)
    access.relate(
        actor=cast.coordinator, file=case.pk, staff=cast.second_advocate.staff, kind=RelationKind.ADVOCATE, at=OPENED
    )
    page = f"/cases/{case.reference}/victim/diary/"
    assert "not used yet, works until" in signed_in("second_advocate").get(page).content.decode()
    without_the_part(cast, case)
    assert "closed: the person who gave it" in signed_in("second_advocate").get(page).content.decode()


#: What would tell whoever looks over a shoulder, or through a browser's store, what these pages are.
TELLING = ("fourfold", "advocate", "eiriolwr", "victim", "stalk", "police", "diary", "case")


def loaded(page: str) -> set[str]:
    """Return the addresses that a page lets the browser fetch."""
    return set(re.findall(r'(?:href|src|data-govuk)="(/[^"#]*)"', page))


@pytest.mark.parametrize("language", ["en", "cy"])
def test_before_it_is_open_no_page_says_what_it_is_not_after_five_wrong_words(
    phone: Client, now: list[object], language: str
) -> None:
    phone.post("/n/", {"go": "language", "language": language})
    phone.post("/n/", {"go": "leave"})
    pages = [shown(phone)]
    for _ in range(5):
        now[0] += timedelta(seconds=5)  # type: ignore[operator]
        pages.append(phone.post("/n/", {"word": "wrong word"}).content.decode())
    pages += [shown(phone), phone.post("/n/", {"code": ""}).content.decode()]
    pages += [phone.post("/n/", {"code": "0" * 16, "word": WORD}).content.decode()]
    pages += [phone.post("/n/", {"go": "leave"}).content.decode()]
    assert {"en": "Enter your code.", "cy": "Rhowch eich cod."}[language] in pages[-3]
    told = {
        word for page in pages for word in TELLING if word in without_chance(page).replace("autocomplete", "").lower()
    }
    assert told == set()


def test_what_a_victims_page_loads_has_neutral_names_and_is_not_kept(phone: Client, client: Client) -> None:
    pages = [shown(phone), shown(Client())]
    found = {address for page in pages for address in loaded(page) if address.startswith("/static/")}
    assert len(found) == 4
    for address in found:
        assert not [word for word in TELLING if word in address]
        answer = client.get(address)
        assert answer.status_code == 200
        content = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
        answer.close()
        if "/vendor/" not in address:  # GOV.UK's own files, which many sites have
            assert answer["Cache-Control"] == "no-store"
            assert not [word for word in TELLING if word in content.lower()]


def test_a_word_too_short_is_named_and_the_code_is_not_used_up(client: Client, code: str, now: list[object]) -> None:
    assert "at least 4 characters" in client.post("/n/", {"code": code, "word": "abc"}).content.decode()
    assert client.post("/n/", {"code": code, "word": WORD}).status_code == 303


def test_she_keeps_an_entry_and_sees_it_with_what_happens_to_it(phone: Client) -> None:
    page = shown(phone, go="keep", words=WORDS, day="today", time="11:40", readers="advocate", once="k1")
    assert "Saved. You can see it below." in page
    assert "Tue 24 Nov, 11:40" in page
    assert "&lt;b&gt;Again&lt;/b&gt; &amp; again." in page
    assert "Only my advocate" in page
    assert "Call 999" in page
    entry = DiaryEntry.objects.unscoped("test").get()
    assert (entry.words, entry.time_zone, entry.time_known) == (WORDS, "Europe/London", True)
    assert entry.occurred_from == NOON - timedelta(minutes=20)
    assert Allegation.objects.unscoped("test").filter(channel="diary").count() == 0


def test_two_files_that_nobody_can_be_shown_are_said_to_be_two(phone: Client) -> None:
    files = [SimpleUploadedFile(name, b"II*\0" + name.encode() * 500) for name in "pq"]
    said = shown(phone, go="keep", words="Photos of the car.", readers="unit", pictures=files)
    assert "Your advocate cannot see 2 files here as pictures. They are kept exactly as you sent them." in said
    assert "a file here as a picture" not in said


@pytest.mark.parametrize(
    ("picture", "silent"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\x01" * 500, False),
        (b"II*\0" + b"\x01" * 500, False),
        (b"\xff\xd8\xff" + b"\x01" * 500, False),
        (jpeg(), True),
    ],
    ids=["heic", "tiff", "broken jpeg", "jpeg"],
)
def test_a_picture_that_nobody_can_be_shown_is_not_taken_in_silence(
    phone: Client, cast: Cast, signed_in: SignIn, picture: bytes, silent: bool
) -> None:
    said = shown(
        phone, go="keep", words="A photo of the car.", readers="unit", pictures=SimpleUploadedFile("p", picture)
    )
    assert "1 file" in said
    assert (
        "Your advocate cannot see a file here as a picture. It is kept exactly as you sent it." in said
    ) is not silent
    entry = DiaryEntry.objects.unscoped("test").get()
    place = f"/cases/{entry.case.reference}/victim/diary/{entry.pk}/"
    read = signed_in("advocate").get(place).content.decode()
    assert ("It is not shown:" in read) is not silent
    assert ("It is kept exactly as it came. To see it, ask the victim" in read) is not silent
    assert "It is not a picture, so" not in read


def test_the_same_form_sent_twice_is_kept_once(phone: Client) -> None:
    for _ in range(2):
        shown(phone, go="keep", words=WORDS, once="same")
    assert DiaryEntry.objects.unscoped("test").count() == 1


def test_what_cannot_be_read_is_said_at_the_field_and_her_words_stay(phone: Client) -> None:
    page = shown(phone, go="keep", words=WORDS, day="the other week", once="k")
    assert "Write the day as today, yesterday" in page
    assert "He was parked across from the shop. &lt;b&gt;" in page
    assert DiaryEntry.objects.unscoped("test").count() == 0


def test_nothing_stays_in_a_cache_a_title_or_a_cookie_that_speaks(phone: Client) -> None:
    for address in ("/n/", "/n/AAAA-BBBB-CCCC-DDDD/"):
        answer = phone.get(address)
        assert "no-store" in answer["Cache-Control"]
        assert "<title>My notes</title>" in answer.content.decode()
        assert b"ourfold</title>" not in answer.content
        for told in (b"stalk", b"police", b"victim support"):
            if address != "/n/":
                assert told not in answer.content.lower()
    assert set(phone.cookies) <= {"n", "o", "l", "d"}
    assert {phone.cookies[name]["samesite"] for name in ("n", "o")} == {"Strict"}
    assert all(phone.cookies[name]["httponly"] for name in ("n", "o"))
    assert phone.cookies["o"]["max-age"] == ""  # gone with the window


def test_on_a_shared_device_nothing_outlives_the_window(client: Client, code: str, now: list[object]) -> None:
    client.post("/n/", {"code": code, "word": WORD})
    assert all(client.cookies[name]["max-age"] == "" for name in ("n", "o"))


def test_the_exit_closes_it_and_leads_away_by_itself(phone: Client) -> None:
    answer = phone.post("/n/", {"go": "leave"})
    page = answer.content.decode()
    assert '<meta http-equiv="refresh" content="0; url=https://www.bbc.co.uk/weather">' in page
    assert "otes" not in without_chance(page)
    assert answer["Clear-Site-Data"] == '"cache"'
    assert "Your secret word" in shown(phone)
    assert "What happened?" not in shown(phone)
    assert DiaryVisit.objects.unscoped("test").filter(what="left").count() == 1


def test_an_old_cookie_does_not_reopen_what_she_left(phone: Client) -> None:
    before = phone.cookies["o"].value
    phone.post("/n/", {"go": "leave"})
    phone.cookies["o"] = before
    assert "Your secret word" in shown(phone)


def test_left_alone_it_closes_and_what_she_was_writing_comes_back_with_her_word(
    phone: Client, now: list[object]
) -> None:
    now[0] = NOON + timedelta(minutes=21)
    page = shown(phone, go="keep", words=WORDS, once="k2")
    assert "What you wrote is still here" in page
    again = phone.post("/n/", {"word": WORD, "words": WORDS}).content.decode()
    assert "What happened?" in again
    assert "He was parked" in again
    shown(phone, go="keep", words=WORDS, once="k3")
    assert DiaryEntry.objects.unscoped("test").count() == 1


def test_another_phone_with_her_open_cookie_alone_sees_nothing(phone: Client, now: list[object]) -> None:
    other = Client()
    other.cookies["o"] = phone.cookies["o"].value
    assert "What happened?" not in shown(other)
    other.cookies["n"] = "guess"
    assert "What happened?" not in shown(other)


@pytest.mark.parametrize(
    "headers", [{"HTTP_ORIGIN": "https://elsewhere.example"}, {"HTTP_SEC_FETCH_SITE": "cross-site"}]
)
def test_a_form_that_another_site_sent_keeps_nothing(phone: Client, headers: dict[str, str]) -> None:
    answer = phone.post("/n/", {"go": "keep", "words": WORDS, "once": "x"}, **headers)
    assert answer.status_code == 303
    assert DiaryEntry.objects.unscoped("test").count() == 0


def test_what_she_lets_the_unit_see_stands_at_the_desk(phone: Client, cast: Cast) -> None:
    shown(phone, go="keep", words=WORDS, readers="unit", once="k4")
    assert Allegation.objects.visible_to(cast.analyst, at=NOON).get(channel="diary").words == WORDS
    assert "you let the police and others who work on your case see this" in shown(phone)


def test_she_asks_to_be_contacted_and_sees_that_it_stands(phone: Client) -> None:
    assert "Your advocate can see that you asked." in shown(phone, go="ask", reach_words="after six", once="a1")
    assert ContactAsked.objects.unscoped("test").get().words == "after six"
    assert "On Tue 24 Nov you asked to be contacted." in shown(phone)


def test_stopping_the_use_of_this_phone_closes_its_link_for_good(phone: Client) -> None:
    secret = phone.cookies["n"].value
    phone.post("/n/", {"go": "forget"})
    phone.cookies["n"] = secret
    assert "Sixteen letters and numbers" in shown(phone)


def test_whoever_holds_the_phone_while_its_link_is_closed_gets_the_field_for_a_code(
    phone: Client, cast: Cast, now: list[object]
) -> None:
    from fourfold.support.models import DiaryLink

    support.close_diary_link(actor=cast.advocate, link=DiaryLink.objects.unscoped("test").get(), at=NOON)
    assert "What happened?" not in shown(phone)


# ---- the language ---------------------------------------------------------------------------------------------------


def test_her_pages_speak_welsh_whole_with_the_language_declared(phone: Client) -> None:
    page = shown(phone, go="language", language="cy")
    assert '<html lang="cy"' in page
    assert "Beth ddigwyddodd?" in page
    assert "<title>Fy nodiadau</title>" in page
    refused = shown(phone, go="keep", words=" ", once="cy")
    assert "Ysgrifennwch beth ddigwyddodd" in refused
    assert "Mae problem" in refused
    kept = shown(phone, go="keep", words="Ffoniodd e eto.", day="ddoe", once="cy2")
    assert "Llun 23 Tach" in kept
    assert DiaryEntry.objects.unscoped("test").get().language == "cy"


def test_a_link_given_in_welsh_opens_in_welsh(client: Client, cast: Cast, now: list[object]) -> None:
    from fourfold.support.terms import Language

    _, code = support.give_diary_link(actor=cast.advocate, case=case_of(cast), language=Language.WELSH, at=NOON)
    client.post("/n/", {"code": code, "word": WORD})
    assert "Beth ddigwyddodd?" in shown(client)


def test_staff_pages_stay_english_beside_it(phone: Client) -> None:
    shown(phone, go="language", language="cy")
    assert '<html lang="en"' in phone.get("/accounts/login/", follow=True).content.decode()


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_no_message_of_her_pages_is_missing_in_any_language(language: str) -> None:
    assert translations.wrong_with(language) == []


def test_no_template_of_hers_says_a_word_that_no_translator_sees() -> None:
    """Every letter outside a tag is asked for by `_()`: a bare word in a template would be English on a Welsh page."""
    hers = [path for path in translations.templates() if path.name != "layout.html"]
    assert [fault for path in hers for fault in bare_words(path.read_text())] == []


def bare_words(source: str) -> list[str]:
    """Return the words of a template that stand outside tags and outside `_()`."""
    import re

    text = "".join(
        piece.data if isinstance(piece, nodes.TemplateData) else "\x00"
        for output in environment().parse(source).find_all(nodes.Output)
        for piece in output.nodes
    )
    outside = re.sub(r"<[^>]*>", "\n", text).replace("\x00", "\n")
    return [said for line in outside.split("\n") if re.search(r"[A-Za-z]{2}", said := line.strip())]


def test_a_bare_word_would_be_named() -> None:
    assert bare_words("<p>{{ _('Kept') }} Keep <b>this</b></p>") == ["Keep", "this"]


def test_a_missing_line_an_empty_one_and_a_lost_placeholder_would_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = translations.catalogue("cy")
    broken = {key: value for key, value in whole.items() if key != "Contact my advocate"}
    broken |= {"Day": "", "Saved %(day)s": "Cadwyd"}
    monkeypatch.setattr(translations, "catalogue", lambda language: broken)
    wrong = "\n".join(translations.wrong_with("cy"))
    assert "not translated: 'Contact my advocate'" in wrong
    assert "left empty: 'Day'" in wrong
    assert "other placeholders than the English: 'Saved %(day)s'" in wrong
    assert "not compiled" in wrong


def test_the_door_is_declared_and_names_no_compartment() -> None:
    from fourfold.access import routes

    found = {route.name: route.declared for route in routes.routes() if route.name.startswith("diary:")}
    assert {name for name, declared in found.items() if declared and declared.open_because} >= {
        "diary:notes",
        "diary:linked",
    }
    assert Compartment.CORE not in found["diary:notes"].compartments  # type: ignore[union-attr]
