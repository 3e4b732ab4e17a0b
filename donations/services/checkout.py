"""From a filled form to Stripe's pay page: one form and what it says is one donation and one Checkout Session."""

import contextlib
import hashlib
import json
import time
import uuid
from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from django.db import connection, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from blueheart import tokens
from blueheart.limits.addresses import subnet
from blueheart.limits.counting import Use, seconds_left, spend, spend_all
from blueheart.mail_addresses import for_limits
from blueheart.money import format_amount
from blueheart.post.letters import site_url
from blueheart.site_settings.reading import current
from campaigns.models import Campaign
from donations import gateway
from donations.amounts import to_plain
from donations.models import Donation, Interval, PublicName
from donations.models.gifts import MONTHS
from donations.services.donors import find_or_make_donor
from donations.services.fulfilment import fulfil_checkout
from donations.services.tributes import TributeWish, record_tribute
from donations.site_settings import GIFTS_BEGUN, GIFTS_BY_ADDRESS, NOTICES_ASKED

GIFTS_SECONDS, DAY_SECONDS = 600, 86_400
# For the mails to third persons that one network may ask for; each costs a gift, too.
NOTICES_SECONDS = 86_400
SIBLING_WAITS, SIBLING_SECONDS = 20, 0.2  # after a silence of Stripe's, too: the page still comes within 12 s


class GiftError(Exception):
    """The gift cannot be begun from this form; the message says why, in the visitor's language."""


class AlreadyGivenError(GiftError):
    """A gift was made from this form already, with other details: a second one must be meant."""


class PageClosedError(GiftError):
    """The pay page of this form is closed; a fresh form leads to another."""


class TooManyGiftsError(GiftError):
    """More gifts were begun from one network or with one address than people begin.

    `retry_after` is in seconds: then it will be another window.
    """

    def __init__(self, message: str, *, window: int) -> None:
        super().__init__(message)
        self.retry_after = seconds_left(window)


@dataclass(frozen=True)
class Wish:
    """What a visitor asked for in the form. `public_name` is empty for an anonymous gift.

    `amount_minor` is what will be charged; `fee_cover_minor` of it was added to cover the fees.
    """

    amount_minor: int
    currency: str
    interval: str
    campaign: Campaign | None
    email: str
    receipt_name: str
    public_name: str
    is_16_or_older: bool
    language: str
    fee_cover_minor: int = 0
    public_name_kind: str = PublicName.ANONYMOUS
    words: str = ""
    is_amount_shown: bool = False
    tribute: TributeWish | None = None
    consent_version: int | None = None

    def digest(self) -> str:
        """The same for the same words, and only for them."""
        said = asdict(self) | {"campaign": self.campaign.pk if self.campaign else None}
        return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


@dataclass(frozen=True)
class _Form:
    """A form as one browser shows it: another one's link cannot make a visitor fill in somebody else's."""

    token: uuid.UUID
    browser: str

    @property
    def own_token(self) -> uuid.UUID:
        """The token that donations keep. Nobody finds it out who does not know the browser's secret and ours.

        A form that was sent before our secret changed stays the form that it was.
        """
        newest, *older = [
            uuid.UUID(seal[:32]) for seal in tokens.seals("donations.form", f"{self.browser} {self.token}")
        ]
        known = (
            Donation.objects.filter(form_token__in=older).values_list("form_token", flat=True).first()
            if older
            else None
        )
        return known or newest


def start_donation(wish: Wish, *, form_token: uuid.UUID, address: str, browser: str = "") -> str:
    """Have a pay page for this form and return where to send the visitor.

    Posted again, the same form leads to the same page; with other words in it the older page is closed first, so that
    a donor who went back and changed the amount cannot pay the old one by mistake. A form belongs to the browser whose
    secret is given: in another one the same token is a form of its own. Raises `GiftError`, or `GatewayError` when
    Stripe cannot be reached: then nothing was charged, and the donation waits as not started.
    """
    form = _Form(form_token, browser)
    donation = Donation.objects.filter(form_token=form.own_token, form_digest=wish.digest()).first()
    if donation is None:
        _spend(wish, subnet(address))
        donation = _record(wish, form.own_token)
    _close_older(donation)
    return _way_on(donation, form)


