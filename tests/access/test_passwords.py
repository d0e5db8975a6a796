"""How passwords are kept: tests everywhere else hash them quickly."""

from __future__ import annotations

from django.contrib.auth.hashers import check_password, make_password
from django.test import override_settings

from fourfold.config import settings as kept

PASSWORD = "a long enough invented password"


def test_a_password_is_kept_as_argon2id_says() -> None:
    with override_settings(PASSWORD_HASHERS=kept.PASSWORD_HASHERS):
        stored = make_password(PASSWORD)
        assert stored.startswith("argon2$argon2id$")
        assert check_password(PASSWORD, stored)
        assert not check_password(f"{PASSWORD}.", stored)


def test_a_quick_hash_is_not_taken_for_one() -> None:
    quick = make_password(PASSWORD, hasher="md5")
    with override_settings(PASSWORD_HASHERS=kept.PASSWORD_HASHERS):
        assert not check_password(PASSWORD, quick)
