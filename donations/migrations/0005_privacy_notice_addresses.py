import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("donations", "0004_totals_of_days"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="tribute",
            index=models.Index(
                django.db.models.functions.text.Upper("notice_email"),
                condition=models.Q(("notice_email", ""), _negated=True),
                name="tribute_notice_to",
            ),
        ),
    ]