def _spend(wish: Wish, network: str) -> None:
    """Count a gift that is begun; raises `TooManyGiftsError`."""
    values = current()
    of_network = Use("donation", network, limit=values.limit(GIFTS_BEGUN), seconds=GIFTS_SECONDS)
    of_address = Use(
        "donation-address", for_limits(wish.email), limit=values.limit(GIFTS_BY_ADDRESS), seconds=DAY_SECONDS
    )
    over = spend_all([of_network, of_address])
    if of_network.scope in over:
        raise TooManyGiftsError(
            _("Too many gifts were begun from your network. Please try again in ten minutes."), window=GIFTS_SECONDS
        )
    if over:
        raise TooManyGiftsError(
            _("Many gifts were begun with this e-mail address today. Nothing was charged. Please try again tomorrow."),
            window=DAY_SECONDS,
        )
    if wish.tribute is None or not wish.tribute.notice_email:
        return
    if not spend("tribute-asked", network, limit=current().limit(NOTICES_ASKED), seconds=NOTICES_SECONDS):
        raise TooManyGiftsError(
            _("Too many mails to others were asked for from your network today. Please give without one."),
            window=NOTICES_SECONDS,
        )


def _record(wish: Wish, form_token: uuid.UUID) -> Donation:
    """The row of this wish; of several posts at the same instant one writes it and the others find it."""
    with transaction.atomic():
        _take_turns(form_token)
        donor = find_or_make_donor(email=wish.email, name=wish.receipt_name, language=wish.language)
        Donation.objects.bulk_create(
            [
                Donation(
                    donor=donor,
                    campaign=wish.campaign,
                    amount_minor=wish.amount_minor,
                    currency=wish.currency,
                    interval=wish.interval,
                    receipt_name=wish.receipt_name,
                    fee_cover_minor=wish.fee_cover_minor,
                    public_name=wish.public_name,
                    public_name_kind=wish.public_name_kind,
                    words=wish.words,
                    words_status=Donation.Words.WAITING if wish.words else Donation.Words.NONE,
                    is_amount_shown=wish.is_amount_shown,
                    is_16_or_older=wish.is_16_or_older,
                    consent_version=wish.consent_version,
                    language=wish.language,
                    form_token=form_token,
                    form_digest=wish.digest(),
                )
            ],
            ignore_conflicts=True,
        )
        donation = Donation.objects.get(form_token=form_token, form_digest=wish.digest())
        if wish.tribute:
            record_tribute(donation, wish.tribute)
    return donation


