from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("donations", "0007_postings_by_hand_come_once_and_findings_name_gifts"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="receiptorder",
            index=models.Index(
                condition=models.Q(("shelved_at__isnull", False)), fields=["-id"], name="receipt_order_shelved"
            ),
        ),
    ]
