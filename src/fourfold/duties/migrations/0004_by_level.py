from django.db import migrations, models

AT_LEVEL = models.Index(fields=["kind", "site", "level"], name="duty_of_kind_and_level")
COUNTED = migrations.RunSQL(
    "ANALYZE duties_duty", migrations.RunSQL.noop
)  # SQLite takes an index not counted for a sharp one


class Migration(migrations.Migration):
    dependencies = [("duties", "0003_by_kind_and_site")]
    operations = [migrations.RemoveIndex("duty", "duty_of_kind"), migrations.AddIndex("duty", AT_LEVEL), COUNTED]
