from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('donations', '0003_first_settings_of_money'),
    ]

    operations = [
        migrations.CreateModel(
            name='DayTotal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='day')),
                ('account', models.CharField(choices=[('STRIPE_BALANCE', 'Stripe balance'), ('BANK', 'Bank'), ('PROMISED_GIFTS_RECEIVABLE', 'Promised gifts, receivable'), ('DONATION_INCOME', 'Income from donations'), ('PROMISED_GIFT_INCOME', 'Income from promised gifts'), ('IN_KIND_INCOME', 'Gifts in kind, income'), ('IN_KIND', 'Gifts in kind, used'), ('PROCESSING_FEES', 'Processing fees'), ('REFUNDS', 'Refunds'), ('DISPUTES', 'Disputes'), ('DISPUTE_FEES', 'Dispute fees'), ('CURRENCY_EXCHANGE', 'Currency exchange'), ('GRANTS', 'Grants'), ('WRITE_OFFS', 'Write-offs'), ('ADJUSTMENTS', 'Adjustments'), ('SUSPENSE', 'Payments to be cleared up')], max_length=30, verbose_name='account')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('debits_minor', models.BigIntegerField(default=0, verbose_name='debits, minor units')),
                ('credits_minor', models.BigIntegerField(default=0, verbose_name='credits, minor units')),
            ],
            options={
                'verbose_name': 'total of a day',
                'verbose_name_plural': 'totals of days',
                'constraints': [models.UniqueConstraint(fields=('day', 'account', 'currency'), name='one_total_per_day_account_and_currency')],
            },
        ),
    ]
