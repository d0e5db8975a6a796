"""The disposal of a case: what goes and what stays is read first by whoever asks, then by whoever signs."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.urls import path, reverse

from fourfold.access.askers import Needs
from fourfold.access.seconds import Seconds, who_could
from fourfold.access.terms import Compartment, NotFound, Permission
from fourfold.audit.terms import Actor
from fourfold.governance import queries
from fourfold.governance import services as governance
from fourfold.governance.disposals import DisposalAnswerDraft, DisposalDraft
from fourfold.governance.terms import CannotGovern
from fourfold.web.case_forms import case_row
from fourfold.web.components.words import moment
from fourfold.web.form_pages import form_page
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.worklist import Waiting, WorkRow, kept
from fourfold.words import sentence, words

DONE = words(
    {
        "asked": "You asked for the disposal. A colleague has to sign it.",
        "disposed": "The case was disposed of. What remains of it is listed below.",
        "kept": "The case is kept.",
        "gone": "That case was disposed of already. What remains of it is listed below.",
    }
)


@requires(Permission.RETENTION_REVIEW, compartments={Compartment.CORE}, methods=("GET",))
def listed(request: Request) -> HttpResponse:
    """List what was proposed for disposal at the reader's units, and what remains of what was disposed of."""
    return page(
        request,
        "retaining/disposals.html",
        asker=request.actor.staff,
        proposed=queries.to_dispose_of(actor=request.actor, at=request.at),
        disposed=queries.disposed_of(actor=request.actor, at=request.at),
        done=DONE.get(request.GET.get("done", ""), ""),
    )


@requires(Permission.RETENTION_REVIEW, compartments={Compartment.CORE, Compartment.RISK})
def disposal(request: Request, reference: str) -> HttpResponse:
    """Show what a disposal of a closed case takes and what stays; ask for it, sign it, or keep the case.

    Where it is gone, whoever may read the list is led there: who pressed twice, or kept the address.
    """
    try:
        return _disposal(request, reference)
    except NotFound:
        if not queries.is_disposed_of(reference, actor=request.actor):
            raise
        return to("unit:disposals", done="gone")


def _disposal(request: Request, reference: str) -> HttpResponse:
    case = case_row(request, reference)
    value = queries.disposal_page(actor=request.actor, case=case, at=request.at)
    asked, sent = value.asked, dict[str, Any](actor=request.actor, at=request.at)

    def ask(draft: DisposalDraft) -> HttpResponse:
        governance.ask_for_disposal(case=case, **vars(draft), **sent)
        return to("unit:disposals", done="asked")

    def answer(draft: DisposalAnswerDraft) -> HttpResponse:
        assert asked is not None  # noqa: S101 -- else it is asked for
        if draft.goes:
            try:
                governance.sign_disposal(asked=asked, seen=draft.seen, **sent)
            except CannotGovern:
                if not queries.is_disposed_of(reference, actor=request.actor):
                    raise
                return to("unit:disposals", done="gone")  # by the first of two presses
            return to("unit:disposals", done="disposed")
        governance.refuse_disposal(asked=asked, because=draft.because, **sent)
        return to("unit:disposals", done="kept")

    def shows(_: Any) -> dict[str, Any]:
        needs = Needs(Permission.RETENTION_REVIEW, case.site, case.pk)
        waits = not value.why_not and not (asked and not value.not_you)
        seconds = _others(needs, value, request) if waits else None
        mine = asked is not None and asked.recorded_by == request.actor.staff
        return {"reference": reference, "value": value, "seconds": seconds, "mine": mine}

    asks: Any = DisposalAnswerDraft if asked else DisposalDraft
    does: Any = answer if asked else ask
    return form_page(request, "retaining/disposal.html", draft=asks, does=does, then=lambda led: led, shows=shows)


def _others(needs: Needs, value: queries.DisposalPage, request: Request) -> Seconds:
    """Return who could sign what was asked for, or what the reader is about to ask for."""
    first = value.asked.recorded_by if value.asked else None
    return who_could(needs, actor=request.actor, at=request.at, besides=value.apart, asked_by=first)


@kept(Permission.RETENTION_REVIEW)
def disposals(one: Waiting, actor: Actor, at: datetime) -> WorkRow | None:
    """Say that a disposal waits for the signature of somebody who may give it."""
    if str(actor.staff) in (str(one.asked_by), *one.said.get("apart", ())):
        return None
    return WorkRow(
        due_at=None,
        due="when you can",
        what="Read what a disposal takes, and sign it or keep the case",
        href=reverse("disclosures:disposal", kwargs={"reference": one.reference}),
        why=sentence("asked {1}; it cannot be undone", moment(datetime.fromisoformat(one.said["asked_at"]))),
        case=one.reference,
        rank=30,
        mine=True,
    )


urlpatterns = [
    path("unit/disposals/", listed, name="unit:disposals"),
    path("cases/<str:reference>/disposal/", disposal, name="disclosures:disposal"),
]
