"""The unit's advice as a pack: each of its texts goes through the sieve, and a person decides what may stand."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, NotFound
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.gateways.documents import Document, Paragraph
from fourfold.governance import packs
from fourfold.governance.models import Pack
from fourfold.governance.rules.dangers import Entry, Sieve
from fourfold.governance.terms import Consent, DisclosureDetails, Ground, PackOrder
from fourfold.panel import letters
from fourfold.panel import queries as panel
from fourfold.panel.letters import Letter, Said
from fourfold.panel.minutes import day
from fourfold.panel.models import Consultation
from fourfold.words import Word, sentence

SAYS_SO = "What may lead to a victim is left out. Where a text held such words, it says [left out]."


@dataclass(frozen=True)
class AdviceOrder(PackOrder):
    """A letter of advice to make as a pack: on which consultation, and what its ledger says once it leaves."""

    consultation: Consultation | None = None
    recipient: dict[str, Any] = field(default_factory=dict)


def recipient_of(details: DisclosureDetails) -> dict[str, Any]:
    """Return what is said of who receives a letter as it is kept beside its pack."""
    said = asdict(details)
    del said["third"]
    return said | {"expires_on": details.expires_on.isoformat() if details.expires_on else None}


def details_of(pack: AdviceOrder | Pack) -> DisclosureDetails:
    """Return what was said of who receives a letter."""
    said: dict[str, Any] = pack.recipient or {}
    until = date.fromisoformat(said["expires_on"]) if said["expires_on"] else None
    return DisclosureDetails(
        **said | {"expires_on": until, "ground": Ground(said["ground"]), "consent": Consent(said["consent"])}
    )


def advice_document(actor: Actor, case: Case, order: PackOrder | Pack, sieve: Sieve, *, at: datetime) -> Document:
    """Return the advice on a consultation as whoever holds the case is to read it, or raise NotFound."""
    assert isinstance(order, AdviceOrder | Pack)  # noqa: S101 -- no form makes such a pack
    consultation, details = order.consultation, details_of(order)
    assert consultation is not None  # noqa: S101 -- a letter has one
    opened = access_queries.opened(actor, case.pk, at=at)
    letter = panel.advice_letter(opened, consultation, to_whom=details.to_whom, keep_until=details.expires_on, at=at)
    if letter is None:
        raise NotFound

    def passes(text: str, record: Word, row: int = 0, *, court: bool = False) -> str:
        where = Entry(f"{consultation.pk} {row}", record, Word("words"), Compartment.RISK, court=court)
        return sieve.through(text, where)

    said = tuple(
        replace(one, words=passes(one.words, sentence("advice of {1}, {2}", one.by, day(one.at)), row))
        for row, one in enumerate(letter.advice, start=1)
    )
    made = letters.document(
        replace(
            letter,
            to_whom=passes(letter.to_whom, Word("to whom it goes"), court=True),  # who reads it knows its own town
            question=passes(letter.question, Word("what was asked"), -1),
            advice=said,
        )
    )
    to_whom, stays, *said_below = made.blocks
    return replace(made, blocks=(to_whom, stays, Paragraph(SAYS_SO), *said_below))


def vocabulary(at: datetime) -> str:
    """Return the words that stand in every letter of advice, so that they give nobody away."""
    said = tuple(Said(each, "", at, "") for each in ("police", "mental health", "outreach", "advocacy"))
    return " ".join(packs.texts(letters.document(Letter("", "", "", "", at, said, at.date(), at))))
