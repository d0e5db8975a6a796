"""The words of every page can be said in another language; English stays to the byte, and what somebody typed is never said."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings
from django.template import engines
from django.test import RequestFactory
from django.utils import translation

from fourfold.access.terms import Role
from fourfold.audit.commitments import row_commitment
from fourfold.base import SentenceField
from fourfold.cases.models import Case, LevelSet
from fourfold.duties import services as duties
from fourfold.orders.terms import OrderKind
from fourfold.plan.models import Action
from fourfold.support.models import Contact
from fourfold.web import clock
from fourfold.web.drawing import Drawing, Drawn
from fourfold.web.forms import Form
from fourfold.web.jinja import WEB, Speaking, environment
from fourfold.web.template_translation import said
from fourfold.web.translation import composed, translated, word
from fourfold.words import Word, packed, sentence, together, unpacked, words
from tests.cast import NOW, Cast
from tests.panel.scene import bring_before_panel, held, open_case, ready_to_decide
from tests.support.builders import NOON, agree, case_of, reached
from tests.web.conftest import SignIn
from tools import texts as texts_of_python
from tools import translations

TEMPLATES = sorted([*(WEB / "templates").rglob("*.html"), *(WEB / "components").rglob("*.html")])


def texts(source: str) -> list[str]:
    """Return every text that a template asks a translator for, in order."""
    found: list[str] = []
    said(environment().parse(source), lambda words: found.append(words) or words)  # type: ignore[func-returns-value]
    return found


def bracketed(words: str) -> str:
    """Say a text so that whoever reads the page sees where it begins and ends."""
    return f"⟦{words}⟧"


# ---- what is a text -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>Kept</p>", ["Kept"]),
        ('<p class="a b">Kept <b>today</b></p>', ["Kept", "today"]),
        ("<p>Kept on {{ day }} by {{ who }}.</p>", ["Kept on {1} by {2}."]),
        ("<p>{{ day }}, {{ who }}</p>", []),
        ('<a href="{{ url("a") }}" aria-label="Back to {{ case }}">Go</a>', ["Back to {1}", "Go"]),
        ('<p class="{{ "wide" if x }}">{{ "today" if x else "late" }}</p>', ["today", "late"]),
        ('<p class="{% if x %}a{% else %}b{% endif %}">Kept</p>', ["Kept"]),
        ('{% if x %}<p class="a">{% else %}<p>{% endif %}Kept</p>', ["Kept"]),
        ("<!-- a note -->{# another #}<p>Kept</p>", ["Kept"]),
        (
            '{{ field("reason", "How do you know?", value="Typed", hint="Two words") }}',
            ["How do you know?", "Two words"],
        ),
        ('{{ button("Save", kind="secondary", classes="Big one") }}', ["Save"]),
        ('{{ head("Decide: " ~ title, caption="Case " ~ ref) }}', ["Decide: {1}", "Case {1}"]),
        ('{{ url("Case") }}{{ _("Kept") }}{{ form.value("Reason") }}', []),
        ('{% for name in ("Case", "Level") %}{{ name }}{% endfor %}', ["Case", "Level"]),
        ('{{ pick("urgency", options=[("", "all"), ("now", "now")]) }}', ["all", "now"]),
        ('{% if step == "Made" %}<p>Made</p>{% endif %}', ["Made"]),
        ('{{ names.get(who, "a colleague") }}', ["a colleague"]),
        ('{{ words or "not known" }}', ["not known"]),
        ('{% call box("Head") %}<p>Body</p>{% endcall %}', ["Head", "Body"]),
        ('{{ govuk({"text": "Go on", "classes": "Big one", "href": "A b"}) }}', ["Go on"]),
    ],
)
def test_a_text_is_what_somebody_reads_or_hears(source: str, expected: list[str]) -> None:
    assert texts(source) == expected


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("Gan {2} ar {1}.", "<p>Gan Ada ar 3 May.</p>"),
        ("Gan neb.", "<p>On 3 May by Ada.</p>"),
        ("{1} {1} {2}", "<p>On 3 May by Ada.</p>"),
        ('{1} & {2} "<b>"', "<p>3 May & Ada &quot;&lt;b>&quot;</p>"),
    ],
)
def test_values_may_change_places_and_a_translation_that_loses_one_is_not_taken(answer: str, shown: str) -> None:
    made = environment(language="cy", say=lambda _: answer)
    assert made.from_string("<p>On {{ day }} by {{ who }}.</p>").render(day="3 May", who="Ada") == shown


def test_what_somebody_typed_is_never_said_even_where_it_is_word_for_word_a_text() -> None:
    source = "<p>Save</p><p>{{ words }}</p>{% set kept = words %}<p>{{ kept|default('Save') }}</p>"
    said_so = environment(say=lambda _: "Cadw").from_string(source).render(words="Save")
    assert said_so == "<p>Cadw</p><p>Save</p><p>Save</p>"


# ---- what Python hands over ------------------------------------------------------------------------------------------


def test_a_word_of_ours_is_said_wherever_python_hands_it_over() -> None:
    cy = {"low": "isel", "High": "Uchel", "legal": "cyfreithiol"}
    made = environment(language="cy", say=lambda words: cy.get(words, words))
    source = (
        "{{ a }} {{ a|capitalize }} {{ b|lower }} {{ [a, b]|join(', ') }} {{ a ~ '/' ~ typed }} {{ typed }} {{ c }}"
    )
    said_so = made.from_string(source).render(a=Word("low"), b=Word("High"), c=Word("Legal"), typed="low")
    assert said_so == "isel Isel uchel isel, Uchel isel/low low Cyfreithiol"


def test_a_word_of_ours_is_plain_english_everywhere_else() -> None:
    assert json.dumps({"kind": OrderKind.SPO.words}) == '{"kind": "stalking protection order"}'
    assert OrderKind.SPO.words == "stalking protection order"
    assert f"{OrderKind.SPO.words}".__class__ is str
    assert (
        environment().from_string("{{ kind|capitalize }}").render(kind=OrderKind.SPO.words)
        == "Stalking protection order"
    )


@pytest.mark.parametrize(
    ("table", "ours_in_it"),
    [
        ({"a": "low", "b": ("Two words", "c.d")}, ["low", "Two words"]),
        ((("Today", "home:today", 3), ["case", "Case"]), ["Today", "Case"]),
        ({Role.POLICE_OFFICER: Role.POLICE_OFFICER}, []),
    ],
)
def test_a_table_of_ours_holds_words_and_no_addresses(table: object, ours_in_it: list[str]) -> None:
    assert list(texts_of_python._within(words(table))) == ours_in_it


TYPED = "Choose one of the answers shown"


@pytest.mark.parametrize(
    "said",
    [
        Word("weapon recorded"),
        sentence("The reference “{1}” is also in row {2}.", "in 3", 7),
        sentence("behaviours of stalking: {1}", together(", ", (Word("follows"), Word("rings")))),
        sentence("“{1}” has not changed. {2}", '["{2}", "x"]', sentence("“{1}” is empty.", "{1}")),
        Word(""),
        Word("[an odd beginning]"),
    ],
)
def test_a_sentence_is_stored_with_its_shape_and_its_values_and_is_the_same_when_read(said: Word) -> None:
    field = SentenceField()
    again = field.from_db_value(field.get_prep_value(said))
    assert again == said
    assert bracketed_by_shape(again) == bracketed_by_shape(said)


def test_what_somebody_typed_is_never_said_though_it_reads_as_a_text_of_ours() -> None:
    again = unpacked(packed(sentence("“{1}” of {2}", TYPED, Word(TYPED))))
    assert bracketed_by_shape(again) == f"⟦“{TYPED}” of ⟦{TYPED}⟧⟧"


def bracketed_by_shape(said: Word | None) -> object:
    """Return a text of ours as the bracketing language says it."""
    return word(said, bracketed)


def test_no_sentence_is_put_together_so_that_no_page_could_say_it() -> None:
    assert not list(texts_of_python.unsayable()), "compose it with `fourfold.words.sentence`"


def test_why_a_contact_was_stopped_is_said_in_the_language_of_the_page(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = case_of(cast)
    agree(cast, case)
    stopped = reached(cast, case, at=NOON + timedelta(hours=6))
    kept = Contact.objects.unscoped("a test").get()
    assert kept.why_stopped == "Outside the safe hours. Agreed: 10:00 to 14:00; it is 18:00 now."
    assert row_commitment(kept) == row_commitment(stopped), "the log commits to the words"
    answers = {
        "Outside the safe hours. Agreed: {1}; {2}.": "{2}. Cytunwyd: {1}.",
        "{1} to {2}": "{1} i {2}",
        "it is {1} now": "Mae hi’n {1}",
    }
    monkeypatch.setattr("fourfold.web.translation.say", lambda text: answers.get(text, text))
    with translation.override("cy"):
        assert translated(kept.why_stopped) == "Mae hi’n 18:00. Cytunwyd: 10:00 i 14:00."


@pytest.mark.parametrize(
    ("shape", "values", "answers", "said"),
    [
        ("{1} of {2}", (3, "Save"), {"{1} of {2}": "o {2}, {1}", "Save": "Cadw"}, "o Save, 3"),
        ("{1} of {2}", (3, Word("Save")), {"{1} of {2}": "o {2}, {1}", "Save": "Cadw"}, "o Cadw, 3"),
        ("{1} of {2}", (3, 4), {"{1} of {2}": "o {1}"}, "3 of 4"),
        ("{1} of {2}", ("{2}", 4), {}, "{2} of 4"),
        ("Gap", (), {"Gap": "Bwlch"}, "Bwlch"),
    ],
)
def test_what_python_composes_for_a_page_is_said_and_its_values_stay(
    shape: str, values: tuple[object, ...], answers: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fourfold.web.translation.say", lambda text: answers.get(text, text))
    assert composed(shape, *values) == said


def test_what_is_wrong_with_a_form_is_said_where_the_page_is(rf: RequestFactory) -> None:
    form = Form(rf.post("/", {"number": "x"}))
    form.number("number")
    english = "Enter a whole number from 0 to 100,000"
    assert form.error("number") == english
    with translation.override("cy"):
        assert form.error("number") == "Rhowch rif cyfan o 0 i 100,000"
    assert form.error("number") == english


@pytest.mark.parametrize(
    ("shown", "welsh"),
    [
        ("{{ at|day }}", "3 Mai 2026"),
        ("{{ at|weekday }}", "Sul 3 Mai"),
        ("{{ at|ago(now) }}", "ymhen 3 wythnos"),
        ("{{ unset|day }}", "ddim yn hysbys"),
    ],
)
def test_dates_are_said_in_the_language_of_the_page(shown: str, welsh: str) -> None:
    page = environment(language="cy").from_string(shown)
    values = {"at": date(2026, 5, 3), "now": datetime(2026, 4, 12, 9, tzinfo=UTC), "unset": None}
    with translation.override("cy"):
        assert page.render(**values) == welsh


# ---- English ------------------------------------------------------------------------------------------------------


def test_english_is_compiled_without_the_words_of_another_language() -> None:
    assert type(engines["jinja2"].env) is Drawn  # type: ignore[attr-defined]
    assert Drawn.code_generator_class is Drawing
    assert type(engines["jinja2-cy"].env) is Speaking  # type: ignore[attr-defined]


def test_the_machinery_in_itself_changes_not_a_byte_of_any_template() -> None:
    plain = environment()
    for path in TEMPLATES:
        source, name = path.read_text(), path.name
        read = said(plain.parse(source), lambda words: words)
        assert plain.compile(read, name, raw=True) == plain.compile(source, name, raw=True), path


def test_a_new_text_cannot_be_forgotten() -> None:
    assert translations.LIST.read_text() == translations.listed(), "run python -m tools.translations"


# ---- whole pages --------------------------------------------------------------------------------------------------


@pytest.fixture
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr("fourfold.web.jinja.fresh_key", lambda: "key")


@pytest.fixture
def case(cast: Cast, _stopped_clock: None) -> Case:
    """A case whose victim bears a name that is a text of the pages, with markup in it."""
    case = open_case(cast)
    type(case.victim).objects.unscoped("test").filter(pk=case.victim_id).update(given_name="Save", family_name="Level")
    return case


STATIC = re.compile(r"(?<=>)[^<>{}]*[A-Za-z][^<>{}]*(?=<)")
WRITTEN = {" ".join(text.split()) for path in TEMPLATES for text in STATIC.findall(path.read_text())}


#: Heads of a table that a drawing brings along: values to a template, though another has the word.
HANDED = {"Level", "Who"}


def unsaid(page: str) -> Iterator[str]:
    """Yield each piece of a page between two tags that no translator was asked for."""
    body = page.partition("<body")[2]
    for text in re.findall(r">([^<]+)<", re.sub(r"⟦[^⟦⟧]*⟧", "", body)):
        if words := " ".join(text.split()):
            yield words


def without_proofs(page: str) -> str:
    """Leave out what is new each time a page is made."""
    return re.sub(r'name="(csrfmiddlewaretoken|once)" value="[^"]*"', "", page)


@pytest.mark.django_db
def test_every_text_of_a_staff_page_is_said_and_nothing_else_is(
    signed_in: SignIn, cast: Cast, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a language that only puts brackets around every text: without them the page is the English one, to the byte."""
    item = ready_to_decide(cast, case)
    bring_before_panel(cast, open_case(cast))
    pages = [
        ("chair", f"/panel/items/{item.pk}/decide/"),
        ("chair", f"/panel/items/{item.pk}/"),
        ("officer", f"/cases/{case.reference}/orders/"),
        ("officer", f"/cases/{case.reference}/orders/apply/"),
        ("coordinator", "/"),
        ("analyst", "/desk/"),
    ]
    clients = {name: signed_in(name) for name, _ in pages}
    english = [clients[name].get(address).content.decode() for name, address in pages]
    speaking = environment(say=bracketed)
    monkeypatch.setattr(engines["jinja2"], "env", speaking)
    names = HANDED | {who.name for who in cast.staff.values()}
    unasked: dict[str, set[str]] = {}
    for (name, address), plain in zip(pages, english, strict=True):
        page = clients[name].get(address).content.decode()
        assert without_proofs(re.sub("[⟦⟧]", "", page)) == without_proofs(plain), address
        unasked[address] = (set(unsaid(page)) & WRITTEN) - names
        assert "⟦Save Level" not in page, "a name is nobody's text"
    assert not {address: left for address, left in unasked.items() if left}, "no translator is asked for these"
    assert "Save Level" in english[0]


