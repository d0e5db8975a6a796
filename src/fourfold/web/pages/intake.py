"""Telling the unit about somebody, and following what a feed brought and what it held back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, time
from itertools import count, takewhile
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.urls import path

from fourfold import journey
from fourfold.access import queries as access_queries
from fourfold.access.paging import WHOLE, Page
from fourfold.access.terms import Compartment, Permission, existing
from fourfold.audit.terms import Actor
from fourfold.cases.queries import referrals
from fourfold.duties.queries import anywhere
from fourfold.fields import Unfit
from fourfold.gateways import workbooks
from fourfold.gateways.tables import CannotRead, Line
from fourfold.intake import queries
from fourfold.intake import services as intake
from fourfold.intake.rules import known_by_typed
from fourfold.intake.rules.columns import OF_EACH, OF_EVENT
from fourfold.intake.terms import (
    Behaviour,
    Channel,
    FileSettledDraft,
    FurtherAsTold,
    KnownKind,
    LookDraft,
    MineBefore,
    PersonAsTold,
    PersonRole,
    RowLookDraft,
    SettledDraft,
    Stopped,
    Told,
    ToldBefore,
)
from fourfold.programme.queries import name_of
from fourfold.web.components.words import moment
from fourfold.web.form_pages import form_page
from fourfold.web.forms import LONDON, LONGEST, Form, identifier_in
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.translation import translated
from fourfold.web.worklist import WorkRow, link_to, source
from fourfold.words import Word, counted, named, opening, sentence, words

TOLD = {Compartment.CORE, Compartment.SUBJECT_IDENTITY, Compartment.VICTIM_CONTACT}
ANSWERS = {"yes": True, "no": False}
#: What stands before the columns of the file in a workbook of rows that wait.
LEADING = words(("Row held back", "Row", "Why it is held back"))
#: So many people may leave in one file without a second person's word.
MOST_HANDED_OUT = 25
MOST_SENT_BACK = 200
LARGEST = 4 << 20
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Where a service names what was told, and not the field in which it was typed.
TYPED_IN = {"occurred_from": "happened", "told_at": "happened", "another": "another_event"}
#: What somebody may be known by besides the name, each a field of its own; a former surname is told as a whole name.
KNOWN_BY = (KnownKind.ALIAS, KnownKind.VEHICLE, KnownKind.ACCOUNT)
#: What is asked of each person, and how many people besides the first victim and the first subject a form holds.
ASKED = tuple(column for column in OF_EACH if column.label)
MOST_BESIDE = 20
ROLES = words({PersonRole.VICTIM: "another victim", PersonRole.SUBJECT: "another subject"})
BEHAVIOURS = words(
    {
        Behaviour.FOLLOWS: "follows the victim",
        Behaviour.CONTACTS: "contacts the victim, or tries to",
        Behaviour.PUBLISHES: "publishes things about the victim, or in the victim’s name",
        Behaviour.MONITORS: "monitors the victim’s phone, computer or accounts",
        Behaviour.LOITERS: "waits or loiters nearby",
        Behaviour.INTERFERES: "interferes with the victim’s property",
        Behaviour.WATCHES: "watches or spies on the victim",
        Behaviour.THREATENS: "makes threats",
        Behaviour.ATTACKS: "attacks the victim",
        Behaviour.THROUGH_OTHERS: "uses other people to reach the victim",
    }
)


@requires(Permission.ALLEGATION_REFER, compartments=TOLD, resumes=True)
def refer(request: Request) -> HttpResponse:
    """Refer an allegation to the unit, in the words in which it was told."""
    sites = sorted(request.actor.sites)
    before: list[MineBefore] = []

    def does(told: Told, another: bool) -> Any:
        try:
            return journey.allegation_told(actor=request.actor, told=told, at=request.at, another=another)
        except ToldBefore as found:
            before.append(found.earlier)
            raise

    def draft(form: Form) -> tuple[Told, bool] | None:
        return None if form.flag("another") else (_told(form, request, sites), form.flag("another_event"))

    def shows(form: Form) -> dict[str, Any]:
        form.problems = {_field(name): text for name, text in form.problems.items()}
        return {
            "sites": sites,
            "before": before,
            "asked": ASKED,
            "of_event": OF_EVENT,
            "behaviours": tuple((behaviour.value, words) for behaviour, words in BEHAVIOURS.items()),
            "beside": _beside(form)[:MOST_BESIDE],
            "most_beside": MOST_BESIDE,
            "roles": tuple((role.value, words) for role, words in ROLES.items()),
        }

    return form_page(
        request,
        "intake/refer.html",
        draft=draft,
        does=lambda drafted: does(*drafted),
        then=lambda allegation: to("intake:kept", allegation=allegation.pk),
        again=lambda about: to("intake:kept", allegation=about.id),
        shows=shows,
    )


def _field(name: str) -> str:
    return TYPED_IN.get(name, name.replace(".", "_"))


def _told(form: Form, request: Request, sites: list[str]) -> Told:
    site = form.text("site") or (sites[0] if len(sites) == 1 else "")
    if site not in sites:
        form.wrong(
            "site", "Choose the unit" if sites else "You have no role at a unit. Ask the lead of your agency for one."
        )
    moment, time_known = _when(form)
    behaviours = [name for name in form.values("behaviours") if name in set(Behaviour)]
    texts: dict[str, Any] = {column.name: form.text(column.name) for column in OF_EVENT}
    return Told(
        site=site,
        channel=Channel.REFERRAL,
        told_at=request.at,
        words=form.text("words", missing="Write what happened"),
        reference=form.text("reference"),
        teller=f"{request.actor.name}, {name_of(request.actor.partner)}"[:120],
        occurred_from=moment,
        time_known=time_known,
        behaviours=tuple(Behaviour(name) for name in behaviours),
        weapon=ANSWERS.get(str(form.value("weapon"))),
        former_partner=ANSWERS.get(str(form.value("former_partner"))),
        victim=_person(form, "victim"),
        subject=_person(form, "subject"),
        further=tuple(each for part in _beside(form) if (each := _further(form, part))),
        **texts,
    )


def _when(form: Form) -> tuple[datetime | None, bool]:
    """Return when it happened and whether the hour is known; a day without an hour counts from its midnight."""
    day = form.day("happened")
    if day is None:
        return None, False
    if not form.text("happened-time"):
        return datetime.combine(day, time(), tzinfo=LONDON), False
    return form.moment("happened"), True


def _person(form: Form, part: str) -> PersonAsTold:
    relationship = form.text("subject_relationship") if part == "subject" else ""
    known_by = known_by_typed({kind: form.text(f"{part}_{kind}") for kind in KNOWN_BY})
    return PersonAsTold(**_details(form, part), relationship=relationship, known_by=known_by)


def _details(form: Form, part: str, longest: Mapping[str, int] = MappingProxyType({})) -> dict[str, str]:
    """Read what is asked of each person, where `longest` does not leave it to the service up to so many characters."""
    told = {}
    for column in ASKED:
        name = f"{part}_{column.name}"
        told[column.name] = text = form.text(name, longest=longest.get(column.name, LONGEST))
        if text and column.choices and text not in column.choices:
            form.wrong(name, "Choose one of the answers shown")
    return told


def _beside(form: Form) -> list[str]:
    """Return the parts of the form for people besides the first two: those that it has, and one more on request."""
    parts = list(takewhile(lambda part: f"{part}_role" in form.typed, map("further_{}".format, count(1))))
    return [*parts, f"further_{len(parts) + 1}"] if form.flag("another") else parts


def _further(form: Form, part: str) -> FurtherAsTold | None:
    """Return somebody besides the first victim and the first subject; a part that was left empty is nobody."""
    person = PersonAsTold.of(_details(form, part, {column.name: column.longest for column in ASKED}))
    unsaid = "" if person.is_empty else "Choose whether this person is another victim or another subject"
    role = form.choice(f"{part}_role", PersonRole, missing=unsaid)
    if role and person.is_empty:
        form.wrong(f"{part}_role", "Write what is known of this person, or choose “nobody”")
    return FurtherAsTold(role, person) if role else None


@requires(Permission.ALLEGATION_REFER, compartments=TOLD, methods=("GET",))
def kept(request: Request, allegation: UUID) -> HttpResponse:
    """Show what was kept, word for word, and what happens to it next."""
    value = queries.as_told(allegation, actor=request.actor, at=request.at)
    return page(request, "intake/kept.html", value=value)


@requires(Permission.ALLEGATION_REFER, compartments={Compartment.CORE}, methods=("GET",))
def answers(request: Request) -> HttpResponse:
    """Show the outcome of what the reader referred: accepted, or declined and why."""
    value = referrals.my_referrals(actor=request.actor, at=request.at, after=request.GET.get("after", ""))
    return page(request, "intake/mine.html", value=value)


@requires(Permission.QUARANTINE_VIEW, methods=("GET",))
def imports(request: Request) -> HttpResponse:
    """Show the imports of the unit's feeds, the latest first."""
    rows = queries.runs(actor=request.actor, at=request.at, after=request.GET.get("after", ""))
    may_import = access_queries.may(request.actor, Permission.ALLEGATION_IMPORT)
    return page(request, "intake/imports.html", rows=rows, may_import=may_import)


