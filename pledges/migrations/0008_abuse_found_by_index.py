from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pledges', '0007_wall_indexes_of_each_choice'),
    ]

    operations = [
        migrations.AlterField(
            model_name='pledge',
            name='suspected_for',
            field=models.CharField(blank=True, choices=[('burst', 'many from one network in some minutes'), ('sustained', 'many from one network in a day'), ('one-mailbox', 'many for one mailbox'), ('whole-site', 'many on the whole site at once'), ('blocked', 'a source that staff block'), ('by-staff', 'staff suspect it')], max_length=12, verbose_name='why suspected'),
        ),
        migrations.AddIndex(
            model_name='pledge',
            index=models.Index(models.Func(models.F('canonical_email'), models.Value('@'), models.Value(-1), function='split_part', output_field=models.TextField()), name='pledge_mail_domain'),
        ),
        migrations.AddIndex(
            model_name='pledge',
            index=models.Index(condition=models.Q(('name_key', ''), _negated=True), fields=['name_key'], name='pledge_name', opclasses=['varchar_pattern_ops']),
        ),
        migrations.AddIndex(
            model_name='pledge',
            index=models.Index(fields=['created_at'], name='pledge_created_at'),
        ),
    ]
