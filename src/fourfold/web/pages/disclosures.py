"""What governs one case: what left it and why, requests for confidences, packs, holds, retention, and challenges."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path, reverse

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, Permission
from fourfold.audit.terms import About, Actor
from fourfold.cases import queries as cases
from fourfold.governance import queries
from fourfold.governance import services as governance
from fourfold.governance.terms import (
    ChallengeKind,
    ChallengeOutcome,
    Challenger,
    Consent,
    DisclosureDetails,
    Ground,
    HoldKind,
    PackKind,
    PackOrder,
    RequestDetails,
    RequestState,
    RetentionOutcome,
    VictimAnswer,
)
from fourfold.web.case_frame import frame
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.worklist import WorkRow, source
from fourfold.words import opening, words

SHOWN = set(Compartment) - {Compartment.ADMIN, Compartment.PSD_COVERT, Compartment.SAFE_ADDRESS_SEALED}
CORE = {Compartment.CORE}
DONE = words(
    {
        "recorded": "The disclosure was recorded.",
        "asked": "The request has gone to the victim's advocate.",
        "pack": "The pack was made and checked: nothing in it leads to a victim. Somebody else has to release it.",
        "released": "The pack was released. It is in the ledger.",
        "hold": "Nothing of this case may be disposed of until the hold is lifted.",
        "lifted": "The hold was lifted.",
        "retention": "The review was recorded. Nothing was erased.",
        "challenge": "What they say was recorded, with the day by which you have to answer.",
        "waits": "The deadline is paused until you have what you asked for.",
        "runs": "The deadline is running again.",
        "answered": "The answer was recorded. The first record stays as it was.",
    }
)
#: What the ledger's form offers; the rest has a door of its own.
DISCLOSED = words(
    (
        (Compartment.CORE, "what happened, and the measures"),
        (Compartment.RISK, "level, assessment, panel"),
        (Compartment.SUBJECT_IDENTITY, "who the subject is"),
        (Compartment.VICTIM_CONTACT, "how to reach the victim"),
        (Compartment.CLINICAL, "health"),
        (Compartment.POLICE_INTEL, "police intelligence"),
        (Compartment.ADVOCATE_CONFIDENTIAL, "what the victim told their advocate"),
    )
)


@requires(Permission.DISCLOSURE_VIEW, compartments=SHOWN, methods=("GET",))
def show(request: Request, reference: str) -> HttpResponse:
    """Show what governs a case."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    value = queries.governance_page(actor=request.actor, opened=header.opened, at=request.at)
    return page(
        request,
        "disclosures/page.html",
        value=value,
        may=lambda name: access_queries.may(request.actor, Permission(name)),
        done=DONE.get(request.GET.get("done", ""), ""),
        frame=frame(header, "disclosures:page", actor=request.actor, at=request.at),
    )


@requires(Permission.DISCLOSURE_RECORD, compartments=SHOWN, resumes=True)
def record(request: Request, reference: str) -> HttpResponse:
    """Write down that something leaves the unit, before it leaves."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    form = Form(request)
    if form.sent:
        ground = form.choice("ground", Ground, missing="Choose the ground on which it leaves")
        consent = form.choice("consent", Consent, missing="Say whether the person concerned was asked")
        compartment = form.choice("compartment", Compartment, missing="Choose which part of the file it is from")
        details = {name: form.text(name, longest=2000) for name in ("necessity", "consent_reason")}
        short = {"what": form.text("what", longest=300), "to_whom": form.text("to_whom", longest=200)}
        expires_on = form.day("expires_on")
        if form.ok and ground and consent and compartment:
            told = DisclosureDetails(ground=ground, consent=consent, expires_on=expires_on, **details, **short)

            def write(at: datetime) -> None:
                case = cases.case_of(actor=request.actor, reference=reference, at=at)
                governance.record_disclosure(
                    actor=request.actor, case=case, details=told, compartment=compartment, at=at
                )

            if answer := _sent(request, form, reference, "recorded", write):
                return answer
    parts = [(part.value, words) for part, words in DISCLOSED if header.opened.may_read(part)]
    return _form(request, "record", reference, form, parts=parts, grounds=_words(Ground), consents=_words(Consent))


@requires(Permission.CONFIDENCE_REQUEST, compartments=CORE, resumes=True)
def ask(request: Request, reference: str) -> HttpResponse:
    """Ask the victim's advocate for what the victim may have told them."""
    cases.open_case_named(actor=request.actor, reference=reference, at=request.at)
    form = Form(request)
    if form.sent:
        names = ("enquiry", "necessity", "tried", "rebuttal", "not_told_because")
        said: dict[str, Any] = {name: form.text(name, longest=4000) for name in names}
        said |= {"sought": form.text("sought", longest=300), "authorised_by": form.text("authorised_by", longest=120)}
        days: dict[str, Any] = {name: form.day(name) for name in ("from_on", "until_on")}
        expires_on = form.day("expires_on", missing="Enter the day until which the copy may be kept")
        told = form.moment("told_her_at")
        if form.ok and expires_on:
            days |= {"told_her_at": told, "expires_on": expires_on}
            details = RequestDetails(counselling=form.flag("counselling"), **said, **days)

            def write(at: datetime) -> None:
                case = cases.case_of(actor=request.actor, reference=reference, at=at)
                governance.ask_for_confidence(actor=request.actor, case=case, details=details, at=at)

            if answer := _sent(request, form, reference, "asked", write):
                return answer
    return _form(request, "ask", reference, form)


