from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("plan", "0003_who_and_when"),
    ]

    operations = [
        migrations.AddField(
            model_name="session",
            name="untold_because",
            field=models.TextField(blank=True),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(fields=["attendance", "planned_at", "id"], name="session_waited_for"),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(fields=["recorded_by", "attendance", "planned_at"], name="session_by_planner"),
        ),
    ]
