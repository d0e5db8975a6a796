from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0011_acts_by_index")]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["state", "-opened_at", "id"], name="case_by_state"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["level", "-opened_at", "id"], name="case_of_level"),
        ),
    ]
