from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pledges", "0004_consents_versions")]

    operations = [
        migrations.AddIndex(
            model_name="pledge",
            index=models.Index(
                condition=models.Q(("help_answered_at__isnull", False)), fields=["-id"], name="pledge_list_answered"
            ),
        ),
    ]
