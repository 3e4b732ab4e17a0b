import django.contrib.postgres.functions
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from blueheart.append_only import append_only
from blueheart.create_models import CreateModels


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='Seal',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('minute', models.DateTimeField(unique=True, verbose_name='minute')),
                    ('entries', models.PositiveIntegerField(verbose_name='entries')),
                    ('digest', models.CharField(max_length=64, verbose_name='digest')),
                ],
                options={
                    'verbose_name': 'seal',
                    'verbose_name_plural': 'seals',
                    'ordering': ['-minute'],
                },
            ),
            migrations.CreateModel(
                name='Entry',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='when')),
                    ('action', models.CharField(max_length=80, verbose_name='what')),
                    ('target_type', models.CharField(blank=True, max_length=80, verbose_name='kind of target')),
                    ('target_id', models.CharField(blank=True, max_length=80, verbose_name='target')),
                    ('address', models.CharField(blank=True, max_length=64, verbose_name='from where')),
                    ('why', models.TextField(blank=True, verbose_name='why')),
                    ('detail', models.JSONField(blank=True, default=dict, verbose_name='detail')),
                    ('actor', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who')),
                ],
                options={
                    'verbose_name': 'trail entry',
                    'verbose_name_plural': 'trail entries',
                    'ordering': ['-pk'],
                    'indexes': [models.Index(fields=['at'], name='trail_entry_at'), models.Index(fields=['target_type', 'target_id', '-id'], name='trail_entry_target'), models.Index(fields=['actor', '-id'], name='trail_entry_actor'), models.Index(fields=['address', '-id'], name='trail_entry_address'), models.Index(django.contrib.postgres.indexes.OpClass('action', 'text_pattern_ops'), models.OrderBy(models.F('id'), descending=True), name='trail_entry_action')],
                },
            ),
        ]),
        append_only("trail_entry"),
        append_only("trail_seal"),
    ]