@requires(Permission.QUARANTINE_VIEW, methods=("GET",))
def quarantine(request: Request) -> HttpResponse:
    """Show the rows that a feed held back: where each stands, which column, and why."""
    run, settled = identifier_in(request.GET.get("run", "")), request.GET.get("settled") == "yes"
    after = request.GET.get("after", "")
    rows = queries.held_rows(actor=request.actor, at=request.at, run=run, after=after, settled=settled)
    return page(
        request,
        "intake/quarantine.html",
        rows=rows,
        run=run or "",
        settled=settled,
        stopped=queries.stopped_files(actor=request.actor, at=request.at, after=request.GET.get("stopped_after", ""))
        if not run and not settled
        else Page((), ""),
        may_import=access_queries.may(request.actor, Permission.ALLEGATION_IMPORT),
        may_look=access_queries.may(request.actor, Permission.FEED_LOOK),
        may_settle=access_queries.may(request.actor, Permission.QUARANTINE_RESOLVE),
    )


@requires(Permission.QUARANTINE_RESOLVE, resumes=True)
def settle(request: Request, held: UUID) -> HttpResponse:
    """Record what happened to a row that was held back."""
    row = queries.held_row(held, actor=request.actor, at=request.at)
    facts = [
        (Word("Why it is held back"), opening(named(row.fault))),
        (Word("Details"), translated(row.reason)),
        (Word("Column"), row.column or Word("the whole row")),
        (Word("Since"), moment(row.held_at)),
    ]
    return form_page(
        request,
        "intake/settle.html",
        draft=SettledDraft,
        does=lambda draft: intake.settle_held_row(actor=request.actor, held=held, at=request.at, **vars(draft)),
        then=to("feeds:quarantine"),
        shows={"row": row, "said": facts},
    )


