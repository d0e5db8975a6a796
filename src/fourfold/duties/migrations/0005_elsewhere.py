from django.db import migrations, models

OWN = models.Index(fields=["owner", "site"], name="duty_of_one_by_site", condition=models.Q(owner__isnull=False))
AGENCY = models.Index(
    fields=["partner", "owner", "site"], name="duty_of_agency_by_site", condition=models.Q(owner__isnull=True)
)


class Migration(migrations.Migration):
    dependencies = [("duties", "0004_by_level")]
    operations = [migrations.AddIndex("duty", OWN), migrations.AddIndex("duty", AGENCY)]
