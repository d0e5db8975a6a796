"""Her diary as her advocate reads it: entries with what vouches for them, links to give and close, files to bring in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.urls import path, reverse

from fourfold.access.terms import Compartment, NotFound, Permission
from fourfold.audit.terms import Actor
from fourfold.exhibits import queries as exhibits
from fourfold.exhibits import services as exhibit_services
from fourfold.exhibits.terms import Damaged
from fourfold.support import queries
from fourfold.support import services as support
from fourfold.support.terms import Language, PassedBy
from fourfold.web import worklist
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.worklist import WorkRow

HERS = {Compartment.CORE, Compartment.ADVOCATE_CONFIDENTIAL, Compartment.VICTIM_CONTACT}
ZONES = ("Europe/London", "Europe/Dublin", "Europe/Paris", "Europe/Warsaw", "Europe/Bucharest", "Asia/Karachi", "UTC")
PASSES = (PassedBy.CONSENT, PassedBy.OVERRIDE)
LONDON = ZoneInfo("Europe/London")


@requires(Permission.SUPPORT_VIEW, compartments=HERS, methods=("GET",))
def show(request: Request, reference: str) -> HttpResponse:
    """Show her diary to her advocate, the newest entry first."""
    after = _place(request.GET.get("after", ""))
    value = queries.diary_file(actor=request.actor, reference=reference, at=request.at, after=after)
    nxt = f"{value.more[0].isoformat()}~{value.more[1]}" if value.more else ""
    return page(
        request, "support/diary.html", value=value, next=nxt, victim_page=True, done=request.GET.get("done", "")
    )


def _place(said: str) -> tuple[datetime, UUID] | None:
    when, _, key = said.partition("~")
    try:
        return (datetime.fromisoformat(when.replace(" ", "+")), UUID(key)) if said else None
    except ValueError:
        return None


@requires(Permission.SUPPORT_RECORD, compartments=HERS)
def give_link(request: Request, reference: str) -> HttpResponse:
    """Make a link to her diary; its code stands in this answer and nowhere else."""
    queries.diary_file(actor=request.actor, reference=reference, at=request.at)
    form = Form(request, {"language": Language.ENGLISH})
    if form.sent:
        language = form.choice("language", Language, missing="Choose the language of the diary")
        if form.ok and language is not None:
            case = queries.case_row(actor=request.actor, reference=reference, at=request.at)
            with form.catching(), request.once(lambda _: _back(reference, "given")):
                link, code = support.give_diary_link(actor=request.actor, case=case, language=language, at=request.at)
                where = request.build_absolute_uri(reverse("diary:notes"))
                return page(
                    request,
                    "support/diary_code.html",
                    reference=reference,
                    code=code,
                    where=where,
                    until=link.expires_at,
                    victim_page=True,
                )
    return page(
        request,
        "support/diary_link.html",
        reference=reference,
        form=form,
        errors=form.problems,
        languages=list(Language),
        victim_page=True,
    )


@requires(Permission.SUPPORT_RECORD, compartments=HERS, methods=("POST",))
def close_link(request: Request, reference: str, link: UUID) -> HttpResponse:
    """Close a link and the device bound to it."""
    row = queries.link_row(actor=request.actor, reference=reference, link=link, at=request.at)
    form = Form(request)
    with form.catching(), request.once(lambda _: _back(reference, "closed")):
        support.close_diary_link(actor=request.actor, link=row, at=request.at)
    return _back(reference, "closed")


@requires(Permission.SUPPORT_VIEW, compartments=HERS)
def entry(request: Request, reference: str, entry: UUID) -> HttpResponse:
    """Show one entry with its custody record; mark it read, or let the unit see it on her word."""
    row = queries.entry_row(actor=request.actor, reference=reference, entry=entry, at=request.at)
    form = Form(request)
    if form.sent and form.text("go") == "read":
        with form.catching(), request.once(lambda _: to("support:entry", reference=reference, entry=entry)):
            support.mark_read(actor=request.actor, entry=row, at=request.at)
            return to("support:entry", reference=reference, entry=entry)
    elif form.sent:
        by = form.choice("by", PassedBy, missing="Choose why the unit can see it")
        why = form.text("why", longest=2000)
        if form.ok and by is not None:
            with form.catching(), request.once(lambda _: to("support:entry", reference=reference, entry=entry)):
                support.pass_on(actor=request.actor, entry=row, by=by, why=why, at=request.at)
                return to("support:entry", reference=reference, entry=entry)
    shown = queries.one_entry(actor=request.actor, reference=reference, entry=entry, at=request.at)
    custody = exhibits.custody(actor=request.actor, file=row.case_id, exhibit_id=row.exhibit_id, at=request.at)
    return page(
        request,
        "support/diary_entry.html",
        reference=reference,
        value=shown,
        custody=custody,
        passes=PASSES,
        form=form,
        errors=form.problems,
        victim_page=True,
    )


@requires(Permission.SUPPORT_VIEW, compartments=HERS, methods=("GET",))
def picture(request: Request, reference: str, exhibit: UUID) -> HttpResponse:
    """Show a picture as it was drawn anew; the original is sealed and never shown. Each look stands in its record."""
    case = queries.case_row(actor=request.actor, reference=reference, at=request.at)
    found, copy = exhibits.picture(actor=request.actor, file=case.pk, exhibit_id=exhibit, at=request.at)
    try:
        content = exhibits.content_of_copy(copy)
    except Damaged as fault:
        raise NotFound from fault
    exhibit_services.note_shown(actor=request.actor, exhibit=found, at=request.at)
    answer = HttpResponse(content, content_type=copy.media_type)
    answer["Content-Disposition"] = f'inline; filename="{copy.sha256[:8]}"'
    answer["Digest"] = f"sha-256={copy.sha256}"
    return answer


@requires(Permission.SUPPORT_RECORD, compartments=HERS)
def bring(request: Request, reference: str) -> HttpResponse:
    """Bring in a file from an evidence app or a telephone."""
    value = queries.diary_file(actor=request.actor, reference=reference, at=request.at)
    form = Form(request, {"zone": ZONES[0]})
    if form.sent:
        zone = form.text("zone") or ZONES[0]
        sent = request.FILES.get("file")
        if zone not in ZONES:
            form.wrong("zone", "Choose one of the time zones shown")
        if sent is None:
            form.wrong("file", "Choose the exported file")
        if form.ok and sent is not None:
            case = queries.case_row(actor=request.actor, reference=reference, at=request.at)
            with form.catching(), request.once(lambda _: _back(reference, "brought")):
                support.bring_log(actor=request.actor, case=case, content=sent.read(), time_zone=zone, at=request.at)
                return _back(reference, "brought")
    return page(
        request,
        "support/diary_bring.html",
        reference=reference,
        value=value,
        form=form,
        errors=form.problems,
        zones=ZONES,
        victim_page=True,
    )


def _back(reference: str, done: str) -> HttpResponse:
    answer = to("support:diary", reference=reference)
    answer["Location"] += f"?done={done}"
    return answer


@worklist.source(Permission.SUPPORT_RECORD)
def news(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield what is new in the diaries of the advocate's cases: who asked for a call, and what nobody has read."""
    yield from (
        WorkRow(
            due_at=None if not each.asked else each.since,
            due="since " + each.since.astimezone(LONDON).strftime("%d %b, %H:%M"),
            rank=1,
            what="The victim asked to be contacted" if each.asked else "New diary entries",
            href=reverse("support:file" if each.asked else "support:diary", kwargs={"reference": each.reference}),
            why=f"{each.unread} not read yet" if each.unread else "make contact as agreed",
            case=each.reference,
        )
        for each in queries.diary_news(actor=actor, at=at)
    )


@worklist.source(Permission.NOTE_CONFIDENTIAL)
def reviews(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the steps of safety plans, and people at risk, that are to be looked at again today or before."""
    today = at.astimezone(LONDON).date()
    yield from (
        WorkRow(
            due_at=datetime.combine(each.due_on, time(17), tzinfo=LONDON),
            what=each.what,
            href=reverse("care:page", kwargs={"reference": each.reference}),
            why="review agreed with the victim",
            case=each.reference,
        )
        for each in queries.care_reviews_due(actor=actor, at=at, by=today)[:20]
    )


urlpatterns = [
    path("cases/<str:reference>/victim/diary/", show, name="support:diary"),
    path("cases/<str:reference>/victim/diary/link/", give_link, name="support:give_link"),
    path("cases/<str:reference>/victim/diary/link/<uuid:link>/close/", close_link, name="support:close_link"),
    path("cases/<str:reference>/victim/diary/bring/", bring, name="support:bring"),
    path("cases/<str:reference>/victim/diary/<uuid:entry>/", entry, name="support:entry"),
    path("cases/<str:reference>/victim/diary/picture/<uuid:exhibit>/", picture, name="support:picture"),
]
