"""What feed readers are told."""

import datetime as dt
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _

from blueheart.languages import page_language
from campaigns.models import NewsItem
from campaigns.printing import in_page_language

NEWS_IN_FEED = 30
# What comes along when one copies from slides; Django writes no feed with it (https://www.w3.org/TR/xml/#charsets).
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
FIRST_YEAR = 2026  # of the addresses that our ids are made of (RFC 4151)


if TYPE_CHECKING:
    _Feed = Feed[NewsItem, None]
else:
    _Feed = Feed  # at run time it has no parameters


class NewsFeed(_Feed):
    """The newest items in the language of the feed's address; an item's id stays when its texts change."""

    feed_type = Atom1Feed

    def title(self) -> str:
        return _("Blue Heart: news")

    def subtitle(self) -> str:
        return _("What has happened in the campaign against trafficking in persons.")

    def link(self) -> str:
        return settings.SITE_URL + reverse("campaigns:news")

    def feed_url(self) -> str:
        return settings.SITE_URL + reverse("campaigns:news_feed")

    def feed_guid(self) -> str:
        return _id(f"news/{page_language()}")

    def author_name(self) -> str:
        return str(settings.SITE_NAME)

    def items(self) -> list[NewsItem]:
        return list(NewsItem.objects.published().newest_first()[:NEWS_IN_FEED])

    def item_title(self, item: NewsItem) -> str:
        return NOT_IN_XML.sub("", in_page_language(item, "title")[0])

    def item_description(self, item: NewsItem) -> str:
        return NOT_IN_XML.sub("", in_page_language(item, "summary")[0])

    def item_link(self, item: NewsItem) -> str:
        return settings.SITE_URL + item.get_absolute_url()

    def item_guid(self, item: NewsItem) -> str:
        return _id(f"news/{item.slug}/{page_language()}")

    def item_pubdate(self, item: NewsItem) -> dt.datetime:
        return dt.datetime.combine(item.dated_on, dt.time(), dt.UTC)

    def item_updateddate(self, item: NewsItem) -> dt.datetime:
        return item.updated_at


def _id(name: str) -> str:
    return f"tag:{urlsplit(settings.SITE_URL).hostname},{FIRST_YEAR}:{name}"
