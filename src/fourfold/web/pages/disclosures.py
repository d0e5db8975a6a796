"""What governs one case: what left it and why, requests for confidences, packs, holds, retention, and challenges."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path, reverse

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, Permission, RelationKind
from fourfold.audit.terms import Actor, Conflict
from fourfold.cases import queries as cases
from fourfold.cases.queries.third_parties import third_parties_in
from fourfold.cases.queries.values import CaseHeader
from fourfold.duties.queries import Waiting
from fourfold.gateways import underway
from fourfold.governance import queries
from fourfold.governance import services as governance
from fourfold.governance.queries.seconds import who_could_sign_release
from fourfold.governance.terms import (
    ChallengeAnswerDraft,
    ChallengeDraft,
    ChallengeKind,
    ChallengeOutcome,
    Challenger,
    ConfidenceDraft,
    Consent,
    DisclosureDetails,
    Ground,
    HoldDraft,
    HoldKind,
    LiftDraft,
    MoreAskedDraft,
    MoreCameDraft,
    RequestDetails,
    RequestState,
    RetentionDraft,
    RetentionOutcome,
    SignatureDraft,
    VictimAnswer,
    VictimAnswerDraft,
)
from fourfold.web.case_forms import case_row
from fourfold.web.case_frame import frame
from fourfold.web.form_pages import form_page
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.worklist import WorkRow, kept
from fourfold.words import Word, sentence, words

SHOWN = set(Compartment) - {Compartment.ADMIN, Compartment.PSD_COVERT, Compartment.SAFE_ADDRESS_SEALED}
CORE = {Compartment.CORE}
DONE = words(
    {
        "recorded": "The disclosure was recorded.",
        "asked": "The request has gone to the victim's advocate.",
        "released": "The pack was released. It is in the ledger.",
        "hold": "Nothing in this case can be disposed of until the hold is lifted.",
        "lifted": "The hold was lifted.",
        "retention": "The review was recorded. Nothing was erased.",
        "challenge": "The challenge was recorded, with the date by which you must answer.",
        "waits": "The deadline is paused until you have what you asked for.",
        "runs": "The deadline is running again.",
        "answered": "The answer was recorded. The first record stays as it was.",
    }
)
#: What the ledger's form offers; the rest has a door of its own.
DISCLOSED = (
    Compartment.CORE,
    Compartment.RISK,
    Compartment.SUBJECT_IDENTITY,
    Compartment.VICTIM_CONTACT,
    Compartment.CLINICAL,
    Compartment.POLICE_INTEL,
    Compartment.ADVOCATE_CONFIDENTIAL,
)


@requires(Permission.DISCLOSURE_VIEW, compartments=SHOWN, methods=("GET",))
def show(request: Request, reference: str) -> HttpResponse:
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    value = queries.governance_page(actor=request.actor, opened=header.opened, at=request.at)
    return page(
        request,
        "disclosures/page.html",
        value=value,
        far=underway.how_far(f"pack-{header.id}"),
        may=lambda name: access_queries.may(request.actor, Permission(name)),
        done=DONE.get(request.GET.get("done", ""), ""),
        frame=frame(header, "disclosures:page", actor=request.actor, at=request.at),
    )


@requires(Permission.DISCLOSURE_RECORD, compartments=SHOWN, resumes=True)
def record(request: Request, reference: str) -> HttpResponse:
    """Record that something leaves the unit, before it leaves."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    thirds = third_parties_in(actor=request.actor, opened=header.opened, at=request.at)
    chosen = next((one for one in thirds if str(one.id) == request.GET.get("third")), None)
    return _form(
        request,
        reference,
        "record",
        initial={"third": str(chosen.id), "to_whom": chosen.name} if chosen else None,
        draft=_disclosure,
        does=lambda draft: governance.record_disclosure(
            actor=request.actor, case=case_row(request, reference), at=request.at, **draft
        ),
        done="recorded",
        parts=Compartment.options(*(part for part in DISCLOSED if header.opened.may_read(part))),
        thirds=thirds and [("", Word("No, somebody else")), *((str(one.id), one.name) for one in thirds)],
        grounds=Ground.options(),
        consents=Consent.options(),
    )


def _disclosure(form: Form) -> dict[str, Any]:
    compartment = form.choice("compartment", Compartment, missing="Choose which part of the file it is from")
    return {"details": form.read(DisclosureDetails), "compartment": compartment}


