from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("duties", "0005_elsewhere"),)
    operations = (
        migrations.RemoveIndex("duty", "duty_by_case"),
        migrations.AddIndex("duty", models.Index(fields=["case", "kind", "level", "due_at"], name="duty_by_case")),
    )
