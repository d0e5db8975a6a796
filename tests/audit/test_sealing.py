"""Whoever can write in the database and has no key is seen; and no service leaves a trace that looks like it."""

from __future__ import annotations

import json
from collections.abc import Callable
from uuid import UUID

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import connection, models

from fourfold.access import services as access
from fourfold.access.models import (
    Account,
    CalendarAddress,
    DigestAsked,
    Grant,
    Membership,
    Relation,
    Staff,
    Wall,
)
from fourfold.access.terms import PartnerKind, RelationKind, Role, WallKind
from fourfold.audit import commitments, queries, rules, services
from fourfold.audit.models import BatchRow, Entry, Head
from fourfold.audit.terms import Finding, Operation
from fourfold.base import NotedQuerySet, Sealing, new_id, sealing
from fourfold.cases import services as cases
from fourfold.cases.models import Case, LevelSet
from fourfold.cases.terms import Level, SetBy
from tests.cast import NOW, Cast, vouched
from tests.support.builders import case_of

pytestmark = pytest.mark.django_db

SECRET = "JBSWY3DPEHPK3PXP"


def findings() -> list[Finding]:
    return list(queries.verify(every_row=True).findings)


def kinds() -> list[str]:
    return [finding.kind for finding in findings()]


def write(statement: str, *values: object) -> None:
    """Do as somebody does who can write in the database and holds no key."""
    with connection.cursor() as cursor:
        cursor.execute(statement, [_key(value) for value in values])  # type: ignore[misc]


def _key(value: object) -> object:
    return Staff._meta.pk.get_db_prep_value(value, connection) if isinstance(value, UUID) else value


def insert(row: models.Model) -> None:
    row._meta.model._base_manager.bulk_create([row])


@pytest.fixture
def unit(cast: Cast) -> Cast:
    """A unit that was set up through the services, and vouches for all that stands in its tables."""
    vouched(cast)
    for name in ("officer", "advocate"):
        account = access.give_account(
            actor=access.first_administrator(at=NOW),
            staff=cast.staff[name],
            email=f"{name}@unit.invalid",
            password="x" * 20,
            at=NOW,
        )
        access.give_second_factor(actor=access.first_administrator(at=NOW), account=account, secret=SECRET, at=NOW)
    assert findings() == []
    return cast


# ---- the services -------------------------------------------------------------------------------------------------


@pytest.mark.door("the log")
def test_a_calendar_address_made_twice_leaves_the_log_clean(unit: Cast) -> None:
    access.make_calendar_address(actor=unit.officer, at=NOW)
    access.make_calendar_address(actor=unit.officer, at=NOW)
    access.end_calendar_address(actor=unit.officer, at=NOW)
    assert CalendarAddress.objects.filter(ended_at__isnull=False).count() == 2
    assert findings() == []


def test_an_ended_digest_leaves_the_log_clean(unit: Cast) -> None:
    access.ask_digest(actor=unit.officer, at=NOW)
    access.end_digest(actor=unit.officer, at=NOW)
    access.ask_digest(actor=unit.officer, at=NOW)
    assert DigestAsked.objects.count() == 2
    assert findings() == []


def test_a_row_that_an_entry_removed_is_not_missed_and_one_that_comes_back_is(unit: Cast) -> None:
    with services.recorded(unit.officer, "digest.asked", at=NOW):
        asked = DigestAsked.objects.create(staff_id=unit.officer.staff, asked_at=NOW)
    with services.recorded(unit.officer, "digest.removed", at=NOW):
        DigestAsked.objects.filter(pk=asked.pk).delete()
    assert findings() == []
    insert(asked)
    assert [finding.kind for finding in findings()] == ["row"]


def test_what_was_changed_in_bulk_is_sealed_with_what_the_others_of_the_columns_hold_now(unit: Cast) -> None:
    """An old copy in somebody's hands seals nothing: the row is read again."""
    file = new_id()
    relation = access.relate(
        actor=unit.officer, file=file, staff=unit.advocate.staff, kind=RelationKind.ADVOCATE, at=NOW
    )
    old = Relation.objects.get(pk=relation.pk)
    with services.recorded(unit.officer, "relation.changed", at=NOW) as entry:
        Relation.objects.filter(pk=relation.pk).update(given_by=unit.advocate.staff)
        old.until_at = NOW
        old.save(update_fields=["until_at"])
        entry.about(old)
    assert findings() == []