@requires(Permission.DISCLOSURE_VIEW, compartments={Compartment.CORE, Compartment.ADVOCATE_CONFIDENTIAL}, resumes=True)
def asked(request: Request, reference: str, asked: UUID) -> HttpResponse:
    """Show one request; an advocate records the victim's answer and decides, a second advocate signs."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    row = queries.asked_row(actor=request.actor, opened=header.opened, asked=asked)
    form = Form(request)
    if form.sent:

        def write(at: datetime) -> None:
            _act_on(request.actor, row, form, at)

        if answer := _sent(request, form, reference, "", write):
            return answer
    whole = queries.governance_page(actor=request.actor, opened=header.opened, at=request.at)
    value = next(one for one in whole.confidences if one.id == asked)
    answers = [(one.value, one.words) for one in VictimAnswer]
    return _form(request, "request", reference, form, value=value, answers=answers)


def _act_on(actor: Actor, row: Any, form: Form, at: datetime) -> None:
    """Do the one thing that the form on the request's page was about."""
    step = form.text("step")
    if step == "victim_answer":
        said = form.choice("answer", VictimAnswer, missing="Choose what the victim said, or why they were not asked")
        if said:
            words = form.text("words", longest=4000)
            governance.record_victim_answer(actor=actor, asked=row, answer=said, words=words, at=at)
    elif step == "decide":
        governance.decide_on_confidence(
            actor=actor,
            asked=row,
            releases=form.text("releases", missing="Choose whether a copy is released") == "yes",
            reason=form.text("reason", longest=4000),
            released=form.text("released"),
            overrides=form.flag("overrides"),
            at=at,
        )
    else:
        agrees = form.text("agrees", missing="Choose whether you sign") == "yes"
        governance.sign_release(actor=actor, asked=row, agrees=agrees, reason=form.text("why_not"), at=at)


@requires(Permission.PACK_MAKE, compartments={Compartment.CORE, Compartment.SUBJECT_IDENTITY}, resumes=True)
def make(request: Request, reference: str) -> HttpResponse:
    """Make a pack for the subject who asks for their record, or for a court."""
    cases.open_case_named(actor=request.actor, reference=reference, at=request.at)
    form = Form(request)
    if form.sent:
        kind = form.choice("kind", PackKind, missing="Choose for whom the pack is")
        received_on = form.day("received_on", missing="Say on which day the request came")
        proved_on = form.day("proved_on")
        short = {name: form.text(name, longest=160) for name in ("asked_by", "identity_proved")}
        reason = form.text("restriction_reason", longest=2000)
        if form.ok and kind and received_on:
            order = PackOrder(
                kind=kind,
                received_on=received_on,
                proved_on=proved_on,
                must_not_know=form.flag("must_not_know"),
                restriction_reason=reason,
                **short,
            )

            def write(at: datetime) -> None:
                case = cases.case_of(actor=request.actor, reference=reference, at=at)
                governance.make_pack(actor=request.actor, case=case, order=order, at=at)

            if answer := _sent(request, form, reference, "pack", write):
                return answer
    return _form(request, "make", reference, form, kinds=_words(PackKind))


