from django.db import migrations, models

KEEPS_OUT = models.Index(
    fields=["staff", "file"], name="relation_keeps_out", condition=models.Q(kind__in=["party", "teller"])
)


class Migration(migrations.Migration):
    dependencies = [("access", "0012_parts_in_order")]
    operations = [migrations.AddIndex("relation", KEEPS_OUT)]
