from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("support", "0003_what_is_owed_no_longer")]

    operations = [
        migrations.AddField("contact", "made_by", models.CharField(blank=True, default="", max_length=120)),
        migrations.AddField("contact", "withdrawn_at", models.DateTimeField(null=True)),
    ]
