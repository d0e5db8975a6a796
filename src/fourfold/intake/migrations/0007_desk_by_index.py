from django.db import migrations, models

AT_DESK = models.Q(at_desk=True)
OF_REPORTS = (
    models.Index(fields=["site", "urgency", "-told_at", "id"], condition=AT_DESK, name="at_desk_by_urgency"),
    models.Index(fields=["site", "urgency", "received_at"], condition=AT_DESK, name="at_desk_since"),
    models.Index(fields=["site"], condition=models.Q(at_desk=True, run__isnull=True), name="at_desk_by_hand"),
)
OF_VERSIONS = models.Index(fields=["urgency", "received_at", "allegation"], name="version_by_urgency")


class Migration(migrations.Migration):
    dependencies = (("intake", "0006_searchable"),)
    operations = (
        *(migrations.AddIndex("allegation", each) for each in OF_REPORTS),
        migrations.AddIndex("version", OF_VERSIONS),
    )
