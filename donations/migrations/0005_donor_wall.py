import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('donations', '0004_offline_gifts_are_recorded'),
    ]

    operations = [
        migrations.CreateModel(
            name='GiftReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(choices=[('not-them', 'It uses somebody else’s name'), ('abuse', 'It insults or threatens'), ('advertising', 'It advertises something'), ('child', 'It is about a child'), ('may-need-help', 'Somebody may need help'), ('other', 'Something else')], max_length=20, verbose_name='reason')),
                ('words', models.CharField(blank=True, max_length=500, verbose_name='in the visitor’s words')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='reported')),
                ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='settled')),
                ('donation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reports', to='donations.donation', verbose_name='gift')),
            ],
            options={
                'verbose_name': 'report of a gift',
                'verbose_name_plural': 'reports of gifts',
                'ordering': ['-pk'],
                'indexes': [
                    models.Index(condition=models.Q(('settled_at', None)), fields=['-id'], name='gift_report_open'),
                    models.Index(condition=models.Q(('reason', 'may-need-help'), ('settled_at', None)), fields=['-id'], name='gift_report_may_need_help'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('reason__in', ['not-them', 'abuse', 'advertising', 'child', 'may-need-help', 'other'])), name='gift_report_reason_is_known'),
                ],
            },
        ),
        migrations.AddIndex(
            model_name='donation',
            index=models.Index(condition=models.Q(('is_16_or_older', True), ('may_need_help_at', None), ('status', 'succeeded'), models.Q(('words_status', 'published'), models.Q(('public_name_hidden', False), models.Q(('public_name', ''), _negated=True)), _connector='OR')), fields=['-id'], name='donation_wall'),
        ),
    ]
