"""Pages follow money: its totals by the windows, and what is recorded, promised, granted and shown of it."""

from django.db import migrations

from blueheart.pages.noting import NUMBERS, differ, noted, noted_where

SHOWN_OF_A_GIFT = (
    "campaign_id", "amount_minor", "currency", "public_name", "public_name_kind", "public_name_hidden",
    "is_amount_shown", "is_16_or_older", "language", "public_id", "method", "interval", "words", "words_status",
    "may_need_help_at", "in_kind", "status", "succeeded_at",
)


class Migration(migrations.Migration):
    dependencies = [
        ("donations", "0003_first_settings_of_money"),
        ("pages", "0001_versions_of_what_is_shown"),
    ]

    operations = [
        noted(
            "donations_contributor", "donations_dispute", "donations_exchangerate", "donations_grant",
            "donations_grantpayment", "donations_instalment", "donations_organisation", "donations_paymentpart",
            "donations_promisedgift", "donations_promisepayment", "donations_refund",
        ),
        noted("donations_bookstotal", "donations_daytotal", "donations_ledgertotal", topic=NUMBERS),
        # A gift that arrives is told by the wall's newest one, and by the next window.
        noted_where(
            "donations_donation",
            update=f"OLD.status = 'succeeded' AND {differ(SHOWN_OF_A_GIFT)}",
            delete="OLD.status = 'succeeded'",
        ),
    ]
