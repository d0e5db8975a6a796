"""Packs for the subject or a court: made by one person, each danger decided, released by another."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from fourfold.access.askers import Needs
from fourfold.access.seconds import Seconds, who_could
from fourfold.access.terms import Compartment, Opened, Permission
from fourfold.cases import queries as cases
from fourfold.governance import queries
from fourfold.governance import services as governance
from fourfold.governance.queries.dangers import decided_of
from fourfold.governance.queries.material import write_to
from fourfold.governance.terms import Choice, DangerDraft, PackKind, PackOrder, ReleaseDraft
from fourfold.orders import queries as orders
from fourfold.support import queries as support
from fourfold.web.case_forms import case_row
from fourfold.web.form_pages import button, form_page
from fourfold.web.guard import Request, page, requires, to
from fourfold.words import words

CORE = {Compartment.CORE}
SHOWN = {Compartment.CORE, Compartment.SUBJECT_IDENTITY}
#: A letter of advice is about the risk: its words stand among those to decide on.
DECIDED = SHOWN | {Compartment.RISK}
OF_A_PICTURE = words({"keep": "Show this picture", "leave_out": "Leave this picture out"})
DONE = words(
    {
        "made": "The pack was made, and read back from its bytes.",
        "decided": "Your decision was recorded.",
        "again": "The files were made again from the record as it is now, and read back.",
    }
)


@requires(Permission.PACK_MAKE, compartments=SHOWN, resumes=True)
def make(request: Request, reference: str) -> HttpResponse:
    """Make a pack for the subject who asks for their record, for a court, or for an application to one."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    opened, needs = header.opened, Needs(Permission.PACK_RELEASE, header.site, header.id)
    sought = {str(order): (kind, day) for order, kind, day in orders.orders_sought(opened)}
    named = request.GET.get("order", "")
    return form_page(
        request,
        "disclosures/make.html",
        draft=PackOrder,
        does=lambda order: governance.make_pack(
            actor=request.actor,
            case=(case := case_row(request, reference)),
            order=order,
            at_risk=support.names_at_risk(case),
            at=request.at,
        ),
        then=lambda pack: to("disclosures:dangers", reference=reference, pack=pack.pk, done="made"),
        again=lambda about: to("disclosures:dangers", reference=reference, pack=about.id, done="made"),
        initial={"kind": PackKind.APPLICATION.value, "application": named} if named in sought else None,
        shows={
            "reference": reference,
            "kinds": PackKind.options(*(each for each in PackKind if each is not PackKind.ADVICE)),
            "sought": sought,
            "seconds": who_could(needs, actor=request.actor, at=request.at),
        },
    )


@requires(Permission.PACK_MAKE, compartments=DECIDED, methods=("GET",))
def dangers(request: Request, reference: str, pack: UUID) -> HttpResponse:
    """Show a pack with everything in the record that may lead to a victim, and whose decision it waits for."""
    opened, row = _pack(request, reference, pack)
    return page(
        request,
        "disclosures/dangers.html",
        value=_dangers(request, opened, row),
        reference=reference,
        done=DONE.get(request.GET.get("done", ""), ""),
    )


@requires(Permission.PACK_MAKE, compartments=DECIDED, resumes=True)
def danger(request: Request, reference: str, pack: UUID, danger: str) -> HttpResponse:
    """Decide what happens to words that may lead to a victim, and wherever else the same is decided."""
    opened, row = _pack(request, reference, pack)
    one, others, settled = queries.danger_page(
        actor=request.actor,
        opened=opened,
        pack=row,
        danger=danger,
        at_risk=support.names_at_risk(row.case),
        at=request.at,
    )
    return form_page(
        request,
        "disclosures/danger.html",
        draft=DangerDraft,
        does=lambda decision: governance.decide_on_danger(
            actor=request.actor,
            pack=row,
            danger=danger,
            decision=decision,
            seen=request.POST.get("version"),
            at_risk=support.names_at_risk(row.case),
            at=request.at,
        ),
        then=to("disclosures:dangers", reference=reference, pack=pack, done="decided"),
        initial={"choice": one.decided or one.proposal, "reason": one.reason, "waits_for": one.waits_for},
        shows={
            "reference": reference,
            "pack": pack,
            "value": one,
            "others": others,
            "settled": settled,
            "choices": [(key, OF_A_PICTURE.get(key, said)) for key, said in Choice.options(*one.choices)]
            if one.picture
            else Choice.options(*one.choices),
        },
    )


@requires(Permission.PACK_MAKE, compartments=DECIDED)
def again(request: Request, reference: str, pack: UUID) -> HttpResponse:
    """Make the files of a pack again, from the record as it is now."""
    _, row = _pack(request, reference, pack)
    return button(
        request,
        lambda: governance.make_pack_again(
            actor=request.actor, pack=row, at_risk=support.names_at_risk(row.case), at=request.at
        ),
        then="disclosures:dangers",
        done="again",
        reference=reference,
        pack=pack,
    )


@requires(Permission.PACK_RELEASE, compartments=CORE | {Compartment.RISK})
def release(request: Request, reference: str, pack: UUID) -> HttpResponse:
    """Let a pack leave that somebody else made and decided on; its bytes are read once more."""
    opened, row = _pack(request, reference, pack)
    return form_page(
        request,
        "disclosures/release.html",
        draft=ReleaseDraft,
        does=lambda draft: governance.release_pack(
            actor=request.actor, pack=row, at_risk=support.names_at_risk(row.case), at=request.at, **vars(draft)
        ),
        then=to("disclosures:page", reference=reference, done="released"),
        shows=lambda _: {
            "reference": reference,
            "value": _dangers(request, opened, row),
            "seconds": _who_releases(request, row),
            "unaddressed": row.kind == PackKind.SUBJECT and not write_to(row.case.controller),
        },
    )


def _who_releases(request: Request, pack: Any) -> Seconds:
    """Return who could let a pack leave: nobody who made it or decided on a danger of it."""
    return who_could(
        Needs(Permission.PACK_RELEASE, pack.case.site, pack.case_id),
        actor=request.actor,
        asked_by=pack.recorded_by,
        besides={each.recorded_by for each in decided_of(pack).values()},
        at=request.at,
    )


def _pack(request: Request, reference: str, pack: UUID) -> tuple[Opened, Any]:
    opened = cases.header(actor=request.actor, reference=reference, at=request.at).opened
    return opened, queries.pack_row(opened=opened, pack=pack)


def _dangers(request: Request, opened: Opened, row: Any) -> queries.DangersPage:
    return queries.dangers_page(
        actor=request.actor,
        opened=opened,
        pack=row,
        at_risk=support.names_at_risk(row.case),
        at=request.at,
        after=request.GET.get("after", ""),
    )


_CASE = "cases/<str:reference>/disclosures/pack/"
urlpatterns = [
    path(_CASE, make, name="disclosures:make"),
    path(f"{_CASE}<uuid:pack>/", release, name="disclosures:release"),
    path(f"{_CASE}<uuid:pack>/dangers/", dangers, name="disclosures:dangers"),
    path(f"{_CASE}<uuid:pack>/dangers/<str:danger>/", danger, name="disclosures:danger"),
    path(f"{_CASE}<uuid:pack>/again/", again, name="disclosures:again"),
]
