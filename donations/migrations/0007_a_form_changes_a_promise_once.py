from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("donations", "0006_grants_reason")]

    operations = [
        migrations.AddField(
            model_name="promisechange",
            name="form_token",
            field=models.UUIDField(blank=True, editable=False, null=True, verbose_name="form token"),
        ),
        migrations.AddConstraint(
            model_name="promisechange",
            constraint=models.UniqueConstraint(fields=("form_token",), name="a_form_changes_a_promised_gift_once"),
        ),
    ]
