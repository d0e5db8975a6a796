"""The desk's reading lists over reports that nobody joined: what may be recorded wrongly, and one possible course."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path, reverse

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, Permission
from fourfold.cases import queries as cases
from fourfold.cases import services
from fourfold.cases.queries.by_month import MonthRow
from fourfold.cases.queries.course_facts import ActFact
from fourfold.cases.queries.course_page import CoursePage
from fourfold.cases.queries.values import ActRow
from fourfold.cases.terms import CourseDraft, CourseVerdict, Together, UndoCourseDraft
from fourfold.gateways import delimited
from fourfold.governance import services as governance
from fourfold.governance.rules.exporting import as_counted
from fourfold.programme.queries import name_of
from fourfold.support import queries as support
from fourfold.web import pictures
from fourfold.web.acts import shown
from fourfold.web.components import charts
from fourfold.web.components.words import day
from fourfold.web.desk_lists import desk_links
from fourfold.web.form_pages import form_page
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.words import words

SHOWN = {Compartment.CORE, Compartment.SUBJECT_IDENTITY}
VERDICTS = words(
    {
        CourseVerdict.STALKING: "Yes, together they look like stalking",
        CourseVerdict.NOT_STALKING: "No, they do not belong together, or the classes are right",
        CourseVerdict.CANNOT_SAY: "Nobody knows yet",
    }
)


@requires(Permission.ALLEGATION_VIEW, compartments=SHOWN, methods=("GET",))
def mis_recorded(request: Request) -> HttpResponse:
    """List crimes of other classes that together look like stalking, the weightiest first, each with its reasons."""
    every, less = bool(request.GET.get("every")), bool(request.GET.get("less"))
    value = cases.possibly_mis_recorded(
        actor=request.actor, at=request.at, after=request.GET.get("after", ""), all_of_them=every, less_likely=less
    )
    return page(
        request,
        "courses/mis_recorded.html",
        value=value,
        as_of=cases.as_of(value.rows, actor=request.actor, at=request.at),
        every=every,
        less=less,
        links=desk_links("desk:mis_recorded"),
    )


@requires(Permission.ALLEGATION_VIEW, compartments=SHOWN, methods=("GET",))
def serial(request: Request) -> HttpResponse:
    """List subjects reported with several victims, or victims reported with several subjects, at this site and beyond."""
    kind = Together.VICTIM if request.GET.get("of") == "victims" else Together.SUBJECT
    value = cases.serial(actor=request.actor, kind=kind, at=request.at, after=request.GET.get("after", ""))
    return page(
        request,
        "courses/serial.html",
        value=value,
        as_of=cases.as_of((one.row for one in value.rows), actor=request.actor, at=request.at),
        kind=kind,
        links=desk_links("desk:serial"),
    )


@requires(Permission.ALLEGATION_VIEW, compartments=SHOWN, methods=("GET",))
def escalating(request: Request) -> HttpResponse:
    """List possible courses of conduct that have grown worse of late, each with what has changed."""
    value = cases.escalating(actor=request.actor, at=request.at, after=request.GET.get("after", ""))
    return page(
        request,
        "courses/escalating.html",
        value=value,
        as_of=cases.as_of(value.rows, actor=request.actor, at=request.at),
        links=desk_links("desk:escalating"),
    )


#: For how many days nobody has reached the victim, as the list can be asked for.
DAYS = (7, 14, 21, 28, 60)


@requires(Permission.CASE_VIEW, compartments={Compartment.CORE, Compartment.RISK}, methods=("GET",))
def quiet(request: Request) -> HttpResponse:
    """List open cases at medium or higher whose victim nobody has reached safely for so many days."""
    asked = request.GET.get("days", "")
    days = next((days for days in DAYS if str(days) == asked), 14)
    value = support.gone_quiet(actor=request.actor, at=request.at, days=days, after=request.GET.get("after", ""))
    return page(
        request,
        "courses/quiet.html",
        value=value,
        days=days,
        choices=DAYS,
        next=value.next,
        links=desk_links("desk:quiet"),
    )


FILE_HEAD = ("month", "site", "force", "crimes_of_other_classes", "may_be_stalking", "force_asked", "read", "note")
EMPTY = "an empty cell is a count that was under 10, 0 included"
HEAD = words(("Month", "Force", "Other crimes", "May be stalking", "Per cent", "Force asked", "Read"))


@requires(Permission.ALLEGATION_VIEW, compartments={Compartment.CORE}, methods=("GET",))
def by_month(request: Request) -> HttpResponse:
    """Show by force and month how many crimes of other classes may be stalking, and what was done about them."""
    rows = cases.by_force_and_month(actor=request.actor, at=request.at)
    return page(
        request,
        "courses/by_month.html",
        head=HEAD,
        rows=[(day(row.month).partition(" ")[2], f"{name_of(row.site)}: {row.force}", *_counts(row)) for row in rows],
        links=desk_links("desk:mis_recorded"),
    )


@requires(Permission.ALLEGATION_VIEW, compartments={Compartment.CORE}, methods=("GET",))
def by_month_file(request: Request) -> HttpResponse:
    """Hand the table out as a file, rounded and without counts under ten, alone or beside an earlier file."""
    rows = []
    for row, days in governance.export_months(actor=request.actor, at=request.at):
        counts = (row.crimes, row.may_be, row.asked, row.read)
        note = "; ".join(filter(None, (as_counted(days), EMPTY if None in counts else "")))
        rows.append((f"{row.month:%Y-%m}", row.site, row.force, *("" if n is None else n for n in counts), note))
    answer = HttpResponse(delimited.written((FILE_HEAD, *rows)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="possibly-mis-recorded-{request.at:%Y-%m-%d}.csv"'
    return answer


def _counts(row: MonthRow) -> tuple[str, ...]:
    crimes, may_be = row.crimes or 0, row.may_be or 0
    share = f"{100 * may_be / crimes:.1f}" if crimes else ""
    return (f"{crimes:,}", f"{may_be:,}", share, f"{row.asked or 0:,}", f"{row.read or 0:,}")


@requires(Permission.ALLEGATION_VIEW, compartments=SHOWN, methods=("GET",))
def one(request: Request, course: UUID) -> HttpResponse:
    """Show one possible course: why it is listed, its pattern over time, who by whom to whom, and every report."""
    return page(request, "courses/one.html", form=Form(request), **_around(request, course))


@requires(Permission.ALLEGATION_SCREEN, compartments=SHOWN)
def judge(request: Request, course: UUID) -> HttpResponse:
    """Record what a possible course is, and why."""
    return _answered(request, course, CourseDraft, services.judge_course)


@requires(Permission.ALLEGATION_SCREEN, compartments=SHOWN)
def undo(request: Request, course: UUID) -> HttpResponse:
    """Undo what was said of a possible course."""
    return _answered(request, course, UndoCourseDraft, services.undo_course)


def _answered(request: Request, course: UUID, draft: type[Any], write: Callable[..., object]) -> HttpResponse:
    back = to("desk:course", course=course)
    if request.method != "POST":
        return back
    return form_page(
        request,
        "courses/one.html",
        draft=draft,
        does=lambda filled: write(
            actor=request.actor,
            course=cases.course_row(actor=request.actor, course=course, at=request.at),
            at=request.at,
            **vars(filled),
        ),
        then=back,
        shows=lambda _: _around(request, course),
    )


def _around(request: Request, course: UUID) -> dict[str, Any]:
    value = cases.course_page(actor=request.actor, course=course, at=request.at, after=request.GET.get("after", ""))
    span = pictures.span_of(request.GET.get("in", ""))
    pattern = pictures.pattern_of(value.facts, request.at, span)
    links = pictures.links_of(value.facts, subject=_subject(value), victim=_victim(value))
    wide, narrow = charts.pattern_timelines(pattern)
    return {
        "value": value,
        "finding": charts.pattern_finding(pictures.pattern_of(value.facts, request.at, pictures.Span())),
        "wide": wide,
        "narrow": narrow,
        "spans": pictures.spans(value.facts, span, reverse("desk:course", kwargs={"course": course})),
        "chart": charts.link_chart(links),
        "chart_narrow": charts.link_chart(links, narrow=True),
        "acts": [_shown(act, value) for act in value.acts],
        "verdicts": [(verdict.value, words) for verdict, words in VERDICTS.items()],
        "may_triage": value.row.kind is Together.COURSE
        and all(
            access_queries.may(request.actor, each, site=value.row.site)
            for each in (Permission.ALLEGATION_TRIAGE, Permission.MATCH_CONFIRM)
        ),
        "may_judge": access_queries.may(request.actor, Permission.ALLEGATION_SCREEN, site=value.row.site),
    }


def _shown(act: ActRow, value: CoursePage) -> dict[str, Any]:
    """Return a report as the table takes it; on a subject's page without the words, which may say where a victim is."""
    row = shown(act)
    return row | {"what": row["recorded_as"]} if value.row.kind is Together.SUBJECT else row


