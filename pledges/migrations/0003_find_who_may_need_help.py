from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pledges', '0002_heart_numbers_and_lasting_wordings'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='heartreport',
            index=models.Index(condition=models.Q(('reason', 'may-need-help'), ('settled_at', None)), fields=['-id'], name='heart_report_may_need_help'),
        ),
    ]
