"""What a victim told their advocate leaves by one door: a request, the victim's answer, and the advocate's decision.

Nothing here opens the advocate's file to anybody. What is released is a copy that the advocate writes, in a
compartment of those who asked, until it expires.
"""

from datetime import datetime

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.askers import Needs, why_not_answer
from fourfold.access.terms import Compartment, Permission, Refused
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.cases.models import Case
from fourfold.governance.models import (
    ConfidenceAnswer,
    ConfidenceAsked,
    ConfidenceDecision,
    ConfidenceSigned,
    Disclosure,
)
from fourfold.governance.queries.case import answers_of, state_of
from fourfold.governance.queries.retaining import local_day
from fourfold.governance.queries.seconds import is_advocate
from fourfold.governance.rules import disclosing
from fourfold.governance.services.disclosing import kept
from fourfold.governance.terms import (
    CannotGovern,
    Consent,
    DisclosureDetails,
    Ground,
    RequestDetails,
    RequestState,
    VictimAnswer,
)
from fourfold.programme.queries import name_of
from fourfold.words import sentence

SIGNED_BY_ANOTHER = "Ask another advocate to sign. You cannot sign your own decision."


def ask_for_confidence(*, actor: Actor, case: Case, details: RequestDetails, at: datetime) -> ConfidenceAsked:
    """Ask a victim's advocate for what the victim may have told them, with the enquiry, the necessity and who authorised it.

    It says the same whether or not there is anything. Raises CannotGovern naming what is missing.
    """
    access.require(
        actor, Permission.CONFIDENCE_REQUEST, at=at, site=case.site, file=case.pk, reads=Compartment.POLICE_INTEL
    )
    if why := tuple(disclosing.why_not_ask(details, on=local_day(at))):
        raise CannotGovern(*why[0], *why[1:])
    with audit.recorded(actor, "confidence.asked", at=at, file=case.pk) as entry:
        entry.reason = details.necessity
        return entry.about(
            ConfidenceAsked.objects.create(
                case=case,
                **{name: getattr(details, name) for name in details.__dataclass_fields__},
                **access_queries.held_by(actor, "entered", at=at),
            )
        )


def record_victim_answer(
    *, actor: Actor, asked: ConfidenceAsked, answer: VictimAnswer, at: datetime, words: str = ""
) -> ConfidenceAnswer:
    """Record what the victim answered, or why they could not be asked. Their words stay in the advocate's file."""
    _require_advocate(actor, asked, at, reads=Compartment.ADVOCATE_CONFIDENTIAL)
    with audit.recorded(actor, "confidence.her_answer", at=at, file=asked.case_id) as entry:
        _hold(asked)
        state = _state(asked, at)
        if state not in (RequestState.WAITING_FOR_VICTIM, RequestState.TO_DECIDE):
            raise CannotGovern("answer", sentence("This request is no longer open: {1}.", state.words))
        entry.compartments = {Compartment.ADVOCATE_CONFIDENTIAL.value}
        return entry.about(
            ConfidenceAnswer.objects.create(
                asked=asked, answer=answer, words=words.strip(), **access_queries.held_by(actor, "entered", at=at)
            )
        )


def decide_on_confidence(
    *,
    actor: Actor,
    asked: ConfidenceAsked,
    releases: bool,
    reason: str,
    at: datetime,
    released: str = "",
    overrides: bool = False,
) -> ConfidenceDecision:
    """Release a copy of what was asked for, or refuse. Against the victim's refusal a second advocate has to sign first.

    Raises CannotGovern where the victim was not asked, where a release against a refusal does not say so, or where the
    request is no longer open: as it stands when this is written, for a colleague may record meanwhile that the victim says no.
    """
    _require_advocate(actor, asked, at, reads=Compartment.ADVOCATE_CONFIDENTIAL)
    operation = Operation.DISCLOSURE if releases and not overrides else Operation.ALTERATION
    with audit.recorded(actor, "confidence.decided", at=at, operation=operation, file=asked.case_id) as entry:
        _hold(asked)
        answers = answers_of([asked])[asked.pk]
        why = disclosing.why_not_decide(
            releases=releases,
            reason=reason,
            released=released,
            overrides=overrides,
            answer=VictimAnswer(answers[-1].answer) if answers else None,
            state=_state(asked, at),
        )
        if why:
            raise CannotGovern(*why)
        entry.compartments, entry.reason = {Compartment.ADVOCATE_CONFIDENTIAL.value}, reason
        decision = ConfidenceDecision.objects.create(
            asked=asked,
            releases=releases,
            overrides=releases and overrides,
            reason=reason.strip(),
            released=released.strip() if releases else "",
            **access_queries.held_by(actor, "entered", at=at),
        )
        entry.about(decision)
        if releases and not overrides:
            entry.about(_into_ledger(actor, asked, decision, Consent.GIVEN, at))
    return decision


