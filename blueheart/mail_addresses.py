"""Mail addresses: one spelling in which they are kept and sent to, and one in which they are compared.

What people type is taken in full-width letters and in any alphabet of a domain, and kept as mail servers write it. What
nobody can see, and what only a machine would write (quotation marks, comments, an address of numbers), is refused.
"""

import re
import unicodedata
from typing import Any

import idna
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _

from blueheart.names import INVISIBLE

LONGEST = 254  # RFC 5321
LONGEST_TYPED = 320  # beyond it nothing is looked at
LONGEST_DOMAIN = 253
UNSEEN = frozenset({"Cc", "Cf", "Co", "Cn", "Zl", "Zp"})
# A part before the @ that every mail server takes: RFC 5322 without quotation marks and comments.
LOCAL = re.compile(r"[-!#$%&'*+/=?^_`{}|~0-9A-Za-z]+([.][-!#$%&'*+/=?^_`{}|~0-9A-Za-z]+)*")
LONGEST_LOCAL = 64
is_an_address = EmailValidator(allowlist=[])


def holds_the_unseen(text: str) -> bool:
    """Whether a sign stands in it that shows nothing, such as a soft hyphen, a mark of direction or a zero width."""
    return bool(INVISIBLE.search(text)) or any(
        unicodedata.category(char) in UNSEEN for char in text if not " " <= char <= "~"
    )


def normalise(email: str) -> str:
    """The address as it is kept and sent to: plain letters, the domain as mail servers write it (IDNA 2008).

    Never raises; what is no address stays none. Safe to call twice.
    """
    plain = unicodedata.normalize("NFKC", email).strip()
    local, at, domain = plain.rpartition("@")
    return f"{local}@{as_servers_write(domain)}" if at else plain


def canonical(email: str) -> str:
    """The spelling under which two addresses are the same. Mail may go to capitals, people mean one mailbox."""
    seen = email if email.isascii() and email.isprintable() else _without_the_unseen(email)
    return unicodedata.normalize("NFKC", normalise(seen).casefold())


def for_limits(email: str) -> str:
    """A spelling under which to count what one mailbox may have: without tag and dots, whoever provides it.

    Two people may be one by it, so it serves for counting what nobody needs often, and for nothing else.
    """
    local, at, domain = canonical(email).rpartition("@")
    return f"{local.partition('+')[0].replace('.', '') or local}{at}{domain}"


def readable(email: str) -> str:
    """The address with the domain in its own alphabet, as people know it."""
    local, at, domain = email.rpartition("@")
    if "xn--" not in domain:
        return email
    try:
        return f"{local}{at}{idna.decode(domain)}"
    except idna.IDNAError:
        return email


def masked(email: str) -> str:
    """The address for a list that staff read: `s…@example.org`."""
    local, _at, domain = email.partition("@")
    return f"{local[:1]}…@{domain}" if domain else ""


def as_servers_write(domain: str) -> str:
    """A domain in small ASCII letters without a last dot; one that cannot be written so stays, in small letters."""
    small = domain.lower().rstrip(".")
    if (small.isascii() and "xn--" not in small) or len(small) > LONGEST_DOMAIN:
        return small
    try:
        own_letters = idna.decode(small, uts46=True)
        return idna.encode(own_letters, uts46=True).decode("ascii")
    except idna.IDNAError:
        return small


def check(email: str) -> str:
    """The address, normalised, of what somebody typed. Raises `ValidationError` where mail cannot go there."""
    if len(email) > LONGEST_TYPED:
        raise ValidationError(_("This address is too long for mail to reach it."))
    typed = email.strip()
    if holds_the_unseen(typed):
        raise ValidationError(_("A sign that cannot be seen stands in this address. Please type it, do not paste it."))
    plain = normalise(typed)
    local, _at, domain = plain.rpartition("@")
    if max(len(plain), len(canonical(plain))) > LONGEST:
        raise ValidationError(_("This address is too long for mail to reach it."))
    if '"' in local or "(" in plain:
        raise ValidationError(_("Please write the address without quotation marks and comments, as sam@example.org."))
    if not (LOCAL.fullmatch(local) and len(local) <= LONGEST_LOCAL and _is_of_a_server(domain)):
        raise ValidationError(is_an_address.message, code="invalid")
    is_an_address(plain)
    return plain


class MailField(forms.EmailField):
    """A mail address in a form: what it gives is normalised, however it was typed."""

    def to_python(self, value: Any) -> str:
        """The address as it is kept; empty where nothing was typed."""
        typed = str(value or "").strip()
        return check(typed) if typed else ""


class OwnMailField(MailField):
    """The mail address of whoever fills the form in."""

    widget = forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"})
    default_error_messages = {"required": _("Please enter your e-mail address.")}


def _is_of_a_server(domain: str) -> bool:
    """Whether it is written in ASCII, what stands for another alphabet can be read, and it is no bare address."""
    is_coded = any(label.startswith("xn--") for label in domain.split("."))
    return domain.isascii() and "[" not in domain and not (is_coded and readable(f"x@{domain}") == f"x@{domain}")


def _without_the_unseen(text: str) -> str:
    shown = INVISIBLE.sub("", text)
    return "".join(char for char in shown if unicodedata.category(char) not in UNSEEN)
