import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0020_acts_that_others_added"),
        ("intake", "0007_desk_by_index"),
    ]

    operations = [
        migrations.CreateModel(
            name="MayName",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("site", models.CharField(max_length=40)),
                ("says", models.PositiveSmallIntegerField()),
                (
                    "allegation",
                    models.ForeignKey(
                        db_column="allegation",
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="intake.allegation",
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        db_column="file", on_delete=django.db.models.deletion.CASCADE, related_name="+", to="cases.case"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["site", "-says", "allegation", "file"], name="may_name_first")],
            },
        ),
    ]
