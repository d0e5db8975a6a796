"""Who acts in a request: at every door the same account, session, strength and purpose."""

from datetime import datetime
from typing import Any

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest

from fourfold.access import queries
from fourfold.access.terms import Purpose, Role
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor

#: A session that has shown one factor only: it opens nothing but the page on which the second is set up.
ALONE = "password"


def actor_of(request: HttpRequest) -> Actor | None:
    """Return who acts in a request that has its moment, `at`, or None where nobody who may act has signed in."""
    user = request.user
    if not user.is_authenticated:
        return None
    at: datetime = request.at  # type: ignore[attr-defined]
    actor = queries.actor_of(
        user.staff,
        at=at,
        account=user,
        session=audit.keyring().commitment("session", (request.session.session_key or "").encode())[:16],
        strength=strength_of(request),
        client="loopback" if request.META.get("REMOTE_ADDR", "") in ("127.0.0.1", "::1") else "network",
    )
    return actor.for_purpose(purpose_of(actor)) if actor.active else None


def strength_of(request: HttpRequest) -> str:
    """Return how strongly this session was authenticated: password, password+totp, sign_on (two factors elsewhere)…

    Without a second factor, here or there, it is ALONE, whatever the first was.
    """
    records = get_authentication_records(request, request.user)
    factors = [record.get("type") or record.get("method", "") for record in records]
    second = [factor for factor in factors if factor in ("totp", "webauthn", "recovery_codes")]
    if second:
        return f"{'sign_on' if 'sign_on' in factors else 'password'}+{second[-1]}"
    return "sign_on" if is_assured(request, request.user) else ALONE


def is_assured(request: HttpRequest, user: Any) -> bool:
    """Return whether the last way in of this session was a sign-in elsewhere that had seen two factors."""
    first = [each for each in get_authentication_records(request, user) if each["method"] in ("password", "sign_on")]
    return bool(first) and first[-1]["method"] == "sign_on" and bool(first[-1].get("assured"))


def purpose_of(actor: Actor) -> str:
    """Return the purpose that a role implies; another must be stated when a file is opened."""
    if actor.has_role(Role.SYSTEM_ADMINISTRATOR):
        return Purpose.ADMINISTRATION
    if actor.has_role(Role.EVALUATOR, Role.PROGRAMME_LEAD):
        return Purpose.EVALUATION
    watches = actor.roles and actor.roles <= {Role.GOVERNANCE_LEAD, Role.AGENCY_LEAD}
    return Purpose.OVERSIGHT if watches else Purpose.CASEWORK
