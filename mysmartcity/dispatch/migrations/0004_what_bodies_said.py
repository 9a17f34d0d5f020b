"""Places for what each body said last, for each of its references."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("dispatch", "0003_many_bodies_lanes_calls"),
    ]

    operations = [
        migrations.AddField(
            model_name="handover",
            name="said",
            field=models.CharField(blank=True, help_text="In our own words.", max_length=20, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="handover",
            name="said_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="handover",
            name="decline_reason",
            field=models.CharField(blank=True, max_length=20, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="handoverreference",
            name="key",
            field=models.CharField(default="", editable=False, max_length=300),
        ),
        migrations.AddField(
            model_name="handoverreference",
            name="replaced_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="replaces",
                to="dispatch.handoverreference",
            ),
        ),
        migrations.AddField(
            model_name="handoverreference",
            name="body_status",
            field=models.CharField(blank=True, max_length=100, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="handoverreference",
            name="said",
            field=models.CharField(blank=True, help_text="In our own words.", max_length=20, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="handoverreference",
            name="said_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="handoverreference",
            index=models.Index(fields=["key"], name="reference_key"),
        ),
        migrations.RemoveConstraint(model_name="handoverreference", name="reference_kind_known"),
        migrations.AddConstraint(
            model_name="handoverreference",
            constraint=models.CheckConstraint(
                name="reference_kind_known",
                condition=models.Q(kind__in=["given", "more", "renamed", "also"]),
            ),
        ),
    ]
