import fourfold.base
from django.db import migrations, models

from fourfold.base import FirstTables


class Migration(FirstTables):
    dependencies = [("access", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Draft",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("page", models.CharField(max_length=200)),
                ("sealed", models.TextField()),
                ("kept_at", models.DateTimeField()),
                ("staff", models.ForeignKey(on_delete=models.PROTECT, related_name="drafts", to="access.staff")),
            ],
            options={
                "indexes": [models.Index(fields=["kept_at"], name="draft_by_age")],
                "constraints": [models.UniqueConstraint(fields=("staff", "page"), name="one_draft_a_page")],
            },
        )
    ]
