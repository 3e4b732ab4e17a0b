"""Databases that have the first version of the function get today's."""

from django.db import migrations

from blueheart.pages.noting import FUNCTION


class Migration(migrations.Migration):
    dependencies = [
        ("pages", "0001_versions_of_what_is_shown"),
    ]

    operations = [
        migrations.RunSQL(FUNCTION, migrations.RunSQL.noop),
    ]
