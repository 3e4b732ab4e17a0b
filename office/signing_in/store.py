"""Where Django looks for `SessionStore` (SESSION_ENGINE)."""

from office.signing_in.models import SessionStore

__all__ = ["SessionStore"]
