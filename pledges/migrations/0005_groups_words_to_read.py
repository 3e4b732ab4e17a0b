from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):

    dependencies = [
        ('pledges', '0004_keeping_and_verifying'),
    ]

    operations = [
        migrations.AddField(
            model_name='group',
            name='about_to_read',
            field=models.CharField(blank=True, default='', help_text='Shown once staff have read them.', max_length=280, verbose_name='new words about the group'),
            preserve_default=False,
        ),
        migrations.RemoveIndex(model_name='group', name='group_waiting'),
        migrations.AddIndex(
            model_name='group',
            index=models.Index(condition=Q(keeper_confirmed_at__isnull=False, status='waiting'), fields=['-id'], name='group_to_decide'),
        ),
        migrations.AddIndex(
            model_name='group',
            index=models.Index(condition=~Q(about_to_read=''), fields=['-id'], name='group_words_to_read'),
        ),
    ]
