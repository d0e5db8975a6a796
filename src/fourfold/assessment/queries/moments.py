"""What was it on 3 May at 14:00, on which tool version, and who knew? Asked of the rows and of the log."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Min

from fourfold.access import queries as access_queries
from fourfold.access.projection import Projection
from fourfold.access.projection import Staff as StaffName
from fourfold.access.terms import Compartment, NotFound, Opened, Purpose
from fourfold.assessment.models import Assessment
from fourfold.assessment.queries.recorded_forms import GONE, RISK, RecordedForms, staff_name
from fourfold.assessment.terms import CannotRecord
from fourfold.audit import services as audit
from fourfold.audit.models import Entry
from fourfold.audit.terms import Actor, Operation
from fourfold.cases.models import Case, LevelSet
from fourfold.cases.terms import Level, SetBy
from fourfold.programme import queries as programme

MOST_KNEW = 200
ON_CASEWORK = f'"purpose":"{Purpose.CASEWORK}"'
SHOWED_RISK = r'"compartments":\[[^]]*"risk"'
"""As the log writes it: canonical JSON without spaces."""


@dataclass(frozen=True)
class ToolUsed:
    """An assessment that was signed by the moment: which version of which form, in which wording. `with_it` says that
    the level was set in signing it."""

    assessment: UUID
    title: str
    version: int
    sha256: str
    pack_sha256: str
    by: str
    signed_at: datetime
    advised: Level | None
    with_it: bool


@dataclass(frozen=True)
class Knew:
    """Somebody who knew the level by the moment: set it, signed it, read it, or was told."""

    name: str
    how: str
    since: datetime


@dataclass(frozen=True)
class LevelMoment:
    """A case's level as it stood at a moment; `level` is None where none had been set.

    `recorded_at` is later than `set_at` where the level was brought in from elsewhere afterwards: nobody here knew it
    before.
    """

    reference: str
    moment: datetime
    level: Level | None = None
    set_at: datetime | None = None
    set_in: SetBy | None = None
    set_by: str = ""
    countersigned_by: str = ""
    reason: str = ""
    advised: Level | None = None
    advice_from: str = ""
    recorded_at: datetime | None = None
    tools: tuple[ToolUsed, ...] = ()
    knew: tuple[Knew, ...] = ()


TOOL = Projection(ToolUsed, Assessment, "title", "with_it", assessment="id", by=StaffName("recorded_by", GONE))
MOMENT = Projection(
    LevelMoment,
    LevelSet,
    "reference",
    "moment",
    "tools",
    "knew",
    set_by=StaffName("recorded_by", GONE),
    countersigned_by=StaffName("countersigned_by", GONE),
)


def level_moment(*, actor: Actor, case_id: UUID, moment: datetime, at: datetime) -> LevelMoment:
    """Return the level of a case as it stood at a moment, with the forms signed by then and who knew it.

    Who knew is asked of the log: who set or signed it, to whom the page of this case showed its risk for casework
    since, and which agency was sent it. Lists that show many cases at once are not among it. Raises NotFound, and
    CannotRecord for a moment to come. Eleven statements and the log's, and one for each form and wording that was
    brought in.
    """
    opened = access_queries.opened(actor, case_id, at=at)
    if not opened.may_read(Compartment.RISK):
        raise NotFound
    if moment > at:
        raise CannotRecord("on", "Choose a date and time in the past.")
    case = Case.objects.of(opened).only("reference", "site").get()
    row = LevelSet.objects.of(opened).filter(set_at__lte=moment).order_by("-set_at", "-recorded_at").first()
    audit.consulted(
        actor, "case.level_at", at=at, file=case_id, compartments=RISK, fields=frozenset({"level", "readers"})
    )
    if row is None:
        return LevelMoment(case.reference, moment)
    made = list(Assessment.objects.of(opened).filter(signed_at__lte=moment).order_by("-signed_at", "-id"))
    return _moment(opened, case, row, made, moment)


def _moment(opened: Opened, case: Case, row: LevelSet, made: list[Assessment], moment: datetime) -> LevelMoment:
    read, told = _read_by(opened, row, moment), _told(opened, row, moment)
    people = {*MOMENT.staff_in([row]), *read, *TOOL.staff_in(made)}
    names = access_queries.names_of(people)
    return MOMENT(
        row,
        names=names,
        reference=case.reference,
        moment=moment,
        tools=tuple(_tools(case.site, row, made, names)),
        knew=(*_knew(row, read, names), *told)[:MOST_KNEW],
    )


def _tools(site: str, row: LevelSet, made: list[Assessment], names: dict[UUID, str]) -> Iterable[ToolUsed]:
    """Return the latest signed on each form by the moment, the one in which the level was set first."""
    forms, seen = RecordedForms(site), set()
    for each in sorted(made, key=lambda one: not _set_with(row, one)):
        if each.instrument in seen and not _set_with(row, each):
            continue
        seen.add(each.instrument)
        yield TOOL(each, names=names, title=forms.of(each).title, with_it=_set_with(row, each))


def _set_with(row: LevelSet, made: Assessment) -> bool:
    """Return whether a level was set in signing an assessment: by the same person, in the same act."""
    same_act = (made.signed_at, made.recorded_by) == (row.set_at, row.recorded_by)
    return same_act and made.professional_level == row.level and made.seat_id is None


def _read_by(opened: Opened, row: LevelSet, moment: datetime) -> dict[UUID, datetime]:
    """Return who was shown the case's risk for casework since the level was set, and when first: one statement."""
    entries = Entry.objects.filter(
        file=opened.file,
        operation=Operation.CONSULTATION,
        at__gte=row.set_at,
        at__lte=moment,
        body__contains=ON_CASEWORK,
        body__regex=SHOWED_RISK,
    )
    return dict(entries.values("actor").annotate(first=Min("at")).values_list("actor", "first"))


def _told(opened: Opened, row: LevelSet, moment: datetime) -> list[Knew]:
    """Return which agencies were sent the risk since the level was set: one statement."""
    entries = Entry.objects.filter(
        file=opened.file,
        operation=Operation.DISCLOSURE,
        action="minutes.made",
        at__gte=row.set_at,
        at__lte=moment,
        body__regex=SHOWED_RISK,
    )
    sent = [
        (json.loads(body).get("more", {}).get("partner", ""), when) for when, body in entries.values_list("at", "body")
    ]
    return [
        Knew(programme.name_of(code) if code else "An agency", "was sent the panel's minutes", when)
        for code, when in sent
    ]


def _knew(row: LevelSet, read: dict[UUID, datetime], names: dict[UUID, str]) -> list[Knew]:
    known_at = max(row.set_at, row.recorded_at)
    found = {row.recorded_by: Knew(staff_name(names, row.recorded_by), "set it", known_at)}
    if row.countersigned_by is not None:
        found[row.countersigned_by] = Knew(staff_name(names, row.countersigned_by), "signed it", known_at)
    for staff, first in read.items():
        found.setdefault(staff, Knew(staff_name(names, staff), "read the case", first))
    return sorted(found.values(), key=lambda one: (one.since, one.name))
