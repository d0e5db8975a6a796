from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0016_parts_in_order")]
    changes_duties = False  # nothing waits for an index
    index = models.Index(fields=["site", "id", "opened_at"], name="case_of_site")
    operations = [migrations.AddIndex(model_name="case", index=index)]
