"""What the search covers, and what it never finds: nothing of a case or a part of it that is closed to the reader."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.sql.compiler import SQLCompiler

from fourfold.access import services as access
from fourfold.access.terms import Compartment, RelationKind
from fourfold.audit import services as audit
from fourfold.cases import queries
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.cases.queries import word_search
from fourfold.cases.terms import State
from fourfold.exhibits import services as exhibits
from tests.cases.builders import open_case
from tests.cast import NOW, Cast, assign
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
SOON = NOW + timedelta(hours=1)
SCOPE = "In your 100 newest open cases we also search comments for everybody on the case"


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case of the officer's and the advocate's own, with words in the core and in intelligence, and a document."""
    case = open_case(cast)
    for name, kind in (("officer", RelationKind.OIC), ("advocate", RelationKind.ADVOCATE)):
        assign(actor=cast.coordinator, case=case, staff=cast.staff[name].pk, kind=kind, at=NOW)
    said(cast, case, "He was seen with the silver estate car again.")
    said(cast, case, "The silver estate is an informant's word.", Compartment.POLICE_INTEL)
    kept(cast, case, "Photograph of the silver estate")
    kept(cast, case, "Silver estate, surveillance", Compartment.POLICE_INTEL)
    return case


def said(cast: Cast, case: Case, words: str, compartment: Compartment = Compartment.CORE) -> None:
    cases.add_comment(actor=cast.officer, case=case, words=words, compartment=compartment, at=NOW)


def kept(cast: Cast, case: Case, title: str, compartment: Compartment = Compartment.CORE) -> None:
    exhibits.keep(
        actor=cast.coordinator, file=case.pk, kind="note", title=title, compartment=compartment, media_type="text/plain",
        content=b"x", at=NOW,
    )  # fmt: skip


def found(cast: Cast, name: str, words: str = "SILVER estate") -> list[str]:
    return [one.words for one in queries.written_found(words, actor=cast.actor(name), at=SOON)]


@pytest.mark.parametrize("name", ["officer", "advocate"])
def test_comments_and_titles_of_the_core_are_found_in_ones_own_cases(cast: Cast, case: Case, name: str) -> None:
    core = ["He was seen with the silver estate car again.", "Photograph of the silver estate"]
    assert found(cast, name) == core


@pytest.mark.parametrize("name", ["second_officer", "clinician", "coordinator", "olu", "station_officer"])
def test_nothing_is_found_in_a_case_that_is_not_ones_own(cast: Cast, case: Case, name: str) -> None:
    assert found(cast, name) == []


def test_nothing_is_found_behind_a_wall_or_in_a_closed_case(cast: Cast, case: Case) -> None:
    access.declare_conflict(actor=cast.officer, files=[case.pk], at=NOW)
    assert found(cast, "officer") == []
    Case.objects.unscoped("test").filter(pk=case.pk).update(state=State.CLOSED)
    assert found(cast, "advocate") == []


@pytest.mark.parametrize("words", ["", "  a ", "es", "%", "silver_estate"])
def test_a_few_letters_and_signs_find_nothing(cast: Cast, case: Case, words: str) -> None:
    assert found(cast, "officer", words) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("A silver car.", "A silver car."),
        ("x" * 90 + " silver\ncar " + "y" * 90, "… " + "x" * 79 + " silver car " + "y" * 75 + " …"),
    ],
)
def test_only_what_stands_around_the_words_is_shown(text: str, shown: str) -> None:
    assert word_search.around(text, "Silver") == shown


def test_the_page_says_what_is_searched_whether_or_not_anything_is_found(
    cast: Cast, case: Case, signed_in: SignIn
) -> None:
    client = signed_in("officer")
    for words in ("", "silver+estate", "nobody+at+all", "FF-00000"):
        assert SCOPE in client.get(f"/find/?q={words}").content.decode()
    shown = client.get("/find/?q=silver+estate").content.decode()
    assert "Written in your own open cases" in shown
    assert f'href="/cases/{case.reference}/comments/"' in shown
    assert "informant" not in shown
    assert "Written in" not in signed_in("olu").get("/find/?q=silver+estate").content.decode()


def test_a_search_costs_the_same_however_much_was_written(
    cast: Cast, case: Case, django_assert_num_queries: object
) -> None:
    officer = cast.officer
    for _ in range(2):
        with audit.reading(officer, "page", at=SOON), django_assert_num_queries(4):  # type: ignore[operator]
            queries.written_found("silver estate", actor=officer, at=SOON)
        for number in range(6):
            said(cast, case, f"A silver estate, {number}.")


def test_a_second_search_has_nothing_composed_anew(
    case: Case, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, victim = signed_in("officer"), case.victim
    client.get(f"/find/?q={victim.given_name}+{victim.family_name}")
    composed: list[str] = []
    as_sql = SQLCompiler.as_sql

    def told(compiler: SQLCompiler, *args: object, **kwargs: object) -> object:
        if not compiler.query.subquery:
            composed.append(compiler.query.model._meta.label if compiler.query.model else "")
        return as_sql(compiler, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(SQLCompiler, "as_sql", told)
    assert client.get(f"/find/?q={victim.family_name}+{victim.given_name}").status_code == 200
    assert set(composed) <= {"audit.Entry"}
