from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def forget_those_that_hear_less(apps: Apps, _: BaseDatabaseSchemaEditor) -> None:
    """Remove what was made of reports that tell of aliases or former surnames: the next look makes it anew."""
    names = apps.get_model("intake", "PersonKnownBy").objects.filter(place=1, kind__in=("alias", "former_surname"))
    later = models.Q(victim_reach__has_key="known_by") | models.Q(subject__has_key="known_by")
    retold = apps.get_model("intake", "Version").objects.filter(later)
    gists = apps.get_model("cases", "Gist").objects
    for some in (names, retold):
        gists.filter(allegation__in=some.values("allegation")).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0012_marks_of_a_gist"),
        ("intake", "0010_people_known_by"),
    ]

    operations = [
        migrations.AddField(
            model_name="heard",
            name="other_name",
            field=models.CharField(blank=True, default="", max_length=200),
        ),
        migrations.RunPython(forget_those_that_hear_less, migrations.RunPython.noop),
    ]
