"""A page that speaks another language says every text of ours: found by walking through the programme as each profession.

The language puts brackets around every message of the list and nothing else, through the framework's own files. What is
left without them must be somebody's words: it stands in a row of the programme, or in a file of names.
"""

from __future__ import annotations

import html
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.template import engines
from django.test import Client
from django.urls import Resolver404, resolve
from django.utils.translation import trans_real

import fourfold
from fourfold.access.models import Account
from fourfold.access.routes import ACCOUNT_PAGES
from fourfold.assessment import instruments
from fourfold.assessment.terms import Informant
from fourfold.intake.mappings import read_mapping, shipped
from fourfold.intake.models import Allegation
from fourfold.programme.models import Partner, Site
from fourfold.web import clock
from tests.demo.conftest import NOW
from tests.web.conftest import start_session
from tools import translations

pytestmark = pytest.mark.django_db

ROLES = (
    *("coordinator", "officer", "analyst", "clinician", "outreach", "advocate"),
    *("chair", "governance", "evaluator", "lead"),
)
#: A page of each kind for each profession: as many again show other rows, and no other text.
OF_A_KIND = 1
#: What is English on purpose: a report is a document, the glossary explains English words, and the library's own sign-in
#: pages have their own words.
NOT_OURS = ("evaluation:report", "help:words")
#: Names that stand in no row: of clocks, of statistics, of what is invented, and of the language that a page could speak.
NAMES = (
    *(
        "English",
        "Fourfold",
        "Europe/Dublin",
        "Europe/Paris",
        "Europe/Warsaw",
        "Europe/Bucharest",
        "Asia/Karachi",
        "UTC",
    ),
    *("Gwet's AC1", "Gwet's AC2", "Krippendorff's alpha", "Cohen's kappa", "GBP"),
    *("they and them", "she and her", "he and him"),  # how English refers to somebody
    "Testun",  # the framework has Welsh of its own
)
HEARD = re.compile(r'(?:aria-label|title|alt|placeholder|data-label)="([^"]+)"')
#: What stands between several values on a page.
BETWEEN = re.compile(r"[,;:·/.()“”‘’…&–]|\b\d+\b")
READ = re.compile("[a-z]")
#: A code of two words, alone or within a sentence.
WITH_A_LINE = re.compile(r"(?<![\w./])[a-z]+(?:_[a-z0-9]+)+(?![\w./])")
LETTERS = re.compile(r"[^\W\d_]{3}")


def layouts() -> set[str]:
    """Return the names of the layouts of feeds that ship."""
    return {read_mapping(Path(name)).name for name in shipped()}


@cache
def in_brackets() -> bytes:
    """Return English in brackets, compiled as a translator's file is."""
    said = {text: f"⟦{text}⟧" for text in translations.every_text()}
    for key, answer in translations.catalogue("cy").items():
        said[key] = "\x00".join(f"⟦{part}⟧" for part in key.split("\x00")) if key else answer
    return translations.compiled(said)


@pytest.fixture
def bracketing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let Welsh be English in brackets."""
    folder = tmp_path / "cy/LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.mo").write_bytes(in_brackets())
    monkeypatch.setattr(settings, "LOCALE_PATHS", [tmp_path])
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"staff_welsh": True}))
    monkeypatch.setattr(clock, "now", lambda: NOW)
    _forget()
    yield
    _forget()


def _forget() -> None:
    """Let the files be read again: the framework's, ours, and the templates that were compiled with them."""
    trans_real._translations.pop("cy", None)  # type: ignore[attr-defined]
    engines._engines.pop("jinja2-cy", None)  # type: ignore[attr-defined]


def walked(client: Client) -> Iterator[tuple[str, str]]:
    """Yield each kind of page that a person can reach by its links from the day on, and what it says."""
    to_do, known, seen, files = ["/"], {"/"}, Counter[str](), set[tuple[str, str, str]]()
    while to_do:
        address = to_do.pop(0)
        path, _, asked = address.partition("?")
        try:
            name = resolve(path).view_name
        except Resolver404:
            continue
        kind = (name, PurePosixPath(path).suffix, asked)
        if seen[name] >= OF_A_KIND or kind in files or name.startswith(ACCOUNT_PAGES) or name in NOT_OURS:
            continue
        answer = client.get(address)
        if answer.status_code != 200:
            continue
        if "html" not in answer.headers.get("Content-Type", ""):
            files.add(kind)  # a file is no page, and another of its kind is none either
            continue
        seen[name] += 1
        page = answer.content.decode().partition("<body")[2]
        found = (html.unescape(each) for each in re.findall(r'href="(/[^"#]*)"', page))
        new = [each for each in dict.fromkeys(found) if each not in known]
        known.update(new)
        to_do += new
        yield name, page


