from django.db import migrations, models


class Migration(migrations.Migration):
    """Before the first release: there are no rows to carry over."""

    dependencies = [("donations", "0009_closings_are_signed_by_two")]

    operations = [
        migrations.RemoveConstraint(model_name="contributor", name="one_government_per_country"),
        migrations.RemoveConstraint(model_name="contributor", name="government_has_its_country"),
        migrations.RemoveField(model_name="contributor", name="country"),
        migrations.AddField(
            model_name="contributor",
            name="country",
            field=models.CharField(
                blank=True, default="", help_text="Any of the 249, joined or not.", max_length=2, verbose_name="country"
            ),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="contributor",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "government")), fields=("country",), name="one_government_per_country"
            ),
        ),
        migrations.AddConstraint(
            model_name="contributor",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("kind", "government"), _negated=True), models.Q(("country", ""), _negated=True), _connector="OR"),
                name="government_has_its_country",
            ),
        ),
        migrations.AddConstraint(
            model_name="contributor",
            constraint=models.CheckConstraint(
                condition=models.Q(("country", ""), ("country__regex", "^[A-Z]{2}$"), _connector="OR"),
                name="contributor_country_is_an_iso_code",
            ),
        ),
    ]
