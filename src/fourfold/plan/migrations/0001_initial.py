import fourfold.base
import fourfold.plan.terms
from django.db import migrations, models

from fourfold.base import FirstTables


class Migration(FirstTables):
    dependencies = [("cases", "0001_initial"), ("panel", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Intervention",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("strand", models.CharField(max_length=14)),
                ("kind", models.CharField(max_length=20)),
                ("approach", models.CharField(blank=True, max_length=24)),
                ("sessions_agreed", models.PositiveSmallIntegerField(null=True)),
                ("begun_at", models.DateTimeField()),
                ("case", models.ForeignKey(on_delete=models.PROTECT, related_name="interventions", to="cases.case")),
            ],
            options={"indexes": [models.Index(fields=["case", "-begun_at"], name="intervention_by_case")]},
        ),
        migrations.CreateModel(
            name="Action",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("strand", models.CharField(max_length=14)),
                ("what", models.CharField(max_length=300)),
                ("owner_partner", models.CharField(max_length=40)),
                ("owner", models.UUIDField(null=True)),
                ("due_on", models.DateField()),
                ("tell_victim_first", models.BooleanField(default=False)),
                ("opened_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
                ("status", models.CharField(default=fourfold.plan.terms.Status["OPEN"], max_length=20)),
                ("kind", models.CharField(blank=True, max_length=20)),
                ("plan_class", models.CharField(blank=True, max_length=22)),
                ("case", models.ForeignKey(on_delete=models.PROTECT, related_name="actions", to="cases.case")),
                (
                    "measure",
                    models.OneToOneField(
                        null=True, on_delete=models.PROTECT, related_name="action", to="panel.measure"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["case", "status", "due_on"], name="action_by_case"),
                    models.Index(fields=["owner", "status", "due_on"], name="action_by_owner"),
                    models.Index(fields=["owner_partner", "owner", "status", "due_on"], name="action_of_agency"),
                    models.Index(fields=["status", "due_on", "id"], name="action_waited_for"),
                ]
            },
        ),
        migrations.CreateModel(
            name="ClinicalNote",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("side", models.CharField(max_length=10)),
                ("text", models.TextField()),
                ("case", models.ForeignKey(on_delete=models.PROTECT, related_name="clinical_notes", to="cases.case")),
            ],
            options={"indexes": [models.Index(fields=["case", "side", "-recorded_at"], name="note_by_side")]},
        ),
        migrations.CreateModel(
            name="StaffMinutes",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("role", models.CharField(max_length=40)),
                ("minutes", models.PositiveIntegerField()),
                ("worked_on", models.DateField()),
                ("on_what", models.CharField(blank=True, max_length=80)),
                ("case", models.ForeignKey(on_delete=models.PROTECT, related_name="staff_minutes", to="cases.case")),
            ],
            options={"indexes": [models.Index(fields=["case", "worked_on"], name="minutes_by_case")]},
        ),
        migrations.CreateModel(
            name="Goal",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("position", models.PositiveSmallIntegerField(default=1)),
                ("what", models.CharField(max_length=300)),
                (
                    "intervention",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="goals", to="plan.intervention"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="InterventionEnded",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("how", models.CharField(max_length=20)),
                ("reason", models.TextField(blank=True)),
                ("ended_at", models.DateTimeField()),
                (
                    "intervention",
                    models.OneToOneField(on_delete=models.PROTECT, related_name="ended", to="plan.intervention"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ReadinessSet",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("readiness", models.CharField(max_length=16)),
                ("set_at", models.DateTimeField()),
                (
                    "intervention",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="readiness", to="plan.intervention"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Moved",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("owner_before", models.UUIDField(null=True)),
                ("owner_after", models.UUIDField(null=True)),
                ("due_before", models.DateField()),
                ("due_after", models.DateField()),
                ("moved_at", models.DateTimeField()),
                ("reason", models.TextField(blank=True)),
                ("action", models.ForeignKey(on_delete=models.PROTECT, related_name="moves", to="plan.action")),
            ],
            options={"indexes": [models.Index(fields=["action", "-moved_at"], name="moved_by_action")]},
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("strand", models.CharField(max_length=14)),
                ("planned_at", models.DateTimeField()),
                ("attendance", models.CharField(default=fourfold.plan.terms.Attendance["PLANNED"], max_length=30)),
                ("settled_at", models.DateTimeField(null=True)),
                ("direct_work", models.BooleanField(default=False)),
                ("untold_because", models.TextField(blank=True)),
                (
                    "action",
                    models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="sessions", to="plan.action"),
                ),
                ("case", models.ForeignKey(on_delete=models.PROTECT, related_name="sessions", to="cases.case")),
                (
                    "intervention",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="sessions", to="plan.intervention"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["case", "planned_at"], name="session_by_case"),
                    models.Index(fields=["attendance", "planned_at", "id"], name="session_waited_for"),
                    models.Index(fields=["recorded_by", "attendance", "planned_at"], name="session_by_planner"),
                ]
            },
        ),
        migrations.CreateModel(
            name="StatusSet",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("status", models.CharField(max_length=20)),
                ("set_at", models.DateTimeField()),
                ("reason", models.TextField(blank=True)),
                ("because", models.CharField(blank=True, max_length=20)),
                ("victim_told_at", models.DateTimeField(null=True)),
                ("countersigned_by", models.UUIDField(null=True)),
                ("action", models.ForeignKey(on_delete=models.PROTECT, related_name="statuses", to="plan.action")),
            ],
            options={"indexes": [models.Index(fields=["action", "-set_at"], name="status_by_action")]},
        ),
        migrations.CreateModel(
            name="Untold",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("reason", models.TextField()),
                ("signed_at", models.DateTimeField(null=True)),
                ("signed_by", models.UUIDField(null=True)),
                ("action", models.ForeignKey(on_delete=models.PROTECT, related_name="untold", to="plan.action")),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("signed_at__isnull", True)), fields=["recorded_at"], name="untold_unsigned"
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="VictimTold",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("told_at", models.DateTimeField()),
                ("contact", models.UUIDField(null=True)),
                ("action", models.ForeignKey(on_delete=models.PROTECT, related_name="tellings", to="plan.action")),
            ],
        ),
        migrations.CreateModel(
            name="GoalSet",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("state", models.CharField(max_length=10)),
                ("set_at", models.DateTimeField()),
                ("goal", models.ForeignKey(on_delete=models.PROTECT, related_name="states", to="plan.goal")),
            ],
        ),
    ]