@requires(Permission.PACK_RELEASE, compartments=CORE)
def release(request: Request, reference: str, pack: UUID) -> HttpResponse:
    """Let a pack leave that somebody else made; its bytes are read once more."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    row = queries.pack_row(opened=header.opened, pack=pack)
    form = Form(request)
    if form.sent:

        def write(at: datetime) -> None:
            channel = form.text("channel", longest=200)
            governance.release_pack(actor=request.actor, pack=row, channel=channel, at=at)

        if answer := _sent(request, form, reference, "released", write):
            return answer
    whole = queries.governance_page(actor=request.actor, opened=header.opened, at=request.at)
    return _form(request, "release", reference, form, value=next(one for one in whole.packs if one.id == pack))


@requires(Permission.RETENTION_REVIEW, compartments=CORE, resumes=True)
def hold(request: Request, reference: str) -> HttpResponse:
    """Place a hold on a case."""
    cases.open_case_named(actor=request.actor, reference=reference, at=request.at)
    form = Form(request)
    if form.sent:
        kind = form.choice("kind", HoldKind, missing="Choose what the hold is for")
        reason = form.text("reason", longest=2000)
        if form.ok and kind:

            def write(at: datetime) -> None:
                case = cases.case_of(actor=request.actor, reference=reference, at=at)
                governance.place_hold(actor=request.actor, case=case, kind=kind, reason=reason, at=at)

            if answer := _sent(request, form, reference, "hold", write):
                return answer
    return _form(request, "hold", reference, form, kinds=_words(HoldKind))


@requires(Permission.RETENTION_REVIEW, compartments=CORE, resumes=True)
def lift(request: Request, reference: str, hold: UUID) -> HttpResponse:
    """Say that a hold is over."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    row = queries.hold_row(opened=header.opened, hold=hold)
    form = Form(request)
    if form.sent:
        reason = form.text("reason", longest=2000)

        def write(at: datetime) -> None:
            governance.lift_hold(actor=request.actor, hold=row, reason=reason, at=at)

        if answer := _sent(request, form, reference, "lifted", write):
            return answer
    return _form(request, "lift", reference, form, kind=HoldKind(row.kind).words)


@requires(Permission.RETENTION_REVIEW, compartments=CORE, resumes=True)
def retention(request: Request, reference: str) -> HttpResponse:
    """Review whether a closed case is kept."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    form = Form(request)
    if form.sent:
        outcome = form.choice("outcome", RetentionOutcome, missing="Choose an outcome")
        reason = form.text("reason", longest=2000)
        if form.ok and outcome:

            def write(at: datetime) -> None:
                case = cases.case_of(actor=request.actor, reference=reference, at=at)
                governance.review_retention(actor=request.actor, case=case, outcome=outcome, reason=reason, at=at)

            if answer := _sent(request, form, reference, "retention", write):
                return answer
    whole = queries.governance_page(actor=request.actor, opened=header.opened, at=request.at)
    return _form(request, "retention", reference, form, value=whole.retention, outcomes=_words(RetentionOutcome))


@requires(Permission.CHALLENGE_RECORD, compartments=CORE, resumes=True)
def challenge(request: Request, reference: str) -> HttpResponse:
    """Keep what a person says about their own record."""
    cases.open_case_named(actor=request.actor, reference=reference, at=request.at)
    form = Form(request)
    if form.sent:
        by_whom = form.choice("by_whom", Challenger, missing="Say whose record it is about")
        kind = form.choice("kind", ChallengeKind, missing="Choose what they say")
        about, words = form.text("about", longest=200), form.text("words")
        received_on = form.day("received_on", missing="Say on which day it came")
        if form.ok and by_whom and kind and received_on:

            def write(at: datetime) -> None:
                governance.record_challenge(
                    actor=request.actor,
                    case=cases.case_of(actor=request.actor, reference=reference, at=at),
                    by_whom=by_whom,
                    kind=kind,
                    about=about,
                    words=words,
                    received_on=received_on,
                    at=at,
                )

            if answer := _sent(request, form, reference, "challenge", write):
                return answer
    return _form(request, "challenge", reference, form, people=_words(Challenger), kinds=_words(ChallengeKind))


@requires(Permission.CHALLENGE_RECORD, compartments=CORE, resumes=True)
def answer(request: Request, reference: str, challenge: UUID) -> HttpResponse:
    """Answer what a person says about their record."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    form = Form(request)
    before = queries.challenge_answered(opened=header.opened, challenge=challenge, at=request.at) if form.sent else None
    if before is not None:
        return _answered_before(request, reference, form, before)
    row = queries.challenge_row(opened=header.opened, challenge=challenge)
    if form.sent:
        outcome = form.choice("outcome", ChallengeOutcome, missing="Choose an outcome")
        reason, correction = form.text("reason", longest=4000), form.text("correction", longest=4000)
        if form.ok and outcome:

            def write(at: datetime) -> None:
                governance.answer_challenge(
                    actor=request.actor, challenge=row, outcome=outcome, reason=reason, correction=correction, at=at
                )

            if done := _sent(request, form, reference, "answered", write):
                return done
    said = {"about": row.about, "words": row.words}
    return _form(request, "answer", reference, form, said=said, outcomes=_words(ChallengeOutcome))