@requires(Permission.FEED_LOOK, resumes=True)
def look(request: Request, stopped: UUID) -> HttpResponse:
    """Say that a file which was stopped has been looked at, and is right as it is."""
    value = queries.stopped_file(stopped, actor=request.actor, at=request.at)
    return form_page(
        request,
        "intake/look.html",
        draft=LookDraft,
        does=lambda draft: intake.look_at_stopped_file(
            actor=request.actor, stopped=stopped, at=request.at, **vars(draft)
        ),
        then=to("feeds:quarantine"),
        shows={"value": value, "waits": _waits(value)},
    )


def _waits(value: Stopped) -> str:
    """Return since when a file was stopped, and how many reports wait in it."""
    return sentence("Stopped {1}. {2} wait in it.", moment(value.stopped_at), counted(value.reports, "report"))


@requires(Permission.FEED_LOOK, resumes=True)
def look_at_row(request: Request, stopped: UUID, doubt: UUID) -> HttpResponse:
    """Say what is to become of one row for which a file was stopped."""
    value = queries.stopped_file(stopped, actor=request.actor, at=request.at)
    row = existing(next((each for each in value.doubts if each.id == doubt), None))
    return form_page(
        request,
        "intake/look_at_row.html",
        draft=RowLookDraft,
        does=lambda draft: intake.look_at_row(actor=request.actor, doubt=doubt, at=request.at, **vars(draft)),
        then=to("feeds:quarantine"),
        shows={"value": value, "row": row, "waits": _waits(value)},
    )


