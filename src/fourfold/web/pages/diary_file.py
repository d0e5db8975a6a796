"""The diary as the advocate reads it: entries with what vouches for them, links to give and close, files to add."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.urls import path, reverse

from fourfold.access.terms import Compartment, NotFound, Permission, RelationKind
from fourfold.audit.terms import Actor
from fourfold.exhibits import queries as exhibits
from fourfold.exhibits import services as exhibit_services
from fourfold.exhibits.terms import Damaged
from fourfold.support import queries
from fourfold.support import services as support
from fourfold.support.rules.diary import LONGEST_LOG
from fourfold.support.terms import Language, LinkDraft, PassDraft, PassedBy
from fourfold.web.form_pages import Nothing, button, form_page
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.worklist import Waiting, WorkRow, kept
from fourfold.words import sentence

CONFIDENTIAL = {Compartment.CORE, Compartment.ADVOCATE_CONFIDENTIAL, Compartment.VICTIM_CONTACT}
ZONES = ("Europe/London", "Europe/Dublin", "Europe/Paris", "Europe/Warsaw", "Europe/Bucharest", "Asia/Karachi", "UTC")
LONDON = ZoneInfo("Europe/London")


@requires(Permission.SUPPORT_VIEW, compartments=CONFIDENTIAL, methods=("GET",))
def show(request: Request, reference: str) -> HttpResponse:
    """Show the diary to the victim's advocate, the newest entry first."""
    after = request.GET.get("after", "")
    value = queries.diary_file(actor=request.actor, reference=reference, at=request.at, after=after)
    return page(request, "support/diary.html", value=value, victim_page=True, done=request.GET.get("done", ""))


@requires(Permission.SUPPORT_RECORD, compartments=CONFIDENTIAL)
def give_link(request: Request, reference: str) -> HttpResponse:
    """Make a link to the diary; its code stands in this answer and nowhere else."""
    queries.diary_file(actor=request.actor, reference=reference, at=request.at)

    def code(made: tuple[Any, str]) -> HttpResponse:
        where = request.build_absolute_uri(reverse("diary:notes"))
        shown = {"reference": reference, "code": made[1], "where": where, "until": made[0].expires_at}
        return page(request, "support/diary_code.html", **shown, victim_page=True)

    return form_page(
        request,
        "support/diary_link.html",
        draft=LinkDraft,
        does=lambda draft: support.give_diary_link(
            actor=request.actor, case=_case(request, reference), at=request.at, **vars(draft)
        ),
        then=code,
        again=lambda _: to("support:diary", reference=reference, done="given"),
        initial={"language": Language.ENGLISH},
        shows={"reference": reference, "languages": Language.options(), "victim_page": True},
    )


@requires(Permission.SUPPORT_RECORD, compartments=CONFIDENTIAL, methods=("POST",))
def close_link(request: Request, reference: str, link: UUID) -> HttpResponse:
    """Close a link and the device bound to it."""
    row = queries.link_row(actor=request.actor, reference=reference, link=link, at=request.at)
    return button(
        request,
        lambda: support.close_diary_link(actor=request.actor, link=row, at=request.at),
        then="support:diary",
        done="closed",
        reference=reference,
    )


@requires(Permission.SUPPORT_VIEW, compartments=CONFIDENTIAL)
def entry(request: Request, reference: str, entry: UUID) -> HttpResponse:
    """Show one entry with its custody record; mark it read, or let the unit see it."""
    row = queries.entry_row(actor=request.actor, reference=reference, entry=entry, at=request.at)

    def shows(form: Form) -> dict[str, Any]:
        return {
            "reference": reference,
            "value": queries.one_entry(actor=request.actor, reference=reference, entry=entry, at=request.at),
            "custody": exhibits.custody(
                actor=request.actor, file=row.case_id, exhibit_id=row.exhibit_id, at=request.at
            ),
            "passes": PassedBy.options(PassedBy.CONSENT, PassedBy.OVERRIDE),
            "victim_page": True,
        }

    read = request.POST.get("go") == "read"
    return form_page(
        request,
        "support/diary_entry.html",
        draft=Nothing if read else PassDraft,
        does=lambda draft: (support.mark_read if read else support.pass_on)(
            actor=request.actor, entry=row, at=request.at, **vars(draft)
        ),
        then=to("support:entry", reference=reference, entry=entry),
        shows=shows,
    )


