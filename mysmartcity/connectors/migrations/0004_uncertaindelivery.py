from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('connectors', '0003_inbox_handover'),
        ('dispatch', '0002_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='UncertainDelivery',
            fields=[],
            options={
                'verbose_name_plural': 'uncertain deliveries',
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('dispatch.delivery',),
        ),
    ]