def test_more_rows_than_an_entry_can_name_are_sealed_beside_it(unit: Cast) -> None:
    with services.recorded(unit.officer, "grants.made", at=NOW):
        Grant.objects.bulk_create(
            Grant(file=new_id(), site="northmoor", partner="northmoor-nhs", compartments=1, from_at=NOW)
            for _ in range(300)
        )
    entry = Entry.objects.latest("seq")
    assert len(entry.body) < rules.LARGEST_BODY
    assert BatchRow.objects.filter(entry=entry.seq).count() == 260
    assert findings() == []
    Grant.objects.filter(pk=Grant.objects.latest("pk").pk).update(compartments=3)
    assert kinds() == ["row"]
    with services.recorded(unit.officer, "grants.changed", at=NOW):
        Grant.objects.update(compartments=7)
    assert kinds() == ["row"], "what was changed by hand stays seen"


def test_walls_that_the_system_itself_puts_up_are_sealed(unit: Cast) -> None:
    person, told = new_id(), new_id()
    access.set_wall(actor=unit.governance, files=[person], staff=unit.officer.staff, at=NOW)
    with services.recorded(unit.analyst, "wall.provisional", at=NOW, file=told):
        access.copy_walls(actor=unit.analyst, source=person, to=[told], at=NOW, kind=WallKind.PROVISIONAL)
    assert findings() == []
    wall = Wall.objects.get(file=told)
    write("UPDATE access_wall SET file = %s WHERE id = %s", new_id(), wall.pk)
    assert kinds() == ["row"]
    write("DELETE FROM access_wall WHERE id = %s", wall.pk)
    assert "is gone" in findings()[0].meaning


def test_every_table_of_ours_notes_what_is_changed_in_bulk() -> None:
    own = {"audit.entry", "audit.head", "audit.batchrow", "audit.receipt"}  # the log itself
    never_changed = {"programme.partner", "programme.site"}
    wanting = {
        model._meta.label_lower
        for model in apps.get_models()
        if model.__module__.startswith("fourfold.")
        and sealing(model) is not Sealing.NEVER
        and not isinstance(model._default_manager.all(), NotedQuerySet)
    }
    assert wanting <= own | never_changed, "say `objects = NotedManager()`, or Sealing.NEVER"


# ---- a writer without the key -------------------------------------------------------------------------------------

INSERTED: dict[str, Callable[[Cast], models.Model]] = {
    "a role": lambda cast: Membership(
        staff_id=cast.officer.staff, site="northmoor", role=Role.GOVERNANCE_LEAD, from_at=NOW
    ),
    "a part in a case": lambda cast: Relation(
        file=new_id(), staff_id=cast.officer.staff, kind=RelationKind.OIC, from_at=NOW, given_by=cast.officer.staff
    ),
    "a grant": lambda cast: Grant(
        file=new_id(), site="northmoor", partner="northmoor-police", compartments=2**12 - 1, from_at=NOW
    ),
    "an account": lambda cast: Account(staff_id=cast.advocate.staff, email="me@unit.invalid", password="!"),
    "a person": lambda cast: Staff(name="Nobody", partner="northmoor-nhs", partner_kind=PartnerKind.NHS),
    "a wall": lambda cast: Wall(
        file=new_id(), staff_id=cast.advocate.staff, kind=WallKind.ASSIGNED, from_at=NOW, set_by=cast.officer.staff
    ),
    "a second factor": lambda cast: Authenticator(
        user=Account.objects.get(email="advocate@unit.invalid"), type="webauthn", data={"name": "mine"}
    ),
}


@pytest.mark.parametrize("what", INSERTED)
def test_a_row_that_no_entry_made_is_named(unit: Cast, what: str) -> None:
    row = INSERTED[what](unit)
    insert(row)
    (found,) = findings()
    assert found.kind == "unmade"
    assert row._meta.label_lower in found.meaning
    assert "no entry made it" in found.meaning


def test_the_row_of_an_account_under_another_spelling_of_its_identifier_is_no_known_row(unit: Cast) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL keeps identifiers as such")
    key = Membership.objects.filter(staff_id=unit.officer.staff).get().pk.hex
    write(
        "INSERT INTO access_membership (id, staff_id, site, role, from_at, until_at) "
        "SELECT upper(id), staff_id, site, 'governance_lead', from_at, until_at FROM access_membership WHERE id = %s",
        key,
    )
    assert "unmade" in kinds()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("email", "me@unit.invalid"),
        ("password", "argon2$mine"),
        ("staff_id", None),
        ("is_active", False),
    ],
)
def test_a_changed_account_is_named(unit: Cast, column: str, value: object) -> None:
    account = Account.objects.get(email="advocate@unit.invalid")
    other = unit.officer.staff if value is None else value
    write(f"UPDATE access_account SET {column} = %s WHERE id = %s", other, account.pk)
    (found,) = findings()
    assert found.meaning.startswith(f"access.account {account.pk} is not as entry")


