from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("panel", "0002_who_attended")]
    changes_duties = False  # nothing waits for an index
    said = models.Q(order_reason__gt="")
    index = models.Index(fields=["item", "decided_at"], condition=said, name="order_said")
    operations = [migrations.AddIndex("decision", index)]
