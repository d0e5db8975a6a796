from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0018_whether_open")]
    changes_duties = False  # nothing waits for an index
    grave = models.Q(level__in=("high", "very_high"), set_in__in=("panel", "professional", "review"))
    index = models.Index(fields=["case", "set_at"], condition=grave, name="level_assessed_grave")
    operations = [migrations.AddIndex("levelset", index)]
