from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('donations', '0008_find_receipts_that_could_not_be_issued'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='refund',
            index=models.Index(condition=models.Q(('shelved_at__isnull', False)), fields=['-id'], name='refund_shelved'),
        ),
        migrations.AddIndex(
            model_name='fraudwarning',
            index=models.Index(condition=models.Q(('is_actionable', True)), fields=['-id'], name='fraud_warning_open'),
        ),
        migrations.AddIndex(
            model_name='payout',
            index=models.Index(condition=models.Q(('status', 'failed')), fields=['-id'], name='payout_failed'),
        ),
        migrations.AddIndex(
            model_name='payout',
            index=models.Index(
                condition=models.Q(('status', 'paid')), fields=['currency', 'created_at'], name='payout_paid'
            ),
        ),
    ]
