from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('limits', '0001_counters'),
    ]

    operations = [
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
