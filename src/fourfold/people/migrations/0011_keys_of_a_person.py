from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("people", "0010_what_became_of_messages"),)
    operations = (migrations.AddIndex("findingkey", models.Index(fields=["person", "key"], name="found_by_person")),)
