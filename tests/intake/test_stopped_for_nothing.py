"""A feed in which households share doors, numbers and mailboxes, and people tell of each other, is stopped for nothing nowhere."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from bench.force import Named, crimes
from bench.quarrels import quarrels
from fourfold.intake.rules import roles_held
from fourfold.intake.rules.exchanged import Exchange, parties
from fourfold.intake.rules.roles_held import Pair, Value
from fourfold.intake.terms import PersonAsTold, PersonRole

REPORTS = 6_000


def person(told: Named) -> PersonAsTold:
    born = f"{told.birth:%d/%m/%Y}" if told.birth else ""
    return PersonAsTold(name=told.name, birth=born, phone=told.phone, email=told.email, address=told.address)


class Record:
    """Reports as a site has them, found by what their people are reached by."""

    def __init__(self) -> None:
        self.pairs: list[Pair] = []
        self.known: dict[PersonRole, defaultdict[Value, set[str]]] = {role: defaultdict(set) for role in PersonRole}
        self.told: dict[PersonRole, defaultdict[Value, set[int]]] = {role: defaultdict(set) for role in PersonRole}

    def against(self, pair: Pair) -> int:
        """Return how many of the reports before contradict one."""
        near = {
            n
            for role in PersonRole
            for value in roles_held.values_of(*pair.of(role))
            for n in self.told[role.other][value]
        }
        found = 0
        for before in (self.pairs[n] for n in near):
            known = {
                role: roles_held.told_before_as(pair, role, self.known[role]) | roles_held.values_of(*before.of(role))
                for role in PersonRole
            }
            found += roles_held.why_contradicts_another(before, pair, known) is not None
        return found

    def add(self, pair: Pair) -> None:
        for role in PersonRole:
            for one in pair.of(role):
                for value in roles_held.values_of(one):
                    self.known[role][value].add(one.name)
                    self.told[role][value].add(len(self.pairs))
        self.pairs.append(pair)


def test_no_report_of_an_invented_force_contradicts_an_earlier_one_and_swapped_ones_do() -> None:
    record, swapped, crossed = Record(), 0, 0
    told = sorted((*crimes(REPORTS, seed=7), *quarrels(REPORTS // 16, seed=7)), key=lambda one: one.at)
    for number, one in enumerate(told):
        pair = Pair(person(one.victim), person(one.subject))
        assert record.against(pair) == 0, pair
        record.add(pair)
        if number % 10 == 0 and pair.subject.phone and pair.victim.name and pair.victim.phone != pair.subject.phone:
            swapped += 1
            crossed += (
                record.against(Pair(replace(pair.victim, phone=pair.subject.phone), replace(pair.subject, phone="")))
                > 0
            )
    assert swapped > 50
    assert crossed == swapped


def test_who_is_a_victim_now_and_a_suspect_then_stops_no_file_and_an_exchanged_file_is_stopped_at_its_first_row() -> (
    None
):
    told = sorted((*crimes(REPORTS, seed=7), *quarrels(REPORTS // 16, seed=7)), key=lambda one: one.at)
    rows = [parties(Pair(person(one.victim), person(one.subject))) for one in told]
    for size in (5, 40, 500, len(rows)):  # each day's file on top of what came before it
        waiting = 0
        for begin in range(0, len(rows), size):
            today = Exchange()
            for people in rows[max(0, begin - 200 * size) : begin]:
                today.on_record(people)
            for number, people in enumerate(rows[begin : begin + size]):
                today.see(number, people)
            assert today.rows == []
            waiting += len(today.waits)
        # once for nearly each two who tell of each other: one row is enough, whoever of them came with whom before
        assert waiting < len(rows) / 75
    exchanged = [parties(Pair(person(one.subject), person(one.victim))) for one in told[:500]]
    again = Exchange()
    for number, people in enumerate((*rows, *exchanged)):
        again.see(number, people)
    assert len(rows) - 30 <= again.rows[0] <= len(rows) + 1


def test_quarrels_among_people_who_come_once_stop_no_file_and_an_exchange_among_them_does() -> None:
    """Nobody in the file is steady: only that both ways of a quarrel stand below its supposed beginning speaks for it."""

    def pair(name: str, number: int) -> Pair:
        return Pair(*(PersonAsTold(f"{side} {name}{number}") for side in ("Anna", "Carl")))

    def turned(pair: Pair) -> Pair:
        return Pair(pair.subject, pair.victim)

    once = [pair("Once", number) for number in range(400)]
    quarrels = [each for number in range(40) for each in (pair("Both", number), turned(pair("Both", number)))]
    rows = [each for number, one in enumerate(once) for each in (one, *quarrels[number : number + 1])]
    follows = Exchange()
    for number, one in enumerate(rows):
        follows.see(number, parties(one))
    assert follows.rows == []
    assert len(follows.waits) == 40
    for number, one in enumerate(once[100:150], start=len(rows)):
        follows.see(number, parties(turned(one)))
    assert follows.rows[:1] != []
    assert len(rows) - 1 <= follows.rows[0] <= len(rows) + 1
