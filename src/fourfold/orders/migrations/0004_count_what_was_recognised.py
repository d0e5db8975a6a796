from django.db import migrations
from django.db.models import Exists, OuterRef, Subquery


def count_what_was_recognised(apps, schema_editor):
    """Count each act that was found to be a breach after it was told as something else, since that was recorded."""
    breach = apps.get_model("orders", "Breach").objects.filter(
        allegation=OuterRef("allegation"), condition__order__case=OuterRef("case")
    )
    acts = apps.get_model("cases", "CaseAct").objects.filter(Exists(breach), breach_at__isnull=True)
    acts.update(breach_at=Subquery(breach.values("recorded_at")[:1]))


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_what_supports_a_condition"), ("cases", "0004_acts_that_broke_an_order")]

    operations = [migrations.RunPython(count_what_was_recognised, migrations.RunPython.noop)]
