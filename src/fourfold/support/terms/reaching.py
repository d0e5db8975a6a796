"""What is asked where a victim is to be reached: by which numbers, and with which message."""

from uuid import UUID

from fourfold.fields import asked, draft
from fourfold.people.terms import Channel, Confirmation, MarkKind


@draft
class MessageDraft:
    channel: Channel = asked("Choose how to send it")
    text: str = asked("Write the message")
    title: str = ""


@draft
class CallBackDraft:
    """A number of the unit that messages may say."""

    number: str = asked("Write the telephone number", longest=40)


@draft
class MessageReadDraft:
    """A second reader's answer to a message."""

    given: bool = asked("Choose yes or no")
    words: str = asked(longest=300)


@draft
class EndpointDraft:
    """What the victim said reaches them, and how their advocate made sure that it was they who said it."""

    kind: MarkKind = asked("Choose what you confirm")
    value: str = asked("Write what the victim told you", longest=200)
    how: Confirmation = asked("Choose how you made sure")


@draft
class SetAsideDraft:
    """Which number, mailbox or address is not to be used, and why."""

    why: str = asked("Say why it is not to be used", longest=300, typed_in="reason")
    reach: UUID = asked(typed_in="mark", default=UUID(int=0))
    somebody_else: bool = False
