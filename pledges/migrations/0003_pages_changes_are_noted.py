"""Pages follow the hearts: their counts by the windows, and what staff and supporters change of a confirmed one."""

from django.db import migrations

from blueheart.pages.noting import NUMBERS, differ, noted, noted_where

SHOWN_OF_A_PLEDGE = (
    "public_id", "campaign_id", "kind", "group_id", "public_name", "country", "words", "words_status", "language",
    "status", "standing", "verification", "is_counted", "number", "confirmed_at", "erased_at", "hidden_at",
    "featured_at",
)


class Migration(migrations.Migration):
    dependencies = [
        ("pledges", "0002_numbers_and_tallies_that_follow"),
        ("pages", "0001_versions_of_what_is_shown"),
    ]

    operations = [
        noted(
            "pledges_campaignterms", "pledges_group", "pledges_precept", "pledges_preceptoffer",
            "pledges_preceptwording",
        ),
        noted(
            "pledges_answertally", "pledges_campaigntally", "pledges_countrytally", "pledges_grouptally",
            "pledges_milestone", "pledges_pledgeday", "pledges_pledgetally", "pledges_precepttally",
            topic=NUMBERS,
        ),
        # A pending pledge is shown nowhere. When it is confirmed, the wall's newest number tells, and the next window.
        noted_where(
            "pledges_pledge",
            update=f"OLD.status <> 'pending' AND {differ(SHOWN_OF_A_PLEDGE)}",
            delete="OLD.status <> 'pending'",
        ),
        noted("pledges_pledge_precepts", "pledges_pledgingbody", events=["update", "delete"]),
        # Words and photos are shown when a person has approved them. That a pledge was kept is counted in windows.
        noted_where(
            "pledges_fulfilment",
            insert="NEW.words_status = 'approved'",
            update="'approved' IN (OLD.words_status, NEW.words_status)",
            delete="OLD.words_status = 'approved'",
        ),
        noted_where(
            "pledges_heartphoto",
            insert="NEW.status = 'approved'",
            update="'approved' IN (OLD.status, NEW.status)",
            delete="OLD.status = 'approved'",
        ),
    ]
