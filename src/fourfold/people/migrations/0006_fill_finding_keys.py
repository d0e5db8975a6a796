"""Work out the keys of everybody who is on record already."""

from django.db import migrations

from fourfold.people.rules.search_keys import STRENGTH, keys_of, number_of
from fourfold.people.terms import MarkKind

BATCH = 2_000


def fill(apps, editor):
    here = editor.connection.alias
    kept = apps.get_model("people", "FindingKey")
    for part, marks, owner in (("Victim", "VictimReach", "victim_id"), ("Subject", "SubjectMark", "subject_id")):
        table, reaches = apps.get_model("people", part), apps.get_model("people", marks)
        last = None
        while True:
            people = table._base_manager.using(here).order_by("pk")
            people = list((people if last is None else people.filter(pk__gt=last))[:BATCH])
            if not people:
                break
            known = {}
            rows = reaches._base_manager.using(here).filter(**{f"{owner}__in": [each.pk for each in people]})
            for person, kind, key in rows.values_list(owner, "kind", "key"):
                known.setdefault(person, []).append((MarkKind(kind), key))
            kept._base_manager.using(here).bulk_create(
                [
                    kept(key=number_of(each.site, part.lower(), sort, key), strength=STRENGTH[sort], person=each.pk)
                    for each in people
                    for sort, key in keys_of(_named(each), each.birth_on, known.get(each.pk, []))
                ],
                batch_size=BATCH,
            )
            last = people[-1].pk


def _named(person):
    return " ".join(part for part in (person.given_name, person.other_names, person.family_name) if part)


class Migration(migrations.Migration):
    dependencies = [("people", "0005_finding_keys")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=False)]
