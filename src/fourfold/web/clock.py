"""The only clock: doors ask it, and pass the answer down."""

from datetime import UTC, datetime

from django.conf import settings


def now() -> datetime:
    """Return this moment, or the one that APP_CLOCK sets (never in production; the environment refuses it)."""
    fixed: str = settings.FOURFOLD.app_clock
    return datetime.fromisoformat(fixed).astimezone(UTC) if fixed else datetime.now(UTC)
