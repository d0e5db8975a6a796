"""The promises of the house, each tried against a planted breach, so that it is known to bite."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path

from fourfold.access import routes
from fourfold.access.terms import Compartment
from tests.architecture import promises

AUDIT_TABLES = {"BatchRow", "Entry", "Head", "Receipt"}


def our_tables() -> list[type[models.Model]]:
    """Return every table of ours."""
    return [table for table in apps.get_models() if table.__module__.startswith("fourfold.")]


def test_foreign_keys_point_down() -> None:
    assert promises.keys_that_point_up(our_tables(), promises.floors()) == []


def test_a_foreign_key_that_points_up_is_named() -> None:
    upside_down = {name: -height for name, height in promises.floors().items()}
    wrong = promises.keys_that_point_up(our_tables(), upside_down)
    assert any(line.startswith("Case.victim points up, from cases to people") for line in wrong)


def test_only_services_write() -> None:
    assert promises.writes_outside_services(promises.SOURCE) == []


@pytest.mark.parametrize(
    "line",
    [
        "Case.objects.create(site='x')",
        "Case.objects.unscoped('why').filter(pk=1).update(site='x')",
        "Case.objects.filter(pk=1).delete()",
        "case.save(update_fields=['site'])",
        "case.acts.filter(x=1).get_or_create(y=2)",
        "insert_rows([case])",
    ],
)
def test_a_write_outside_services_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "queries.py").write_text(f"def sneak(case):\n    {line}\n")
    assert promises.writes_outside_services(tmp_path)


def test_what_keeps_somebody_out_keeps_the_natural_person_out() -> None:
    assert promises.walls_around_one_record(promises.SOURCE) == []


@pytest.mark.parametrize(
    "line",
    [
        "Wall.objects.filter(file=file, staff_id=actor.staff)",
        "Wall.objects.filter(Q(staff=staff) | Q(partner=partner))",
        "Relation.objects.filter(staff_id=actor.staff, kind__in=KEPT_OUT)",
        "Relation.objects.filter(kind=RelationKind.TELLER).exclude(staff=actor.staff)",
        "RelationKind.PARTY in Relation.objects.filter(staff=actor.staff).values_list('kind')",
    ],
)
def test_a_wall_around_one_record_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "queries.py").write_text(f"def kept_from(actor):\n    return {line}\n")
    assert promises.walls_around_one_record(tmp_path)


def test_a_list_of_parts_that_leaves_parties_out_is_not_named(tmp_path: Path) -> None:
    line = "Relation.objects.filter(staff=actor.staff).exclude(kind=RelationKind.PARTY)"
    (tmp_path / "queries.py").write_text(f"def parts(actor):\n    return {line}\n")
    assert promises.walls_around_one_record(tmp_path) == []


#: What compares members of staff all the same, and why that is no second signature.
COMPARED = {
    "access/services/identities.py compares asked.asked_by_id == account.staff_id": "whether the holder asked for it; who confirms it is asked as ever",
    "assessment/rules/approval.py": "the service says as which of the people who spoke before the actor acts now",
    "assessment/rules/rounds.py": "whose seat it is in a round of ratings",
    "people/services/safe_address.py compares asked.recorded_by == actor.staff": "whether it is who asked that opens",
}


def test_one_function_says_who_may_be_the_second_of_two_people() -> None:
    found = promises.comparisons_of_staff(promises.SOURCE)
    assert [line for line in found if not line.startswith(tuple(COMPARED))] == []


@pytest.mark.parametrize(
    "line",
    [
        "asked.recorded_by == actor.staff",
        "second.staff != actor.staff",
        "countersigned_by == decided_by",
        "str(second.staff) == str(actor.staff)",
        "wall.staff_id in (actor.staff, second.staff)",
        "part.staff_id == actor.staff",
    ],
)
def test_a_service_that_compares_staff_by_itself_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "cases" / "services").mkdir(parents=True)
    (tmp_path / "cases" / "services" / "steps.py").write_text(f"def sign(asked, actor):\n    return {line}\n")
    assert promises.comparisons_of_staff(tmp_path)


def test_a_journey_names_rows_and_opens_no_table() -> None:
    journeys = sorted((promises.SOURCE / "journey").glob("*.py"))
    assert [path.name for path in journeys if ".objects" in path.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize("line", ["total.update(b'x')", "words.update({'a': 1})", "document.save('minutes.docx')"])
def test_what_only_looks_like_a_write_is_left_alone(tmp_path: Path, line: str) -> None:
    (tmp_path / "rules.py").write_text(f"def count(total, words, document):\n    {line}\n")
    assert promises.writes_outside_services(tmp_path) == []


def test_every_service_takes_actor_and_at_by_keyword_and_says_what_it_does() -> None:
    assert promises.services_without_actor_time_or_words(promises.SOURCE) == []


@pytest.mark.parametrize(
    ("service", "fault"),
    [
        ("def close(*, actor, case): 'Close a case.'", "does not ask for at"),
        ("def close(actor, case, at): 'Close a case.'", "does not ask for actor and at"),
        ("def close(*, actor, case, at): return case", "does not say what it does"),
    ],
)
def test_a_service_that_forgets_is_named(tmp_path: Path, service: str, fault: str) -> None:
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "services.py").write_text(service + "\n")
    assert [fault in line for line in promises.services_without_actor_time_or_words(tmp_path)] == [True]


def test_every_view_declares_its_permission() -> None:
    assert [route.address for route in routes.routes() if route.declared is None] == []
    assert routes.every_route_declares_its_permission() == []


def undeclared(request: HttpRequest) -> HttpResponse:
    """Show something without having declared anything."""
    return HttpResponse("secret")


urlpatterns = [path("sneak/", undeclared, name="sneak")]


@override_settings(ROOT_URLCONF=__name__)
def test_a_view_without_a_permission_stops_the_start() -> None:
    errors = routes.every_route_declares_its_permission()
    assert [error.msg for error in errors] == ["/sneak/ declares no permission"]


def test_every_field_belongs_to_exactly_one_compartment() -> None:
    tables = [table for table in our_tables() if table.__name__ not in AUDIT_TABLES]
    assert promises.fields_without_one_compartment(tables) == []


def test_no_field_is_covert_for_covert_matters_are_not_kept_here() -> None:
    """docs/adr/0009: the compartment stands in the table of rights, so that no later field falls into another one."""
    tables = [table for table in our_tables() if table.__name__ not in AUDIT_TABLES]
    of_fields = {kept for table in tables for kept in (table.COMPARTMENT, *getattr(table, "FIELDS", {}).values())}
    assert Compartment.PSD_COVERT not in of_fields
    assert Compartment.POLICE_INTEL in of_fields


def test_a_table_without_a_compartment_is_named() -> None:
    bare = type("Bare", (), {"_meta": our_tables()[0]._meta})
    assert promises.fields_without_one_compartment([bare]) == ["Bare has no compartment"]  # type: ignore[list-item]
