from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0008_acts_counted_with")]

    operations = [
        migrations.AddIndex(
            model_name="caseact",
            index=models.Index(
                condition=models.Q(("breach_until__isnull", False)), fields=["breach_until"], name="act_no_breach"
            ),
        )
    ]
