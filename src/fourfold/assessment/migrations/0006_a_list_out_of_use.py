import django.db.models.deletion
from django.db import migrations, models

import fourfold.base


class Migration(migrations.Migration):
    dependencies = [("assessment", "0005_a_list_may_come_again")]

    operations = [
        migrations.CreateModel(
            name="ListWithdrawn",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("site", models.CharField(max_length=40)),
                ("reason", models.TextField()),
                ("withdrawn_at", models.DateTimeField()),
                ("withdrawn_by", models.UUIDField()),
                (
                    "brought",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="withdrawal",
                        to="assessment.listbrought",
                    ),
                ),
            ],
            options={"abstract": False},
        )
    ]
