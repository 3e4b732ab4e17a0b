from django.db import migrations

from blueheart.append_only import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('pledges', '0001_precepts_pledges_and_tallies'),
    ]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE pledges_heart_number", "DROP SEQUENCE pledges_heart_number"),
        append_only("pledges_preceptwording"),
    ]
