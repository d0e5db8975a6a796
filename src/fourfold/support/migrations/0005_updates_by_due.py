from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("support", "0004_who_made_a_contact")]
    changes_duties = False  # nothing waits for an index
    index = models.Index(fields=["due_on", "case"], condition=models.Q(dropped_at=None), name="update_by_due")
    operations = [migrations.AddIndex("update", index)]
