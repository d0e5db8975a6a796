from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0006_who_took_an_act_off")]

    operations = [migrations.AddField(model_name="caseact", name="same_as", field=models.UUIDField(null=True))]
