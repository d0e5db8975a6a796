"""Which passwords can be used: none that was breached, that repeats or follows a pattern, or that says whose it is."""

import re

from django.core.exceptions import ValidationError
from zxcvbn import zxcvbn

from fourfold.access.models import Account
from fourfold.words import Word

#: Of zxcvbn's five grades, 0 to 4, the least: at least 10^8 guesses by somebody who knows breached passwords.
LEAST = 3
#: No more of a password is weighed; the whole of it is kept.
WEIGHED = 72
#: A part of a name or an address that is as long as this must not stand in the password.
TELLING = 4


class HardToGuess:
    """Refuses a password that a list of breached ones, a pattern, or its holder's own name and address give away."""

    def validate(self, password: str, user: Account | None = None) -> None:
        """Raise ValidationError for a password that is easy to guess."""
        own = _own(user)
        if any(part in password.casefold() for part in own if len(part) >= TELLING):
            raise ValidationError("Do not use your name or your address in the password.", code="password_tells")
        if zxcvbn(password[:WEIGHED], user_inputs=sorted(own))["score"] < LEAST:
            raise ValidationError(
                "This password is too easy to guess: it is known from a breach, or repeats or follows a pattern. "
                "Use several words that do not belong together.",
                code="password_guessable",
            )

    def get_help_text(self) -> str:
        return Word("Use several words that do not belong together, and neither your name nor your address.")


def _own(user: Account | None) -> set[str]:
    """Return what is known of the holder, in parts."""
    if user is None or not getattr(user, "staff_id", None):
        return set()
    said = f"{user.email} {user.staff.name} {user.staff.partner} {user.staff.staff_number}".casefold()
    parts = {part for part in re.split(r"[^\w]+", said) if len(part) >= TELLING}
    return parts | {user.email.casefold(), user.email.casefold().partition("@")[0]}
