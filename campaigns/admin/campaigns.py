from django.contrib import admin

from campaigns import pages
from campaigns.admin.editing import WithPreview
from campaigns.models import Campaign


@admin.register(Campaign)
class CampaignAdmin(WithPreview):
    list_display = ("title", "kind", "country", "status", "position", "preview")
    list_filter = ("status", "kind")
    list_select_related = ("country",)
    search_fields = ("title", "slug")
    autocomplete_fields = ("parent", "country", "source", "picture", "related_facts", "resources")
    preview_template = "campaigns/campaign.html"
    preview_context = staticmethod(pages.campaign_context)
