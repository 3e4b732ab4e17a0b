from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('donations', '0002_money_keeps_its_rules'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='stripeevent',
            index=models.Index(fields=['happened_at'], name='stripe_event_happened_at'),
        ),
    ]
