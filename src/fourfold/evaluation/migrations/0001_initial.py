import fourfold.base
from django.db import migrations, models

from fourfold.base import FirstTables


class Migration(FirstTables):
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Question",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=200)),
                ("plan", models.JSONField()),
                ("sha256", models.CharField(max_length=64)),
                ("registered_at", models.DateTimeField()),
                ("registered_by", models.UUIDField()),
            ],
        ),
        migrations.CreateModel(
            name="Extract",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("frozen_at", models.DateTimeField()),
                ("frozen_by", models.UUIDField()),
                ("until", models.DateTimeField()),
                ("rows", models.PositiveIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("path", models.CharField(max_length=300)),
                ("manifest", models.JSONField(default=dict)),
                (
                    "question",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="extracts", to="evaluation.question"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Amendment",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                ("plan", models.JSONField()),
                ("reason", models.TextField()),
                ("sha256", models.CharField(max_length=64)),
                ("after_outcomes", models.BooleanField()),
                ("amended_at", models.DateTimeField()),
                ("amended_by", models.UUIDField()),
                (
                    "question",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="amendments", to="evaluation.question"),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("question", "number"), name="one_amendment_a_number")]
            },
        ),
        migrations.CreateModel(
            name="Result",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("computed_at", models.DateTimeField()),
                ("code_version", models.CharField(max_length=60)),
                ("values", models.JSONField()),
                (
                    "extract",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="results", to="evaluation.extract"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Release",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("released_at", models.DateTimeField()),
                ("released_by", models.UUIDField()),
                ("status", models.CharField(max_length=10)),
                ("said", models.TextField()),
                ("hashes", models.JSONField()),
                ("parts", models.JSONField()),
                ("totals", models.JSONField()),
                ("html", models.TextField()),
                ("numbers", models.TextField()),
                ("pdf", models.BinaryField(editable=True)),
                ("docx", models.BinaryField(editable=True)),
                (
                    "extract",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="releases", to="evaluation.extract"),
                ),
            ],
            options={"indexes": [models.Index(fields=["-released_at"], name="release_by_moment")]},
        ),
    ]
