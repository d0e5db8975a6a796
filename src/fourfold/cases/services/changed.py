"""When a case changed last, which the database keeps beside each part in it: held against all that happened in it."""

from datetime import UTC, datetime

from django.db import transaction
from django.db.models import DateTimeField, Exists, Max, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from fourfold.access.models import Relation
from fourfold.audit import services as audit
from fourfold.cases.models import CaseAct, LevelSet, StateSet

_EVER = Value(datetime(1, 1, 2, tzinfo=UTC), output_field=DateTimeField())
_MOMENTS = ((CaseAct, "joined_at"), (LevelSet, "set_at"), (StateSet, "entered_at"))


def check_changes(*, mend: bool = False) -> list[str]:
    """Name each part whose case is kept as having changed before it did, and with `mend` keep that moment; a later one hides nothing."""
    wrong = set[str]()
    for table, moment in _MOMENTS:
        done = table._base_manager.filter(case=OuterRef("file"))
        later = done.filter(**{f"{moment}__gt": Coalesce(OuterRef("changed_at"), _EVER)})
        behind: QuerySet[Relation] = Relation.objects.filter(Exists(later))
        wrong |= {
            f"access_relation.changed_at of {pk} says an earlier moment" for pk in behind.values_list("pk", flat=True)
        }
        if mend and wrong:
            last = done.order_by().values("case").annotate(last=Max(moment)).values("last")
            with transaction.atomic():
                audit.hold_the_log()  # or a write meanwhile would be set back
                behind.update(changed_at=Subquery(last))
    return sorted(wrong)