@requires(Permission.SUPPORT_VIEW, compartments=CONFIDENTIAL, methods=("GET",))
def picture(request: Request, reference: str, exhibit: UUID) -> HttpResponse:
    """Show a picture as it was redrawn; the original is sealed and never shown. Each look stands in its record."""
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


@requires(Permission.SUPPORT_RECORD, compartments=CONFIDENTIAL, takes=LONGEST_LOG)
def bring(request: Request, reference: str) -> HttpResponse:
    """Add a file from an evidence app or a phone."""
    value = queries.diary_file(actor=request.actor, reference=reference, at=request.at)
    return form_page(
        request,
        "support/diary_bring.html",
        draft=lambda form: _file(request, form),
        does=lambda brought: support.bring_log(
            actor=request.actor, case=_case(request, reference), at=request.at, **brought
        ),
        then=to("support:diary", reference=reference, done="brought"),
        initial={"zone": ZONES[0]},
        shows={"reference": reference, "value": value, "zones": ZONES, "victim_page": True},
    )


def _file(request: Request, form: Form) -> dict[str, Any]:
    zone, file = form.text("zone") or ZONES[0], request.FILES.get("file")
    if zone not in ZONES:
        form.wrong("zone", "Choose one of the time zones shown")
    if file is None:
        form.wrong("file", "Choose the exported file")
    return {"content": file.read() if form.ok and file else b"", "time_zone": zone}


def _case(request: Request, reference: str) -> Any:
    return queries.case_row(actor=request.actor, reference=reference, at=request.at)


@kept(Permission.SUPPORT_RECORD)
def news(one: Waiting, actor: Actor, at: datetime) -> WorkRow | None:
    """Say what is new in the diaries of the advocate's cases: who asked for a call, and what nobody has read."""
    asked, unread, since = one.said["asked"], one.said["unread"], one.due_at or at
    if RelationKind.ADVOCATE not in one.parts:
        return None
    return WorkRow(
        due_at=since if asked else None,
        due="since " + since.astimezone(LONDON).strftime("%d %b, %H:%M"),
        rank=1,
        what="The victim asked to be contacted" if asked else "New diary entries",
        href=reverse("support:file" if asked else "support:diary", kwargs={"reference": one.reference}),
        why=sentence("{1} not read yet", unread) if unread else "make contact as agreed",
        case=one.reference,
        decide=asked,
    )


@kept(Permission.NOTE_CONFIDENTIAL)
def care_reviews(one: Waiting, actor: Actor, at: datetime) -> WorkRow | None:
    """Say the steps of safety plans, and people at risk, that are to be looked at again today or before."""
    if RelationKind.ADVOCATE not in one.parts:
        return None
    return WorkRow(
        due_at=one.due_at,
        what="Look at a step of the safety plan" if one.said["step"] else "Look again at somebody at risk",
        href=reverse("care:page", kwargs={"reference": one.reference}),
        why="review agreed with the victim",
        case=one.reference,
    )


urlpatterns = [
    path("cases/<str:reference>/victim/diary/", show, name="support:diary"),
    path("cases/<str:reference>/victim/diary/link/", give_link, name="support:give_link"),
    path("cases/<str:reference>/victim/diary/link/<uuid:link>/close/", close_link, name="support:close_link"),
    path("cases/<str:reference>/victim/diary/bring/", bring, name="support:bring"),
    path("cases/<str:reference>/victim/diary/<uuid:entry>/", entry, name="support:entry"),
    path("cases/<str:reference>/victim/diary/picture/<uuid:exhibit>/", picture, name="support:picture"),
]
