import django.core.validators
from django.db import migrations, models
from django.db.models import F


def begin_above(apps, schema_editor):
    """From ten times the amount that one person alone may refund."""
    currencies = apps.get_model("donations", "GivingCurrency").objects.filter(second_person_from_minor__gt=0)
    currencies.update(notice_from_minor=F("second_person_from_minor") * 10)


class Migration(migrations.Migration):

    dependencies = [
        ("donations", "0005_privacy_notice_addresses"),
    ]

    operations = [
        migrations.AddField(
            model_name="givingcurrency",
            name="notice_from_minor",
            field=models.BigIntegerField(
                blank=True,
                help_text="Empty: of none.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="staff are told of gifts from, minor units",
            ),
        ),
        migrations.RunPython(begin_above, migrations.RunPython.noop),
    ]
