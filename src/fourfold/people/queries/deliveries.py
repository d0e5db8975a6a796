"""What became of messages, as the providers said: for whoever may read the messages themselves."""

from django.db.models import Case, OuterRef, Subquery, Value, When

from fourfold.people.models import DeliveryTold
from fourfold.people.rules.deliveries import FAILURES
from fourfold.people.terms import Fate

_OF_MESSAGES = "the message is opened, or scoped by its case, where this is asked"


def fate_of_each() -> Subquery:
    """Return, to annotate messages with, what counts of all that was said of each: that it arrived, then a failure, then the rest."""
    weight = Case(When(fate=Fate.DELIVERED, then=Value(0)), When(fate__in=FAILURES, then=Value(1)), default=Value(2))
    rows = DeliveryTold.objects.unscoped(_OF_MESSAGES).filter(message=OuterRef("pk"))
    return Subquery(rows.order_by(weight, "-recorded_at").values("fate")[:1])
