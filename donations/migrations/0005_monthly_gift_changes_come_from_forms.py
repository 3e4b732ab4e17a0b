from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('donations', '0004_refunds_can_be_called_off'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='monthlygift',
            options={'ordering': ['-pk'], 'permissions': [('act_on_monthlygift', 'Can pause and end monthly gifts')], 'verbose_name': 'monthly gift', 'verbose_name_plural': 'monthly gifts'},
        ),
        migrations.AddField(
            model_name='monthlygift',
            name='stripe_payment_method_id',
            field=models.CharField(blank=True, max_length=255, verbose_name='Stripe payment method'),
        ),
        migrations.AddField(
            model_name='monthlygiftchange',
            name='form_token',
            field=models.UUIDField(blank=True, editable=False, null=True, verbose_name='form token'),
        ),
        migrations.AddConstraint(
            model_name='monthlygiftchange',
            constraint=models.UniqueConstraint(fields=('form_token',), name='one_change_of_a_monthly_gift_per_form'),
        ),
    ]
