import fourfold.assessment.terms.rounds
import fourfold.base
from django.db import migrations, models

from fourfold.base import FirstTables


class Migration(FirstTables):
    dependencies = [("cases", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="DefinitionImported",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("site", models.CharField(max_length=40)),
                ("key", models.CharField(max_length=120)),
                ("version", models.PositiveIntegerField()),
                ("title", models.CharField(max_length=300)),
                ("kind", models.CharField(max_length=20)),
                ("about", models.CharField(max_length=20)),
                ("informant", models.CharField(max_length=20)),
                ("language", models.CharField(max_length=20)),
                ("items", models.PositiveIntegerField()),
                ("scores", models.PositiveIntegerField()),
                ("canonical", models.TextField()),
                ("sha256", models.CharField(max_length=64)),
                ("pack_sha256", models.CharField(blank=True, max_length=64)),
                ("original", models.TextField()),
                ("original_sha256", models.CharField(max_length=64)),
                ("file_name", models.CharField(max_length=200)),
                ("dialect", models.CharField(max_length=10)),
                ("outcome", models.CharField(max_length=30)),
                ("findings", models.JSONField(default=list)),
                ("claims", models.TextField(blank=True)),
                ("brought_at", models.DateTimeField()),
                ("brought_by", models.UUIDField()),
            ],
            options={
                "indexes": [models.Index(fields=["site", "key", "-version"], name="definition_by_site")],
                "constraints": [
                    models.UniqueConstraint(fields=("site", "key", "version"), name="one_definition_a_version"),
                    models.UniqueConstraint(fields=("site", "original_sha256"), name="one_definition_a_file"),
                ],
            },
        ),
        migrations.CreateModel(
            name="LicenceRecorded",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("site", models.CharField(max_length=40)),
                ("instrument", models.CharField(max_length=120)),
                ("licensor", models.CharField(max_length=200)),
                ("reference", models.CharField(max_length=200)),
                ("granted_on", models.DateField()),
                ("expires_on", models.DateField(null=True)),
                ("review_on", models.DateField()),
                ("evidence", models.CharField(max_length=200)),
                ("evidence_sha256", models.CharField(max_length=64)),
                ("approved_at", models.DateTimeField()),
                ("approved_by", models.UUIDField()),
            ],
            options={
                "indexes": [models.Index(fields=["site", "instrument", "-approved_at"], name="licence_by_site")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("expires_on__isnull", True), ("expires_on__gte", models.F("granted_on")), _connector="OR"
                        ),
                        name="licence_ends_after_it_begins",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PackBrought",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("site", models.CharField(max_length=40)),
                ("instrument", models.CharField(max_length=120)),
                ("version", models.PositiveIntegerField()),
                ("structure_sha256", models.CharField(max_length=64)),
                ("language", models.CharField(max_length=20)),
                ("title", models.CharField(max_length=300)),
                ("texts", models.JSONField()),
                ("source", models.CharField(max_length=500)),
                ("sha256", models.CharField(max_length=64)),
                ("document", models.TextField()),
                ("turn", models.PositiveSmallIntegerField(default=1)),
                ("brought_at", models.DateTimeField()),
                ("brought_by", models.UUIDField()),
            ],
            options={
                "indexes": [models.Index(fields=["site", "instrument", "-brought_at"], name="pack_by_site")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("site", "instrument", "version", "sha256", "turn"), name="one_pack_a_turn"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Round",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("instrument", models.CharField(max_length=120)),
                ("version", models.PositiveIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("pack_sha256", models.CharField(blank=True, max_length=64)),
                ("lead", models.UUIDField()),
                ("why", models.CharField(blank=True, max_length=300)),
                (
                    "phase",
                    models.CharField(default=fourfold.assessment.terms.rounds.RoundPhase["INDEPENDENT"], max_length=14),
                ),
                ("case", models.ForeignKey(on_delete=models.PROTECT, related_name="rounds", to="cases.case")),
            ],
            options={"indexes": [models.Index(fields=["case", "phase"], name="round_by_case")]},
        ),
        migrations.CreateModel(
            name="SignatureAsked",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("level", models.CharField(max_length=10)),
                ("reason", models.TextField()),
                ("case", models.ForeignKey(on_delete=models.PROTECT, related_name="signatures_asked", to="cases.case")),
            ],
            options={"indexes": [models.Index(fields=["case", "-recorded_at"], name="signature_by_case")]},
        ),
        migrations.CreateModel(
            name="BringingWithdrawn",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("site", models.CharField(max_length=40)),
                ("turn", models.PositiveSmallIntegerField(default=1)),
                ("reason", models.TextField()),
                ("withdrawn_at", models.DateTimeField()),
                ("withdrawn_by", models.UUIDField()),
                (
                    "definition",
                    models.ForeignKey(
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="withdrawals",
                        to="assessment.definitionimported",
                    ),
                ),
                (
                    "pack",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="withdrawals", to="assessment.packbrought"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["site", "-withdrawn_at"], name="withdrawal_by_site")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("definition__isnull", True), ("pack__isnull", False)),
                            models.Q(("definition__isnull", False), ("pack__isnull", True)),
                            _connector="OR",
                        ),
                        name="withdrawn_is_one_thing",
                    ),
                    models.UniqueConstraint(fields=("pack", "turn"), name="pack_withdrawn_once_a_turn"),
                    models.UniqueConstraint(fields=("definition", "turn"), name="definition_withdrawn_once_a_turn"),
                ],
            },
        ),
        migrations.CreateModel(
            name="BringingApproved",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("site", models.CharField(max_length=40)),
                ("turn", models.PositiveSmallIntegerField(default=0)),
                ("words", models.TextField(blank=True)),
                ("confirms", models.JSONField(default=list)),
                ("approved_at", models.DateTimeField()),
                ("approved_by", models.UUIDField()),
                (
                    "definition",
                    models.ForeignKey(
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="approvals",
                        to="assessment.definitionimported",
                    ),
                ),
                (
                    "pack",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="approvals", to="assessment.packbrought"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["site", "-approved_at"], name="approval_by_site")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("definition__isnull", True), ("pack__isnull", False)),
                            models.Q(("definition__isnull", False), ("pack__isnull", True)),
                            _connector="OR",
                        ),
                        name="approved_is_one_thing",
                    ),
                    models.UniqueConstraint(fields=("pack", "turn", "approved_by"), name="pack_approved_once_each"),
                    models.UniqueConstraint(
                        fields=("definition", "turn", "approved_by"), name="definition_approved_once_each"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PhaseEntered",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("phase", models.CharField(max_length=14)),
                ("because", models.TextField(blank=True)),
                ("round", models.ForeignKey(on_delete=models.PROTECT, related_name="phases", to="assessment.round")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("round", "phase"), name="one_entry_a_round_phase")]
            },
        ),
        migrations.CreateModel(
            name="Draft",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("instrument", models.CharField(max_length=120)),
                ("version", models.PositiveIntegerField()),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("pack_sha256", models.CharField(blank=True, max_length=64)),
                ("minutes", models.PositiveSmallIntegerField(null=True)),
                ("informed_by", models.CharField(blank=True, max_length=200)),
                ("sources", models.JSONField(default=list)),
                ("other_source", models.CharField(blank=True, max_length=200)),
                ("procedure", models.TextField(blank=True)),
                ("limits", models.TextField(blank=True)),
                ("mode", models.CharField(blank=True, max_length=20)),
                ("interpreter", models.CharField(blank=True, max_length=20)),
                ("as_at", models.DateTimeField(null=True)),
                ("window_days", models.PositiveSmallIntegerField(null=True)),
                ("answers", models.JSONField(default=list)),
                ("unread", models.JSONField(default=dict)),
                ("first_level", models.CharField(blank=True, max_length=10)),
                ("level", models.CharField(blank=True, max_length=10)),
                ("advice_seen", models.BooleanField(default=True)),
                ("chain", models.UUIDField(null=True)),
                ("agrees", models.BooleanField(default=False)),
                ("dropped_at", models.DateTimeField(null=True)),
                ("case", models.ForeignKey(on_delete=models.PROTECT, related_name="drafts", to="cases.case")),
                (
                    "revises",
                    models.OneToOneField(
                        null=True, on_delete=models.PROTECT, related_name="revised_by", to="assessment.draft"
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="drafts", to="assessment.round"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["case", "recorded_by", "-recorded_at"], name="draft_by_author"),
                    models.Index(fields=["chain"], name="draft_by_chain"),
                    models.Index(fields=["recorded_by", "-recorded_at"], name="draft_of_author"),
                ]
            },
        ),
        migrations.CreateModel(
            name="Seat",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("position", models.PositiveSmallIntegerField()),
                ("profession", models.CharField(max_length=40)),
                ("staff", models.UUIDField(null=True)),
                ("round", models.ForeignKey(on_delete=models.PROTECT, related_name="seats", to="assessment.round")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("staff__isnull", False)), fields=("round", "staff"), name="one_seat_a_rater"
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="SecondSignature",
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
                    models.OneToOneField(
                        on_delete=models.PROTECT, related_name="signature", to="assessment.signatureasked"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Assessment",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("instrument", models.CharField(max_length=120)),
                ("version", models.PositiveIntegerField()),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("pack_sha256", models.CharField(blank=True, max_length=64)),
                ("minutes", models.PositiveSmallIntegerField(null=True)),
                ("informed_by", models.CharField(blank=True, max_length=200)),
                ("sources", models.JSONField(default=list)),
                ("other_source", models.CharField(blank=True, max_length=200)),
                ("procedure", models.TextField(blank=True)),
                ("limits", models.TextField(blank=True)),
                ("mode", models.CharField(blank=True, max_length=20)),
                ("interpreter", models.CharField(blank=True, max_length=20)),
                ("as_at", models.DateTimeField(null=True)),
                ("window_days", models.PositiveSmallIntegerField(null=True)),
                ("profession", models.CharField(max_length=40)),
                ("signed_at", models.DateTimeField()),
                ("advice_state", models.CharField(max_length=20)),
                ("advised", models.CharField(blank=True, max_length=10)),
                ("could_be", models.CharField(blank=True, max_length=10)),
                ("advice_reasons", models.JSONField(default=list)),
                ("critical", models.JSONField(default=list)),
                ("by_hand", models.JSONField(default=list)),
                ("missing", models.JSONField(default=list)),
                ("first_level", models.CharField(blank=True, max_length=10)),
                ("professional_level", models.CharField(blank=True, max_length=10)),
                ("reason", models.TextField(blank=True)),
                ("countersigned_by", models.UUIDField(null=True)),
                ("formulation", models.TextField(blank=True)),
                ("case", models.ForeignKey(on_delete=models.PROTECT, related_name="assessments", to="cases.case")),
                (
                    "draft",
                    models.OneToOneField(
                        null=True, on_delete=models.PROTECT, related_name="signed", to="assessment.draft"
                    ),
                ),
                (
                    "agreed_in",
                    models.OneToOneField(
                        null=True, on_delete=models.PROTECT, related_name="record", to="assessment.round"
                    ),
                ),
                (
                    "seat",
                    models.OneToOneField(
                        null=True, on_delete=models.PROTECT, related_name="rating", to="assessment.seat"
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["case", "-signed_at"], name="assessment_by_case")]},
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("item", models.CharField(max_length=255)),
                ("axis", models.CharField(blank=True, max_length=60)),
                ("repeat", models.PositiveSmallIntegerField(default=0)),
                ("standing", models.CharField(max_length=16)),
                ("option", models.TextField(blank=True)),
                ("absent", models.CharField(blank=True, max_length=16)),
                ("text", models.TextField(blank=True)),
                ("note", models.TextField(blank=True)),
                (
                    "assessment",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="answers", to="assessment.assessment"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("assessment", "item", "axis", "repeat"), name="one_answer_a_slot")
                ]
            },
        ),
        migrations.CreateModel(
            name="Cited",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                (
                    "rating",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="cited_by", to="assessment.assessment"),
                ),
                (
                    "record",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="cites", to="assessment.assessment"),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("record", "rating"), name="one_citation_a_rating")]
            },
        ),
    ]
