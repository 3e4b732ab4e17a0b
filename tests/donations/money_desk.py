"""What stories about money that goes back share: people in the office, and gifts that were collected."""

from django.contrib.auth.models import Permission, User
from django.db.models import Q

from blueheart.post.models import Message
from donations.models import Donation, LedgerEntry
from donations.models.donors import new_public_id
from tests.donations.factories import donation


def member(name, *codenames):
    """Somebody of the staff who may do just this."""
    person = User.objects.create_user(name, f"{name}@example.org", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return person


def ada():
    """Ada asks for refunds; she may not approve her own."""
    return member("ada", "refund_donation", "approve_refund", "decide_refundrequest", "view_dispute", "view_payout")


def bea():
    """Bea is the second person."""
    return member("bea", "approve_refund")


def pays(sandbox, amount_minor=2500, currency="USD", agreed=None, **how):
    """A donation whose pay page was paid; the books know nothing of it yet. `agreed` where that was something else."""
    public_id = new_public_id()
    opened = sandbox.api(
        "checkout/sessions",
        "POST",
        {
            "mode": "payment",
            "metadata[donation]": public_id,
            "payment_intent_data[metadata][donation]": public_id,
            "success_url": "https://blueheart.example/thanks",
            "line_items[0][quantity]": "1",
            "line_items[0][price_data][currency]": currency.lower(),
            "line_items[0][price_data][unit_amount]": str(amount_minor),
            "line_items[0][price_data][product_data][name]": "Gift",
        },
    )
    gift = donation(
        public_id=public_id, amount_minor=(agreed or (amount_minor,))[0], currency=(agreed or (0, currency))[1],
        stripe_checkout_session_id=opened["id"], checkout_url=opened["url"],
    )  # fmt: skip
    sandbox.pay(gift, **how)
    return gift


def charge_of(sandbox, gift):
    """Stripe's charge of a gift."""
    session = sandbox.api(f"checkout/sessions/{gift.stripe_checkout_session_id}")
    return sandbox.api(f"payment_intents/{session['payment_intent']}")["latest_charge"]


def entries(**about):
    """The ledger of something as (account, currency, amount), in the order of posting."""
    found = LedgerEntry.objects.filter(**{f"transaction__{name}": value for name, value in about.items()})
    return list(found.order_by("transaction_id", "pk").values_list("account", "currency", "amount_minor"))


def sums(*accounts, **about):
    """What stands on accounts, as {(account, currency): sum}; nothing where it adds up to nothing."""
    totals = {}
    for account, currency, amount_minor in entries(**about):
        if account in accounts:
            totals[account, currency] = totals.get((account, currency), 0) + amount_minor
    return {key: total for key, total in totals.items() if total}


def mails():
    """The kinds of mail about money that goes back, sorted; those of receipts are another story."""
    kinds = Message.objects.filter(Q(kind__startswith="refund-") | Q(kind__startswith="alert-"))
    return sorted(kinds.values_list("kind", flat=True))


def refreshed(row):
    row.refresh_from_db()
    return row


def collected(sandbox, worker, amount_minor=2500, currency="USD", **how):
    """A donation that was paid and booked."""
    gift = pays(sandbox, amount_minor, currency, **how)
    worker()
    assert Donation.objects.get(pk=gift.pk).status == "succeeded"
    return refreshed(gift)
