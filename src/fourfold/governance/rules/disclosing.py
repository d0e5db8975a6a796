"""May this leave the unit, and may what she told her advocate? Each answer is a reason or nothing."""

from __future__ import annotations

from datetime import date

from fourfold.access.terms import Compartment
from fourfold.governance.terms import (
    Consent,
    DisclosureDetails,
    Ground,
    HerAnswer,
    RequestDetails,
    RequestState,
)
from fourfold.words import words

Why = tuple[str, str] | None
"""The field and how to mend it, or None where nothing stands in the way."""

#: What no disclosure of the ledger carries: it has a door of its own, or none.
NEVER = words(
    {
        Compartment.SAFE_ADDRESS_SEALED: "Where she is never leaves by this way. Her advocate alone may have it opened.",
        Compartment.PSD_COVERT: "This part of the file is not disclosed here.",
        Compartment.ADMIN: "This part of the file is not disclosed here.",
        Compartment.EVIDENCE_ORIGINAL: "Originals stay sealed. Disclose the copy that was made to be shown.",
    }
)


def why_not_disclose(details: DisclosureDetails, compartment: Compartment, *, on: date) -> Why:
    """Return what is missing before something of `compartment` may leave the unit, or None."""
    if compartment in NEVER:
        return ("compartment", NEVER[compartment])
    if not details.what.strip():
        return ("what", "Say what is disclosed: which kind of record and of which days, not what it says.")
    if not details.to_whom.strip():
        return ("to_whom", "Say who receives it: the person and the organisation.")
    if not details.necessity.strip():
        return ("necessity", "Say why it is needed, and why less would not do.")
    if details.expires_on is not None and details.expires_on <= on:
        return ("expires_on", "Choose a later day: until then they may keep it.")
    return _why_not_consent(details, compartment)


def _why_not_consent(details: DisclosureDetails, compartment: Compartment) -> Why:
    consent = details.consent
    if compartment is Compartment.ADVOCATE_CONFIDENTIAL and consent is not Consent.GIVEN:
        return ("consent", "What she told her advocate leaves with her consent. Without it, answer a request for it.")
    if consent is Consent.REFUSED:
        return ("consent", "She said no, so nothing leaves. If it must leave, record that it is overridden, and why.")
    if details.ground is Ground.CONSENT and consent is not Consent.GIVEN:
        return ("ground", "Without consent it needs another ground.")
    if consent is not Consent.GIVEN and not details.consent_reason.strip():
        asked = "her refusal is overridden" if consent is Consent.OVERRIDDEN else "the person concerned was not asked"
        return ("consent_reason", f"Say why {asked}.")
    return None


def why_not_ask(details: RequestDetails, *, on: date) -> Why:
    """Return what is missing before an advocate is asked for what the victim told her, or None."""
    for field, said, message in (
        ("enquiry", details.enquiry, "Name the reasonable line of enquiry."),
        ("sought", details.sought, "Say what the advocate is believed to hold, and of which days."),
        ("necessity", details.necessity, "Say why it is necessary and proportionate."),
        ("tried", details.tried, "Say what was tried first, or why nothing less would do."),
        ("authorised_by", details.authorised_by, "Name who authorised the request, with the rank."),
    ):
        if not said.strip():
            return (field, message)
    if details.counselling and not details.rebuttal.strip():
        return (
            "rebuttal",
            "Counselling records are presumed not to be needed. Say why they are likely to be of substantial value.",
        )
    if details.told_her_at is None and not details.not_told_because.strip():
        return ("not_told_because", "Say when she had written notice, or which reason in law lets it wait.")
    if details.from_on and details.until_on and details.until_on < details.from_on:
        return ("until_on", "The last day lies before the first. Choose a later one.")
    if details.expires_on <= on:
        return ("expires_on", "Choose a later day: until then the request may be answered and the copy kept.")
    return None


def state_of(
    *, answers: int, releases: bool | None, overrides: bool, agrees: bool | None, expires_on: date, on: date
) -> RequestState:
    """Return where a request stands. `releases` None: not decided; `agrees` None: no second signature yet.

    No combination leads to a release without the advocate's own decision, and none against the victim's word without
    a second advocate's signature.
    """
    if releases is False or (overrides and agrees is False):
        return RequestState.REFUSED
    if on > expires_on:
        return RequestState.EXPIRED
    if releases is None:
        return RequestState.TO_DECIDE if answers else RequestState.WAITING_FOR_HER
    if overrides and agrees is None:
        return RequestState.WAITING_FOR_SIGNATURE
    return RequestState.RELEASED


def why_not_decide(
    *, releases: bool, reason: str, released: str, overrides: bool, answer: HerAnswer | None, state: RequestState
) -> Why:
    """Return what is missing before an advocate decides on a request, or None.

    `answer` is what the victim said last, None where nobody has asked her.
    """
    if state not in (RequestState.WAITING_FOR_HER, RequestState.TO_DECIDE):
        return ("reason", f"This request is no longer open: {state.words}.")
    if not reason.strip():
        return ("reason", "Say why it is released, or why not.")
    if not releases:
        return None
    if answer is None:
        return ("answer", "Ask her first, or record why it was not safe to ask or she was not reached.")
    if answer is not HerAnswer.GIVEN and not overrides:
        return ("overrides", f"{answer.words.capitalize()}. To release it all the same, say so; a second one signs.")
    if answer is HerAnswer.GIVEN and overrides:
        return ("overrides", "She agreed, so there is nothing to override.")
    return None if released.strip() else ("released", "Write the copy that is released, and no more than was asked.")
