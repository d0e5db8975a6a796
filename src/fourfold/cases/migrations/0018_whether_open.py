from django.db import migrations, models

BY_STATE = models.Index(fields=["id", "state"], name="case_is_open")
COUNTED = migrations.RunSQL("ANALYZE cases_case", migrations.RunSQL.noop)  # else SQLite reads the row beside its key


class Migration(migrations.Migration):
    dependencies = [("cases", "0017_counted_in_the_order_of_grants")]
    changes_duties = False  # nothing waits for an index
    operations = [migrations.AddIndex("case", BY_STATE), COUNTED]
