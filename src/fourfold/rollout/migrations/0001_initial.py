import fourfold.base
from django.db import migrations, models

from fourfold.base import FirstTables


class Migration(FirstTables):
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Recommendation",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("area", models.CharField(max_length=9)),
                ("written_at", models.DateTimeField()),
                ("written_by", models.UUIDField()),
                ("result", models.UUIDField(null=True)),
                ("values", models.JSONField()),
                ("text", models.TextField()),
            ],
        )
    ]
