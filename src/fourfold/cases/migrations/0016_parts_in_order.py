from django.db import migrations
from django.db.models import OuterRef, Subquery


def keep_openings(apps, schema_editor):
    """Keep with each part in a case when that was opened."""
    case, part = apps.get_model("cases", "Case"), apps.get_model("access", "Relation")
    opened = case.objects.filter(pk=OuterRef("file")).values("opened_at")
    part.objects.filter(file__in=case.objects.values("pk")).update(opened_at=Subquery(opened))


class Migration(migrations.Migration):
    dependencies = [("cases", "0015_read_without_rows"), ("access", "0012_parts_in_order")]
    changes_duties = False  # nothing waits for what is kept here
    operations = [migrations.RunPython(keep_openings, migrations.RunPython.noop)]
