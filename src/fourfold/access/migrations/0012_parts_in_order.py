from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("access", "0011_counted_without_rows")]
    operations = [
        migrations.AddField("relation", "opened_at", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "relation",
            models.Index(
                fields=["staff", "-opened_at", "file", "kind", "from_at", "until_at"], name="relation_in_order"
            ),
        ),
    ]
