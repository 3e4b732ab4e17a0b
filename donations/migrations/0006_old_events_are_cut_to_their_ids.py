"""When an event of Stripe's was cut to its ids. Empty in rows of before, and where the release before writes rows."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('donations', '0005_postings_are_held_by_a_function'),
    ]

    operations = [
        migrations.AddField(
            model_name='stripeevent',
            name='minimised_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='cut to its ids'),
        ),
    ]
