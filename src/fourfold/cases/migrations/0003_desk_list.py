from django.db import migrations

#: One statement, whatever the size of the feed.
FILL = """
UPDATE intake_allegation SET at_desk = for_desk AND NOT EXISTS (
    SELECT 1 FROM cases_triage WHERE cases_triage.allegation_id = intake_allegation.id
)
"""


class Migration(migrations.Migration):
    """Say of every allegation that was there already whether it is still at the desk."""

    dependencies = [
        ("cases", "0002_follow_up_and_capacity"),
        ("intake", "0003_at_desk"),
    ]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
