from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0007_breaches_withdrawn")]

    operations = [
        migrations.AddField("breachstep", "contact", models.UUIDField(null=True)),
        migrations.AddField("breachstep", "told_at", models.DateTimeField(null=True)),
        migrations.AddField("breachstep", "told_by", models.CharField(blank=True, default="", max_length=120)),
    ]
