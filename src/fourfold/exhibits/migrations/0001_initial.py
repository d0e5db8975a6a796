import fourfold.base
from django.db import migrations, models

from fourfold.base import FirstTables


class Migration(FirstTables):
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Exhibit",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("file", models.UUIDField()),
                ("kind", models.CharField(max_length=40)),
                ("title", models.CharField(max_length=200)),
                ("compartment", models.CharField(max_length=30)),
                ("media_type", models.CharField(max_length=100)),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.PositiveIntegerField()),
                ("content", models.TextField()),
            ],
            options={"indexes": [models.Index(fields=["file", "-recorded_at"], name="exhibit_by_file")]},
        ),
        migrations.CreateModel(
            name="SafeCopy",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("of_sha256", models.CharField(max_length=64)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("tool", models.CharField(blank=True, max_length=60)),
                ("parameters", models.CharField(blank=True, max_length=120)),
                ("media_type", models.CharField(blank=True, max_length=100)),
                ("size", models.PositiveIntegerField(default=0)),
                ("content", models.TextField(blank=True)),
                ("why_none", models.CharField(blank=True, max_length=200)),
                (
                    "exhibit",
                    models.OneToOneField(on_delete=models.PROTECT, related_name="safe_copy", to="exhibits.exhibit"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CustodyStep",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("step", models.CharField(max_length=12)),
                ("from_whom", models.CharField(blank=True, max_length=120)),
                ("to_whom", models.CharField(blank=True, max_length=120)),
                ("how", models.CharField(max_length=200)),
                ("sha256", models.CharField(max_length=64)),
                ("taken_at", models.DateTimeField()),
                ("exhibit", models.ForeignKey(on_delete=models.PROTECT, related_name="custody", to="exhibits.exhibit")),
            ],
            options={"indexes": [models.Index(fields=["exhibit", "taken_at"], name="custody_by_exhibit")]},
        ),
        migrations.CreateModel(
            name="ClosedTo",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("staff", models.UUIDField()),
                (
                    "exhibit",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="closed_to", to="exhibits.exhibit"),
                ),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("exhibit", "staff"), name="closed_once")]},
        ),
    ]
