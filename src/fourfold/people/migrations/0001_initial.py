import fourfold.base
from django.db import migrations, models

from fourfold.base import FirstTables


class Migration(FirstTables):
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Victim",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("site", models.CharField(max_length=40)),
                ("given_name", models.CharField(blank=True, max_length=80)),
                ("family_name", models.CharField(blank=True, max_length=80)),
                ("other_names", models.CharField(blank=True, max_length=200)),
                ("name_key", models.CharField(blank=True, max_length=160)),
                ("sound_key", models.CharField(blank=True, max_length=40)),
                ("birth_on", models.DateField(null=True)),
                ("sex", models.CharField(blank=True, max_length=1)),
                ("pronoun", models.CharField(blank=True, max_length=10)),
                ("vulnerable", models.BooleanField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["site", "sound_key"], name="victim_by_sound"),
                    models.Index(fields=["site", "birth_on"], name="victim_by_birth"),
                    models.Index(fields=["site", "family_name"], name="victim_by_family_name"),
                    models.Index(fields=["site", "given_name"], name="victim_by_given_name"),
                ]
            },
        ),
        migrations.CreateModel(
            name="FindingKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.BigIntegerField()),
                ("strength", models.PositiveSmallIntegerField()),
                ("person", models.UUIDField()),
            ],
            options={"indexes": [models.Index(fields=["key", "strength", "person"], name="found_by_key")]},
        ),
        migrations.CreateModel(
            name="SamePerson",
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
                "indexes": [
                    models.Index(fields=["first", "decided_at"], name="same_person_first"),
                    models.Index(fields=["second", "decided_at"], name="same_person_second"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at__isnull", True)),
                        fields=("first", "second"),
                        name="one_person_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Subject",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("site", models.CharField(max_length=40)),
                ("known", models.BooleanField(default=True)),
                ("given_name", models.CharField(blank=True, max_length=80)),
                ("family_name", models.CharField(blank=True, max_length=80)),
                ("other_names", models.CharField(blank=True, max_length=200)),
                ("name_key", models.CharField(blank=True, max_length=160)),
                ("sound_key", models.CharField(blank=True, max_length=40)),
                ("birth_on", models.DateField(null=True)),
                ("sex", models.CharField(blank=True, max_length=1)),
                ("pronoun", models.CharField(blank=True, max_length=10)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["site", "sound_key"], name="subject_by_sound"),
                    models.Index(fields=["site", "birth_on"], name="subject_by_birth"),
                    models.Index(fields=["site", "family_name"], name="subject_by_family_name"),
                    models.Index(fields=["site", "given_name"], name="subject_by_given_name"),
                ]
            },
        ),
        migrations.CreateModel(
            name="AddressAsked",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("file", models.UUIDField()),
                ("reason", models.TextField()),
                (
                    "victim",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="addresses_asked", to="people.victim"),
                ),
            ],
            options={"indexes": [models.Index(fields=["file", "-recorded_at"], name="address_asked_by_file")]},
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("channel", models.CharField(max_length=10)),
                ("to", models.CharField(max_length=200)),
                ("file", models.UUIDField()),
                ("template", models.CharField(blank=True, max_length=20)),
                ("sender", models.CharField(max_length=80)),
                ("title", models.CharField(blank=True, max_length=120)),
                ("text", models.TextField()),
                ("state", models.CharField(max_length=10)),
                ("why_stopped", fourfold.base.SentenceField(blank=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("victim", models.ForeignKey(on_delete=models.PROTECT, related_name="messages", to="people.victim")),
            ],
            options={"indexes": [models.Index(fields=["state", "recorded_at"], name="message_waiting")]},
        ),
        migrations.CreateModel(
            name="SafeAddress",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("sealed", models.TextField()),
                (
                    "victim",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="safe_addresses", to="people.victim"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SafeContact",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("channels", models.JSONField(default=list)),
                ("from_time", models.TimeField(null=True)),
                ("until_time", models.TimeField(null=True)),
                ("leave_message", models.BooleanField(default=False)),
                ("shared_device", models.BooleanField(default=True)),
                ("code_phrase", models.CharField(blank=True, max_length=80)),
                ("note", models.CharField(blank=True, max_length=300)),
                ("confirmed_at", models.DateTimeField(null=True)),
                (
                    "victim",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="safe_contacts", to="people.victim"),
                ),
            ],
            options={"indexes": [models.Index(fields=["victim", "-recorded_at"], name="safe_contact_by_victim")]},
        ),
        migrations.CreateModel(
            name="VictimReach",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("kind", models.CharField(max_length=20)),
                ("value", models.CharField(max_length=200)),
                ("key", models.CharField(max_length=120)),
                ("ended_at", models.DateTimeField(null=True)),
                ("hostile_at", models.DateTimeField(null=True)),
                ("why_hostile", models.CharField(blank=True, max_length=300)),
                ("victim", models.ForeignKey(on_delete=models.PROTECT, related_name="reaches", to="people.victim")),
            ],
            options={"indexes": [models.Index(fields=["kind", "key"], name="reach_by_key")]},
        ),
        migrations.CreateModel(
            name="SubjectMark",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("kind", models.CharField(max_length=20)),
                ("value", models.CharField(max_length=200)),
                ("key", models.CharField(max_length=120)),
                ("of_associate", models.BooleanField(default=False)),
                ("subject", models.ForeignKey(on_delete=models.PROTECT, related_name="marks", to="people.subject")),
            ],
            options={"indexes": [models.Index(fields=["kind", "key"], name="mark_by_key")]},
        ),
        migrations.CreateModel(
            name="AddressAnswered",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("given", models.BooleanField()),
                ("words", models.TextField(blank=True)),
                (
                    "asked",
                    models.OneToOneField(on_delete=models.PROTECT, related_name="answer", to="people.addressasked"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MessageRead",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("given", models.BooleanField()),
                ("words", models.CharField(blank=True, max_length=300)),
                (
                    "message",
                    models.OneToOneField(on_delete=models.PROTECT, related_name="reading", to="people.message"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AddressOpened",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                (
                    "asked",
                    models.OneToOneField(on_delete=models.PROTECT, related_name="opening", to="people.addressasked"),
                ),
                (
                    "address",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="openings", to="people.safeaddress"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ReachWithdrawn",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("reason", models.CharField(max_length=300)),
                ("decided_at", models.DateTimeField()),
                ("decided_by", models.UUIDField()),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by", models.UUIDField(null=True)),
                ("undone_because", models.CharField(blank=True, max_length=300)),
                (
                    "mark",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="withdrawals", to="people.victimreach"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at__isnull", True)), fields=("mark",), name="reach_withdrawn_once"
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="ReachChecked",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("confirmed", models.BooleanField()),
                ("how", models.CharField(blank=True, max_length=20)),
                ("why_not", models.CharField(blank=True, max_length=300)),
                ("reach", models.ForeignKey(on_delete=models.PROTECT, related_name="checks", to="people.victimreach")),
            ],
        ),
        migrations.CreateModel(
            name="MarkWithdrawn",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("reason", models.CharField(max_length=300)),
                ("decided_at", models.DateTimeField()),
                ("decided_by", models.UUIDField()),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by", models.UUIDField(null=True)),
                ("undone_because", models.CharField(blank=True, max_length=300)),
                (
                    "mark",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="withdrawals", to="people.subjectmark"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at__isnull", True)), fields=("mark",), name="mark_withdrawn_once"
                    )
                ]
            },
        ),
    ]
