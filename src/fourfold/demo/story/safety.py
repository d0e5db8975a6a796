"""The victim's own file: how the victim may be reached, and what is stopped before it arrives."""

from datetime import datetime
from pathlib import Path

from django.conf import settings

from fourfold import journey
from fourfold.access.terms import Role
from fourfold.demo.confirming import confirm_what_was_told
from fourfold.demo.moves import Row
from fourfold.demo.story.strangers import story_number
from fourfold.demo.story.tale import Tale
from fourfold.gateways.transport import Outbox
from fourfold.people.queries import contact as contact_queries
from fourfold.people.queries.endpoints import is_somebody_elses
from fourfold.people.terms import Channel, Confirmation, MarkKind, SafeContactRule
from fourfold.support import queries as support_queries
from fourfold.support import services as support
from fourfold.support.terms import ContactOutcome


def support_begins(tale: Tale, case: Row) -> None:
    """Agree how the victim may be reached; a call at a wrong moment is stopped, a text at a right one is written."""
    tale.chapter("The victim's advocate")
    at = tale.on(1, 9, 30)
    advocate = tale.who(Role.VICTIM_ADVOCATE, at)
    rule = SafeContactRule((Channel.TEXT,), from_time=tale.on(1, 10).time(), until_time=tale.on(1, 14).time())
    support.agree_contact(actor=advocate, case=case, rule=rule, at=at)
    _make_sure_the_number_is_theirs(tale, case, at)
    tale.tell("The victim rings; they agree with the victim advocate: text only, 10:00 to 14:00, never a message.")
    called = support.attempt_contact(
        actor=advocate, case=case, channel=Channel.CALL, outcome=ContactOutcome.REACHED, at=tale.on(1, 10, 40)
    )
    tale.hold(called.outcome == ContactOutcome.STOPPED, "a call against the rule is stopped")
    tale.tell(f"The victim advocate is about to call at 10:40; the system stops it: {called.why_stopped}")
    text = "Is tomorrow at eleven still good for you?"
    message = _text(tale, case, text, tale.on(1, 11))
    tale.hold(message.state == "sent", "a text within the agreed hours leaves")
    tale.tell("The victim advocate writes at 11:00; the text leaves, naming nobody and nothing.")
    late = support.send_message(actor=advocate, case=case, channel=Channel.TEXT, text=text, at=tale.on(1, 16, 20))
    tale.hold(late.state == "stopped", "a text outside the agreed hours stays")
    support.keep_address(actor=advocate, case=case, address="with a sister", at=tale.on(1, 11, 30))
    tale.tell("The victim says where they sleep; the victim advocate seals it, and no other page changes.")


def _make_sure_the_number_is_theirs(tale: Tale, case: Row, at: datetime) -> None:
    """Confirm face to face what was told; or another number of the story's range, where that one was somebody else's before."""
    advocate, safe_hour = tale.who(Role.VICTIM_ADVOCATE, at), tale.on(1, 11)
    confirm_what_was_told(advocate, case, at)
    for _ in range(40):
        why, _ = contact_queries.why_not_contact_now(
            case.victim_id, Channel.TEXT, case=case.pk, at=safe_hour, leaves_message=False
        )
        if why is None:
            return
        if not is_somebody_elses(case.victim_id, MarkKind.PHONE, number := story_number()):
            support.confirm_endpoint(
                actor=advocate, case=case, kind=MarkKind.PHONE, value=number, how=Confirmation.FACE_TO_FACE, at=at
            )
    tale.hold(False, "a number that is the victim's alone is found")


def _text(tale: Tale, case: Row, text: str, at: datetime) -> Row:
    """Write a text and let the outbox go; return the message as the victim's file shows it then."""
    advocate = tale.who(Role.VICTIM_ADVOCATE, at)
    journey.message_sent(
        actor=advocate,
        case=case,
        channel=Channel.TEXT,
        text=text,
        transport=Outbox(Path(settings.FOURFOLD.data_dir) / "outbox"),
        at=at,
    )
    return support_queries.victim_file(actor=advocate, reference=case.reference, at=at).messages[0]