@requires(Permission.CHALLENGE_RECORD, compartments=CORE, resumes=True)
def wait(request: Request, reference: str, challenge: UUID) -> HttpResponse:
    """Record what they were asked for, so that the clock of the answer waits; or that it came, so that it runs again."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    row = queries.challenge_row(opened=header.opened, challenge=challenge)
    waits = queries.more_asked_of(opened=header.opened, challenge=challenge)
    form = Form(request)
    if form.sent:
        day = form.day("asked_on" if waits is None else "came_on", missing="Give the day")
        asked_for = form.text("asked_for", longest=300)

        def write(at: datetime) -> None:
            if day is None:
                return
            if waits is None:
                governance.ask_for_more(actor=request.actor, challenge=row, asked_on=day, asked_for=asked_for, at=at)
            else:
                governance.note_more_came(actor=request.actor, asked=waits, came_on=day, at=at)

        if form.ok and (done := _sent(request, form, reference, "waits" if waits is None else "runs", write)):
            return done
    return _form(request, "wait", reference, form, said={"about": row.about, "words": row.words}, waits=waits)


def _answered_before(
    request: Request, reference: str, form: Form, before: tuple[queries.ChallengeShown, str, datetime]
) -> HttpResponse:
    """Show what somebody answered first beside what was about to be sent; a form sent twice leads back to the case."""
    said, by, at = before
    with request.once(lambda _: _back(reference, "answered")):
        form.overtaken("This challenge", by=by, at=at)
        return _form(request, "answer", reference, form, said=said, outcomes=_words(ChallengeOutcome))


def _sent(
    request: Request, form: Form, reference: str, done: str, write: Callable[[datetime], None]
) -> HttpResponse | None:
    """Write once, and lead back to the case; None where the form has to be shown again."""
    with form.catching(), request.once(lambda _: _back(reference, done)):
        write(request.at)
        if form.ok:
            return _back(reference, done)
    return None


def _back(reference: str, done: str, _: About | None = None) -> HttpResponse:
    answer = to("disclosures:page", reference=reference)
    answer["Location"] += f"?done={done}" if done else ""
    return answer


def _form(request: Request, name: str, reference: str, form: Form, **values: Any) -> HttpResponse:
    return page(request, f"disclosures/{name}.html", reference=reference, form=form, **values)


def _words(kinds: Any) -> list[tuple[str, str]]:
    return [(kind.value, opening(kind.words)) for kind in kinds]


@source(Permission.CONFIDENCE_DECIDE)
def confidences(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the requests for a confidence that wait for this advocate."""
    for reference, asked_at, state in queries.confidences_waiting(actor=actor, at=at):
        what = {
            RequestState.WAITING_FOR_VICTIM: "Ask the victim about a request from the police",
            RequestState.TO_DECIDE: "Decide on a request from the police",
            RequestState.WAITING_FOR_SIGNATURE: "Sign or stop a release that the victim refused",
        }[state]
        yield WorkRow(
            due_at=None,
            what=what,
            href=reverse("disclosures:page", kwargs={"reference": reference}),
            why=f"asked {asked_at:%-d %B}; nothing leaves without the victim's advocate",
            case=reference,
            rank=1,
            mine=True,
        )


_CASE = "cases/<str:reference>/disclosures/"
urlpatterns = [
    path(_CASE, show, name="disclosures:page"),
    path(f"{_CASE}record/", record, name="disclosures:record"),
    path(f"{_CASE}ask/", ask, name="disclosures:ask"),
    path(f"{_CASE}asked/<uuid:asked>/", asked, name="disclosures:asked"),
    path(f"{_CASE}pack/", make, name="disclosures:make"),
    path(f"{_CASE}pack/<uuid:pack>/", release, name="disclosures:release"),
    path(f"{_CASE}hold/", hold, name="disclosures:hold"),
    path(f"{_CASE}hold/<uuid:hold>/", lift, name="disclosures:lift"),
    path(f"{_CASE}retention/", retention, name="disclosures:retention"),
    path(f"{_CASE}challenge/", challenge, name="disclosures:challenge"),
    path(f"{_CASE}challenge/<uuid:challenge>/wait/", wait, name="disclosures:wait"),
    path(f"{_CASE}challenge/<uuid:challenge>/", answer, name="disclosures:answer"),
]
