"""Counts for the map without filters, made from the issues that are there."""

from django.db import migrations, models

FILL = """
INSERT INTO issues_listeddelta (cell8, cell7, cell6, cell5, count)
SELECT i.cell8, i.cell7, d.cell6, d.cell5, count(*)
FROM issues_issue i
JOIN (SELECT DISTINCT cell7, cell6, cell5 FROM issues_celldelta) d USING (cell7)
WHERE i.status IN ('received', 'sent', 'acknowledged', 'scheduled', 'in_progress', 'on_hold',
    'not_fixed', 'reported_fixed', 'fixed', 'declined')
GROUP BY 1, 2, 3, 4
"""


class Migration(migrations.Migration):
    dependencies = [("issues", "0004_level_body")]

    operations = [
        migrations.CreateModel(
            name="ListedDelta",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("cell8", models.BigIntegerField()),
                ("cell7", models.BigIntegerField()),
                ("cell6", models.BigIntegerField()),
                ("cell5", models.BigIntegerField()),
                ("count", models.IntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["cell5"], name="listed_cell5")],
            },
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
