"""The dashboard's part on monthly gifts: where they stand, and what a donor or the platform would do."""

from __future__ import annotations

from stripe_sandbox.account import Account
from stripe_sandbox.objects import billing_portal, subscription_changes
from stripe_sandbox.objects.subscriptions import ENDED
from stripe_sandbox.pages import text
from stripe_sandbox.sandbox import Sandbox
from stripe_sandbox.store import Json
from stripe_sandbox.tables import SHOWN, amount, button, moment, table

PAUSE: Json = {"pause_collection": {"behavior": "void"}}
CHANGES: dict[str, Json] = {
    "pause": PAUSE,
    "resume": {"pause_collection": ""},
    "end-later": {"cancel_at_period_end": True},
    "go-on": {"cancel_at_period_end": False},
}
SAYINGS = {
    "pause": "Collection is paused; renewals are voided.",
    "resume": "Collection goes on with the next renewal.",
    "end-later": "The monthly gift ends with its period.",
    "go-on": "The monthly gift goes on.",
    "end-now": "The monthly gift has ended.",
}


def act(account: Account, what: str, target: str) -> str | None:
    """Do what a button of this part says; None when it is not one of its own."""
    if what == "end-now":
        subscription_changes.cancel(account, {}, target)
    elif what in CHANGES:
        subscription_changes.update(account, CHANGES[what], target)
    else:
        return None
    return what


def portal_of(account: Account, customer_id: str) -> str:
    """A new portal session of a customer; answers its address."""
    return str(billing_portal.create_session(account, {"customer": customer_id, "return_url": account.origin})["url"])


def sections(sandbox: Sandbox) -> str:
    return subscriptions(sandbox) + invoices(sandbox)


def subscriptions(sandbox: Sandbox) -> str:
    rows = [subscription_row(each) for each in sandbox.store.find("subscription", limit=SHOWN)]
    heads = ("Since", "State", "Period ends", "Id", "Actions")
    return table("Monthly gifts (subscriptions)", heads, rows)


def subscription_row(subscription: Json) -> tuple[str, ...]:
    until = moment(subscription["items"]["data"][0]["current_period_end"])
    state = subscription["status"] + (", paused" if subscription["pause_collection"] else "")
    state += ", ends then" if subscription["cancel_at_period_end"] else ""
    code = f"<code>{text(subscription['id'])}</code>"
    return moment(subscription["created"]), text(state), until, code, buttons(subscription)


def buttons(subscription: Json) -> str:
    if subscription["status"] in ENDED:
        return ""
    which = subscription["id"]
    paused, ending = subscription["pause_collection"], subscription["cancel_at_period_end"]
    return (
        button("portal", subscription["customer"], "Customer portal")
        + (button("resume", which, "Resume") if paused else button("pause", which, "Pause"))
        + (button("go-on", which, "Do not end") if ending else button("end-later", which, "End with the period"))
        + button("end-now", which, "End now")
    )


def invoices(sandbox: Sandbox) -> str:
    rows = [
        (
            moment(each["created"]),
            amount(each, "amount_due"),
            text(each["status"]),
            text(each["attempt_count"]),
            moment(each["next_payment_attempt"]) if each["next_payment_attempt"] else "",
            f'<a href="/invoices/{text(each["id"])}">{text(each["number"] or "draft")}</a>',
        )
        for each in sandbox.store.find("invoice", limit=SHOWN)
    ]
    return table("Invoices", ("When", "Amount", "State", "Tries", "Next try", "Page"), rows)
