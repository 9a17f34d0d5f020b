import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connectors', '0002_initial'),
        ('dispatch', '0002_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='inboxitem',
            name='handover',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='inbox_items', to='dispatch.handover'),
        ),
        migrations.AddField(
            model_name='inboxitem',
            name='is_inside',
            field=models.BooleanField(default=False, help_text='An automatic reply: kept for staff, moves nothing.'),
        ),
        migrations.AddIndex(
            model_name='inboxitem',
            index=models.Index(fields=['connection', 'body_reference'], name='inbox_reference'),
        ),
        migrations.AddIndex(
            model_name='inboxitem',
            index=models.Index(condition=models.Q(('applied_at__isnull', True)), fields=['connection'], name='inbox_unapplied'),
        ),
    ]