def _take_turns(form_token: uuid.UUID) -> None:
    """Let the posts of one form write one after the other, so that the later row sees all the older ones."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [form_token.int >> 65])


def _close_older(donation: Donation) -> None:
    """Close the pay pages that the same form opened with other words in it.

    Raises `AlreadyGivenError` where one of them was paid, and `GatewayError`.
    """
    for older in Donation.objects.filter(form_token=donation.form_token, pk__lt=donation.pk).order_by("pk"):
        if older.status == Donation.Status.NOT_STARTED and _drop(older):
            continue
        older.refresh_from_db()
        if older.status == Donation.Status.PENDING:
            older = _expire(older)
        if older.status not in (Donation.Status.EXPIRED, Donation.Status.FAILED):
            amount = format_amount(older.amount_minor, older.currency, donation.language)
            raise AlreadyGivenError(
                _("A gift of %(amount)s was already made with this form; nothing more was charged.")
                % {"amount": amount}
                + " "
                + _("To give once more, send the form again.")
            )


def _drop(older: Donation) -> bool:
    """Give up a donation that has no pay page; False where it has got one meanwhile."""
    not_started = Donation.objects.filter(
        pk=older.pk, status=Donation.Status.NOT_STARTED, stripe_checkout_session_id=None
    )
    return bool(not_started.update(status=Donation.Status.EXPIRED, reason="replaced by another wish of the same form"))


def _expire(older: Donation) -> Donation:
    session_id = str(older.stripe_checkout_session_id)
    with contextlib.suppress(gateway.GatewayRefusedError):  # closed already: paid, or too old; Stripe says which
        gateway.expire_session(session_id)
    return fulfil_checkout(session_id)


def _way_on(donation: Donation, form: _Form) -> str:
    status = Donation.Status(donation.status)
    if status == Donation.Status.NOT_STARTED:
        return _open_checkout(donation, form)
    if status == Donation.Status.PENDING:
        return donation.checkout_url
    if status in (Donation.Status.EXPIRED, Donation.Status.FAILED):
        raise PageClosedError(
            _("The payment page of this form is closed. Nothing was charged. Please send the form again.")
        )
    return _thanks_url(donation, str(donation.stripe_checkout_session_id))


def _open_checkout(donation: Donation, form: _Form) -> str:
    """Ask Stripe for the pay page, outside any transaction, and store it unless another post was faster.

    Stripe repeats its refusals under the same key, so each refusal changes the key; silence does not, for behind it
    the page may have been made.
    """
    key = f"checkout-{donation.public_id}-{donation.checkout_tries}"
    try:
        session = gateway.create_session(_order(donation, form), idempotency_key=key)
    except gateway.GatewayBusyError:
        return _await_other_post(donation, form)
    except gateway.GatewayRefusedError:
        same_try = Donation.objects.filter(pk=donation.pk, checkout_tries=donation.checkout_tries)
        same_try.update(checkout_tries=F("checkout_tries") + 1)
        raise
    unopened = Donation.objects.filter(
        pk=donation.pk, status=Donation.Status.NOT_STARTED, stripe_checkout_session_id=None
    )
    if unopened.update(
        status=Donation.Status.PENDING, stripe_checkout_session_id=session.session_id, checkout_url=session.url
    ):
        return session.url
    donation.refresh_from_db()
    if donation.stripe_checkout_session_id != session.session_id:
        _close_quietly(session.session_id)
    return _way_on(donation, form)


def _await_other_post(donation: Donation, form: _Form) -> str:
    for _wait in range(SIBLING_WAITS):
        time.sleep(SIBLING_SECONDS)
        donation.refresh_from_db()
        if donation.status != Donation.Status.NOT_STARTED:
            return _way_on(donation, form)
    raise gateway.GatewayBusyError("another post of the same form is still waiting for Stripe")


def _close_quietly(session_id: str) -> None:
    """Close a page that nobody has seen. Where that fails it closes by itself within a day."""
    with contextlib.suppress(gateway.GatewayError):
        gateway.expire_session(session_id)


def _order(donation: Donation, form: _Form) -> gateway.Order:
    with translation.override(donation.language):
        campaign = donation.campaign
        if campaign:
            title = _("Gift to the Trust Fund for victims of trafficking: %(campaign)s") % {"campaign": campaign.title}
        else:
            title = _("Gift to the Trust Fund for victims of trafficking")
        return gateway.Order(
            donation=donation.public_id,
            amount_minor=donation.amount_minor,
            currency=donation.currency,
            months=MONTHS.get(Interval(donation.interval), 0),
            title=title,
            email=donation.donor.email,
            language=donation.language,
            success_url=_thanks_url(donation, "{CHECKOUT_SESSION_ID}"),
            cancel_url=_form_url(donation, form),
        )


def _thanks_url(donation: Donation, session_id: str) -> str:
    with translation.override(donation.language):
        return site_url(f"{reverse('donations:thanks')}?session={session_id}")


def _form_url(donation: Donation, form: _Form) -> str:
    """Back to the form: with the gift as it was asked for, but nothing that names a person."""
    campaign = donation.campaign
    again = {
        "amount": to_plain(donation.amount_minor - donation.fee_cover_minor, donation.currency),
        "currency": donation.currency,
        "interval": donation.interval,
        "form": str(form.token),
        "left": "1",
    }
    if donation.fee_cover_minor:
        again["cover"] = "1"
    with translation.override(donation.language):
        path = reverse("donations:donate_campaign", args=[campaign.slug]) if campaign else reverse("donations:donate")
        return site_url(f"{path}?{urlencode(again)}")
