from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0019_assessed_grave")]
    changes_duties = False  # nothing waits for an index
    told = ["case", "joined_at", "left_at", "happened_at", "recorded_by", "allegation"]
    operations = [
        migrations.RemoveIndex("caseact", "act_joined"),
        migrations.AddIndex("caseact", models.Index(fields=told, name="act_joined")),
    ]
