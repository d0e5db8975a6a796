"""Packs for the subject or a court: made by one person, each danger decided, released by another."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from uuid import UUID

from django.http import HttpResponse
from django.urls import path, reverse

from fourfold import journey
from fourfold.access import queries as access_queries
from fourfold.access.askers import Needs
from fourfold.access.seconds import Seconds, who_could
from fourfold.access.terms import Compartment, Opened, Permission
from fourfold.cases import queries as cases
from fourfold.governance import queries
from fourfold.governance import services as governance
from fourfold.governance.queries.dangers import decided_of
from fourfold.governance.queries.material import write_to
from fourfold.governance.terms import CannotGovern, Choice, DangerDraft, PackKind, PackOrder, ReleaseDraft
from fourfold.journey import PackAsked
from fourfold.orders import queries as orders
from fourfold.support import queries as support
from fourfold.web import long_work
from fourfold.web.case_forms import case_row
from fourfold.web.form_pages import Nothing, form_page
from fourfold.web.guard import Request, forbidden, page, requires, to
from fourfold.words import Word, sentence, words

Result = TypeVar("Result")
PACKERS = (Permission.PACK_MAKE, Permission.PACK_RELEASE)
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
        does=lambda order: _or_beside(
            request,
            case_row(request, reference),
            PackAsked(reference, order),
            lambda case: governance.require_order(actor=request.actor, case=case, order=order, at=request.at),
            lambda case, at_risk: governance.make_pack(
                actor=request.actor, case=case, order=order, at_risk=at_risk, at=request.at
            ),
        ),
        then=lambda pack: (
            to("disclosures:dangers", reference=reference, pack=pack.pk, done="made")
            if pack
            else to("disclosures:underway", reference=reference)
        ),
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
    if request.method != "POST":
        return to("disclosures:dangers", reference=reference, pack=pack)
    _, row = _pack(request, reference, pack)
    ready = to("disclosures:dangers", reference=reference, pack=pack, done="again")

    def does(_: Any, at_risk: Iterable[str]) -> object:
        return governance.make_pack_again(actor=request.actor, pack=row, at_risk=at_risk, at=request.at)

    return form_page(
        request,
        "plain.html",
        draft=Nothing,
        does=lambda _: _or_beside(request, row.case, PackAsked(reference, pack=pack), lambda _: None, does),
        then=lambda made: ready if made else to("disclosures:underway", reference=reference),
        again=lambda _: ready,
        shows=lambda form: {"heading": Word("The files were not made again"), "text": " ".join(form.problems.values())},
    )


@requires(Permission.PACK_RELEASE, compartments=CORE | {Compartment.RISK})
def release(request: Request, reference: str, pack: UUID) -> HttpResponse:
    """Let a pack leave that somebody else made and decided on; its bytes are read once more."""
    opened, row = _pack(request, reference, pack)
    return form_page(
        request,
        "disclosures/release.html",
        draft=ReleaseDraft,
        does=lambda draft: _or_beside(
            request,
            row.case,
            PackAsked(reference, pack=pack, channel=draft.channel),
            lambda _: governance.require_release(actor=request.actor, pack=row, at=request.at, **vars(draft)),
            lambda _, at_risk: governance.release_pack(
                actor=request.actor, pack=row, at_risk=at_risk, at=request.at, **vars(draft)
            ),
        ),
        then=lambda released: (
            to("disclosures:page", reference=reference, done="released")
            if released
            else to("disclosures:underway", reference=reference)
        ),
        again=lambda _: to("disclosures:page", reference=reference, done="released"),
        shows=lambda _: {
            "reference": reference,
            "value": _dangers(request, opened, row),
            "seconds": _who_releases(request, row),
            "unaddressed": row.kind == PackKind.SUBJECT and not write_to(row.case.controller),
        },
    )


@requires(Permission.DISCLOSURE_VIEW, compartments=CORE)
def underway(request: Request, reference: str) -> HttpResponse:
    """Say to whoever makes or releases packs how far the files of a long case's are, or why there are none; either stops it."""
    case = case_row(request, reference)
    if not any(access_queries.may(request.actor, each, site=case.site) for each in PACKERS):
        return forbidden(request)
    return long_work.beside(
        request,
        _name_of(case),
        None,
        then=reverse("disclosures:page", kwargs={"reference": reference}),
        heading=sentence("The pack of {1}", reference),
        takes=Word(
            "The record is long. It is read for every word that may lead to a victim, the files are written, and read back from "
            "their bytes. You can leave this page: the work goes on, and the page of the case's disclosures leads here."
        ),
        refused=Word("Nothing was made, and nothing has left"),
    )


def _or_beside(
    request: Request,
    case: Any,
    asked: PackAsked,
    requires: Callable[[Any], object],
    does: Callable[[Any, Iterable[str]], Result],
) -> Result | None:
    """Do what takes no longer than a page may, and return what came of it; have the rest done beside it, one at a time for a case."""
    if not queries.is_long(case):
        return does(case, support.names_at_risk(case))
    requires(case)
    if not long_work.ask(_name_of(case), "pack", request.actor, journey.written(asked)):
        raise CannotGovern(
            "channel" if asked.channel is not None else "kind",
            Word("The files of a pack of this case are being made. Wait until that has ended, and send this again."),
        )
    return None


def _name_of(case: Any) -> str:
    return f"pack-{case.pk}"


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
    path(f"{_CASE}underway/", underway, name="disclosures:underway"),
    path(f"{_CASE}<uuid:pack>/", release, name="disclosures:release"),
    path(f"{_CASE}<uuid:pack>/dangers/", dangers, name="disclosures:dangers"),
    path(f"{_CASE}<uuid:pack>/dangers/<str:danger>/", danger, name="disclosures:danger"),
    path(f"{_CASE}<uuid:pack>/again/", again, name="disclosures:again"),
]
