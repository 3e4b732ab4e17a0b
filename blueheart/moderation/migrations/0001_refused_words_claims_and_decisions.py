import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from blueheart.create_models import CreateModels


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '__first__'),
    ]

    operations = [CreateModels([
        migrations.CreateModel(
            name='NameWord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('word', models.CharField(help_text='Kept in small letters and in its plain form.', max_length=40, verbose_name='word')),
                ('language', models.CharField(blank=True, choices=[('en', 'English'), ('ar', 'العربية'), ('zh-hans', '中文'), ('fr', 'Français'), ('ru', 'Русский'), ('es', 'Español'), ('pt', 'Português')], help_text='Empty: refused in every language.', max_length=10, verbose_name='language')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
            ],
            options={
                'verbose_name': 'word refused in names',
                'verbose_name_plural': 'words refused in names',
                'ordering': ['language', 'word'],
                'constraints': [models.UniqueConstraint(fields=('word', 'language'), name='name_word_once_per_language')],
            },
        ),
        migrations.CreateModel(
            name='Claim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(help_text='The model of the row.', max_length=80, verbose_name='kind')),
                ('target_id', models.BigIntegerField(verbose_name='row')),
                ('queue', models.CharField(blank=True, help_text='Empty: on the page of the row.', max_length=40, verbose_name='queue')),
                ('expires_at', models.DateTimeField(verbose_name='until')),
                ('holder', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who looks at it')),
            ],
            options={
                'verbose_name': 'row that somebody looks at',
                'verbose_name_plural': 'rows that somebody looks at',
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('kind', 'target_id'), name='claim_is_of_one_person')],
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('queue', models.CharField(max_length=40, verbose_name='queue')),
                ('target_id', models.BigIntegerField(verbose_name='row')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='when')),
                ('act', models.CharField(max_length=20, verbose_name='act')),
                ('name', models.CharField(help_text='A number or a code, never a name.', max_length=40, verbose_name='what it was about')),
                ('undo', models.CharField(blank=True, max_length=40, verbose_name='how it is taken back')),
                ('left', models.CharField(blank=True, max_length=64, verbose_name='how the row was left')),
                ('undone_at', models.DateTimeField(blank=True, null=True, verbose_name='taken back')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who')),
            ],
            options={
                'verbose_name': 'decision in a queue',
                'verbose_name_plural': 'decisions in queues',
                'default_permissions': (),
                'indexes': [models.Index(fields=['by', 'queue', '-at'], name='decision_of_person')],
            },
        ),
        migrations.CreateModel(
            name='Skip',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=80, verbose_name='kind')),
                ('target_id', models.BigIntegerField(verbose_name='row')),
                ('on', models.DateField(verbose_name='on')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who')),
            ],
            options={
                'verbose_name': 'row left to a colleague',
                'verbose_name_plural': 'rows left to colleagues',
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('person', 'kind', 'target_id', 'on'), name='skip_is_once_a_day')],
            },
        ),
    ])]
