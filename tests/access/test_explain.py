"""What the command line says about a closed door: the rule's name and the facts, and that somebody asked."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from fourfold.access import queries, services
from fourfold.access.terms import Access, Compartment, NotFound, RelationKind, Side
from fourfold.audit import services as audit
from fourfold.audit.models import Entry
from fourfold.audit.queries import verify
from fourfold.base import new_id
from tests.cast import NOW, Cast, give_account

pytestmark = pytest.mark.django_db

PEOPLE = ("officer", "advocate", "clinician", "outreach", "analyst", "chair", "governance", "lead", "olu")


@pytest.fixture
def file(cast: Cast) -> UUID:
    """A file that the officer's unit has opened, with its officer, its advocate and the subject's clinician."""
    identifier = new_id()
    with audit.recorded(cast.officer, "file.made", at=NOW, file=identifier):
        services.grant_file(actor=cast.officer, file=identifier, site="northmoor", at=NOW)
    for name, kind in (
        ("officer", RelationKind.OIC),
        ("advocate", RelationKind.ADVOCATE),
        ("clinician", RelationKind.CLINICIAN_OF_SUBJECT),
    ):
        services.relate(actor=cast.coordinator, file=identifier, staff=cast.staff[name].pk, kind=kind, at=NOW)
    return identifier


@pytest.fixture(autouse=True)
def _at_this_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command live at the moment of the cast."""
    from django.conf import settings

    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"app_clock": NOW.isoformat()}))


def explained(cast: Cast, name: str, about: object, action: str = "read", *more: str) -> dict[tuple[str, str], Any]:
    """Ask the command about one of the cast, and return its decisions by compartment and side."""
    account = give_account(cast, name, "a long enough invented password", "JBSWY3DPEHPK3PXP")
    out = StringIO()
    call_command(
        "authz_explain",
        *more,
        f"--user={account.email}",
        f"--action={action}",
        f"--object={about}",
        "--json",
        stdout=out,
    )
    told = json.loads(out.getvalue())
    return {(one["compartment"], one["side"]): one for one in told["decisions"]}


def test_every_compartment_is_explained_and_the_clinical_one_once_for_each_side(cast: Cast, file: UUID) -> None:
    told = explained(cast, "officer", file)
    assert {compartment for compartment, _ in told} == set(Compartment)
    assert {side for compartment, side in told if compartment == "clinical"} == {"victim", "subject"}


def test_the_rule_that_closes_is_named_with_the_facts_it_used(cast: Cast, file: UUID) -> None:
    services.set_wall(actor=cast.governance, files=[file], staff=cast.outreach.staff, at=NOW)
    core = explained(cast, "outreach", file)["core", "none"]
    assert (core["decision"], core["rule"]) == ("closed", "walled")
    assert core["facts"]["walled"] is True
    assert core["facts"]["team"] is True
    assert core["facts"]["roles"] == ["outreach_worker"]


def test_an_open_door_names_its_permit(cast: Cast, file: UUID) -> None:
    told = explained(cast, "advocate", file)
    assert told["advocate_confidential", "none"]["rule"] == "permit for advocate_confidential"
    assert told["advocate_confidential", "none"]["facts"]["relations"] == ["advocate"]


def test_the_sealed_address_asks_for_a_second_person(cast: Cast, file: UUID) -> None:
    alone = explained(cast, "advocate", file)["safe_address_sealed", "none"]
    together = explained(cast, "advocate", file, "read", "--second")["safe_address_sealed", "none"]
    assert (alone["decision"], together["decision"]) == ("closed", "open")


@pytest.mark.parametrize(
    ("option", "rule"), [("--strength=password", "no second factor"), ("--purpose=", "no purpose")]
)
def test_a_weak_session_or_no_purpose_closes_everything(cast: Cast, file: UUID, option: str, rule: str) -> None:
    assert {one["rule"] for one in explained(cast, "officer", file, "read", option).values()} == {rule}


@pytest.mark.parametrize("name", PEOPLE)
def test_the_explanation_and_the_door_say_the_same(cast: Cast, file: UUID, name: str) -> None:
    for access, kept in ((Access.READ, "readable"), (Access.WRITE, "writable")):
        told = queries.explained(cast.actor(name), file, access, at=NOW)
        open_to = {facts.compartment for facts, rule in told if rule is None}
        try:
            assert getattr(queries.opened(cast.actor(name), file, at=NOW), kept) == open_to
        except NotFound:
            core = next(rule for facts, rule in told if facts.compartment is Compartment.CORE)
            assert core is not None or access is Access.WRITE


def test_the_clinician_of_the_subject_is_told_which_side_is_hers(cast: Cast, file: UUID) -> None:
    told = explained(cast, "clinician", file, "write")
    assert told["clinical", str(Side.SUBJECT)]["decision"] == "open"
    assert told["clinical", str(Side.VICTIM)]["decision"] == "closed"


def test_that_somebody_asked_is_in_the_log_and_the_log_holds(cast: Cast, file: UUID) -> None:
    explained(cast, "olu", file)
    entry = Entry.objects.get(action="access.explained")
    assert entry.file == file
    assert verify().clean


def test_without_json_each_compartment_is_a_line(cast: Cast, file: UUID) -> None:
    account = give_account(cast, "olu", "a long enough invented password", "JBSWY3DPEHPK3PXP")
    out = StringIO()
    call_command("authz_explain", f"--user={account.email}", "--action=read", f"--object={file}", stdout=out)
    lines = out.getvalue().splitlines()
    assert len(lines) == len(Compartment) + 1
    assert "closed clinical (victim): no agreement" in lines


def test_an_unknown_person_and_an_unknown_reference_are_named(cast: Cast, file: UUID) -> None:
    with pytest.raises(CommandError, match=r"nobody@demo\.invalid"):
        call_command("authz_explain", "--user=nobody@demo.invalid", "--action=read", f"--object={file}")
    with pytest.raises(CommandError, match="FF-00000"):
        explained(cast, "officer", "FF-00000")
