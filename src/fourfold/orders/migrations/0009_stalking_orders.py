from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0008_in_which_contact")]
    changes_duties = False  # nothing waits for an index
    of_stalking = models.Q(kind__in=["spo", "spo_interim"])
    index = models.Index(fields=["case"], condition=of_stalking, name="order_of_stalking")
    operations = [migrations.AddIndex("order", index)]
