from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0012_lists_by_what_is_asked_for")]

    operations = [
        migrations.RemoveIndex(model_name="reviewdue", name="review_by_case"),
        migrations.AddIndex(
            model_name="reviewdue",
            index=models.Index(fields=["case", "-due_at", "done_at", "superseded_at"], name="review_by_case"),
        ),
    ]
