import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0004_count_what_was_recognised"), ("plan", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="breach",
            name="action",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="breach", to="plan.action"
            ),
        )
    ]