def _subject(value: CoursePage) -> Callable[[ActFact], str]:
    """Give every act of one subject the same name: only the spellings differ. As told where there are several."""
    one = value.row.kind is not Together.VICTIM

    def name(fact: ActFact) -> str:
        return ((value.row.subject or "") if one else fact.subject) if fact.subject else ""

    return name


def _victim(value: CoursePage) -> Callable[[ActFact], str]:
    one = value.row.kind is not Together.SUBJECT

    def name(fact: ActFact) -> str:
        if fact.third:
            return fact.victim or pictures.NEAR
        return value.row.victim if one else fact.victim

    return name


urlpatterns = [
    path("desk/mis-recorded/", mis_recorded, name="desk:mis_recorded"),
    path("desk/mis-recorded/by-month/", by_month, name="desk:by_month"),
    path("desk/mis-recorded/by-month/file/", by_month_file, name="desk:by_month_file"),
    path("desk/serial/", serial, name="desk:serial"),
    path("desk/escalating/", escalating, name="desk:escalating"),
    path("desk/quiet/", quiet, name="desk:quiet"),
    path("desk/courses/<uuid:course>/", one, name="desk:course"),
    path("desk/courses/<uuid:course>/judge/", judge, name="desk:judge_course"),
    path("desk/courses/<uuid:course>/undo/", undo, name="desk:undo_course"),
]
