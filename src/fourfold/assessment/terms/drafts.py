"""What pages ask for around assessments: each field once, with its limits and its message."""

from datetime import date

from fourfold.cases.terms import Level
from fourfold.fields import Unfit, asked, draft


@draft
class SignatureAnswer:
    """The answer to a colleague who wants a lower level signed."""

    given: bool = asked("Select yes if you sign")
    words: str = ""


@draft
class RoundDraft:
    """A round that somebody opens; each rater as `profession` or `profession:member of staff`."""

    instrument: str = asked("Choose a form")
    raters: tuple[str, ...] = ()
    why: str = ""


@draft
class OpenRatings:
    """Why the ratings of a round open before everyone has rated."""

    reason: str = asked(longest=2000)


@draft
class LicenceDraft:
    """A licence as it is put on record; the document that shows it is read beside."""

    licensor: str = asked("Enter who granted the licence", longest=200)
    reference: str = asked("Enter the licence number, or where to find it", longest=200)
    granted_on: date = asked("Enter the first day of the licence")
    expires_on: date | None
    review_on: date = asked("Enter the review date")


@draft
class ApprovalDraft:
    """One person's approval of what another brought in."""

    words: str = asked(longest=2000)
    checked: bool = False
    confirms: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.checked:
            raise Unfit("checked", "Confirm that you compared it with the original")


@draft
class WithdrawalDraft:
    """Why something is taken out of use."""

    reason: str = asked("Enter why it is taken out of use", longest=2000)


@draft
class SignatureAsked:
    """The lower level that a colleague is asked to sign, and why."""

    level: Level = asked("Choose the level you want your colleague to sign")
    reason: str = asked("Enter a reason. Your colleague signs it")
