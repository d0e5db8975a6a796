from django.db import migrations


def name_what_was_opened(apps, schema_editor):
    """Name at each breach the action to assess again that was opened in the same moment."""
    actions = apps.get_model("plan", "Action").objects.filter(what__startswith="Assess again: breach of condition ")
    for breach in apps.get_model("orders", "Breach").objects.select_related("condition__order").iterator():
        case = breach.condition.order.case_id
        opened = actions.filter(case=case, recorded_at=breach.recorded_at, breach__isnull=True).first()
        if opened is not None:
            breach.action = opened
            breach.save(update_fields=["action"])


class Migration(migrations.Migration):
    dependencies = [("orders", "0005_what_a_breach_asks_again")]

    operations = [migrations.RunPython(name_what_was_opened, migrations.RunPython.noop)]
