"""What the forms of a disposal ask: why, whether somebody signs it, and what the sender had seen when they sent it."""

from fourfold.fields import asked, draft


@draft
class DisposalDraft:
    """Why nothing of a case is needed any more."""

    reason: str = asked(longest=2000)
    seen: str = asked(longest=64)


@draft
class DisposalAnswerDraft:
    """Whether a case that somebody wants to be disposed of goes, and why where it does not."""

    goes: bool | None = asked(missing="Choose whether you sign")
    seen: str = asked(longest=64)
    because: str = asked(longest=300)
