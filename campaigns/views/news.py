"""News: newest first, a page of each, and a feed in every language."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from blueheart.pages import public_page
from campaigns import pages
from campaigns.feeds import NewsFeed
from campaigns.models import NewsItem

NEWS_PER_PAGE = 12
LONGEST_NUMBER = 6  # digits


@public_page
def news_list(request: HttpRequest) -> HttpResponse:
    """A page of news; the number of a page that is not there answers 404."""
    paginator = Paginator(NewsItem.objects.published().newest_first(), NEWS_PER_PAGE)
    number = request.GET.get("page", "1")
    if not number.isascii() or not number.isdecimal() or len(number) > LONGEST_NUMBER:
        raise Http404
    if not 1 <= int(number) <= paginator.num_pages:
        raise Http404
    return render(request, "campaigns/news_list.html", {"page": paginator.page(int(number))})


@public_page
def news_item(request: HttpRequest, slug: str) -> HttpResponse:
    item = get_object_or_404(NewsItem.objects.published().for_its_page(), slug=slug)
    return render(request, "campaigns/news_item.html", pages.news_context(item))


@public_page
def news_feed(request: HttpRequest) -> HttpResponse:
    response: HttpResponse = NewsFeed()(request)
    return response
