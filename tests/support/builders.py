"""Small makers for the tests of support: a case with its advocate, what was agreed with her, a contact. All invented."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, time, timedelta

from fourfold.access.terms import RelationKind
from fourfold.assessment import instruments
from fourfold.assessment.services import library
from fourfold.cases.models import Case
from fourfold.people.queries.endpoints import endpoints_of
from fourfold.people.terms import Channel, Confirmation, MarkKind, SafeContactRule, UnsafeContact
from fourfold.support import services as support
from fourfold.support.models import Contact
from fourfold.support.terms import ContactOutcome
from tests.assessment.wording import file_of, pack_for
from tests.cases.builders import open_case
from tests.cast import NOW, Cast, assign
from tests.remembered import remembered

#: Noon in London on the day of the tests: within her hours.
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
OPENED = NOW - timedelta(days=30)
TEXTS = SafeContactRule((Channel.TEXT,), time(10), time(14))

ALL_ANSWERED = {
    "home": "mostly",
    "sleep": "half",
    "contact_fear": "fully",
    "going_out": "a_little",
    "online": "half",
    "believed": "fully",
    "plan_trust": "mostly",
    "support": "fully",
}


@remembered
def case_of(cast: Cast, *, at: datetime = OPENED, **more: object) -> Case:
    """Open a case with its advocate, her lead's absence, and its officer."""
    case = open_case(cast, at=at, **more)
    for name, kind in (("advocate", RelationKind.ADVOCATE), ("officer", RelationKind.OIC)):
        assign(actor=cast.coordinator, case=case, staff=cast.staff[name].pk, kind=kind, at=at)
    return case


def agree(cast: Cast, case: Case, rule: SafeContactRule = TEXTS, *, at: datetime = OPENED) -> None:
    """Agree safe contact, by default texts between ten and two, and confirm face to face what was told."""
    support.agree_contact(actor=cast.advocate, case=case, rule=rule, at=at)
    for told in (row for each in endpoints_of(case.victim_id, case=case.pk).values() for row in each.told):
        with suppress(UnsafeContact):  # what is somebody else's too stays told
            confirm(cast, case, told.value, MarkKind(told.kind), at=at)


def confirm(
    cast: Cast,
    case: Case,
    value: str,
    kind: MarkKind = MarkKind.PHONE,
    *,
    at: datetime = OPENED,
    by: str = "advocate",
) -> None:
    """Confirm face to face, as the advocate, what reaches the victim."""
    how = Confirmation.FACE_TO_FACE
    support.confirm_endpoint(actor=cast.actor(by), case=case, kind=kind, value=value, how=how, at=at)


def reached(
    cast: Cast, case: Case, *, at: datetime = NOON, outcome: ContactOutcome = ContactOutcome.REACHED, **more: object
) -> Contact:
    """Record a text to her as the advocate."""
    return support.attempt_contact(
        actor=cast.advocate,
        case=case,
        channel=Channel.TEXT,
        at=at,
        outcome=outcome,
        **more,  # type: ignore[arg-type]
    )


def bring_in(cast: Cast, key: str, *, at: datetime) -> None:
    """Let the unit bring in invented words for an instrument that is free to use."""
    raw = file_of(pack_for(instruments.load(key)))
    library.bring_pack(actor=cast.coordinator, site="northmoor", raw=raw, file="pack.toml", at=at)
