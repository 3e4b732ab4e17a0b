from django.db import migrations, models

SHOWN = models.Q(('hidden_at__isnull', True), ('is_counted', True))
BODIES = models.Q(('hidden_at__isnull', True), ('is_counted', True), models.Q(('kind', 'person'), _negated=True))
OLD = ('pledge_wall_country', 'pledge_wall_campaign', 'pledge_wall_bodies')
NEW = (
    ('pledge_wall_country', ['country', 'number'], SHOWN),
    ('pledge_wall_campaign', ['campaign', 'number'], SHOWN),
    ('pledge_wall_country_campaign', ['country', 'campaign', 'number'], SHOWN),
    ('pledge_wall_bodies', ['kind', 'number'], BODIES),
    ('pledge_wall_bodies_country', ['kind', 'country', 'number'], BODIES),
    ('pledge_wall_bodies_campaign', ['kind', 'campaign', 'number'], BODIES),
)


class Migration(migrations.Migration):

    dependencies = [
        ('pledges', '0006_making_domain_rules_are_applied'),
    ]

    operations = [
        *(migrations.RemoveIndex(model_name='pledge', name=name) for name in OLD),
        *(
            migrations.AddIndex(
                model_name='pledge', index=models.Index(condition=condition, fields=fields, name=name)
            )
            for name, fields, condition in NEW
        ),
    ]
