from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('donations', '0003_first_settings_of_money'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='donation',
            options={'ordering': ['-pk'], 'permissions': [('moderate_donation', 'Can moderate words and public names of donors'), ('answer_for_help', 'Can answer donors who may need help'), ('record_offline_gift', 'Can record gifts that did not come through Stripe, and reverse them')], 'verbose_name': 'donation', 'verbose_name_plural': 'donations'},
        ),
        migrations.AddField(
            model_name='donation',
            name='reversed_for',
            field=models.CharField(blank=True, choices=[('bounced', 'the payment did not go through'), ('mistake', 'recorded by mistake'), ('sent-back', 'sent back to the giver')], max_length=10, verbose_name='reversed for'),
        ),
        migrations.AddConstraint(
            model_name='donation',
            constraint=models.CheckConstraint(condition=models.Q(('reversed_for', ''), ('status', 'reversed'), _connector='OR'), name='only_a_reversed_donation_says_what_for'),
        ),
    ]
