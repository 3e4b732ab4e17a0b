from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
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
    ]
