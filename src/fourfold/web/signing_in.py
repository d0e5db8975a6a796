"""Whom an address signs in, and what is written of a wrong password where somebody is signed in.

An address signs in the account that has it, and nobody by a table of other addresses that the library keeps.
"""

from uuid import UUID

from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.forms import ChangePasswordForm
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.web import clock


class ByAddress(AuthenticationBackend):
    """Checks the password of the account that has an address."""

    def _authenticate_by_email(self, email: str, password: str) -> AbstractBaseUser | None:
        return self._check_password(access_queries.account_of(email), password)

    def get_user(self, user_id: UUID | str) -> AbstractBaseUser | None:
        """Return whose session it is, as every page asks."""
        account = access_queries.account_by(user_id if isinstance(user_id, UUID) else UUID(user_id))
        return account if account is not None and self.user_can_authenticate(account) else None


class ChangeForm(ChangePasswordForm):
    """Changes a password; a wrong old one is on record, as at the door."""

    def clean_oldpassword(self) -> str:
        """Return the old password, or refuse a wrong one and put it on record."""
        try:
            said: str = super().clean_oldpassword()
        except ValidationError:
            at, account = clock.now(), self.user
            holder = access_queries.actor_of(account.staff, at=at, account=account, strength="door", purpose="sign in")
            access.note_failed(actor=holder, at=at, rule="old password")
            raise
        return said
