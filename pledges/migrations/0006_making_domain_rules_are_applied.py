from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pledges', '0005_groups_words_to_read'),
    ]

    operations = [
        migrations.AddField(
            model_name='domainrule',
            name='applied_at',
            field=models.DateTimeField(blank=True, editable=False, help_text='To the pledges that were there before it.', null=True, verbose_name='applied'),
        ),
    ]
