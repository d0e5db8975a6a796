from django.db import migrations


class Migration(migrations.Migration):
    """Have keys made anew that rows of a feed are held against; until then those reports are read through."""

    dependencies = [("cases", "0013_reviews_counted_without_rows")]

    operations = [migrations.RunSQL("UPDATE cases_summary SET keyed = false", migrations.RunSQL.noop, elidable=True)]
