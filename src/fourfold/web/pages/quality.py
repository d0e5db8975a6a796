"""The unit's quality board: the inspector's questions, how sure, against which standard, and the cases behind each."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.urls import path

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, NotFound, Permission
from fourfold.gateways import delimited
from fourfold.governance import queries, services
from fourfold.governance.queries import Board
from fourfold.governance.rules.exporting import as_counted
from fourfold.governance.rules.quality import PERIOD, QUARTERS, Judged, Row, VictimFileFacts
from fourfold.support import queries as support
from fourfold.support.terms import UpdateKind
from fourfold.web.components import charts
from fourfold.web.components.charts import Interval, Reading, Scale, Svg
from fourfold.web.guard import Request, page, requires
from fourfold.web.translation import composed
from fourfold.words import Word, sentence

SHOWN = {Compartment.CORE, Compartment.RISK}
PERCENT = Scale(0, 1)
FILE_HEAD = ("site", "from", "until", "question", "yes", "of", "share", "low", "high", "standard", "verdict", "note")


@requires(Permission.UNIT_VIEW, compartments=SHOWN, methods=("GET",))
def show(request: Request) -> HttpResponse:
    """Show the board of the unit, or of one of the units, in which the reader works.

    Whoever opens no case reads what would leave: what was shown before and what is shown now tell of no few.
    """
    sites = sorted(request.actor.sites)
    site = _site(request)
    opens, files = access_queries.may(request.actor, Permission.CASE_VIEW, site=site), _victim_files(request, site)
    asked: dict[str, Any] = {"actor": request.actor, "site": site, "files": files, "at": request.at}
    value, as_of = (queries.board(**asked), {}) if opens else services.export_board(**asked)
    return page(
        request,
        "quality/board.html",
        value=value,
        as_of=as_of,
        sites=sites,
        drawn={r.question.code: _drawn(r) for r in value.rows},
        may_retain=access_queries.may(request.actor, Permission.RETENTION_REVIEW),
    )


@requires(Permission.UNIT_VIEW, compartments=SHOWN, methods=("GET",))
def cases(request: Request, code: str) -> HttpResponse:
    """Show the cases that one question was answered no for, the most dangerous first."""
    site = _site(request)
    after = request.GET.get("after", "")
    value = queries.cases_behind(
        actor=request.actor, site=site, code=code, at=request.at, files=_victim_files(request, site), after=after
    )
    return page(request, "quality/cases.html", value=value)


@requires(Permission.UNIT_VIEW, compartments=SHOWN, methods=("GET",))
def exported(request: Request) -> HttpResponse:
    """Hand the board out as every release leaves: rounded, to the end of last week, and nothing under ten, alone or beside
    an earlier file."""
    site = _site(request)
    files = _victim_files(request, site)
    value, as_of = services.export_board(actor=request.actor, site=site, files=files, at=request.at)
    answer = HttpResponse(_as_csv(value, as_of), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="quality-{value.until}.csv"'
    return answer


def _site(request: Request) -> str:
    """Return the site that is asked for, or the reader's first; another's is not there."""
    sites = sorted(request.actor.sites)
    asked = request.GET.get("site", "") or (sites[0] if sites else "")
    if asked not in sites:
        raise NotFound
    return asked


def _victim_files(request: Request, site: str) -> VictimFileFacts:
    """Return what the victims' own files say of what they were told: days and counts, not a word of theirs."""
    since = (request.at - QUARTERS * PERIOD - timedelta(days=1)).date()
    rows = support.told_in_time(actor=request.actor, site=site, since=since, at=request.at)
    told = tuple(
        Judged(
            case=row.case,
            on=row.due_on,
            yes=row.told_on is not None and row.told_on <= row.due_on,
            why=sentence(
                "{1}: due {2}, {3}",
                row.what.words,
                f"{row.due_on:%-d %B}",
                sentence("told {1}", f"{row.told_on:%-d %B}") if row.told_on else Word("not told"),
            ),
        )
        for row in rows
    )
    first = (row.case for row in rows if row.what is UpdateKind.FIRST_CONTACT and row.told_on)
    return VictimFileFacts(told, frozenset(first))


def _drawn(row: Row) -> tuple[Svg, Svg | None]:
    """Draw a question's interval beside its standard, and its four quarters; None where there is no line to draw."""
    estimate = row.estimate
    interval = Interval(estimate.estimate, estimate.low, estimate.high) if estimate else None
    drawn = charts.interval_row(interval, PERCENT, name=row.question.words, standard=row.question.standard)
    readings = [
        Reading(quarter.until, round(100 * quarter.share)) for quarter in row.quarters if quarter.share is not None
    ]
    name = composed("{1}: per cent by quarter", row.question.words)
    return drawn, charts.movement(readings, Scale(0, 100), name=name, worse="lower") if len(readings) > 1 else None


def _as_csv(value: Board, as_of: Mapping[str, date]) -> str:
    rows: list[list[object]] = []
    for row in value.rows:
        shown = row.estimate
        numbers = [f"{n:.3f}" for n in (shown.estimate, shown.low, shown.high)] if shown else ["", "", ""]
        counts = ["", ""] if row.hidden else [row.yes, row.of]
        note = as_counted(filter(None, [as_of.get(row.question.code)]))
        judged = [row.verdict, note] if shown else ["", "; ".join(filter(None, [row.verdict, note]))]
        said = [value.site, value.since, value.until, row.question.words]
        rows.append([*said, *counts, *numbers, row.question.standard, *judged])
    return delimited.written((FILE_HEAD, *rows))


urlpatterns = [
    path("unit/quality/", show, name="unit:quality"),
    path("unit/quality/file/", exported, name="unit:file"),
    path("unit/quality/<slug:code>/", cases, name="unit:cases"),
]
