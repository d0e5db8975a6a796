"""Whoever can write in the database lets somebody in, and takes the row away again: the log tells what it opened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, models
from django.test import Client

from fourfold.access import services as access
from fourfold.access.models import Agreement, Grant, Membership, Relation
from fourfold.access.terms import Compartment, RelationKind, Role, bits
from fourfold.audit import services as audit
from fourfold.audit.models import Entry
from fourfold.cases.models import Case
from tests.audit.test_sealing import findings, insert, kinds, write
from tests.cast import NOW, Cast, vouched
from tests.support.builders import case_of

pytestmark = pytest.mark.django_db

LONG_AGO = NOW - timedelta(days=30)

FORGED: dict[str, tuple[str, Callable[[Cast, Case], list[models.Model]]]] = {
    "a part in the case": (
        "second_advocate",
        lambda cast, case: [
            Relation(
                file=case.pk,
                staff=cast.staff["second_advocate"],
                kind=RelationKind.ADVOCATE,
                from_at=LONG_AGO,
                given_by=cast.coordinator.staff,
            )
        ],
    ),
    "a way in for an agency, and a part in its unit": (
        "olu",
        lambda cast, case: [
            Grant(
                file=case.pk,
                site="southmere",
                partner="southmere-police",
                compartments=bits(frozenset({Compartment.CORE})),
                from_at=LONG_AGO,
            )
        ],
    ),
    "a role in the unit": (
        "station_officer",
        lambda cast, case: [
            Membership(
                staff=cast.staff["station_officer"], site="northmoor", role=Role.POLICE_OFFICER, from_at=LONG_AGO
            )
        ],
    ),
}


def page_of(client: Client, case: Case) -> int:
    return client.get(f"/cases/{case.reference}/", follow=True).status_code


def key(of: object) -> object:
    return Relation._meta.get_field("file").get_db_prep_value(of, connection)


def take_away(row: models.Model) -> None:
    write(f"DELETE FROM {row._meta.db_table} WHERE id = %s", row.pk)


@pytest.mark.parametrize("what", FORGED)
def test_what_a_forged_row_opened_is_named_when_the_row_is_gone(
    cast: Cast, signed_in: Callable[[str], Client], what: str
) -> None:
    who, rows = FORGED[what]
    case = case_of(cast)
    client = signed_in(who)
    vouched(cast)
    page_of(client, case)
    assert findings() == []
    forged = rows(cast, case)
    for row in forged:
        insert(row)
    before = Entry.objects.count()
    assert page_of(client, case) == 200
    assert Entry.objects.count() > before
    for row in forged:
        take_away(row)
    assert {(each.kind, each.meaning.split()[0]) for each in findings()} == {
        ("unmade", row._meta.label_lower) for row in forged
    }


def test_a_row_that_was_changed_for_one_reading_and_changed_back_is_named(
    cast: Cast, signed_in: Callable[[str], Client]
) -> None:
    case = case_of(cast)
    client = signed_in("advocate")
    vouched(cast)
    part = Relation.objects.get(file=case.pk, staff=cast.staff["advocate"])
    agreed = Agreement.objects.get(partner="northmoor-advocacy")
    everything = agreed.compartments | Compartment.POLICE_INTEL.bit
    write("UPDATE access_agreement SET compartments = %s WHERE id = %s", everything, agreed.pk)
    assert page_of(client, case) == 200
    write("UPDATE access_agreement SET compartments = %s WHERE id = %s", agreed.compartments, agreed.pk)
    assert set(kinds()) == {"row"}
    assert part.pk


@pytest.mark.parametrize("ago", [timedelta(hours=1), timedelta(seconds=1), timedelta(0)])
def test_a_way_in_that_ended_and_was_opened_again_by_hand_is_named(
    cast: Cast, signed_in: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch, ago: timedelta
) -> None:
    case = case_of(cast)
    vouched(cast)
    monkeypatch.setattr("fourfold.web.clock.now", lambda: NOW)
    part = Relation.objects.get(file=case.pk, staff=cast.staff["advocate"])
    access.end_relation(actor=cast.coordinator, relation=part, at=NOW - ago)
    with connection.cursor() as cursor:  # as the engine keeps it, so that what is put back is what was there
        cursor.execute("SELECT until_at FROM access_relation WHERE file = %s AND until_at IS NOT NULL", [key(case.pk)])
        ended = cursor.fetchone()[0]
    write("UPDATE access_relation SET until_at = NULL WHERE id = %s", part.pk)
    client = signed_in("advocate")
    client.get(f"/cases/{case.reference}/victim/")
    write("UPDATE access_relation SET until_at = %s WHERE id = %s", ended, part.pk)
    assert {each.kind for each in findings()} == {"row"}
    assert all("which opened" in each.meaning for each in findings())


def test_a_page_read_while_another_ends_what_opened_it_is_no_finding(cast: Cast) -> None:
    case = case_of(cast)
    vouched(cast)
    part = Relation.objects.get(file=case.pk, staff=cast.staff["advocate"])
    with audit.reading(cast.advocate, "page.case", at=NOW):
        audit.rests_on(part)
        audit.consulted(cast.advocate, "case.seen", at=NOW, file=case.pk)
        access.end_relation(actor=cast.coordinator, relation=Relation.objects.get(pk=part.pk), at=NOW)
    assert findings() == []


def test_what_opens_many_files_is_kept_beside_the_entry(cast: Cast) -> None:
    case = case_of(cast)
    grants = [
        Grant(file=case.pk, site="northmoor", partner="northmoor-nhs", compartments=1, from_at=LONG_AGO)
        for _ in range(30)
    ]
    Grant.objects.bulk_create(grants)
    vouched(cast)
    with audit.reading(cast.clinician, "page.cases", at=NOW):
        audit.rests_on(*grants)
        audit.consulted(cast.clinician, "cases.seen", at=NOW)
    assert findings() == []
    forged = Grant(file=case.pk, site="northmoor", partner="northmoor-nhs", compartments=1, from_at=LONG_AGO)
    with audit.reading(cast.clinician, "page.cases", at=NOW):
        audit.rests_on(*grants, forged)
        audit.consulted(cast.clinician, "cases.seen", at=NOW)
    assert kinds() == ["unmade"]