@requires(Permission.CONFIDENCE_REQUEST, compartments=CORE, resumes=True)
def ask(request: Request, reference: str) -> HttpResponse:
    """Ask the victim's advocate for what the victim may have told them."""
    cases.open_case_named(actor=request.actor, reference=reference, at=request.at)
    return _form(
        request,
        reference,
        "ask",
        draft=RequestDetails,
        does=lambda details: governance.ask_for_confidence(
            actor=request.actor, case=case_row(request, reference), details=details, at=request.at
        ),
        done="asked",
    )


#: The three forms on the page of a request: what each asks for, and the service that takes it.
STEPS: dict[str, tuple[type[Any], Callable[..., object]]] = {
    "victim_answer": (VictimAnswerDraft, governance.record_victim_answer),
    "decide": (ConfidenceDraft, governance.decide_on_confidence),
    "sign": (SignatureDraft, governance.sign_release),
}


@requires(Permission.DISCLOSURE_VIEW, compartments={Compartment.CORE, Compartment.ADVOCATE_CONFIDENTIAL}, resumes=True)
def asked(request: Request, reference: str, asked: UUID) -> HttpResponse:
    """Show one request; an advocate records the victim's answer and decides, a second advocate signs."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    row = queries.asked_row(actor=request.actor, opened=header.opened, asked=asked)
    draft, write = STEPS.get(request.POST.get("step", ""), STEPS["sign"])
    return _form(
        request,
        reference,
        "request",
        draft=draft,
        does=lambda draft: write(actor=request.actor, asked=row, at=request.at, **vars(draft)),
        whole=lambda: _request(request, header, _by_id(_governed(request, header).confidences, asked)),
        answers=VictimAnswer.options(),
    )


def _request(request: Request, header: CaseHeader, value: queries.ConfidenceShown) -> dict[str, Any]:
    """Return a request with who could sign a release of it, for the advocate who decides on it, or has done so."""
    concerns = value.may_decide or value.waits_for_another
    return {
        "value": value,
        "seconds": who_could_sign_release(header, actor=request.actor, at=request.at) if concerns else None,
    }


@requires(Permission.RETENTION_REVIEW, compartments=CORE, resumes=True)
def hold(request: Request, reference: str) -> HttpResponse:
    cases.open_case_named(actor=request.actor, reference=reference, at=request.at)
    return _form(
        request,
        reference,
        "hold",
        draft=HoldDraft,
        does=lambda draft: governance.place_hold(
            actor=request.actor, case=case_row(request, reference), at=request.at, **vars(draft)
        ),
        done="hold",
        kinds=HoldKind.options(),
    )


@requires(Permission.RETENTION_REVIEW, compartments=CORE, resumes=True)
def lift(request: Request, reference: str, hold: UUID) -> HttpResponse:
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    row = queries.hold_row(opened=header.opened, hold=hold)
    return _form(
        request,
        reference,
        "lift",
        draft=LiftDraft,
        does=lambda draft: governance.lift_hold(actor=request.actor, hold=row, at=request.at, **vars(draft)),
        done="lifted",
        kind=HoldKind(row.kind).words,
    )


@requires(Permission.RETENTION_REVIEW, compartments=CORE, resumes=True)
def retention(request: Request, reference: str) -> HttpResponse:
    """Review whether a closed case is kept."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    return _form(
        request,
        reference,
        "retention",
        draft=RetentionDraft,
        does=lambda draft: governance.review_retention(
            actor=request.actor, case=case_row(request, reference), at=request.at, **vars(draft)
        ),
        done="retention",
        whole=lambda: {"value": _governed(request, header).retention},
        outcomes=RetentionOutcome.options(),
    )


@requires(Permission.CHALLENGE_RECORD, compartments=CORE, resumes=True)
def challenge(request: Request, reference: str) -> HttpResponse:
    """Keep what a person says about their own record."""
    cases.open_case_named(actor=request.actor, reference=reference, at=request.at)
    return _form(
        request,
        reference,
        "challenge",
        draft=ChallengeDraft,
        does=lambda draft: governance.record_challenge(
            actor=request.actor, case=case_row(request, reference), at=request.at, **vars(draft)
        ),
        done="challenge",
        people=Challenger.options(),
        kinds=ChallengeKind.options(),
    )


