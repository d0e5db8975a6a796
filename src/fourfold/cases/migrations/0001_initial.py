import fourfold.base
import fourfold.cases.models.case
import fourfold.cases.terms.case
import fourfold.cases.terms.courses
from django.db import migrations, models

from fourfold.base import FirstTables


class Migration(FirstTables):
    dependencies = [("access", "0001_initial"), ("intake", "0001_initial"), ("people", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Case",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                (
                    "reference",
                    models.CharField(default=fourfold.cases.models.case.new_case_reference, max_length=12, unique=True),
                ),
                ("site", models.CharField(max_length=40)),
                ("relationship", models.CharField(blank=True, max_length=40)),
                ("opened_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
                ("level", models.CharField(blank=True, max_length=10)),
                ("state", models.CharField(default=fourfold.cases.terms.case.State["OPEN"], max_length=10)),
                ("review_due_at", models.DateTimeField(null=True)),
                ("last_act_at", models.DateTimeField(null=True)),
                ("acts", models.PositiveIntegerField(default=0)),
                ("subject", models.ForeignKey(on_delete=models.PROTECT, related_name="cases", to="people.subject")),
                ("victim", models.ForeignKey(on_delete=models.PROTECT, related_name="cases", to="people.victim")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["site", "state", "review_due_at"], name="case_by_review"),
                    models.Index(fields=["site", "-opened_at", "id"], name="case_by_site"),
                    models.Index(fields=["-opened_at", "id"], name="case_by_opening"),
                    models.Index(fields=["state", "level", "-opened_at", "id"], name="case_by_level"),
                ],
                "constraints": [models.UniqueConstraint(fields=("victim", "subject"), name="one_case_a_pair")],
            },
        ),
        migrations.CreateModel(
            name="PossibleCourse",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("kind", models.CharField(default=fourfold.cases.terms.courses.Together["COURSE"], max_length=10)),
                ("site", models.CharField(max_length=40)),
                ("whole", models.UUIDField()),
                ("members", models.CharField(max_length=64)),
                ("victim", models.CharField(blank=True, max_length=160)),
                ("victim_spellings", models.JSONField(default=list)),
                ("subject", models.CharField(blank=True, max_length=160)),
                ("subject_spellings", models.JSONField(default=list)),
                ("acts", models.PositiveIntegerField()),
                ("occasions", models.PositiveIntegerField()),
                ("third_parties", models.PositiveIntegerField(default=0)),
                ("others", models.PositiveIntegerField(default=1)),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("classes", models.JSONField(default=list)),
                ("sources", models.JSONField(default=list)),
                ("points", models.PositiveSmallIntegerField(default=0)),
                ("reasons", models.JSONField(default=list)),
                ("rising", models.PositiveSmallIntegerField(default=0)),
                ("rising_because", models.JSONField(default=list)),
                ("found_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["kind", "-points", "-last_at", "id"], name="possible_by_points"),
                    models.Index(fields=["kind", "-rising", "-last_at", "id"], name="possible_by_rising"),
                    models.Index(fields=["kind", "-others", "-acts", "id"], name="possible_by_others"),
                    models.Index(fields=["whole"], name="possible_by_whole"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("site", "kind", "members"),
                        name="possible_course_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("staff", models.UUIDField()),
                ("name", models.CharField(max_length=60)),
                ("state", models.CharField(blank=True, max_length=10)),
                ("level", models.CharField(blank=True, max_length=10)),
                ("mine", models.BooleanField(default=False)),
                ("saved_at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(null=True)),
            ],
            options={"indexes": [models.Index(fields=["staff", "saved_at"], name="filter_by_staff")]},
        ),
        migrations.CreateModel(
            name="Screening",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("fixated", models.CharField(max_length=10)),
                ("obsessive", models.CharField(max_length=10)),
                ("unwanted", models.CharField(max_length=10)),
                ("repeated", models.CharField(max_length=10)),
                ("immediate_danger", models.CharField(max_length=10)),
                (
                    "known_to_staff",
                    models.CharField(default=fourfold.cases.terms.case.Answer["NOT_KNOWN"], max_length=10),
                ),
                ("reclassification_asked", models.BooleanField(default=False)),
                ("class_expected", models.CharField(blank=True, max_length=4)),
                ("class_kept_because", models.CharField(blank=True, max_length=300)),
                ("acts_known", models.PositiveIntegerField(default=1)),
                (
                    "allegation",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="screenings", to="intake.allegation"),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["allegation", "-recorded_at"], name="screening_by_allegation"),
                    models.Index(
                        condition=models.Q(("reclassification_asked", True)),
                        fields=["recorded_at", "allegation"],
                        name="screening_asks_for_a_class",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="Summary",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("version", models.PositiveSmallIntegerField(default=1)),
                ("happened_at", models.DateTimeField()),
                ("kinds", models.JSONField(default=list)),
                ("dangers", models.JSONField(default=list)),
                ("victim_sound", models.CharField(blank=True, max_length=40)),
                ("victim_other_sound", models.CharField(blank=True, max_length=40)),
                ("victim_birth_on", models.DateField(null=True)),
                ("victim_phone", models.CharField(blank=True, max_length=120)),
                ("victim_email", models.CharField(blank=True, max_length=120)),
                ("victim_address", models.CharField(blank=True, max_length=120)),
                ("victim_marks", models.JSONField(default=list)),
                ("subject_sound", models.CharField(blank=True, max_length=40)),
                ("subject_birth_on", models.DateField(null=True)),
                ("subject_phone", models.CharField(blank=True, db_index=True, max_length=120)),
                ("subject_email", models.CharField(blank=True, db_index=True, max_length=120)),
                ("subject_address", models.CharField(blank=True, max_length=120)),
                ("subject_vehicle", models.CharField(blank=True, max_length=120)),
                ("subject_marks", models.JSONField(default=list)),
                (
                    "allegation",
                    models.OneToOneField(on_delete=models.CASCADE, related_name="summary", to="intake.allegation"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BehaviourJudged",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("behaviour", models.CharField(max_length=20)),
                ("shown", models.BooleanField()),
                ("evidence", models.CharField(blank=True, max_length=300)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("judged_at", models.DateTimeField()),
                ("judged_by", models.UUIDField()),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by", models.UUIDField(null=True)),
                ("undone_because", models.CharField(blank=True, max_length=300)),
                (
                    "allegation",
                    models.ForeignKey(
                        on_delete=models.PROTECT, related_name="behaviours_judged", to="intake.allegation"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at__isnull", True)),
                        fields=("allegation", "behaviour"),
                        name="behaviour_judged_once",
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="CaseAct",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("happened_at", models.DateTimeField()),
                ("seriousness", models.PositiveSmallIntegerField(default=1)),
                ("joined_at", models.DateTimeField()),
                ("left_at", models.DateTimeField(null=True)),
                ("left_because", models.CharField(blank=True, max_length=300)),
                (
                    "allegation",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="case_acts", to="intake.allegation"),
                ),
                ("case", models.ForeignKey(on_delete=models.PROTECT, related_name="case_acts", to="cases.case")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["case", "-happened_at"], name="act_by_case"),
                    models.Index(fields=["case", "joined_at"], name="act_joined"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("left_at__isnull", True)),
                        fields=("case", "allegation"),
                        name="one_act_a_case",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Comment",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("compartment", models.CharField(max_length=30)),
                ("side", models.CharField(blank=True, max_length=10)),
                ("words", models.TextField()),
                ("case", models.ForeignKey(on_delete=models.PROTECT, related_name="comments", to="cases.case")),
            ],
            options={"indexes": [models.Index(fields=["case", "-recorded_at", "id"], name="comment_by_case")]},
        ),
        migrations.CreateModel(
            name="FollowUp",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("months", models.PositiveSmallIntegerField()),
                ("opens_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
                ("done_by", models.UUIDField(null=True)),
                (
                    "victim_reached",
                    models.CharField(default=fourfold.cases.terms.case.Answer["NOT_KNOWN"], max_length=10),
                ),
                ("new_act", models.CharField(default=fourfold.cases.terms.case.Answer["NOT_KNOWN"], max_length=10)),
                ("feels_safer", models.CharField(default=fourfold.cases.terms.case.Answer["NOT_KNOWN"], max_length=10)),
                ("summary", models.TextField(blank=True)),
                ("superseded_at", models.DateTimeField(null=True)),
                ("case", models.ForeignKey(on_delete=models.PROTECT, related_name="follow_ups", to="cases.case")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["case", "opens_at"], name="follow_up_by_case"),
                    models.Index(
                        condition=models.Q(("done_at__isnull", True), ("superseded_at__isnull", True)),
                        fields=["opens_at"],
                        name="follow_up_waited_for",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="LevelSet",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("level", models.CharField(max_length=10)),
                ("set_at", models.DateTimeField()),
                ("set_in", models.CharField(max_length=14)),
                ("advised", models.CharField(blank=True, max_length=10)),
                ("advice_from", models.CharField(blank=True, max_length=60)),
                ("reason", models.TextField(blank=True)),
                ("for_want_of_capacity", models.BooleanField(default=False)),
                ("countersigned_by", models.UUIDField(null=True)),
                ("case", models.ForeignKey(on_delete=models.PROTECT, related_name="levels", to="cases.case")),
            ],
            options={"indexes": [models.Index(fields=["case", "-set_at"], name="level_by_case")]},
        ),
        migrations.CreateModel(
            name="PartAsked",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("kind", models.CharField(max_length=30)),
                ("answered_at", models.DateTimeField(null=True)),
                ("answered_by", models.UUIDField(null=True)),
                ("given", models.BooleanField(null=True)),
                ("first", models.BooleanField(default=False)),
                ("refused_because", models.CharField(blank=True, max_length=300)),
                ("case", models.ForeignKey(on_delete=models.PROTECT, related_name="parts_asked", to="cases.case")),
                ("staff", models.ForeignKey(on_delete=models.PROTECT, related_name="parts_asked", to="access.staff")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["case", "answered_at"], name="part_asked_by_case"),
                    models.Index(fields=["answered_at", "first"], name="part_asked_by_answer"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("answered_at__isnull", True)),
                        fields=("case", "staff", "kind"),
                        name="one_part_asked",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReviewDue",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("due_at", models.DateTimeField()),
                ("trigger", models.CharField(max_length=20)),
                ("reason", models.JSONField(default=dict)),
                ("was_due_at", models.DateTimeField(null=True)),
                ("done_at", models.DateTimeField(null=True)),
                ("done_by", models.UUIDField(null=True)),
                ("summary", models.TextField(blank=True)),
                ("superseded_at", models.DateTimeField(null=True)),
                ("case", models.ForeignKey(on_delete=models.PROTECT, related_name="reviews", to="cases.case")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["case", "-due_at"], name="review_by_case"),
                    models.Index(
                        condition=models.Q(("done_at__isnull", True), ("superseded_at__isnull", True)),
                        fields=["due_at"],
                        name="review_waited_for",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="StateSet",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("state", models.CharField(max_length=10)),
                ("entered_at", models.DateTimeField()),
                ("reason", models.TextField(blank=True)),
                ("countersigned_by", models.UUIDField(null=True)),
                ("victim_told_at", models.DateTimeField(null=True)),
                ("case", models.ForeignKey(on_delete=models.PROTECT, related_name="states", to="cases.case")),
            ],
            options={"indexes": [models.Index(fields=["case", "-entered_at"], name="state_by_case")]},
        ),
        migrations.CreateModel(
            name="StepDownAsked",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("reason", models.TextField()),
                ("victim_told_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                ("answered_by", models.UUIDField(null=True)),
                ("refused_because", models.CharField(blank=True, max_length=300)),
                ("case", models.ForeignKey(on_delete=models.PROTECT, related_name="step_downs_asked", to="cases.case")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("answered_at__isnull", True)), fields=("case",), name="one_step_down_asked"
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="TransferAsked",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("from_site", models.CharField(max_length=40)),
                ("to_site", models.CharField(max_length=40)),
                ("reason", models.TextField()),
                ("victim_told_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                ("answered_by", models.UUIDField(null=True)),
                ("accepted", models.BooleanField(null=True)),
                ("answer", models.TextField(blank=True)),
                ("handed_over_at", models.DateTimeField(null=True)),
                ("case", models.ForeignKey(on_delete=models.PROTECT, related_name="transfers", to="cases.case")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["to_site", "answered_at"], name="transfer_by_receiver"),
                    models.Index(fields=["case", "-recorded_at"], name="transfer_by_case"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("answered_at__isnull", True)), fields=("case",), name="one_transfer_asked"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Triage",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("outcome", models.CharField(max_length=20)),
                ("reason", models.TextField()),
                ("redirected_to", models.CharField(blank=True, max_length=120)),
                ("decided_at", models.DateTimeField()),
                (
                    "allegation",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="triages", to="intake.allegation"),
                ),
                (
                    "case",
                    models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="triages", to="cases.case"),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["allegation", "-decided_at"], name="triage_by_allegation"),
                    models.Index(fields=["case", "-decided_at"], name="triage_by_case"),
                ]
            },
        ),
        migrations.CreateModel(
            name="PossibleAct",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("third", models.BooleanField(default=False)),
                (
                    "allegation",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="possible_acts", to="intake.allegation"),
                ),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=models.CASCADE, related_name="possible_acts", to="cases.possiblecourse"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("course", "allegation"), name="possible_act_once")]
            },
        ),
        migrations.CreateModel(
            name="CourseJudged",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("controller", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("verdict", models.CharField(max_length=20)),
                ("reason", models.CharField(max_length=300)),
                ("judged_at", models.DateTimeField()),
                ("judged_by", models.UUIDField()),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by", models.UUIDField(null=True)),
                ("undone_because", models.CharField(blank=True, max_length=300)),
                (
                    "course",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="judged", to="cases.possiblecourse"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at__isnull", True)), fields=("course",), name="course_judged_once"
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="NameSound",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("part", models.CharField(max_length=10)),
                ("sound", models.CharField(max_length=40)),
                ("other_name", models.CharField(blank=True, default="", max_length=200)),
                ("summary", models.ForeignKey(on_delete=models.CASCADE, related_name="sounds", to="cases.summary")),
            ],
            options={"indexes": [models.Index(fields=["sound", "part"], name="heard_by_sound")]},
        ),
        migrations.CreateModel(
            name="Mention",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("staff", models.UUIDField()),
                ("read_at", models.DateTimeField(null=True)),
                ("comment", models.ForeignKey(on_delete=models.PROTECT, related_name="mentions", to="cases.comment")),
            ],
            options={
                "indexes": [models.Index(fields=["staff", "read_at"], name="mention_by_staff")],
                "constraints": [models.UniqueConstraint(fields=("comment", "staff"), name="mention_once")],
            },
        ),
    ]
