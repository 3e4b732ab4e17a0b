from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("donations", "0005_donor_wall")]

    operations = [
        migrations.AddField(
            model_name="grant",
            name="reason",
            field=models.TextField(blank=True, verbose_name="why it was declined or closed"),
        ),
    ]
