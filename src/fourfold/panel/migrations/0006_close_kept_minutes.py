"""Close the minutes that were kept before documents could be closed to one person.

They do not say of which item they are: each is closed to everybody who stood aside from an item of its case.
"""

from django.db import migrations

from fourfold.base import new_id


def close_kept_minutes(apps, schema_editor):
    closed, exhibits = apps.get_model("exhibits", "ClosedTo"), apps.get_model("exhibits", "Exhibit")
    declared = apps.get_model("panel", "Declared")._base_manager.filter(aside=True)
    aside = set(declared.values_list("item__case_id", "staff"))
    there = set(closed._base_manager.values_list("exhibit_id", "staff"))
    for case, staff in sorted(aside):
        for kept in exhibits._base_manager.filter(kind="minutes", file=case).defer("content"):
            if (kept.pk, staff) not in there:
                held = {name: getattr(kept, name) for name in ("controller", "basis", "recorded_at", "recorded_by")}
                closed._base_manager.create(id=new_id(), exhibit=kept, staff=staff, source="closed afterwards", **held)


class Migration(migrations.Migration):
    dependencies = [
        ("exhibits", "0003_closed_to"),
        ("panel", "0005_items_by_phase"),
    ]

    operations = [migrations.RunPython(close_kept_minutes, migrations.RunPython.noop)]
