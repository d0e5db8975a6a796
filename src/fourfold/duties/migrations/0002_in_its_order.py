from django.db import migrations, models

INDEXES = {
    "duty_of_site": ["site", "decide", "grave", "due_at", "id"],
    "duty_of_site_by_day": ["site", "due_at", "grave", "id"],
    "duty_of_one": ["owner", "grave", "due_at", "id"],
    "duty_of_one_by_day": ["owner", "due_at", "grave", "id"],
    "duty_of_agency": ["partner", "owner", "grave", "due_at", "id"],
    "duty_asked": ["asked_by", "kind"],
}
WITHOUT_RISK = "CREATE INDEX grant_without_risk ON access_grant (partner, site) WHERE (compartments & 2) = 0"


class Migration(migrations.Migration):
    dependencies = [("cases", "0009_breaches_withdrawn"), ("duties", "0001_initial")]
    operations = [
        *(migrations.RemoveIndex("duty", name) for name in ("duty_by_day", "duty_of_one", "duty_of_agency")),
        migrations.AddField("duty", "decide", models.BooleanField(default=False)),
        migrations.AddField("duty", "grave", models.PositiveSmallIntegerField(default=2)),
        migrations.AddField("duty", "level", models.CharField(blank=True, max_length=10)),
        migrations.AddField("duty", "site", models.CharField(blank=True, max_length=40)),
        *(migrations.AddIndex("duty", models.Index(fields=fields, name=name)) for name, fields in INDEXES.items()),
        migrations.RunSQL(WITHOUT_RISK, "DROP INDEX grant_without_risk"),
    ]