def test_when_somebody_signed_in_last_is_no_change_of_the_account(unit: Cast) -> None:
    account = Account.objects.get(email="advocate@unit.invalid")
    account.last_login = NOW
    account.save(update_fields=["last_login"])
    Authenticator.objects.update(last_used_at=NOW)
    assert findings() == []


def test_an_entry_appended_in_another_s_name_is_named(unit: Cast) -> None:
    """The chain is worked out rightly and the head moved on: only the key is missing."""
    head, last = Head.objects.get(), Entry.objects.latest("seq")
    said = json.loads(last.body) | {"seq": head.size + 1, "actor": str(unit.governance.staff)}
    body = rules.canonical(said)
    insert(
        Entry(
            seq=head.size + 1,
            at=last.at,
            action=last.action,
            operation=last.operation,
            actor=unit.governance.staff,
            about_kind=last.about_kind,
            about_id=last.about_id,
            body=body,
            previous=head.hash,
            hash=rules.link(head.hash, body),
            mac=last.mac,
        )
    )
    Head.objects.update(size=head.size + 1, hash=rules.link(head.hash, body))
    (found,) = findings()
    assert (found.kind, found.seq) == ("forged", head.size + 1)
    assert "had no key" in found.meaning


def test_a_forged_entry_vouches_for_no_row(unit: Cast) -> None:
    row = Membership(staff_id=unit.officer.staff, site="northmoor", role=Role.GOVERNANCE_LEAD, from_at=NOW)
    insert(row)
    head = Head.objects.get()
    forged = services.Draft(unit.administrator, "role.given", NOW, Operation.ADMINISTRATION)
    forged._sealed = {f"access.membership:{row.pk}": commitments.row_commitment(row)}
    body = forged.text(head.size + 1)
    entry = Entry(seq=head.size + 1, at=NOW, action="role.given", operation="administration", body=body)
    entry.actor, entry.previous = unit.administrator.staff, head.hash
    entry.hash = rules.link(head.hash, body)
    insert(entry)
    Head.objects.update(size=entry.seq, hash=entry.hash)
    assert sorted(kinds()) == ["forged", "unmade"]


def test_a_removed_second_factor_is_named(unit: Cast) -> None:
    write("DELETE FROM mfa_authenticator")
    assert kinds() == ["row", "row"]


def test_a_digest_beside_an_entry_that_is_pointed_at_another_row_is_named(unit: Cast) -> None:
    """The row that it was taken of goes or changes unseen, where the root binds digests alone."""
    with services.recorded(unit.officer, "walls.made", at=NOW):
        Wall.objects.bulk_create(
            Wall(file=new_id(), staff_id=unit.officer.staff, kind=WallKind.ASSIGNED, from_at=NOW, set_by=new_id())
            for _ in range(60)
        )
    access.set_wall(actor=unit.governance, files=[new_id()], staff=unit.advocate.staff, at=NOW)
    assert findings() == []
    kept = BatchRow.objects.filter(kind="access.wall").latest("pk")
    write("DELETE FROM access_wall WHERE id = %s", kept.row)
    assert kinds() == ["row"]
    write(
        "UPDATE audit_batchrow SET row = %s WHERE id = %s", Wall.objects.get(staff_id=unit.advocate.staff).pk, kept.pk
    )
    assert "batch" in kinds()


def test_a_digest_beside_an_entry_under_another_kind_is_named(unit: Cast) -> None:
    """A digest of a kind that came before may be the last word on nothing."""
    with services.recorded(unit.officer, "grants.made", at=NOW) as entry:
        entry.seal(
            [
                Relation.objects.create(
                    file=new_id(), staff_id=unit.officer.staff, kind=RelationKind.OIC, from_at=NOW, given_by=new_id()
                )
            ]
        )
    assert findings() == []
    write("UPDATE audit_batchrow SET kind = %s WHERE id = %s", "access.grant", BatchRow.objects.latest("pk").pk)
    assert "batch" in kinds()


# ---- what reads the same and is compared otherwise ------------------------------------------------------------------


def _hyphened(identifier: UUID) -> str:
    return str(identifier)


on_sqlite = pytest.mark.skipif(
    "connection.vendor != 'sqlite'", reason="PostgreSQL keeps identifiers and moments by type"
)


@on_sqlite
def test_a_wall_whose_file_is_spelled_otherwise_is_seen(unit: Cast) -> None:
    file = new_id()
    access.set_wall(actor=unit.governance, files=[file], staff=unit.staff["officer"].pk, at=NOW)
    write("UPDATE access_wall SET file = %s WHERE file = %s", str(file), file)
    assert kinds() == ["row"]


