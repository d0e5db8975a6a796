import fourfold.base
from django.db import migrations, models

from fourfold.base import FirstTables


class Migration(FirstTables):
    dependencies = [("intake", "0001_initial"), ("people", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="KeptApart",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("first", models.UUIDField()),
                ("second", models.UUIDField()),
                ("reason", models.CharField(max_length=300)),
                ("decided_at", models.DateTimeField()),
                ("decided_by", models.UUIDField()),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by", models.UUIDField(null=True)),
                ("undone_because", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at__isnull", True)),
                        fields=("first", "second"),
                        name="kept_apart_once",
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="SameProposed",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("site", models.CharField(max_length=40)),
                ("part", models.CharField(max_length=10)),
                ("first", models.UUIDField()),
                ("second", models.UUIDField()),
                ("weight", models.FloatField()),
                ("probability", models.FloatField()),
                ("model", models.CharField(max_length=40)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["site", "ended_at", "-weight", "id"], name="same_proposed_list")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("first", "second"),
                        name="same_proposed_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Match",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("part", models.CharField(max_length=10)),
                ("verdict", models.CharField(max_length=12)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("decided_at", models.DateTimeField()),
                ("decided_by", models.UUIDField()),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by", models.UUIDField(null=True)),
                ("undone_because", models.CharField(blank=True, max_length=300)),
                (
                    "allegation",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="matches", to="intake.allegation"),
                ),
                (
                    "subject",
                    models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="matches", to="people.subject"),
                ),
                (
                    "victim",
                    models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="matches", to="people.victim"),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["victim", "verdict"], name="match_by_victim"),
                    models.Index(fields=["subject", "verdict"], name="match_by_subject"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at__isnull", True), ("verdict", "same")),
                        fields=("allegation", "part"),
                        name="one_person_a_part",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("part", models.CharField(max_length=10)),
                ("weight", models.FloatField()),
                ("probability", models.FloatField()),
                ("evidence", models.JSONField(default=list)),
                ("model", models.CharField(blank=True, max_length=40)),
                ("provisional", models.BooleanField(default=False)),
                (
                    "allegation",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="proposals", to="intake.allegation"),
                ),
                ("subject", models.ForeignKey(null=True, on_delete=models.PROTECT, to="people.subject")),
                ("victim", models.ForeignKey(null=True, on_delete=models.PROTECT, to="people.victim")),
            ],
            options={
                "indexes": [models.Index(fields=["provisional", "-recorded_at", "id"], name="proposal_to_confirm")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("victim__isnull", False)),
                        fields=("allegation", "victim"),
                        name="propose_victim_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("subject__isnull", False)),
                        fields=("allegation", "subject"),
                        name="propose_subject_once",
                    ),
                ],
            },
        ),
    ]