@pytest.mark.django_db
def test_staff_read_welsh_where_their_unit_says_so_and_only_there(
    signed_in: SignIn, cast: Cast, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in("officer")
    client.post("/language/", {"language": "cy", "next": "/"})
    page = client.get("/").content.decode()
    assert '<html lang="en"' in page, "nobody has looked at the words yet"
    assert "Cymraeg" not in page
    own = settings.FOURFOLD
    monkeypatch.setattr(settings, "FOURFOLD", own.model_copy(update={"staff_welsh": True}))
    welsh = client.get("/").content.decode()
    assert '<html lang="cy"' in welsh
    assert "Allgofnodi" in welsh, "Sign out"
    assert "Heddiw" in welsh, "Today, in the navigation"
    back = client.post("/language/", {"language": "en", "next": f"/cases/{case.reference}/"})
    assert back["Location"] == f"/cases/{case.reference}/"
    english = client.get("/").content.decode()
    assert '<html lang="en"' in english
    assert ">Cymraeg</button>" in english


@pytest.mark.django_db
def test_what_a_page_composes_is_said_and_what_a_form_keeps_is_english(
    signed_in: SignIn, cast: Cast, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, own = signed_in("officer"), settings.FOURFOLD
    monkeypatch.setattr(settings, "FOURFOLD", own.model_copy(update={"staff_welsh": True}))
    client.post("/language/", {"language": "cy", "next": "/"})
    monkeypatch.setattr("fourfold.web.translation.translation.gettext", bracketed)
    assert "⟦open⟧" in client.get(f"/cases/{case.reference}/").content.decode(), "the state, in the bar above the page"
    typed = {"level": "high", "reason": "He came back.", "once": "key", "version": case.version}
    assert client.post(f"/cases/{case.reference}/level/", typed).status_code == 303
    kept = LevelSet.objects.unscoped("test").filter(case=case).latest("set_at")
    assert "⟦" not in f"{vars(kept)}"


@pytest.mark.django_db
def test_what_somebody_typed_into_the_plan_or_the_ledger_is_never_said(
    signed_in: SignIn, cast: Cast, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fits a sentence of ours, and stays as it was typed: the ledger is what was disclosed."""
    client, typed, own = signed_in("officer"), "Review of the last 5 days", settings.FOURFOLD
    monkeypatch.setattr(settings, "FOURFOLD", own.model_copy(update={"staff_welsh": True}))
    client.post("/language/", {"language": "cy", "next": "/"})
    ledger = {"what": typed, "to_whom": "Housing", "compartment": "core", "ground": "safeguarding"}
    ledger |= {"necessity": "She moves.", "consent": "given", "expires_on": "24/5/2027"}
    client.post(f"/cases/{case.reference}/disclosures/record/", ledger)
    Action.objects.create(
        case=case, strand="victim_safety", what=typed, owner_partner="northmoor-police", due_on=NOW.date(),
        opened_at=NOW, **held(cast),
    )  # fmt: skip
    list(duties.checked(mend=True))  # it was written past the services
    for place in (f"/cases/{case.reference}/disclosures/", f"/cases/{case.reference}/", "/?show=unit"):
        assert typed in client.get(place).content.decode(), place


@pytest.mark.django_db
@pytest.mark.parametrize("leads", ["https://example.invalid/", "//example.invalid/", "javascript:alert(1)"])
def test_choosing_a_language_leads_nowhere_else(signed_in: SignIn, cast: Cast, leads: str) -> None:
    answer = signed_in("officer").post("/language/", {"language": "xx", "next": leads})
    assert answer["Location"] == "/"