@on_sqlite
@pytest.mark.parametrize("moment", ["20261124T090000", "2026-11-23T10:00:00+00:00", "2026-11-23 10:00"])
def test_a_moment_spelled_otherwise_is_seen(unit: Cast, moment: str) -> None:
    write("UPDATE access_membership SET from_at = %s WHERE staff_id = %s", moment, unit.staff["officer"].pk)
    assert "row" in kinds()


@on_sqlite
def test_an_empty_list_spelled_otherwise_is_seen(unit: Cast) -> None:
    access.set_wall(
        actor=unit.governance, files=[new_id()], staff=unit.staff["officer"].pk, at=NOW, kind=WallKind.PROVISIONAL
    )
    write("UPDATE access_wall SET lifted_by = %s", "[ ]")
    assert kinds() == ["row"]


@on_sqlite
@pytest.mark.parametrize("spell", [_hyphened, lambda key: key.hex.upper()], ids=["hyphens", "capitals"])
def test_a_twin_under_another_spelling_of_its_identifier_is_seen(unit: Cast, spell: Callable[[UUID], str]) -> None:
    kept = Membership.objects.get(staff=unit.staff["officer"])
    write(
        "INSERT INTO access_membership (id, staff_id, site, role, from_at, until_at)"
        " SELECT %s, staff_id, '', 'governance_lead', from_at, until_at FROM access_membership WHERE id = %s",
        spell(kept.pk),
        kept.pk,
    )
    assert kinds() == ["unmade"]


# ---- what lists show of a case, and the rows behind it ---------------------------------------------------------------


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case at a very high level."""
    case = case_of(cast)
    vouched(cast)
    cases.set_level(
        actor=cast.officer, case=case, level=Level.VERY_HIGH, set_in=SetBy.TRIAGE, reason="Twelve acts.", at=NOW
    )
    assert findings() == []
    return case


@pytest.mark.parametrize(
    "change", ["level = 'low'", "state = 'closed'", "review_due_at = NULL", "last_act_at = NULL", "acts = 99"]
)
def test_what_a_list_shows_of_a_case_is_not_changed_unseen(case: Case, change: str) -> None:
    write(f"UPDATE cases_case SET {change} WHERE id = %s", case.pk)
    assert kinds() == ["row"]


def test_a_lower_level_that_nobody_set_is_seen(case: Case) -> None:
    row = LevelSet.objects.unscoped("test").filter(case=case).first()
    row.pk, row.level = new_id(), Level.LOW
    insert(row)
    assert kinds() == ["unmade"]


# ---- what was changed by hand, and sealed by somebody honest ---------------------------------------------------------


def test_a_wall_turned_to_somebody_else_stays_seen_when_a_lead_says_that_it_stays(unit: Cast) -> None:
    file = new_id()
    access.set_wall(
        actor=unit.governance, files=[file], staff=unit.staff["officer"].pk, at=NOW, kind=WallKind.PROVISIONAL
    )
    wall = Wall.objects.get(file=file)
    write("UPDATE access_wall SET staff_id = %s WHERE id = %s", unit.staff["analyst"].pk, wall.pk)
    access.say_of_wall(actor=unit.governance, wall=wall.pk, lifts=False, reason="It is to stay.", at=NOW)
    assert kinds() == ["row"]


def test_a_forged_row_stays_seen_when_somebody_honest_changes_it(unit: Cast) -> None:
    forged = Membership.objects.get(staff=unit.staff["officer"])
    forged.pk, forged.role = new_id(), Role.GOVERNANCE_LEAD
    insert(forged)
    host, why = access.first_administrator(at=NOW), "Who is that?"
    asked = access.ask_end_of_part(actor=host, part=forged, from_at=NOW, reason=why, at=NOW)
    access.answer_end(actor=unit.police_lead, asked=asked, given=True, at=NOW)
    assert Membership.objects.get(pk=forged.pk).until_at == NOW
    assert "unmade" in kinds()


def test_many_rows_changed_at_once_say_how_each_stood(unit: Cast) -> None:
    many = [Wall(file=new_id(), staff=unit.staff["officer"], from_at=NOW, set_by=new_id()) for _ in range(60)]
    with services.recorded(unit.governance, "test.walls", at=NOW):
        Wall.objects.bulk_create(many)
    write("UPDATE access_wall SET staff_id = %s WHERE id = %s", unit.staff["analyst"].pk, many[50].pk)
    with services.recorded(unit.governance, "test.walls_ended", at=NOW):
        Wall.objects.update(until_at=NOW)
    assert [str(many[50].pk) in finding.meaning for finding in findings()] == [True]
