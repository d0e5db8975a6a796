"""Packs of a long case, which take longer than a page may: asked for on a page, and done beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter  # reads and writes a data class as JSON, days and identifiers too

from fourfold.audit.terms import Actor
from fourfold.cases import queries as cases
from fourfold.governance.terms import PackOrder
from fourfold.support import queries as support


@dataclass(frozen=True)
class PackAsked:
    """What is asked for: a new pack of a case by its `order`; else that the files of one are made again, or that it leaves by a `channel`."""

    reference: str
    order: PackOrder | None = None
    pack: UUID | None = None
    channel: str | None = None


_ASKED = TypeAdapter(PackAsked)


def written(asked: PackAsked) -> str:
    return _ASKED.dump_json(asked).decode()


def pack_done(*, actor: Actor, asked: str, at: datetime, told: Callable[[int, int], None]) -> None:
    """Do what was asked for of a pack, as `written` said it; each step is told."""
    from fourfold.governance import queries  # brings the statistics, which no command waits for
    from fourfold.governance import services as governance

    said = _ASKED.validate_json(asked)
    case = cases.case_of(actor=actor, reference=said.reference, at=at)
    at_risk = support.names_at_risk(case)
    told(0, governance.STEPS)
    if said.order is not None:
        governance.make_pack(actor=actor, case=case, order=said.order, at=at, at_risk=at_risk, told=told)
    if said.pack is None:
        return
    pack = queries.pack_of_reader(actor, said.pack, at=at)
    if said.channel is None:
        governance.make_pack_again(actor=actor, pack=pack, at=at, at_risk=at_risk, told=told)
    else:
        governance.release_pack(actor=actor, pack=pack, channel=said.channel, at=at, at_risk=at_risk, told=told)
