"""The policy of every answer: django-csp's own words, made once."""

import pytest
from csp.decorators import csp_exempt, csp_replace, csp_update
from csp.middleware import CSPMiddleware
from django.http import HttpResponse
from django.test import RequestFactory

from blueheart.content_policy import PolicyMiddleware

HEADER = "Content-Security-Policy"


def plain(_request):
    return HttpResponse()


def has_one(_request):
    return HttpResponse(headers={HEADER: "default-src 'self'"})


def directives(middleware, view):
    policy = middleware(view)(RequestFactory().get("/")).headers.get(HEADER)
    return policy and sorted(policy.split("; "))


VIEWS = {
    "plain": plain,
    "has one": has_one,
    "updated": csp_update({"frame-src": ["'self'"]})(plain),
    "replaced": csp_replace({"frame-ancestors": ["*"]})(plain),
    "exempt": csp_exempt()(plain),
}


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS.keys())
def test_it_says_what_django_csp_says(view, debug, settings):
    settings.DEBUG = debug

    assert directives(PolicyMiddleware, view) == directives(CSPMiddleware, view)


def test_it_is_made_once_and_anew_for_other_settings(settings, monkeypatch):
    made = []
    monkeypatch.setattr("blueheart.content_policy.build_policy", lambda: made.append(1) or f"policy {len(made)}")
    middleware = PolicyMiddleware(plain)
    ask = RequestFactory().get("/")

    assert [middleware(ask).headers[HEADER] for _time in range(3)] == ["policy 1"] * 3
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {"default-src": ["'none'"]}}
    assert middleware(ask).headers[HEADER] == "policy 2"
