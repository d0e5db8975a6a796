from django.db import migrations, models
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import TruncDate

from fourfold.access.terms import LONDON


def keep_of_each(apps, schema_editor):
    """Keep with each action the day on which it was first settled, and the first day that it missed before it was moved."""
    action, status, moved = (apps.get_model("plan", name) for name in ("Action", "StatusSet", "Moved"))
    settled = status.objects.filter(status__in=("done", "not_done")).order_by("set_at")
    missed = moved.objects.filter(moved_at__date__gt=F("due_before")).order_by("moved_at", "recorded_at")
    first = settled.filter(action=OuterRef("pk")).values(day=TruncDate("set_at", tzinfo=LONDON))
    action.objects.filter(pk__in=settled.order_by().values("action")).update(settled_on=Subquery(first[:1]))
    days = missed.filter(action=OuterRef("pk")).values("due_before")
    action.objects.filter(pk__in=missed.order_by().values("action")).update(missed_on=Subquery(days[:1]))


class Migration(migrations.Migration):
    dependencies = [("plan", "0002_counted_without_rows")]
    changes_duties = False  # nothing waits for what is kept here

    operations = [
        migrations.AddField(model_name="action", name="settled_on", field=models.DateField(null=True)),
        migrations.AddField(model_name="action", name="missed_on", field=models.DateField(null=True)),
        migrations.RunPython(keep_of_each, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="action",
            index=models.Index(fields=["case", "missed_on", "due_on", "settled_on"], name="action_as_promised"),
        ),
    ]
