import django.db.models.deletion
import fourfold.base
from django.db import migrations, models

from fourfold.base import FirstTables


class Migration(FirstTables):
    dependencies = [("cases", "0007_two_reports_of_one_act")]

    operations = [
        migrations.CreateModel(
            name="Duty",
            fields=[
                (
                    "id",
                    models.UUIDField(default=fourfold.base.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("kind", models.CharField(max_length=40)),
                ("about", models.UUIDField()),
                ("shows_from", models.DateTimeField()),
                ("due_at", models.DateTimeField(null=True)),
                ("until", models.DateTimeField(null=True)),
                ("reveals", models.CharField(blank=True, max_length=30)),
                ("closed", models.BooleanField(null=True)),
                ("owner", models.UUIDField(null=True)),
                ("partner", models.CharField(blank=True, max_length=40)),
                ("asked_by", models.UUIDField(null=True)),
                ("said", models.JSONField(default=dict)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="duties", to="cases.case"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["kind", "shows_from"], name="duty_shown"),
                    models.Index(fields=["kind", "due_at", "id"], name="duty_by_day"),
                    models.Index(fields=["owner", "due_at"], name="duty_of_one"),
                    models.Index(fields=["partner", "owner", "due_at"], name="duty_of_agency"),
                    models.Index(fields=["case", "kind"], name="duty_by_case"),
                ],
                "constraints": [models.UniqueConstraint(fields=("about", "kind"), name="one_duty_of_a_kind")],
            },
        )
    ]
