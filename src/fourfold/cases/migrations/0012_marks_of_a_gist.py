from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def forget_those_that_know_less(apps: Apps, _: BaseDatabaseSchemaEditor) -> None:
    """Remove what was made of reports that tell of cars, accounts or other names: the next look makes it anew."""
    known = apps.get_model("intake", "PersonKnownBy").objects.values("allegation")
    retold = apps.get_model("intake", "Version").objects.values("allegation")
    gists = apps.get_model("cases", "Gist").objects
    gists.filter(models.Q(allegation__in=known) | models.Q(allegation__in=retold)).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0011_asked_for_a_class"),
        ("intake", "0010_people_known_by"),
    ]

    operations = [
        migrations.AddField(
            model_name="gist",
            name="victim_marks",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="gist",
            name="subject_marks",
            field=models.JSONField(default=list),
        ),
        migrations.RunPython(forget_those_that_know_less, migrations.RunPython.noop),
    ]
