"""Which reports that wait may name an open case: kept by whatever is written, as it would be worked out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from fourfold import journey
from fourfold.cases import services as cases
from fourfold.cases.models import Case, CaseAct, MayName, ToldKey
from fourfold.cases.services import may_name, summaries
from fourfold.cases.terms import CannotStep, Outcome, State
from fourfold.duties import services as duties
from fourfold.gateways.bulk import make_missing_indexes
from fourfold.intake.models import Allegation
from fourfold.linkage.models import Match
from fourfold.linkage.terms import CannotMatch
from fourfold.people import services as people
from fourfold.people.models import FindingKey, Subject, SubjectMark, Victim, VictimReach
from fourfold.people.terms import InvalidDetails, MarkKind
from tests.cases.builders import HER, further_act, known, open_case, told, triaged
from tests.cast import NOW, Cast
from tests.intake.feeds import feed, row, small, text_of

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
NAMES = ("Nora Quill", "Ada Poole", "Nora Poole", "Mary Jane Poole")
MEN = ("Dean Marlow", "Rolf Stern", "Dean Stern")
PHONES = ("07700 900123", "07700 900777", "07700 900456", "")
BORN = ("3 May 1985", "11/02/1979", "")


def every(table: Any, **of: Any) -> list[Any]:
    return list(table.objects.unscoped("test").filter(**of).order_by("pk"))


def worked_out() -> Counter[tuple[UUID, UUID, str, int]]:
    """Work out by sets what the keys of each report at the desk say of each case that is not closed."""
    keys: dict[UUID, dict[int, int]] = {}
    for each in ToldKey.objects.all():
        keys.setdefault(each.allegation, {})[each.key] = each.strength
    people = {case.pk: {case.victim_id, case.subject_id} for case in every(Case) if case.state != State.CLOSED}
    of_case: dict[UUID, set[int]] = {
        pk: set(FindingKey.objects.filter(person__in=some).values_list("key", flat=True)) for pk, some in people.items()
    }
    acts = {(act.allegation_id, act.case_id) for act in every(CaseAct, left_at=None)}
    found: Counter[tuple[UUID, UUID, str, int]] = Counter()
    for report in every(Allegation, at_desk=True):
        for pk, some in of_case.items():
            says = sum(strength for key, strength in keys.get(report.pk, {}).items() if key in some)
            says += may_name.IS_AN_ACT * ((report.pk, pk) in acts)
            if says >= may_name.SAYS_ENOUGH:
                found[report.pk, pk, report.site, says] = 1
    return found


def kept() -> Counter[tuple[UUID, UUID, str, int]]:
    return Counter(MayName.objects.values_list("allegation", "file", "site", "says"))


class Works:
    """Whatever a unit does that lets a report at the desk name an open case, or no longer."""

    def __init__(self, cast: Cast, chance: Random) -> None:
        self.cast, self.chance, self.at = cast, chance, NOW

    def one(self, rows: Iterable[Any]) -> Any:
        found = list(rows)
        return self.chance.choice(found) if found else None

    def _told(self) -> Allegation:
        said = {"victim_name": self.one(NAMES), "subject_name": self.one(MEN), "victim_phone": self.one(PHONES)}
        said |= {"subject_phone": self.one(PHONES), "victim_birth": self.one(BORN), "subject_birth": self.one(BORN)}
        return told(self.cast.analyst, at=self.at, **said)

    def tells(self) -> None:
        self._told()
        cases.keep_summaries(actor=self.cast.analyst, site="northmoor", at=self.at)

    def tells_without_keys(self) -> None:
        self._told()

    def opens(self) -> None:
        report = self._told()
        known(self.cast, report, at=self.at)
        triaged(self.cast, report, at=self.at)

    def adds_an_act(self) -> None:
        if case := self.one(every(Case, state=State.OPEN)):
            further_act(self.cast, case, at=self.at)

    def undoes_a_match(self) -> None:
        if match := self.one(every(Match, verdict="same", undone_at=None)):
            cases.undo_match(actor=self.cast.analyst, match=match, reason="Another.", at=self.at)

    def sends_elsewhere(self) -> None:
        if report := self.one(every(Allegation, at_desk=True)):
            cases.triage(
                actor=self.cast.analyst, allegation=report, outcome=Outcome.ADVICE_ONLY, reason="Told once.", at=self.at
            )

    def closes(self) -> None:
        if case := self.one(every(Case, state=State.OPEN)):
            before = self.at - timedelta(minutes=30)
            cases.close(actor=self.cast.coordinator, case=case, reason="Done.", victim_told_at=before, at=self.at)

    def learns_a_number(self) -> None:
        if subject := self.one(every(Subject)):
            number = {"kind": MarkKind.PHONE, "value": self.one(PHONES[:3])}
            people.add_mark(actor=self.cast.analyst, subject=subject, at=self.at, **number)

    def learns_how_to_reach(self) -> None:
        if victim := self.one(every(Victim)):
            number = {"kind": MarkKind.PHONE, "value": self.one(PHONES[:3])}
            people.add_reach(actor=self.cast.analyst, victim=victim, at=self.at, **number)

    def withdraws_a_mark(self) -> None:
        if mark := self.one(every(SubjectMark)):
            said = {"subject": mark.subject, "mark": mark.pk, "reason": "A neighbour's."}
            people.withdraw_mark(actor=self.cast.analyst, at=self.at, **said)

    def withdraws_a_reach(self) -> None:
        if reach := self.one(every(VictimReach)):
            said = {"victim": reach.victim, "reach": reach.pk, "reason": "A sister's."}
            people.withdraw_reach(actor=self.cast.analyst, at=self.at, **said)

    def works_out_keys_afresh(self) -> None:
        people.rebuild_keys(actor=self.cast.analyst, at=self.at)


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_written_the_rows_kept_are_those_worked_out(cast: Cast, seed: int) -> None:
    works = Works(cast, Random(seed))
    steps = [name for name in vars(Works) if not name.startswith("_") and name != "one"]
    open_case(cast)
    for n in range(3):
        told(cast.analyst, at=NOW - n * DAY)
    cases.keep_summaries(actor=cast.analyst, site="northmoor", at=NOW)
    assert len(kept()) == 3
    for _ in range(30):
        works.at += timedelta(hours=1)
        name = works.chance.choice(steps)
        with suppress(CannotStep, CannotMatch, InvalidDetails):
            getattr(works, name)()
        assert kept() == worked_out(), name
    assert [str(one) for one in duties.checked()] == []


def test_a_feed_finds_the_cases_that_its_reports_may_name_once_it_is_searchable(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for large in (summaries.LARGE, 1):
        monkeypatch.setattr(summaries, "LARGE", large)
        case = triaged(cast, report) if (report := told(cast.analyst)) and known(cast, report) else None
        her = {"Name": HER["victim_name"], "Born": "03/05/1985", "Told": "24/11/2026 08:00"}
        path = feed(tmp_path, text_of([row(f"T-{large}-{n}", **her) for n in range(3)]), f"{large}.csv")
        journey.feed_brought(actor=cast.analyst, path=path, mapping=small(), site="northmoor", at=NOW + DAY)
        journey.reports_came(actor=cast.analyst, site="northmoor", at=NOW + DAY)
        assert kept() == worked_out()
        assert case
        assert MayName.objects.filter(file=case.pk).count() >= 3


def test_a_report_that_a_later_version_brings_back_to_the_desk_may_name_its_case_again(
    cast: Cast, tmp_path: Path
) -> None:
    open_case(cast)
    for weapon in ("N", "Y"):
        her = {"Name": HER["victim_name"], "Born": "03/05/1985", "Told": "24/11/2026 08:00", "When": "24/11/2026 08:00"}
        path = feed(tmp_path, text_of([row("T-1", **her, Weapon=weapon)]), f"{weapon}.csv")
        journey.feed_brought(actor=cast.analyst, path=path, mapping=small(), site="northmoor", at=NOW + DAY)
        journey.reports_came(actor=cast.analyst, site="northmoor", at=NOW + DAY)
        assert len(kept()) == 1
        assert kept() == worked_out()
        if weapon == "N":
            [report] = every(Allegation, at_desk=True)
            said = {"outcome": Outcome.ADVICE_ONLY, "reason": "Told once."}
            cases.triage(actor=cast.analyst, allegation=report, at=NOW + DAY, **said)
            assert not kept()


def test_while_a_first_file_has_no_index_of_its_keys_a_write_looks_for_nothing(cast: Cast) -> None:
    if connection.vendor != "sqlite":
        return  # PostgreSQL keeps its indexes
    case = open_case(cast)
    told(cast.analyst, at=NOW)
    cases.keep_summaries(actor=cast.analyst, site="northmoor", at=NOW)
    MayName.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX told_by_key")
    further_act(cast, case, at=NOW + DAY)
    assert not kept()
    make_missing_indexes([ToldKey])
    may_name.keep_of_site("northmoor")
    assert kept() == worked_out()
    assert len(kept()) == 1
