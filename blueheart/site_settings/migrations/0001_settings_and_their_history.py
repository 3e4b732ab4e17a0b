import django.contrib.postgres.functions
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from blueheart.append_only import append_only
from blueheart.create_models import CreateModels
from blueheart.pages.noting import noted


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('pages', '0001_versions_of_what_is_shown'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='SiteSetting',
                fields=[
                    ('key', models.CharField(max_length=60, primary_key=True, serialize=False, verbose_name='setting')),
                    ('value', models.JSONField(verbose_name='value')),
                ],
                options={
                    'verbose_name': 'setting',
                    'verbose_name_plural': 'settings',
                    'permissions': [('switch_sitesetting', 'Can turn the site’s switches on and off')],
                },
            ),
            migrations.CreateModel(
                name='SiteSettingChange',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.CharField(max_length=60, verbose_name='setting')),
                    ('at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='when')),
                    ('why', models.CharField(max_length=300, verbose_name='why')),
                    ('before', models.JSONField(blank=True, null=True, verbose_name='before')),
                    ('after', models.JSONField(blank=True, null=True, verbose_name='after')),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who')),
                ],
                options={
                    'verbose_name': 'change of a setting',
                    'verbose_name_plural': 'changes of settings',
                    'ordering': ['-pk'],
                    'indexes': [models.Index(fields=['key', '-id'], name='setting_change_of_key')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('why', ''), _negated=True), name='a_setting_changes_for_a_reason')],
                },
            ),
        ]),
        append_only("site_settings_sitesettingchange"),
        noted("site_settings_sitesetting"),
    ]