@requires(Permission.FEED_LOOK, resumes=True)
def settle_file(request: Request, stopped: UUID) -> HttpResponse:
    """Record what became of a stopped file that is not brought in."""
    value = queries.stopped_file(stopped, actor=request.actor, at=request.at)
    return form_page(
        request,
        "intake/settle_file.html",
        draft=FileSettledDraft,
        does=lambda draft: intake.settle_stopped_file(
            actor=request.actor, stopped=stopped, at=request.at, **vars(draft)
        ),
        then=to("feeds:quarantine"),
        shows={"value": value, "waits": _waits(value)},
    )


@requires(Permission.QUARANTINE_RESOLVE, methods=("GET",))
def cells(request: Request, run: UUID) -> HttpResponse:
    """Show the rows of one import that wait, with their cells as they came, to be mended one by one or as a workbook."""
    after = request.GET.get("after", "")
    columns, rows = queries.rows_to_mend(actor=request.actor, at=request.at, run=run, after=after)
    return page(request, "intake/cells.html", run=run, columns=columns, rows=rows)


@requires(Permission.QUARANTINE_RESOLVE, methods=("GET",))
def workbook(request: Request, run: UUID) -> HttpResponse:
    """Hand out the first rows of an import that wait as a workbook, to be mended and sent back."""
    columns, rows = queries.rows_to_mend(actor=request.actor, at=request.at, run=run, most=MOST_HANDED_OUT)
    lines = (
        (str(one.row.id), str(one.row.row_number), one.row.reason, *(cell.text for cell in one.cells)) for one in rows
    )
    answer = HttpResponse(workbooks.written((*LEADING, *columns), lines, name="Rows held back"), content_type=XLSX)
    answer["Content-Disposition"] = 'attachment; filename="rows-that-wait.xlsx"'
    return answer


@requires(Permission.QUARANTINE_RESOLVE)
def mend(request: Request, held: UUID) -> HttpResponse:
    """Mend one row that waits, and read it again."""
    value = queries.row_to_mend(held, actor=request.actor, at=request.at)
    names = [cell.column for cell in value.cells]

    def does(typed: dict[str, str]) -> None:
        waiting = journey.rows_mended(actor=request.actor, mended=(intake.Mended(held, typed),), at=request.at)
        problems = [(f"cell-{names.index(one.column) if one.column in names else 0}", one.reason) for one in waiting]
        if problems:
            raise Unfit(*problems[0], *problems[1:])

    return form_page(
        request,
        "intake/mend.html",
        draft=lambda form: {name: _typed(form, number) for number, name in enumerate(names)},
        does=does,
        then=to("feeds:cells", run=value.row.run),
        initial={f"cell-{number}": cell.text for number, cell in enumerate(value.cells)},
        shows={"value": value},
    )


def _typed(form: Form, number: int) -> str:
    """Return a cell as it was typed; blanks within it are the force's own."""
    return str(form.value(f"cell-{number}")).replace("\r\n", "\n")


@requires(Permission.QUARANTINE_RESOLVE, takes=LARGEST)
def mended_workbook(request: Request, run: UUID) -> HttpResponse:
    """Take a workbook of mended rows back, keep what can be read, and say of every other row why it still waits."""
    columns, _ = queries.rows_to_mend(actor=request.actor, at=request.at, run=run, most=1)
    around: dict[str, Any] = {"run": run, "most": MOST_HANDED_OUT, "done": False}

    def does(mended: tuple[intake.Mended, ...]) -> dict[str, Any]:
        waiting = journey.rows_mended(actor=request.actor, mended=mended, at=request.at)
        return around | {"waiting": waiting, "kept": len(mended) - len(waiting), "done": True}

    return form_page(
        request,
        "intake/mended.html",
        draft=lambda form: _mended(request, form, columns),
        does=does,
        then=lambda told: page(request, "intake/mended.html", form=Form(request), **told),
        shows=around,
    )


