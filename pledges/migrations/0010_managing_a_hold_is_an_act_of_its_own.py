from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("pledges", "0009_confirming_addresses_left_alone"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="campaignterms",
            options={
                "permissions": [
                    ("hold_campaignterms", "Can hold the pledges of a campaign against forgetting, and let go")
                ],
                "verbose_name": "terms of pledging",
                "verbose_name_plural": "terms of pledging",
            },
        ),
    ]
