"""Lanes: fewer middleware, the same safety."""

import json
import time

import pytest
from django.conf import settings as portal
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import path, resolve
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt

from blueheart.lanes import Lane, Lanes
from donations.models import StripeEvent
from donations.signatures import sign

SECRET = "whsec_for_the_lanes"
EXAMPLES = {"webhook": "/stripe/webhook/", "pledge": "/en/pledge/"}  # of each lane, an address
ABOUT_THE_VISITOR = {"Vary", "Content-Language"}  # left to chains that look at the visitor
SAFE = ("Permissions-Policy", "Cache-Control", "X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy")
SAFE += ("Content-Security-Policy", "Cross-Origin-Opener-Policy")


@csrf_exempt
def asks_for_a_session(request):
    return HttpResponse(request.session.session_key or "none")


@csrf_exempt
def asks_who_it_is(request):
    return HttpResponse(str(request.user))


@csrf_exempt
def says_its_language(request):
    return HttpResponse(translation.get_language())


urlpatterns = [
    path("session/", asks_for_a_session),
    path("user/", asks_who_it_is),
    path("language/", says_its_language),
]


@pytest.fixture(autouse=True)
def _same_connection():
    """A request ends with its connection put in order, which a test's transaction would not survive."""
    ends = (request_started, request_finished)
    for end in ends:
        end.disconnect(close_old_connections)
    yield
    for end in ends:
        end.connect(close_old_connections)


@pytest.fixture
def full():
    return get_wsgi_application()


@pytest.fixture
def lanes(full):
    return Lanes(full, portal.LANES)


def call(application, at, body=b"{}", **more):
    """Status, headers and body of a POST by WSGI, as a server hands it in."""
    request = RequestFactory().post(at, body, content_type="application/json", **more)
    told = {}

    def start_response(status, headers, _exc_info=None):
        told.update(status=int(status.split()[0]), headers=dict(headers))

    answer = application(request.environ, start_response)
    said = b"".join(answer)
    answer.close()
    return told["status"], told["headers"], said


def test_every_lane_leaves_out_what_is_there_and_says_why():
    for name, lane in portal.LANES.items():
        assert set(lane["without"]) < set(portal.MIDDLEWARE), name
        assert all(len(why) > 10 for why in lane["without"].values())
        assert name in EXAMPLES


@pytest.mark.parametrize("name", portal.LANES)
def test_an_answer_of_a_lane_carries_the_headers_of_the_full_chain(name, lanes, full, db):
    at = EXAMPLES[name]
    assert lanes.chosen("POST", at) is lanes.lanes[name].handler

    (status, headers, said), (full_status, full_headers, full_said) = call(lanes, at), call(full, at)

    assert (status, said) == (full_status, full_said)
    assert {key: headers.get(key) for key in SAFE} == {key: full_headers[key] for key in SAFE}
    assert set(full_headers) - set(headers) <= ABOUT_THE_VISITOR
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize("name", portal.LANES)
def test_a_host_that_is_not_ours_is_refused_in_every_lane(name, lanes, db):
    assert call(lanes, EXAMPLES[name], headers={"Host": "evil.example"})[0] == 400


@pytest.mark.parametrize("name", portal.LANES)
def test_where_csrf_is_left_out_the_view_is_exempt(name):
    if "django.middleware.csrf.CsrfViewMiddleware" in portal.LANES[name]["without"]:
        assert resolve(EXAMPLES[name]).func.csrf_exempt


@pytest.mark.parametrize(
    ("method", "at"),
    [
        ("GET", "/stripe/webhook/"),
        ("POST", "/stripe/webhook"),
        ("POST", "/stripe/webhook/more"),
        ("POST", "/en/stripe/webhook/"),
        ("POST", "/stripe/webhook/\n"),
        ("POST", "/Stripe/webhook/"),
        ("POST", "/staff/login/"),
        ("GET", "/en/pledge/"),
        ("POST", "/en/pledge/manage/"),
        ("POST", "/en/pledge/check-your-mail/code/"),
        ("POST", "/en/pledge/kept/secret/"),
        ("POST", ""),
    ],
)
def test_everything_else_goes_the_whole_way(method, at, lanes):
    assert lanes.chosen(method, at) is lanes.full


def test_a_lane_cannot_leave_out_what_is_not_there(full):
    typo = {"method": "POST", "path": "/", "without": {"django.middleware.csrf.CsrfMiddleware": "a name of long ago"}}

    with pytest.raises(ImproperlyConfigured, match="CsrfMiddleware"):
        Lanes(full, {"typo": typo})


@pytest.mark.parametrize("at", ["/session/", "/user/"])
def test_a_view_that_asks_for_what_a_lane_leaves_out_fails_at_once(at, lanes, settings, db):
    settings.ROOT_URLCONF, settings.DEBUG_PROPAGATE_EXCEPTIONS = __name__, True

    with pytest.raises(AttributeError, match=r"session|user"):
        call(lanes.lanes["webhook"].handler, at)


def test_a_lane_speaks_no_visitors_language(lanes, settings):
    settings.ROOT_URLCONF = __name__

    with translation.override("ar"):
        assert call(lanes.lanes["webhook"].handler, "/language/")[2] == b"en"


def test_a_signed_event_is_stored_and_a_body_too_large_is_refused(lanes, settings, db):
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
    event = {"id": "evt_lane", "object": "event", "type": "a.b", "livemode": False, "data": {"object": {"id": "x_1"}}}
    statuses = []
    for body in (json.dumps(event).encode(), json.dumps(event | {"more": "x" * 256 * 1024}).encode()):
        moment = int(time.time())
        signature = f"t={moment},v1={sign(body, SECRET, moment)}"
        statuses.append(call(lanes, EXAMPLES["webhook"], body, headers={"Stripe-Signature": signature})[0])

    assert statuses == [200, 413]
    assert StripeEvent.objects.get().stripe_event_id == "evt_lane"


def test_what_is_added_to_the_middleware_holds_in_lanes(full, settings):
    settings.MIDDLEWARE = [*portal.MIDDLEWARE, "tests.blueheart.test_lanes.Stamp"]

    assert call(Lanes(full, portal.LANES), "/stripe/webhook/")[1]["Stamp"] == "here"


class Stamp:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers["Stamp"] = "here"
        return response


def test_the_portal_is_served_by_its_lanes():
    from blueheart import wsgi  # noqa: PLC0415  it ties the process to its parent

    found, seen = wsgi.application, set()
    while not isinstance(found, Lanes) and id(found) not in seen:
        seen.add(id(found))
        found = next(part for part in vars(found).values() if callable(part) and hasattr(part, "__dict__"))
    assert isinstance(found.lanes["webhook"], Lane)
