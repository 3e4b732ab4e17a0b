from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("pledges", "0008_abuse_found_by_index"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="quietaddress",
            options={
                "ordering": ["-pk"],
                "permissions": [("silence_quietaddress", "Can leave addresses alone, and write to them again")],
                "verbose_name": "address that we leave alone",
                "verbose_name_plural": "addresses that we leave alone",
            },
        ),
    ]
