"""May this leave the unit, and may what a victim told their advocate? Each answer is a reason or nothing."""

from collections.abc import Iterator
from datetime import date

from fourfold.access.terms import Compartment
from fourfold.fields import asked_by
from fourfold.governance.terms import Consent, DisclosureDetails, Ground, RequestDetails, RequestState, VictimAnswer
from fourfold.words import sentence, words

Why = tuple[str, str] | None
"""The field and how to mend it, or None where nothing stands in the way."""

#: What no disclosure of the ledger carries: it has a door of its own, or none.
NEVER = words(
    {
        Compartment.SAFE_ADDRESS_SEALED: "A sealed address is never disclosed here. Only the victim's advocate can have it opened.",
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
        return ("what", "Say which kind of record you disclose and for which days, not what the record says.")
    if not details.to_whom.strip():
        return ("to_whom", "Say who receives it: the person and the organisation.")
    if not details.necessity.strip():
        return ("necessity", "Say why it is needed, and why less would not be enough.")
    if details.expires_on is not None and details.expires_on <= on:
        return ("expires_on", "Enter a day after today. They may keep it until then.")
    return _why_not_consent(details, compartment)


def _why_not_consent(details: DisclosureDetails, compartment: Compartment) -> Why:
    consent = details.consent
    if compartment is Compartment.ADVOCATE_CONFIDENTIAL and consent is not Consent.GIVEN:
        return (
            "consent",
            "You can disclose what the victim told their advocate only with the victim's consent. Without it, the police must send a request.",
        )
    if consent is Consent.REFUSED:
        return (
            "consent",
            "The person said no, so you cannot disclose it. If you must, record that the refusal is overridden, and why.",
        )
    if details.ground is Ground.CONSENT and consent is not Consent.GIVEN:
        return ("ground", "Choose another ground. This one needs consent.")
    if consent is not Consent.GIVEN and not details.consent_reason.strip():
        asked = "the refusal is overridden" if consent is Consent.OVERRIDDEN else "the person concerned was not asked"
        return ("consent_reason", sentence("Say why {1}.", asked))
    return None


def why_not_ask(details: RequestDetails, *, on: date) -> Iterator[tuple[str, str]]:
    """Yield everything that is missing before an advocate is asked for what the victim told them."""
    for each in asked_by(RequestDetails):
        if each.limits.missing and not str(getattr(details, each.name)).strip():
            yield each.name, each.limits.missing
    if details.counselling and not details.rebuttal.strip():
        said = "Counselling records are presumed not to be needed. Say why they are likely to be of substantial value."
        yield "rebuttal", said
    if details.told_her_at is None and not details.not_told_because.strip():
        yield "not_told_because", "Say when the victim got written notice, or which legal reason allows a delay."
    if details.from_on and details.until_on and details.until_on < details.from_on:
        yield "until_on", "The last day is before the first day. Choose a later one."
    if details.expires_on <= on:
        yield "expires_on", "Choose a later day. Until then the request can be answered and the copy kept."


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
        return RequestState.TO_DECIDE if answers else RequestState.WAITING_FOR_VICTIM
    if overrides and agrees is None:
        return RequestState.WAITING_FOR_SIGNATURE
    return RequestState.RELEASED


def why_not_decide(
    *, releases: bool, reason: str, released: str, overrides: bool, answer: VictimAnswer | None, state: RequestState
) -> Why:
    """Return what is missing before an advocate decides on a request, or None.

    `answer` is what the victim said last, None where nobody has asked.
    """
    if state not in (RequestState.WAITING_FOR_VICTIM, RequestState.TO_DECIDE):
        return ("reason", sentence("This request is no longer open: {1}.", state.words))
    if not reason.strip():
        return ("reason", "Say why it is released, or why not.")
    if not releases:
        return None
    if answer is None:
        return ("answer", "Ask the victim first, or record that it was not safe to ask or that they were not reached.")
    if answer is not VictimAnswer.GIVEN and not overrides:
        return (
            "overrides",
            sentence(
                "{1}. To release it anyway, tick the box. A second advocate then has to sign.",
                answer.words.capitalize(),
            ),
        )
    if answer is VictimAnswer.GIVEN and overrides:
        return ("overrides", "The victim agreed, so there is nothing to override.")
    return None if released.strip() else ("released", "Write the copy that is released, and no more than was asked.")