def _mended(request: Request, form: Form, columns: tuple[str, ...]) -> tuple[intake.Mended, ...]:
    """Read the workbook that was sent; a note on the form where it is none, or not the one that was handed out."""
    sent = request.FILES.get("file")
    if not isinstance(sent, UploadedFile) or not 0 < (sent.size or 0) <= LARGEST:
        form.wrong("file", sentence("Choose the workbook with the corrected rows, up to {1} MB", LARGEST >> 20))
        return ()
    try:
        with NamedTemporaryFile(suffix=".xlsx", dir=settings.FILE_UPLOAD_TEMP_DIR) as file:
            file.write(sent.read())
            file.flush()
            header, *rows = workbooks.lines(Path(file.name))
    except (CannotRead, ValueError) as fault:
        form.wrong("file", str(fault) if isinstance(fault, CannotRead) else "The workbook has no rows.")
        return ()
    if header.cells[: len(LEADING)] != LEADING or set(header.cells[len(LEADING) :]) != set(columns):
        form.wrong("file", "These are not the columns of the workbook that you downloaded. Use that one.")
        return ()
    return _rows_of(form, header.cells, rows)


def _rows_of(form: Form, header: tuple[str, ...], rows: list[Line]) -> tuple[intake.Mended, ...]:
    made = []
    for line in rows[:MOST_SENT_BACK]:
        if (held := identifier_in(line.cells[0])) is None:
            form.wrong("file", sentence("Row {1} of the workbook has no entry under “{2}”.", line.number, LEADING[0]))
            return ()
        cells = dict(zip(header[len(LEADING) :], line.cells[len(LEADING) :], strict=True))
        made.append(intake.Mended(held, cells, among_others=True))
    if len(rows) > MOST_SENT_BACK:
        form.wrong("file", sentence("Send up to {1} rows at once.", MOST_SENT_BACK))
    return tuple(made)


@source(Permission.FEED_LOOK, there=anywhere.stopped_files)
def files_stopped(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the files of the feeds that were stopped: whatever is pressing in them reaches nobody until somebody looks."""
    for file in queries.stopped_files(actor=actor, at=at, most=WHOLE):
        imports = not file.doubts and access_queries.may(actor, Permission.ALLEGATION_IMPORT, site=file.site)
        yield WorkRow(
            due_at=file.stopped_at,
            what=file.asks,
            href=link_to("feeds:look", stopped=file.id) if file.doubts else link_to("feeds:quarantine"),
            why="nothing of it was kept, and somebody in it may be in danger",
            mine=file.may_look or imports,
        )


urlpatterns = [
    path("refer/", refer, name="intake:refer"),
    path("refer/answers/", answers, name="intake:answers"),
    path("refer/<uuid:allegation>/", kept, name="intake:kept"),
    path("imports/", imports, name="feeds:imports"),
    path("imports/quarantine/", quarantine, name="feeds:quarantine"),
    path("imports/stopped/<uuid:stopped>/", look, name="feeds:look"),
    path("imports/stopped/<uuid:stopped>/rows/<uuid:doubt>/", look_at_row, name="feeds:look_at_row"),
    path("imports/stopped/<uuid:stopped>/settle/", settle_file, name="feeds:settle_file"),
    path("imports/quarantine/<uuid:held>/", settle, name="feeds:settle"),
    path("imports/quarantine/<uuid:held>/mend/", mend, name="feeds:mend"),
    path("imports/<uuid:run>/waiting/", cells, name="feeds:cells"),
    path("imports/<uuid:run>/waiting/workbook/", workbook, name="feeds:workbook"),
    path("imports/<uuid:run>/waiting/mended/", mended_workbook, name="feeds:mended"),
]
