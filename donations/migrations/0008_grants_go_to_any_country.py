from django.db import migrations, models


class Migration(migrations.Migration):
    """Before the first release: there are no rows to carry over."""

    dependencies = [("donations", "0007_a_form_changes_a_promise_once")]

    operations = [
        migrations.RemoveConstraint(model_name="organisation", name="organisation_is_recorded_once"),
        migrations.RemoveField(model_name="organisation", name="country"),
        migrations.RemoveField(model_name="grant", name="country"),
        migrations.AddField(
            model_name="organisation",
            name="country",
            field=models.CharField(help_text="Any of the 249, joined or not.", max_length=2, verbose_name="country"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="grant",
            name="country",
            field=models.CharField(max_length=2, verbose_name="country of the work"),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="organisation",
            constraint=models.UniqueConstraint(fields=("name", "country"), name="organisation_is_recorded_once"),
        ),
        migrations.AddConstraint(
            model_name="organisation",
            constraint=models.CheckConstraint(
                condition=models.Q(("country__regex", "^[A-Z]{2}$")), name="organisation_country_is_an_iso_code"
            ),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.CheckConstraint(
                condition=models.Q(("country__regex", "^[A-Z]{2}$")), name="grant_country_is_an_iso_code"
            ),
        ),
    ]
