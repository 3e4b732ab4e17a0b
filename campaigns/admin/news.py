from django.contrib import admin

from campaigns import pages
from campaigns.admin.editing import WithPreview
from campaigns.models import NewsItem


@admin.register(NewsItem)
class NewsItemAdmin(WithPreview):
    list_display = ("title", "dated_on", "iso2", "status", "campaign", "source", "preview")
    list_filter = ("status", "dated_on")
    list_select_related = ("campaign", "source")
    search_fields = ("title", "slug", "summary")
    autocomplete_fields = ("campaign", "source", "picture")
    prepopulated_fields = {"slug": ("title",)}
    preview_template = "campaigns/news_item.html"
    preview_context = staticmethod(pages.news_context)
