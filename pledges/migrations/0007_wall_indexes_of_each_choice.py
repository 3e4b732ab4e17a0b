from django.db import migrations, models

SHOWN = models.Q(('hidden_at__isnull', True), ('is_counted', True))
BODIES = models.Q(('hidden_at__isnull', True), ('is_counted', True), models.Q(('kind', 'person'), _negated=True))


class Migration(migrations.Migration):

    dependencies = [
        ('pledges', '0006_making_domain_rules_are_applied'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='pledge',
            name='pledge_wall_bodies',
        ),
        migrations.AddIndex(
            model_name='pledge',
            index=models.Index(condition=SHOWN, fields=['country', 'campaign', '-number'], name='pledge_wall_country_campaign'),
        ),
        migrations.AddIndex(
            model_name='pledge',
            index=models.Index(condition=BODIES, fields=['kind', '-number'], name='pledge_wall_bodies'),
        ),
        migrations.AddIndex(
            model_name='pledge',
            index=models.Index(condition=BODIES, fields=['kind', 'country', '-number'], name='pledge_wall_bodies_country'),
        ),
        migrations.AddIndex(
            model_name='pledge',
            index=models.Index(condition=BODIES, fields=['kind', 'campaign', '-number'], name='pledge_wall_bodies_campaign'),
        ),
    ]
