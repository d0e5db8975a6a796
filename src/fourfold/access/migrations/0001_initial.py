import fourfold.access.terms
import fourfold.base
from django.conf import settings
from django.db import migrations, models

from fourfold.base import FirstTables


class Migration(FirstTables):
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Staff",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=120)),
                ("partner", models.CharField(max_length=40)),
                ("partner_kind", models.CharField(max_length=20)),
                ("active", models.BooleanField(default=True)),
                ("cleared", models.BooleanField(default=False)),
                ("trained_until", models.DateField(null=True)),
                ("robot", models.BooleanField(default=False)),
                ("person", models.UUIDField(null=True)),
                ("staff_number", models.CharField(blank=True, max_length=40)),
                ("vouched_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["partner", "name"], name="staff_by_partner"),
                    models.Index(
                        condition=models.Q(("person__isnull", False)), fields=["person"], name="staff_by_person"
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="Agreement",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("site", models.CharField(max_length=40)),
                ("partner", models.CharField(max_length=40)),
                ("purposes", models.JSONField(default=list)),
                ("compartments", models.PositiveIntegerField()),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("review_on", models.DateField()),
                ("document_sha256", models.CharField(blank=True, max_length=64)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={"indexes": [models.Index(fields=["site", "partner"], name="agreement_by_site")]},
        ),
        migrations.CreateModel(
            name="Account",
            fields=[
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("email", models.EmailField(max_length=254, unique=True)),
                ("is_active", models.BooleanField(default=True)),
                ("vouched_at", models.DateTimeField(null=True)),
                ("staff", models.ForeignKey(on_delete=models.PROTECT, related_name="accounts", to="access.staff")),
            ],
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("site", models.CharField(blank=True, max_length=40)),
                ("role", models.CharField(max_length=40)),
                ("from_at", models.DateTimeField()),
                ("until_at", models.DateTimeField(null=True)),
                ("staff", models.ForeignKey(on_delete=models.PROTECT, related_name="memberships", to="access.staff")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until_at__isnull", True)),
                        fields=("staff", "site", "role"),
                        name="one_running_membership",
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="DigestSent",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("on", models.DateField()),
                ("sent_at", models.DateTimeField()),
                ("staff", models.ForeignKey(on_delete=models.PROTECT, related_name="digests_sent", to="access.staff")),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("staff", "on"), name="one_digest_a_day")]},
        ),
        migrations.CreateModel(
            name="DigestAsked",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("asked_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("staff", models.ForeignKey(on_delete=models.PROTECT, related_name="digests_asked", to="access.staff")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)), fields=("staff",), name="one_running_digest"
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="CalendarAddress",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("secret_sha256", models.CharField(max_length=64, unique=True)),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "staff",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="calendar_addresses", to="access.staff"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("staff",),
                        name="one_running_calendar_address",
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="Wall",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("file", models.UUIDField()),
                ("partner", models.CharField(blank=True, max_length=40)),
                ("kind", models.CharField(max_length=20)),
                ("reason", models.TextField(blank=True)),
                ("from_at", models.DateTimeField()),
                ("until_at", models.DateTimeField(null=True)),
                ("set_by", models.UUIDField()),
                ("lifted_by", models.JSONField(default=list)),
                ("came_with", models.UUIDField(null=True)),
                (
                    "staff",
                    models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="walls", to="access.staff"),
                ),
            ],
            options={"indexes": [models.Index(fields=["file"], name="wall_by_file")]},
        ),
        migrations.CreateModel(
            name="Relation",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("file", models.UUIDField()),
                ("kind", models.CharField(max_length=30)),
                ("side", models.CharField(default=fourfold.access.terms.Side["NONE"], max_length=10)),
                ("from_at", models.DateTimeField()),
                ("until_at", models.DateTimeField(null=True)),
                ("handed_at", models.DateTimeField(null=True)),
                ("given_by", models.UUIDField()),
                ("staff", models.ForeignKey(on_delete=models.PROTECT, related_name="relations", to="access.staff")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["file", "staff"], name="relation_by_file"),
                    models.Index(fields=["staff", "file", "kind", "from_at", "until_at"], name="relation_of_staff"),
                ]
            },
        ),
        migrations.CreateModel(
            name="Grant",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("file", models.UUIDField()),
                ("site", models.CharField(max_length=40)),
                ("partner", models.CharField(max_length=40)),
                ("compartments", models.PositiveIntegerField()),
                ("from_at", models.DateTimeField()),
                ("until_at", models.DateTimeField(null=True)),
                ("handed_at", models.DateTimeField(null=True)),
                ("agreement", models.ForeignKey(null=True, on_delete=models.PROTECT, to="access.agreement")),
            ],
            options={"indexes": [models.Index(fields=["file", "partner", "site"], name="grant_by_file")]},
        ),
        migrations.CreateModel(
            name="AccountAsked",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("step", models.CharField(max_length=10)),
                ("partner", models.CharField(max_length=40)),
                ("partner_kind", models.CharField(max_length=20)),
                ("name", models.CharField(max_length=120)),
                ("staff_number", models.CharField(blank=True, max_length=40)),
                ("email", models.EmailField(max_length=254)),
                ("role", models.CharField(blank=True, max_length=40)),
                ("site", models.CharField(blank=True, max_length=40)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("asked_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                ("given", models.BooleanField(null=True)),
                ("refused_because", models.CharField(blank=True, max_length=300)),
                (
                    "account",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="asked", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="accounts_answered", to="access.staff"
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="accounts_asked", to="access.staff"),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["partner", "answered_at"], name="account_asked_by_partner")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("answered_at__isnull", True)),
                        fields=("email", "step"),
                        name="one_account_asked",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("secret_sha256", models.CharField(max_length=64, unique=True)),
                ("sent_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=models.PROTECT, related_name="invitations", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["account", "sent_at"], name="invitation_by_account")]},
        ),
        migrations.CreateModel(
            name="EndSaid",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("site", models.CharField(max_length=40)),
                ("from_at", models.DateTimeField()),
                ("reason", models.TextField()),
                ("said_at", models.DateTimeField()),
                (
                    "agreement",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="ends_said", to="access.agreement"
                    ),
                ),
                (
                    "part",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="ends_said", to="access.membership"
                    ),
                ),
                ("said_by", models.ForeignKey(on_delete=models.PROTECT, related_name="ends_said", to="access.staff")),
            ],
            options={"indexes": [models.Index(fields=["site", "-said_at"], name="end_said_by_site")]},
        ),
        migrations.CreateModel(
            name="WallSaid",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("lifts", models.BooleanField()),
                ("reason", models.TextField()),
                ("said_at", models.DateTimeField()),
                (
                    "said_by",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="walls_spoken_of", to="access.staff"),
                ),
                ("wall", models.ForeignKey(on_delete=models.PROTECT, related_name="said", to="access.wall")),
            ],
            options={"indexes": [models.Index(fields=["wall", "said_at"], name="said_of_wall")]},
        ),
    ]
