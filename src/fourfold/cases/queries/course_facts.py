"""The acts of a pattern as light values: enough to draw ten thousand of them, with no word of what was told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from fourfold.cases import rules
from fourfold.cases.queries.rows import when_known, with_standing
from fourfold.cases.terms import Act
from fourfold.intake.models import Allegation
from fourfold.intake.rules import mentioned, proposed_in
from fourfold.programme.queries import source_of

MOST = 20_000


@dataclass(frozen=True)
class ActFact:
    """One act of a pattern: when, of which kinds, recorded as what, told by whom, about whom as told.

    `subject` is "" where nobody is named, and where the subject is closed to the reader; `third` says that it was done to
    somebody close to the victim.
    """

    id: UUID
    at: datetime
    kinds: tuple[str, ...]
    recorded_class: str
    seriousness: int
    confirmed: bool
    is_breach: bool
    source: str
    victim: str
    subject: str
    third: bool = False
    time_known: bool | None = True
    #: The report with which it counts, of one event.
    same_as: UUID | None = None

    @property
    def report(self) -> UUID:
        return self.id

    @property
    def as_rules_see(self) -> Act:
        return Act(
            at=self.at,
            recorded_class=self.recorded_class,
            is_breach=self.is_breach,
            confirmed=self.confirmed,
            behaviours=self.kinds,
        )


_COLUMNS = (
    *("pk", "site", "system", "told_at", "occurred_from", "time_known", "recorded_class", "weapon", "breach_of"),
    *("behaviours", "victim_name", "subject_name", "summary__kinds", "people_confirmed", "found_breach", "no_breach"),
    "counts_with",
)


def facts_of(
    rows: QuerySet[Allegation], *, third: Iterable[UUID] = (), sees_subject: bool = True, most: int = MOST
) -> tuple[ActFact, ...]:
    """Return allegations as facts, the newest first; one statement, and one more for those without a summary yet."""
    near = frozenset(third)
    found = list(with_standing(rows).order_by("-told_at", "id").values(*_COLUMNS)[:most])
    read = _read_now([row["pk"] for row in found if row["summary__kinds"] is None and not row["behaviours"]])
    facts = (_fact(row, row["pk"] in near, sees_subject, read) for row in found)
    return tuple(sorted(facts, key=lambda fact: (fact.at, fact.id), reverse=True))


def _read_now(ids: list[UUID]) -> dict[UUID, tuple[str, ...]]:
    """Return what word rules propose for allegations that came so lately that nothing is kept of them."""
    if not ids:
        return {}
    rows = Allegation.objects.unscoped("of a scoped list").filter(pk__in=ids[:500]).values_list("pk", "words")
    return {pk: tuple(str(kind) for kind in proposed_in(mentioned(words))) for pk, words in rows}


def _fact(row: dict[str, Any], third: bool, sees_subject: bool, read: dict[UUID, tuple[str, ...]]) -> ActFact:
    kinds = row["summary__kinds"] if row["summary__kinds"] is not None else row["behaviours"] or read.get(row["pk"], ())
    breach = (row["breach_of"] is not None and not row["no_breach"]) or row["found_breach"]
    return ActFact(
        id=row["pk"],
        at=row["occurred_from"] or row["told_at"],
        kinds=tuple(kinds),
        recorded_class=row["recorded_class"],
        seriousness=rules.seriousness(row["recorded_class"], kinds, weapon=row["weapon"], is_breach=breach),
        confirmed=row["people_confirmed"],
        is_breach=breach,
        source=source_of(row["system"], row["site"]),
        victim=row["victim_name"],
        subject=row["subject_name"] if sees_subject and rules.names_somebody(row["subject_name"]) else "",
        third=third,
        time_known=when_known(row["occurred_from"], row["time_known"]),
        same_as=row["counts_with"],
    )