def unsaid(page: str) -> Iterator[str]:
    """Yield what is read or heard on a page outside the brackets."""
    page = re.sub(r"<(script|style)[^>]*>.*?</\1>", "", page, flags=re.DOTALL)
    while (without := re.sub(r"⟦[^⟦⟧]*⟧", "", page)) != page:
        page = without
    page = re.sub(r"⟦[^<]*…", "", page)  # cut to the room that there was
    for text in (*re.findall(r">([^<]+)<", page), *HEARD.findall(page)):
        yield html.unescape(" ".join(text.split()))


def strings(value: Any) -> Iterator[str]:
    """Yield every text in a value of a row."""
    if isinstance(value, str):
        yield " ".join(value.split())
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from strings(each)


def of_rows() -> Iterator[str]:
    """Yield every text of every row of the programme."""
    for model in apps.get_models():
        texts = (models.CharField, models.TextField, models.JSONField, models.UUIDField)
        columns = [field.attname for field in model._meta.concrete_fields if isinstance(field, texts)]
        for row in model._base_manager.values_list(*columns):
            for value in row:
                yield from strings(value if isinstance(value, str | dict | list) else str(value))


def codes() -> set[str]:
    """Return what is stored to be said in other words: every member of an enumeration, every site and every agency."""
    kinds, found = (
        [StrEnum],
        {*Site.objects.values_list("code", flat=True), *Partner.objects.values_list("code", flat=True)},
    )
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        found |= {
            member.value for member in kind if kind.__module__.startswith("fourfold.") and READ.match(member.value)
        }
    typed = Allegation.objects.unscoped("a test").values_list("relationship", "words")
    return found - {"yes", "no"} - {each for row in typed for text in row for each in (text, *text.split())}


def of_files() -> Iterator[str]:
    """Yield what ships as names and as other people's words: areas, sites, and what a person is asked about herself."""
    data = Path(fourfold.__file__).parent
    for path in (*data.glob("programme/**/*.toml"), *data.glob("rollout/**/*.csv"), *data.glob("rollout/**/*.toml")):
        yield path.read_text(encoding="utf-8")
    letters = (data / "people/messages.toml").read_text(encoding="utf-8")  # in the victim's language, not the reader's
    yield letters.replace("{", "[").replace("}", "]")
    for form in instruments.catalogue():
        path = data / f"assessment/instruments/{form.key}.v{form.version}.toml"
        if form.informant is Informant.SELF:
            yield " ".join(path.read_text(encoding="utf-8").split())
        yield form.title


def is_held(part: str, held: str) -> bool:
    """Say whether a part of a text is no text at all, stands in a row, or is a name made of names that do."""
    said = part.lower()
    codes = (said, said.replace(" ", "-"), said.replace(" ", "_"))
    if not LETTERS.search(part) or part in held or any(code in held for code in codes):
        return True
    return all(word[:1].isupper() and word in held for word in part.split())


@pytest.mark.slow
@pytest.mark.one_database
def test_what_a_page_does_not_say_is_somebodys_words(loaded: object, bracketing: None) -> None:
    held = "\n".join({*of_rows(), *of_files(), *NAMES, *layouts()})
    left: dict[str, set[str]] = defaultdict(set)
    raw, stored = dict[str, str](), codes()
    kinds: set[str] = set()
    known = dict[str, bool]()  # the same words stand on page after page, and what is held is long
    for role in ROLES:
        client = Client()
        start_session(client, Account.objects.get(email=f"{role}@demo.invalid"))
        client.post("/language/", {"language": "cy", "next": "/"})
        for name, page in walked(client):
            kinds.add(name)
            for text in unsaid(page):
                if text.strip(" ,.;:()") in stored or WITH_A_LINE.search(text):
                    raw[text] = name
                parts = [part.strip(" -") for part in BETWEEN.split(text)]
                known |= {part: is_held(part, held) for part in parts if part not in known}
                if not all(known[part] for part in parts):
                    left[text].add(name)
    assert len(kinds) > 90, "it walks through the programme"
    assert not raw, f"shown as they are stored: {raw}"
    assert not left, "\n".join(f"{text!r} on {', '.join(sorted(names))}" for text, names in sorted(left.items()))


def test_the_pages_of_an_account_speak_the_language_of_the_session(loaded: object, bracketing: None) -> None:
    client = Client()
    start_session(client, Account.objects.get(email="officer@demo.invalid"))
    english = client.get("/accounts/second-factor/").content.decode()
    client.post("/language/", {"language": "cy", "next": "/"})
    said = client.get("/accounts/second-factor/").content.decode()
    assert '<html lang="en"' in english
    assert '<html lang="cy"' in said
    assert "⟦Sign out⟧" in said
    assert "⟦" not in english
