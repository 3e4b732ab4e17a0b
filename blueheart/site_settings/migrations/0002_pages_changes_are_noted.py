"""Pages follow the site’s settings."""

from django.db import migrations

from blueheart.pages.noting import noted


class Migration(migrations.Migration):
    dependencies = [
        ("site_settings", "0001_settings_and_their_history"),
        ("pages", "0001_versions_of_what_is_shown"),
    ]

    operations = [
        noted("site_settings_sitesetting"),
    ]
