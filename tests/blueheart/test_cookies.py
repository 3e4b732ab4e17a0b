"""Our cookies in production: of this host alone, over TLS alone, out of reach of scripts."""

import json

from tests.blueheart.test_settings import PRODUCTION, run

PREFIX = "__Host-"
TOLD = """
import json, django
django.setup()
from django.conf import settings as s
names = [s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.LANGUAGE_COOKIE_NAME]
secure = [s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE]
http_only = [s.SESSION_COOKIE_HTTPONLY, s.CSRF_COOKIE_HTTPONLY]
lax = [s.SESSION_COOKIE_SAMESITE, s.CSRF_COOKIE_SAMESITE]
paths = [s.SESSION_COOKIE_PATH, s.CSRF_COOKIE_PATH]
domains = [s.SESSION_COOKIE_DOMAIN, s.CSRF_COOKIE_DOMAIN]
print(json.dumps([names, secure, http_only, lax, paths, domains]))
"""


def test_cookies_of_production_are_of_this_very_host():
    """What `__Host-` asks for: Secure, Path=/ and no Domain; browsers refuse the cookie otherwise."""
    names, secure, http_only, lax, paths, domains = json.loads(run(TOLD, **PRODUCTION).stdout)

    assert names == [f"{PREFIX}{name}" for name in ("sessionid", "csrftoken", "django_language")]
    assert secure == http_only == [True, True]
    assert lax == ["Lax", "Lax"]
    assert (paths, domains) == (["/", "/"], [None, None])


def test_cookies_of_development_have_plain_names_for_it_has_no_tls():
    names, secure, *_others = json.loads(run(TOLD).stdout)

    assert names == ["sessionid", "csrftoken", "django_language"]
    assert secure == [False, False]
