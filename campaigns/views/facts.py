"""Facts and figures."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from blueheart.pages import public_page
from campaigns import pages
from campaigns.models import Fact


@public_page
def fact_list(request: HttpRequest) -> HttpResponse:
    facts = list(Fact.objects.published().with_source())
    topics = [
        (topic, [fact for fact in facts if fact.topic == topic])
        for topic in Fact.Topic
        if any(fact.topic == topic for fact in facts)
    ]
    return render(request, "campaigns/fact_list.html", {"topics": topics})


@public_page
def fact_page(request: HttpRequest, slug: str) -> HttpResponse:
    fact = get_object_or_404(Fact.objects.published().with_source(), slug=slug)
    return render(request, "campaigns/fact.html", pages.fact_context(fact))
