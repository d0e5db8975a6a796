"""Supporting the victim one to one: contacts under her safe-contact rule, her words, how she is, and what she is told."""

from fourfold.support.services.contacts import attempt_contact, write_note
from fourfold.support.services.measures import check_in, choose_norm, measure_missed, take_measure
from fourfold.support.services.past import take_over
from fourfold.support.services.reaching import agree_contact, ask_for_address, keep_address, send_message
from fourfold.support.services.updates import owe_update, tell_update

__all__ = [
    "agree_contact",
    "ask_for_address",
    "attempt_contact",
    "check_in",
    "choose_norm",
    "keep_address",
    "measure_missed",
    "owe_update",
    "send_message",
    "take_measure",
    "take_over",
    "tell_update",
    "write_note",
]
