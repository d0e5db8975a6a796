"""What became of a message after a provider took it: its own word, and what that means to whoever wrote the message."""

from datetime import timedelta

from fourfold.people.terms import Fate
from fourfold.words import Word

#: The words of GOV.UK Notify, and `taken` of a mail server; https://docs.notifications.service.gov.uk/rest-api.html.
_FATES = {
    **dict.fromkeys(("taken", "created", "sending", "pending", "sent"), Fate.TAKEN),
    "delivered": Fate.DELIVERED,
    "permanent-failure": Fate.NO_SUCH,
    "temporary-failure": Fate.NOT_REACHED,
    "technical-failure": Fate.FAULT,
}
FAILURES = frozenset({Fate.NO_SUCH, Fate.NOT_REACHED, Fate.FAULT})
#: GOV.UK Notify gives up after three days; what it has not said by the fourth it says no more.
ASKED_FOR = timedelta(days=4)
#: A message that stays in *leaving* for so long was left there by a process that ended.
HANDED_OVER_WITHIN = timedelta(minutes=5)

MEANS = {
    Fate.TAKEN: Word("Taken by the provider. Whether it arrived is not known."),
    Fate.DELIVERED: Word("It reached the phone or mailbox. Whether anybody read it is not known."),
    Fate.NO_SUCH: Word(
        "It did not arrive: there is no such number or mailbox, or it takes no messages. Ask the victim for another way."
    ),
    Fate.NOT_REACHED: Word(
        "It did not arrive: the phone was off for days, or the mailbox full. It is not tried again."
    ),
    Fate.FAULT: Word("It did not arrive, because of a fault at the provider. It is not tried again."),
}
NO_FOLDER = Word("The folder for messages cannot be written. Ask the administrator to look. This is tried again.")


def fate_of(said: str) -> Fate | None:
    """Return what a provider's word means, None for one that this release does not know."""
    return _FATES.get(said)
