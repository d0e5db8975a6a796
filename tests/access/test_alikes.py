"""Which records look like one person's: short forms, names of before, addresses that outlive a name; and which do not."""

from __future__ import annotations

import pytest

from fourfold.access.alikes import Look, alike, pairs
from fourfold.access.models import Account, Staff
from fourfold.access.terms import Role
from tests.cast import Cast, hire


def look(name: str, *emails: str, number: str = "", others: str = "") -> Look:
    return Look(name, number, frozenset(emails), others)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (look("Kate Quill"), look("Catherine Quill")),
        (look("Quill, Kathy"), look("Katie Quill")),
        (look("Bob Reed"), look("Robert Reed")),
        (look("Bernie Reed"), look("Bernard Reed")),
        (look("Sam Reed"), look("Samantha Jane Reed")),
        (look("Ada Reed-Quill"), look("Ada Quill")),
        (look("Ada Reed (née Quill)"), look("Ada Quill")),
        (look("Kate Reed, formerly Quill"), look("Catherine Quill")),
        (look("Ada Reed", "ada.quill@police.example"), look("Ada Quill", "a.q@health.example")),
        (look("Ada Reed", "kate.quill@police.example"), look("Catherine Quill")),
        (look("A. Quill"), look("Ada Quill")),
        (look("Bea Marsh", others="Ada Quill"), look("Ada Quill")),
        (look("Bea Marsh", others="Bee Marsh, Ada Quill"), look("Ada Jane Quill")),
        (look("Ada Marsh", others="née Quill"), look("Ada Quill")),
        (look("Bea Marsh", others="Ada Quill"), look("Cy Fenn", others="Ada Quill")),
        (look("Ada Quill", number="4471"), look("Somebody Else", number="44 71")),
    ],
)
def test_these_look_like_one_person(one: Look, other: Look) -> None:
    assert alike(one, other)
    assert alike(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (look("Ada Quill"), look("Ada Reed")),
        (look("Samuel Reed"), look("Samantha Reed")),
        (look("Jane Reed"), look("Jean Reed")),
        (look("Kate Quill"), look("Catherine Reed")),
        (look("Ada Quill", "duty@police.example"), look("Bo Reed", "desk@police.example")),
        (look("Ada"), look("Ada Quill")),
        (look("Ada Marsh", others="Bea Quill"), look("Ada Quill")),
    ],
)
def test_these_do_not(one: Look, other: Look) -> None:
    assert not alike(one, other)
    assert not alike(other, one)


@pytest.mark.django_db
def test_a_lead_is_asked_about_a_second_account_under_a_short_form_or_a_name_of_before(cast: Cast) -> None:
    """The attack: somebody signs as Kate, and again as Catherine, or under the name that an address still has."""
    made = [hire(name, "northmoor-police", Role.POLICE_OFFICER, "northmoor") for name in (
        "Kate Halloran", "Catherine Halloran", "Ottilie Reed", "Ottilie Petrov"
    )]  # fmt: skip
    Account.objects.create(email="ottilie.petrov@northmoor.example", staff=made[2])
    found = {frozenset((one.name, other.name)) for one, other in pairs("northmoor-police")}
    assert {frozenset(("Kate Halloran", "Catherine Halloran")), frozenset(("Ottilie Reed", "Ottilie Petrov"))} <= found
    assert Staff.objects.filter(name="Ottilie Reed").exists()
