"""Content-Security-Policy: django-csp's, worked out once for all the answers that ask for no policy of their own."""

from typing import Any

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

MARK = "_csp"  # begins the names of all that django-csp's decorators leave on an answer


class PolicyMiddleware(CSPMiddleware):
    """Says what django-csp says, a tenth of a millisecond sooner; whatever is special goes its way."""

    _standard: tuple[Any, str] = (None, "")

    def process_request(self, request: HttpRequest) -> None:
        """No nonce: no policy of ours names one, for no page has a script of its own inside."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if settings.DEBUG or HEADER in response or any(name.startswith(MARK) for name in vars(response)):
            return super().process_response(request, response)
        response.headers[HEADER] = self._policy()
        return response

    def _policy(self) -> str:
        declared = settings.CONTENT_SECURITY_POLICY
        made_of, policy = self._standard
        if made_of is not declared:
            policy = build_policy()
            self._standard = declared, policy
        return policy
