"""A picture is asked for by its digest alone, with every photo on a page and when tidying."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("issues", "0005_listed_counts")]

    operations: ClassVar = [
        migrations.AddIndex(
            model_name="photo",
            index=models.Index(fields=["digest"], name="photo_by_digest"),
        ),
    ]
