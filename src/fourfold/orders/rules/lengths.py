"""For how long a condition may be sought: pure answers."""

from datetime import date

from fourfold.law.terms import Limit, Unit
from fourfold.orders.rules import why_not_last, why_not_so_long
from fourfold.orders.terms import Lasts, LastsUnit, OrderKind
from fourfold.words import sentence


def why_not_lasting(kind: OrderKind, lasts: Lasts, on: date) -> tuple[str, str] | None:
    """Return why a condition of such an order cannot be sought for so long, if it were made on a day; or None."""
    if lasts.unit is LastsUnit.DECIDED and not kind.about.until_decided:
        return "lasts_unit", sentence("{1} does not end with another application.", kind.with_article.capitalize())
    if lasts.unit is LastsUnit.FURTHER_ORDER and kind.about.until_decided:
        return "lasts_unit", sentence(
            "{1} ends at the latest when the application for the full order is decided.", kind.with_article.capitalize()
        )
    if not lasts.unit.is_counted:
        why = why_not_last(kind, on, None) if lasts.unit is LastsUnit.FURTHER_ORDER else None
        return ("lasts_unit", why[1]) if why else None
    if lasts.count is None:
        return "lasts_count", "Enter how many days, months or years."
    last = last_day_of(lasts, on)
    why = why_not_last(kind, on, last) or why_not_so_long(kind, on, last)
    return ("lasts_count", why[1]) if why else None


def last_day_of(lasts: Lasts, on: date) -> date:
    """Return the last day of a counted length that begins with a day."""
    length = Limit("", "", lasts.count or 0, Unit(lasts.unit.value), "", from_on=on, source="", inclusive=True)
    return length.last_day(on)