@requires(Permission.CHALLENGE_RECORD, compartments=CORE, resumes=True)
def answer(request: Request, reference: str, challenge: UUID) -> HttpResponse:
    """Answer what a person says about their record; what a colleague answered first is shown beside it."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    sent = request.method == "POST"
    before = queries.challenge_answered(opened=header.opened, challenge=challenge, at=request.at) if sent else None
    row = queries.challenge_row(opened=header.opened, challenge=challenge) if before is None else None

    def write(draft: ChallengeAnswerDraft) -> object:
        if before is not None:
            raise Conflict("This challenge", {"by": before[1], "at": before[2]})
        assert row is not None  # noqa: S101 -- nobody has answered
        return governance.answer_challenge(actor=request.actor, challenge=row, at=request.at, **vars(draft))

    return _form(
        request,
        reference,
        "answer",
        draft=ChallengeAnswerDraft,
        does=write,
        done="answered",
        said=before[0] if before else _said(row),
        outcomes=ChallengeOutcome.options(),
    )


@requires(Permission.CHALLENGE_RECORD, compartments=CORE, resumes=True)
def wait(request: Request, reference: str, challenge: UUID) -> HttpResponse:
    """Record what a person was asked for, which pauses the deadline; or that it came, which restarts it."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    row = queries.challenge_row(opened=header.opened, challenge=challenge)
    waits = queries.more_asked_of(opened=header.opened, challenge=challenge)

    def write(draft: MoreAskedDraft | MoreCameDraft) -> object:
        if waits is None:
            return governance.ask_for_more(actor=request.actor, challenge=row, at=request.at, **vars(draft))
        return governance.note_more_came(actor=request.actor, asked=waits, at=request.at, **vars(draft))

    return _form(
        request,
        reference,
        "wait",
        draft=MoreAskedDraft if waits is None else MoreCameDraft,
        does=write,
        done="waits" if waits is None else "runs",
        said=_said(row),
        waits=waits,
    )


def _form(
    request: Request,
    reference: str,
    name: str,
    *,
    draft: Any,
    does: Callable[[Any], object],
    done: str = "",
    initial: dict[str, object] | None = None,
    whole: Callable[[], dict[str, Any]] = dict,
    **shows: Any,
) -> HttpResponse:
    """Show or take a form of a case and lead back to it; `whole` reads what only the shown page needs."""
    return form_page(
        request,
        f"disclosures/{name}.html",
        draft=draft,
        does=does,
        then=to("disclosures:page", reference=reference, done=done),
        initial=initial,
        shows=lambda _: {"reference": reference, **shows, **whole()},
    )


def _governed(request: Request, header: CaseHeader) -> queries.GovernancePage:
    return queries.governance_page(actor=request.actor, opened=header.opened, at=request.at)


def _said(row: Any) -> dict[str, str]:
    return {"about": row.about, "words": row.words}


def _by_id(values: Iterable[Any], identifier: UUID) -> Any:
    return next(value for value in values if value.id == identifier)


@kept(Permission.CONFIDENCE_DECIDE)
def confidences(one: Waiting, actor: Actor, at: datetime) -> WorkRow | None:
    """Say the requests for a confidence that wait for the victim's advocate, or for another's signature."""
    state = RequestState(one.said["state"])
    signs = state is RequestState.WAITING_FOR_SIGNATURE and one.asked_by != actor.staff
    if one.due_at is None or not (signs or RelationKind.ADVOCATE in one.parts):
        return None
    what = {
        RequestState.WAITING_FOR_VICTIM: "Ask the victim about a request from the police",
        RequestState.TO_DECIDE: "Decide on a request from the police",
        RequestState.WAITING_FOR_SIGNATURE: "Sign or stop a release that the victim refused",
    }[state]
    return WorkRow(
        due_at=None,
        what=what,
        href=reverse("disclosures:page", kwargs={"reference": one.reference}),
        why=sentence("asked {1}; only the victim's advocate can release it", f"{one.due_at:%-d %B}"),
        case=one.reference,
        rank=1,
        mine=True,
    )


_CASE = "cases/<str:reference>/disclosures/"
urlpatterns = [
    path(_CASE, show, name="disclosures:page"),
    path(f"{_CASE}record/", record, name="disclosures:record"),
    path(f"{_CASE}ask/", ask, name="disclosures:ask"),
    path(f"{_CASE}asked/<uuid:asked>/", asked, name="disclosures:asked"),
    path(f"{_CASE}hold/", hold, name="disclosures:hold"),
    path(f"{_CASE}hold/<uuid:hold>/", lift, name="disclosures:lift"),
    path(f"{_CASE}retention/", retention, name="disclosures:retention"),
    path(f"{_CASE}challenge/", challenge, name="disclosures:challenge"),
    path(f"{_CASE}challenge/<uuid:challenge>/wait/", wait, name="disclosures:wait"),
    path(f"{_CASE}challenge/<uuid:challenge>/", answer, name="disclosures:answer"),
]
