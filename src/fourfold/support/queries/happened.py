"""What happens with a victim, as the history of a case says it to whoever may read it: never what was told in confidence."""

from fourfold.cases.queries.happened import Happened, whether
from fourfold.people.terms import Channel
from fourfold.support.models import Contact, ContactAsked, Update, UpdateTold
from fourfold.support.terms import ContactOutcome, UpdateKind
from fourfold.words import Word, sentence


def _contact(channel: str, outcome: str, incoming: str) -> Word:
    if incoming == "yes":
        return sentence("The victim got in touch by {1}", Channel(channel).words)
    return sentence("Contact with the victim by {1}: {2}", Channel(channel).words, ContactOutcome(outcome).words)


def _told(what: str, stands: str) -> Word:
    said = sentence("Told to the victim: {1}", UpdateKind(what).words)
    return said if stands == "yes" else sentence("{1}. This was taken back", said)


KINDS = (
    Happened(Contact, "attempted_at", _contact, ("channel", "outcome", whether("incoming"))),
    Happened(ContactAsked, "recorded_at", lambda: Word("The victim asked to be contacted")),
    Happened(Update, "happened_at", lambda what: sentence("To be told to the victim: {1}", _kind(what)), ("what",)),
    Happened(UpdateTold, "told_at", _told, ("update__what", whether("update__dropped_at__isnull"))),
)


def _kind(what: str) -> Word:
    return UpdateKind(what).words
