from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Counter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(max_length=40, verbose_name='scope')),
                ('key', models.CharField(max_length=32, verbose_name='key')),
                ('ends_at', models.DateTimeField(verbose_name='end of window')),
                ('count', models.PositiveIntegerField(verbose_name='count')),
            ],
            options={
                'verbose_name': 'counter',
                'verbose_name_plural': 'counters',
                'indexes': [models.Index(fields=['ends_at'], name='counter_ends_at')],
                'constraints': [models.UniqueConstraint(fields=('scope', 'key', 'ends_at'), name='one_counter_per_window')],
            },
        ),
        migrations.RunSQL("ALTER TABLE limits_counter SET UNLOGGED", "ALTER TABLE limits_counter SET LOGGED"),
        migrations.CreateModel(
            name='Pause',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(max_length=40, verbose_name='scope')),
                ('key', models.CharField(max_length=32, verbose_name='key')),
                ('until', models.DateTimeField(verbose_name='until')),
            ],
            options={
                'verbose_name': 'pause',
                'verbose_name_plural': 'pauses',
                'constraints': [models.UniqueConstraint(fields=('scope', 'key'), name='one_pause_per_source')],
            },
        ),
        migrations.RunSQL("ALTER TABLE limits_pause SET UNLOGGED", "ALTER TABLE limits_pause SET LOGGED"),
    ]
