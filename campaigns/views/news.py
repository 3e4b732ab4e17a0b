"""News: newest first, a page of each, and a feed in every language."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from blueheart.pages import public_page
from campaigns import pages
from campaigns.feeds import NewsFeed
from campaigns.models import NewsItem
from campaigns.views.query import page_of

NEWS_PER_PAGE = 12


@public_page(query=("page",), numbers=False)
def news_list(request: HttpRequest) -> HttpResponse:
    """A page of news; the number of a page that is not there answers 404."""
    page = page_of(request, NewsItem.objects.published().newest_first(), NEWS_PER_PAGE)
    return render(request, "campaigns/news_list.html", {"page": page})


@public_page(numbers=False)
def news_item(request: HttpRequest, slug: str) -> HttpResponse:
    item = get_object_or_404(NewsItem.objects.published().for_its_page(), slug=slug)
    return render(request, "campaigns/news_item.html", pages.news_context(item))


@public_page(numbers=False)
def news_feed(request: HttpRequest) -> HttpResponse:
    response: HttpResponse = NewsFeed()(request)
    return response
