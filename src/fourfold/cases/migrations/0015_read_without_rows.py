from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def keep_of_each(apps, schema_editor):
    """Keep with each act whether its report says that they were partners."""
    act, report = (apps.get_model(*name) for name in (("cases", "CaseAct"), ("intake", "Allegation")))
    said = report.objects.filter(former_partner__isnull=False)
    of_its_own = said.filter(pk=OuterRef("allegation")).values("former_partner")
    act.objects.filter(allegation__in=said).update(former_partner=Subquery(of_its_own))


class Migration(migrations.Migration):
    dependencies = [("cases", "0014_keys_of_what_was_told")]
    changes_duties = False  # nothing waits for what is kept here

    operations = [
        migrations.AddField(model_name="caseact", name="former_partner", field=models.BooleanField(null=True)),
        migrations.RunPython(keep_of_each, migrations.RunPython.noop),
        migrations.RemoveIndex(model_name="caseact", name="act_by_case"),
        migrations.AddIndex(
            model_name="caseact",
            index=models.Index(
                fields=["case", "-happened_at", "left_at", "former_partner", "allegation"], name="act_by_case"
            ),
        ),
        migrations.RemoveIndex(model_name="triage", name="triage_by_case"),
        migrations.AddIndex(
            model_name="triage",
            index=models.Index(fields=["case", "-decided_at", "outcome"], name="triage_by_case"),
        ),
    ]
