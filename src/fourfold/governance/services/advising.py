"""The unit's advice leaves it: a document for whoever holds the case, kept, and a row of the ledger, both or neither."""

from collections.abc import Iterable
from datetime import datetime

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.exhibits import services as exhibits
from fourfold.exhibits.models import Exhibit
from fourfold.exhibits.terms import ADVICE
from fourfold.gateways.reading_back import docx_parts, pdf_parts
from fourfold.governance.models import Pack
from fourfold.governance.queries import material, packing
from fourfold.governance.queries.advising import AdviceOrder, recipient_of
from fourfold.governance.queries.retaining import local_day
from fourfold.governance.rules import disclosing, redaction
from fourfold.governance.rules.redaction import Redactor
from fourfold.governance.services.disclosing import record_disclosure
from fourfold.governance.services.packing import make_pack
from fourfold.governance.terms import CannotGovern, DisclosureDetails, PackKind, Sought, Sure
from fourfold.panel import queries as panel
from fourfold.panel.letters import Letter, written
from fourfold.panel.minutes import MEDIA, Form, day
from fourfold.panel.models import Consultation
from fourfold.programme import queries as programme
from fourfold.words import Sentence, Word, named, sentence, together

READ_BACK = {Form.PDF: pdf_parts, Form.DOCX: docx_parts}


def _told(letter: Letter, sought: Iterable[Sought], called: Iterable[str], *, tells: bool) -> tuple[Word, ...]:
    """Return the texts in which something stands that leads to a victim, and with `tells` which words, and as what.

    Whoever may not read how a victim is reached is told the place alone: words would say which of several guesses is right.
    """
    reader = Redactor(sought, called=called)
    texts: list[tuple[Word, str]] = [
        *((sentence("advice of {1}, {2}", said.by, day(said.at)), said.words) for said in letter.advice),
        (Word("what was asked"), letter.question),
        (Word("to whom it goes"), letter.to_whom),
    ]
    told: dict[Word, None] = {}
    for place, text in texts:
        for one in reader.seen(text, ways=True):
            if one.sure >= Sure.LIKELY:
                words = sentence("{1}: “{2}”, {3}", place, text[one.start : one.end], named(one.why))
                told[words if tells else place] = None
    return tuple(told)


def _why_not(told: Iterable[Word]) -> Sentence:
    where = together("; ", told) if told else Word("the letter as a whole")
    return sentence(
        "The advice may say where a victim is or how to reach them: {1}. Whoever makes packs can make this letter and decide on "
        "each of these words.",
        where,
    )


def make_advice(
    *,
    actor: Actor,
    consultation: Consultation,
    form: Form,
    details: DisclosureDetails,
    agency: str,
    at: datetime,
    at_risk: Iterable[str] = (),
) -> Exhibit | Pack:
    """Make the advice on a consultation as a document for whoever holds the case, keep it, and write it in the ledger.

    `details` say to whom, on which ground, why, what consent and until when. The document is read back from its bytes
    first: nothing that says where a victim is or how to reach them leaves with it. Kept, it opens to whoever made it
    and to the people of `agency`, one of the unit's; "" for nobody else. Where words in it may give a victim away, it is made
    as a pack by whoever makes packs: each is decided, and a second person releases it. Raises CannotGovern where nobody has
    advised, for anybody else where the words would give a victim away, and where a rule of the ledger stands in the way.
    """
    case = consultation.case
    opened = access.require(
        actor, Permission.DOCUMENT_MAKE, at=at, site=case.site, file=case.pk, reads=Compartment.RISK
    )
    assert opened is not None  # noqa: S101 -- a file was named
    if agency and agency not in dict(programme.partners_of(case.site)):
        raise CannotGovern("agency", "Choose one of the agencies of this unit, or nobody else.")
    letter = panel.advice_letter(
        opened, consultation, to_whom=details.to_whom.strip(), keep_until=details.expires_on, at=at
    )
    if letter is None:
        raise CannotGovern("form", "Nobody has advised yet. There is nothing to send.")
    content = written(letter, form)
    sought = packing.sought_in(case, whole=False)
    told = _told(letter, sought, material.leads_to_nobody(case), tells=opened.may_read(Compartment.VICTIM_CONTACT))
    if told or redaction.find(READ_BACK[form](content), sought, least=Sure.LIKELY):
        if access_queries.may(actor, Permission.PACK_MAKE, site=case.site):
            return _as_pack(actor, consultation, details, at, at_risk)
        audit.refused(actor, "advice.made", at=at, rule="not clean", file=case.pk)
        raise CannotGovern("form", _why_not(told))
    with audit.recorded(actor, "advice.made", at=at, operation=Operation.DISCLOSURE, file=case.pk) as entry:
        entry.compartments = {Compartment.CORE.value, Compartment.RISK.value}
        kept = exhibits.keep(
            actor=actor,
            file=case.pk,
            kind=ADVICE,
            title=f"Advice of {at:%-d %B %Y}, for {letter.to_whom}"[:200],
            content=content,
            media_type=MEDIA[form],
            compartment=Compartment.RISK,
            at=at,
        )
        if agency:
            exhibits.open_to_agency(actor=actor, exhibit=kept, partner=agency, at=at)
        record_disclosure(
            actor=actor, case=case, details=details, compartment=Compartment.RISK, sha256=kept.sha256, at=at
        )
        return entry.about(kept)


def _as_pack(
    actor: Actor, consultation: Consultation, details: DisclosureDetails, at: datetime, at_risk: Iterable[str]
) -> Pack:
    """Make the advice as a pack, with every danger in it masked until somebody has decided."""
    if why := disclosing.why_not_disclose(details, Compartment.RISK, on=local_day(at)):
        raise CannotGovern(*why)
    order = AdviceOrder(
        kind=PackKind.ADVICE,
        asked_by=consultation.owner,
        received_on=local_day(consultation.asked_at),
        identity_proved="",
        consultation=consultation,
        recipient=recipient_of(details),
    )
    return make_pack(actor=actor, case=consultation.case, order=order, at=at, at_risk=at_risk)
