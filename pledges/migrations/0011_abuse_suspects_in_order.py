from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pledges", "0010_managing_a_hold_is_an_act_of_its_own"),
    ]

    operations = [
        migrations.CreateModel(
            name="SuspectedPledge",
            fields=[],
            options={
                "verbose_name": "suspected pledge",
                "verbose_name_plural": "suspected pledges",
                "ordering": ["suspected_at"],
                "proxy": True,
                "default_permissions": (),
                "indexes": [],
                "constraints": [],
            },
            bases=("pledges.pledge",),
        ),
        migrations.AddIndex(
            model_name="pledge",
            index=models.Index(
                fields=["suspected_at"], name="pledge_suspected_at", condition=models.Q(suspected_at__isnull=False)
            ),
        ),
        migrations.RemoveIndex(model_name="pledge", name="pledge_suspected"),
        migrations.AddIndex(
            model_name="pledge",
            index=models.Index(
                fields=["suspected_at"], name="pledge_suspected", condition=models.Q(standing="suspected")
            ),
        ),
        migrations.AddIndex(
            model_name="invalidationcase",
            index=models.Index(fields=["id"], name="invalidation_case_draft", condition=models.Q(status="draft")),
        ),
    ]
