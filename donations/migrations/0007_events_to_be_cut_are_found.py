"""The index by which old events are found that are still whole, made beside the traffic."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False  # PostgreSQL makes no index beside the traffic within a transaction

    dependencies = [
        ('donations', '0006_old_events_are_cut_to_their_ids'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='stripeevent',
            index=models.Index(
                condition=models.Q(('minimised_at', None), ('status__in', ['ignored', 'processed'])),
                fields=['received_at'],
                name='stripe_event_not_yet_minimised',
            ),
        ),
    ]
