"""Mail addresses as they are compared: one mailbox, one spelling."""

import unicodedata


def normalise(email: str) -> str:
    """The address in its plain form, so that one typed in full-width letters is an address at all."""
    return unicodedata.normalize("NFKC", email).strip()


def canonical(email: str) -> str:
    """The spelling under which two addresses are the same. Mail may go to capitals, people mean one mailbox."""
    return unicodedata.normalize("NFKC", normalise(email).casefold())


def masked(email: str) -> str:
    """The address for a list that staff read: `s…@example.org`."""
    local, _at, domain = email.partition("@")
    return f"{local[:1]}…@{domain}" if domain else ""
