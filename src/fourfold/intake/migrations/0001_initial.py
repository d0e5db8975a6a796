import fourfold.base
from django.db import migrations, models

from fourfold.base import FirstTables


class Migration(FirstTables):
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="ImportRun",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("site", models.CharField(max_length=40)),
                ("system", models.CharField(max_length=40)),
                ("mapping_text", models.TextField(blank=True)),
                ("columns", models.JSONField(default=list)),
                ("header_row", models.PositiveIntegerField(null=True)),
                ("mapping_sha256", models.CharField(max_length=64)),
                ("file_name", models.CharField(max_length=200)),
                ("file_sha256", models.CharField(max_length=64)),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("started_by", models.UUIDField()),
                ("read", models.PositiveIntegerField(default=0)),
                ("accepted", models.PositiveIntegerField(default=0)),
                ("duplicates", models.PositiveIntegerField(default=0)),
                ("quarantined", models.PositiveIntegerField(default=0)),
                ("revised", models.PositiveIntegerField(default=0)),
            ],
            options={"indexes": [models.Index(fields=["site", "-started_at"], name="run_by_site")]},
        ),
        migrations.CreateModel(
            name="Allegation",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("site", models.CharField(max_length=40)),
                ("channel", models.CharField(max_length=10)),
                ("system", models.CharField(blank=True, max_length=40)),
                ("reference", models.CharField(max_length=80)),
                ("teller", models.CharField(blank=True, max_length=120)),
                ("told_at", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
                ("occurred_from", models.DateTimeField(null=True)),
                ("occurred_until", models.DateTimeField(null=True)),
                ("time_known", models.BooleanField(default=True)),
                ("recorded_class", models.CharField(blank=True, default="", max_length=4)),
                ("class_as_recorded", models.CharField(blank=True, max_length=160)),
                ("included_classes", models.JSONField(default=list)),
                ("words", models.TextField(blank=True)),
                ("behaviours", models.JSONField(default=list)),
                ("place", models.CharField(blank=True, max_length=200)),
                ("weapon", models.BooleanField(null=True)),
                ("former_partner", models.BooleanField(null=True)),
                ("confirmed", models.BooleanField(default=True)),
                ("victim_name", models.CharField(blank=True, max_length=160)),
                ("victim_birth", models.CharField(blank=True, max_length=40)),
                ("victim_sex", models.CharField(blank=True, max_length=20)),
                ("victim_pronoun", models.CharField(blank=True, max_length=10)),
                ("victim_phone", models.CharField(blank=True, max_length=80)),
                ("victim_email", models.CharField(blank=True, max_length=120)),
                ("victim_address", models.CharField(blank=True, max_length=200)),
                ("subject_name", models.CharField(blank=True, max_length=160)),
                ("subject_birth", models.CharField(blank=True, max_length=40)),
                ("subject_sex", models.CharField(blank=True, max_length=20)),
                ("subject_pronoun", models.CharField(blank=True, max_length=10)),
                ("subject_phone", models.CharField(blank=True, max_length=80)),
                ("subject_email", models.CharField(blank=True, max_length=120)),
                ("subject_address", models.CharField(blank=True, max_length=200)),
                ("relationship", models.CharField(blank=True, max_length=80)),
                ("urgency", models.CharField(max_length=10)),
                ("urgency_reasons", fourfold.base.SentencesField(default=list)),
                ("for_desk", models.BooleanField(default=True)),
                ("at_desk", models.BooleanField(default=True)),
                ("breach_of", models.UUIDField(null=True)),
                ("original", models.JSONField(default=dict)),
                ("row_hash", models.CharField(blank=True, max_length=64)),
                ("row_number", models.PositiveIntegerField(null=True)),
                ("batch", models.PositiveIntegerField(null=True)),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="allegations",
                        to="intake.importrun",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["site", "-told_at", "id"], name="allegation_by_site"),
                    models.Index(
                        condition=models.Q(("at_desk", True)),
                        fields=["site", "-told_at", "id"],
                        name="allegation_at_desk",
                    ),
                    models.Index(
                        condition=models.Q(("breach_of__isnull", False)),
                        fields=["breach_of"],
                        name="allegation_by_breach",
                    ),
                    models.Index(
                        condition=models.Q(("channel", "referral")),
                        fields=["recorded_by", "-told_at", "id"],
                        name="allegation_by_referrer",
                    ),
                    models.Index(fields=["run", "row_number"], name="allegation_by_run"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("site", "system", "reference"), name="one_reference_a_system"),
                    models.CheckConstraint(
                        condition=models.Q(("reference", ""), _negated=True), name="allegation_has_a_reference"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Quarantined",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("site", models.CharField(max_length=40)),
                ("file_sha256", models.CharField(max_length=64)),
                ("row_number", models.PositiveIntegerField()),
                ("batch", models.PositiveIntegerField(null=True)),
                ("column", models.CharField(blank=True, max_length=120)),
                ("fault", models.CharField(max_length=30)),
                ("reason", fourfold.base.SentenceField()),
                ("raw", models.JSONField(default=dict)),
                ("held_at", models.DateTimeField()),
                ("resolved_at", models.DateTimeField(null=True)),
                ("resolved_by", models.UUIDField(null=True)),
                ("resolution", models.CharField(blank=True, max_length=300)),
                ("run", models.ForeignKey(on_delete=models.PROTECT, related_name="quarantine", to="intake.importrun")),
            ],
            options={
                "indexes": [models.Index(fields=["site", "-held_at"], name="quarantine_by_site")],
                "constraints": [
                    models.UniqueConstraint(fields=("site", "file_sha256", "row_number"), name="one_row_held_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="PersonKnownBy",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("role", models.CharField(max_length=10)),
                ("place", models.PositiveSmallIntegerField()),
                ("kind", models.CharField(max_length=20)),
                ("value", models.CharField(max_length=200)),
                ("row_number", models.PositiveIntegerField(null=True)),
                ("batch", models.PositiveIntegerField(null=True)),
                (
                    "allegation",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="people_known_by", to="intake.allegation"),
                ),
                (
                    "run",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="people_known_by", to="intake.importrun"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["run", "row_number"], name="known_by_by_run")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("allegation", "role", "place", "kind", "value"), name="known_by_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Retold",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("row_hash", models.CharField(max_length=64)),
                ("changed", models.JSONField(default=dict)),
                ("original", models.JSONField(default=dict)),
                ("row_number", models.PositiveIntegerField(null=True)),
                ("batch", models.PositiveIntegerField(null=True)),
                (
                    "allegation",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="retold", to="intake.allegation"),
                ),
                (
                    "run",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="retold", to="intake.importrun"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["run", "row_number"], name="retold_by_run")],
                "constraints": [
                    models.UniqueConstraint(fields=("allegation", "row_hash", "run"), name="retold_once_a_run")
                ],
            },
        ),
        migrations.CreateModel(
            name="FurtherPerson",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("role", models.CharField(max_length=10)),
                ("place", models.PositiveSmallIntegerField()),
                ("name", models.CharField(blank=True, max_length=160)),
                ("birth", models.CharField(blank=True, max_length=40)),
                ("sex", models.CharField(blank=True, max_length=20)),
                ("pronoun", models.CharField(blank=True, max_length=10)),
                ("phone", models.CharField(blank=True, max_length=80)),
                ("email", models.CharField(blank=True, max_length=120)),
                ("address", models.CharField(blank=True, max_length=200)),
                ("relationship", models.CharField(blank=True, max_length=80)),
                ("row_number", models.PositiveIntegerField(null=True)),
                ("batch", models.PositiveIntegerField(null=True)),
                (
                    "allegation",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="further", to="intake.allegation"),
                ),
                (
                    "run",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="further", to="intake.importrun"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["run", "row_number"], name="further_by_run")],
                "constraints": [
                    models.UniqueConstraint(fields=("allegation", "role", "place"), name="one_person_a_place")
                ],
            },
        ),
        migrations.CreateModel(
            name="Version",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("number", models.PositiveIntegerField()),
                ("received_at", models.DateTimeField()),
                ("told_at", models.DateTimeField()),
                ("occurred_from", models.DateTimeField(null=True)),
                ("occurred_until", models.DateTimeField(null=True)),
                ("time_known", models.BooleanField(default=True)),
                ("recorded_class", models.CharField(blank=True, default="", max_length=4)),
                ("class_as_recorded", models.CharField(blank=True, max_length=160)),
                ("included_classes", models.JSONField(default=list)),
                ("words", models.TextField(blank=True)),
                ("behaviours", models.JSONField(default=list)),
                ("place", models.CharField(blank=True, max_length=200)),
                ("weapon", models.BooleanField(null=True)),
                ("former_partner", models.BooleanField(null=True)),
                ("victim", models.JSONField(default=dict)),
                ("victim_reach", models.JSONField(default=dict)),
                ("subject", models.JSONField(default=dict)),
                ("further", models.JSONField(default=list)),
                ("urgency", models.CharField(max_length=10)),
                ("urgency_reasons", fourfold.base.SentencesField(default=list)),
                ("for_desk", models.BooleanField(default=True)),
                ("back_at_desk", fourfold.base.SentencesField(default=list)),
                ("row_number", models.PositiveIntegerField(null=True)),
                ("batch", models.PositiveIntegerField(null=True)),
                (
                    "allegation",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="versions", to="intake.allegation"),
                ),
                ("retold", models.OneToOneField(on_delete=models.PROTECT, related_name="version", to="intake.retold")),
                (
                    "run",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="versions", to="intake.importrun"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["run", "row_number"], name="version_by_run")],
                "constraints": [models.UniqueConstraint(fields=("allegation", "number"), name="one_version_a_number")],
            },
        ),
    ]
