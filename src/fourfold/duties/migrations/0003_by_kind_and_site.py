from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("duties", "0002_in_its_order")]
    operations = [migrations.AddIndex("duty", models.Index(fields=["kind", "site"], name="duty_of_kind"))]
