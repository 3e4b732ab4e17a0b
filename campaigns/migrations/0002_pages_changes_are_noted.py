"""Pages follow what the campaign says."""

from django.db import migrations

from blueheart.pages.noting import noted


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0001_what_the_campaign_says"),
        ("pages", "0001_versions_of_what_is_shown"),
    ]

    operations = [
        noted(
            "campaigns_campaign", "campaigns_campaign_related_facts", "campaigns_campaign_resources",
            "campaigns_country", "campaigns_datapoint", "campaigns_datatable", "campaigns_event", "campaigns_fact",
            "campaigns_grantcycle", "campaigns_helpline", "campaigns_legalinstrument",
            "campaigns_legalinstrument_facts", "campaigns_milestone", "campaigns_newsitem", "campaigns_partner",
            "campaigns_picture", "campaigns_publishedgrant", "campaigns_reportedition", "campaigns_resource",
            "campaigns_searchentry", "campaigns_source", "campaigns_worlddayedition",
            "campaigns_worlddayedition_resources",
        ),
    ]
