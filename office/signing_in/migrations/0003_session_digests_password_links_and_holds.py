import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from blueheart.create_models import CreateModels


class Migration(migrations.Migration):

    dependencies = [
        ('signing_in', '0002_sessions_of_plain_keys_end'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='PasswordLink',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('digest', models.CharField(max_length=64, unique=True, verbose_name='digest')),
                    ('expires_at', models.DateTimeField(db_index=True, verbose_name='expires')),
                    ('account', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='account')),
                ],
                options={
                    'verbose_name': 'link to set a password',
                    'verbose_name_plural': 'links to set a password',
                    'default_permissions': (),
                },
            ),
            migrations.CreateModel(
                name='Hold',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('held_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='changed')),
                    ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='account')),
                    ('held_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='changed by')),
                ],
                options={
                    'verbose_name': 'account that waits for a second administrator',
                    'verbose_name_plural': 'accounts that wait for a second administrator',
                    'default_permissions': (),
                    'constraints': [models.UniqueConstraint(fields=('account', 'held_by'), name='account_is_held_once_by_each_administrator'), models.CheckConstraint(condition=models.Q(('account', models.F('held_by')), _negated=True), name='nobody_holds_their_own_account')],
                },
            ),
        ]),
        # Last, and without models: the lock on sessions is held until the end.
        migrations.AlterField(
            model_name='session',
            name='session_key',
            field=models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name='digest of the key'),
        ),
        # On the way back: digests are longer than the column was, and no keys of browsers.
        migrations.RunSQL(migrations.RunSQL.noop, 'DELETE FROM signing_in_session'),
    ]
