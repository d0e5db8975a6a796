import fourfold.base
from django.db import migrations, models

from fourfold.base import FirstTables


class Migration(FirstTables):
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Partner",
            fields=[
                ("code", models.SlugField(max_length=40, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=120)),
                ("kind", models.CharField(max_length=20)),
            ],
        ),
        migrations.CreateModel(
            name="Site",
            fields=[
                ("code", models.SlugField(max_length=40, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=120)),
                ("force_code", models.CharField(max_length=9)),
                ("live_on", models.DateField()),
                ("invented", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="Catchment",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("authority_code", models.CharField(max_length=9)),
                ("name", models.CharField(max_length=80)),
                ("population", models.PositiveIntegerField(null=True)),
                ("live_on", models.DateField()),
                ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="catchments", to="programme.site")),
            ],
        ),
        migrations.CreateModel(
            name="SitePartner",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("hosts", models.BooleanField(default=False)),
                ("since_on", models.DateField()),
                ("partner", models.ForeignKey(on_delete=models.PROTECT, related_name="sites", to="programme.partner")),
                ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="partners", to="programme.site")),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("site", "partner"), name="one_part_a_site")]},
        ),
        migrations.CreateModel(
            name="Working",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("from_on", models.DateField()),
                ("settings", models.JSONField()),
                ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="workings", to="programme.site")),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("site", "from_on"), name="one_working_a_day")]},
        ),
    ]