def sign_release(
    *, actor: Actor, asked: ConfidenceAsked, agrees: bool, at: datetime, reason: str = ""
) -> ConfidenceSigned:
    """Sign, as a second advocate, a release that the victim refused, or say why not; then nothing is released.

    Raises Refused for whoever decided it first, CannotGovern where there is nothing to sign or no reason for a no.
    """
    _require_advocate(actor, asked, at)
    if _state(asked, at) is not RequestState.WAITING_FOR_SIGNATURE:
        raise CannotGovern("agrees", "There is nothing to sign here.")
    decision = ConfidenceDecision.objects.unscoped("opened above").select_related("asked__case").get(asked=asked)
    reads = Compartment.ADVOCATE_CONFIDENTIAL
    needs = Needs(Permission.CONFIDENCE_DECIDE, asked.case.site, asked.case_id, reads=reads)
    if why := why_not_answer(decision.recorded_by, actor, needs, at=at, same=SIGNED_BY_ANOTHER, asks=agrees):
        audit.refused(actor, "confidence.signed", at=at, rule="two people", file=asked.case_id)
        raise Refused("two people", why)
    if not agrees and not reason.strip():
        raise CannotGovern("reason", "Say why it should not be released.")
    operation = Operation.DISCLOSURE if agrees else Operation.ALTERATION
    with audit.recorded(actor, "confidence.signed", at=at, operation=operation, file=asked.case_id) as entry:
        entry.relies_on(decision)
        signed = ConfidenceSigned.objects.create(
            decision=decision, agrees=agrees, reason=reason.strip(), **access_queries.held_by(actor, "entered", at=at)
        )
        entry.about(signed)
        if agrees:
            entry.about(_into_ledger(actor, asked, decision, Consent.OVERRIDDEN, at))
    return signed


def _hold(asked: ConfidenceAsked) -> None:
    """Hold a request until what is written of it is kept: whoever comes second reads what the first wrote."""
    ConfidenceAsked.objects.unscoped("opened above").select_for_update().get(pk=asked.pk)


def _state(asked: ConfidenceAsked, at: datetime) -> RequestState:
    return state_of(asked, answers_of([asked])[asked.pk], on=local_day(at))


def _require_advocate(actor: Actor, asked: ConfidenceAsked, at: datetime, reads: Compartment | None = None) -> None:
    access.require(actor, Permission.CONFIDENCE_DECIDE, at=at, site=asked.case.site, file=asked.case_id, reads=reads)
    if not is_advocate(actor):
        raise Refused("role", "Only an advocate can decide on what the victim told their advocate.")


def _into_ledger(
    actor: Actor, asked: ConfidenceAsked, decision: ConfidenceDecision, consent: Consent, at: datetime
) -> Disclosure:
    details = DisclosureDetails(
        what="a copy of what the victim told their advocate, as far as it was asked for",
        to_whom=f"{name_of(asked.controller)}, {asked.authorised_by}",
        ground=Ground.CONSENT if consent is Consent.GIVEN else Ground.VITAL_INTERESTS,
        necessity=asked.necessity,
        consent=consent,
        consent_reason=decision.reason,
        expires_on=asked.expires_on,
    )
    return kept(actor, asked.case, details, Compartment.ADVOCATE_CONFIDENTIAL, at=at)
