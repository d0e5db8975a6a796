"""An agency's own list of its people: it takes away who has left, gives nothing, and stops where it would take too many."""

from __future__ import annotations

from uuid import UUID

import pytest

from fourfold.access.rosters import CannotRead, Compared, HeldAccount, compare, read

HEAD = "hr_id,email,agency,active"
AGENCIES = ("police", "trust")


def held(number: int, agency: str = "police", *, is_open: bool = True) -> HeldAccount:
    return HeldAccount(UUID(int=number), agency, f"P {number:03}", f"p{number}@police.example", is_open)


def compared(*lines: str, accounts: int = 4) -> Compared:
    return compare(read((HEAD, *lines), agencies=AGENCIES), [held(number) for number in range(1, accounts + 1)])


@pytest.mark.parametrize(
    ("line", "leavers", "says"),
    [
        ("p-001,,police,no", [1], ""),
        ("P001,p1@police.example,police,FALSE", [1], ""),
        ("P001,P1@police.example,police,yes", [], ""),
        ("P001,new@police.example,police,yes", [], "the address here is another"),
        ("P099,new@police.example,police,yes", [], "has no account here"),
        ("P099,,police,no", [], ""),
        ("P001,,trust,no", [], ""),
    ],
)
def test_what_a_line_means(line: str, leavers: list[int], says: str) -> None:
    found = compared(line)
    assert [pk.int for pk in found.leavers] == leavers
    lines = [said for said in found.to_look_at if said.startswith("Line")]
    assert (says in lines[0]) if says else not lines


def test_who_is_suspended_is_let_in_by_no_list_and_who_is_missing_goes_on() -> None:
    found = compare(read((HEAD, "P001,,police,yes"), agencies=AGENCIES), [held(1, is_open=False), held(2)])
    assert found.leavers == ()
    assert "Two people let it in again" in found.to_look_at[0]
    assert found.to_look_at[1] == "Open accounts whose staff number stands in no line, and go on: 1."


@pytest.mark.parametrize(("accounts", "left", "too_many"), [(4, 2, False), (4, 3, True), (50, 5, False), (50, 6, True)])
def test_a_list_that_would_end_more_than_a_tenth_asks_first(accounts: int, left: int, too_many: bool) -> None:
    lines = [f"P{number:03},,police,no" for number in range(1, left + 1)]
    assert compared(*lines, accounts=accounts).too_many is too_many


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (("hr_id,email,agency", "P001,,police"), "Missing: active"),
        ((HEAD,), "The list is empty"),
        ((HEAD, ",,police,no"), "Line 2: hr_id is empty"),
        ((HEAD, "---,,police,no"), "Line 2: hr_id cannot be compared"),
        ((HEAD, "P001,,army,no"), "Line 2: there is no agency “army” here"),
        ((HEAD, "P001,,police,maybe"), "Line 2: active is “maybe”"),
        ((HEAD, "P001,,police,no", "p 001,,police,yes"), "Line 3: this hr_id stands in line 2 too"),
    ],
)
def test_a_list_with_a_doubtful_line_is_not_used_at_all(lines: tuple[str, ...], says: str) -> None:
    with pytest.raises(CannotRead) as fault:
        read(lines, agencies=AGENCIES)
    assert says in str(fault.value)
