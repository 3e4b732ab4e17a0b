"""The first page: what the account holds, and buttons for what happens at Stripe or at a bank."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from stripe_sandbox import control
from stripe_sandbox.errors import StripeError
from stripe_sandbox.letters import Letters
from stripe_sandbox.messages import Request, Response, is_own_page, redirect
from stripe_sandbox.money import format_amount
from stripe_sandbox.objects import disputes, paying, refunds
from stripe_sandbox.pages import page, text
from stripe_sandbox.sandbox import Sandbox
from stripe_sandbox.schedule import run_due
from stripe_sandbox.store import Json

SHOWN = 25


def answer(sandbox: Sandbox, request: Request) -> Response:
    if request.method == "GET":
        return show(sandbox, request.query_value("said"))
    if not is_own_page(request):
        return page("Refused", '<main class="note"><h1>Refused</h1><p>Posted by another site.</p></main>', status=403)
    try:
        said = act(sandbox, request.form())
    except StripeError as error:
        return show(sandbox, error.message, status=error.status)
    return redirect(f"/?said={said}")


def act(sandbox: Sandbox, form: dict[str, str]) -> str:
    """Do what a button says; answers a word of `SAYINGS`."""
    what, target = form.get("act", ""), form.get("target", "")
    account = sandbox.account
    if what == "clock":
        months, hours = form.get("months") == "1", form.get("hours", "")
        given = {"advance_months": 1} if months else {"advance_seconds": 3600 * int(hours if hours.isdecimal() else 0)}
        control.move_clock(sandbox, given, Request("POST", "", "", {}))
        return "moved"
    if what == "redeliver":
        sandbox.deliverer.redeliver([target], Letters(), parallel=1)
        return "sent"
    with account.store.transaction():
        account.request = {"id": None, "idempotency_key": None}
        return change(sandbox, what, target)


def change(sandbox: Sandbox, what: str, target: str) -> str:
    account = sandbox.account
    if what == "refund":
        refunds.create(account, {"charge": target})
        return "refunded"
    if what == "dispute":
        disputes.open_dispute(account, target)
        return "disputed"
    if what in ("won", "lost"):
        disputes.close(account, account.get("dispute", target), what)
        return what
    if what in ("debit-succeeds", "debit-fails"):
        paying.finish_debit(account, target, succeeds=what == "debit-succeeds")
        return "answered"
    raise StripeError(f"There is no button for {what}.")


SAYINGS = {
    "moved": "The clock was moved; what was due has happened.",
    "sent": "The event was sent again.",
    "refunded": "The charge was refunded.",
    "disputed": "The donor's bank disputes the charge.",
    "won": "The dispute was won.",
    "lost": "The dispute was lost.",
    "answered": "The bank has answered.",
}


def show(sandbox: Sandbox, said: str = "", *, status: int = 200) -> Response:
    run_due(sandbox.account)
    message = SAYINGS.get(said, said if status != 200 else "")
    notice = f'<p class="test-mode" role="status">{text(message)}</p>' if message else ""
    with sandbox.store.transaction():
        body = (
            '<main class="dashboard"><p class="test-mode">Test mode</p><h1>Stripe sandbox</h1>'
            "<p>A stand-in for Stripe on this computer. Nothing here is real money.</p>"
            f"{notice}{clock(sandbox)}{gifts(sandbox)}{disputed(sandbox)}{sessions(sandbox)}{monthly(sandbox)}"
            f"{customers(sandbox)}{events(sandbox)}</main>"
        )
    return page("Stripe sandbox", body, status=status)


def moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def button(act_name: str, target: str, label: str) -> str:
    return (
        '<form method="post" action="/">'
        f'<input type="hidden" name="act" value="{text(act_name)}">'
        f'<input type="hidden" name="target" value="{text(target)}">'
        f'<button class="quiet">{text(label)}</button></form> '
    )


def table(title: str, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """`rows` hold HTML."""
    if not rows:
        return f'<h2>{text(title)}</h2><p class="small">None yet.</p>'
    head = "".join(f'<th scope="col">{text(each)}</th>' for each in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return (
        f'<h2>{text(title)}</h2><div class="table" tabindex="0" role="region" aria-label="{text(title)}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def clock(sandbox: Sandbox) -> str:
    now = sandbox.account.now()
    return (
        f"<h2>Clock</h2><p>It is <strong>{moment(now)}</strong> UTC here.</p>"
        '<div class="inline"><form method="post" action="/"><input type="hidden" name="act" value="clock">'
        '<button name="months" value="1">One month on</button></form>'
        '<form method="post" action="/" class="inline"><input type="hidden" name="act" value="clock">'
        '<div class="field"><label for="hours">Hours</label>'
        '<input id="hours" name="hours" inputmode="numeric" value="24"></div>'
        '<button class="quiet">Move on</button></form></div>'
    )


def amount(thing: Json, name: str = "amount") -> str:
    return text(format_amount(thing[name], thing["currency"]))


def gifts(sandbox: Sandbox) -> str:
    rows = []
    for charge in sandbox.store.find("charge", limit=SHOWN):
        acts = ""
        if charge["status"] == "succeeded" and not charge["disputed"] and not charge["refunded"]:
            acts = button("refund", charge["id"], "Refund") + button("dispute", charge["id"], "Dispute")
        if charge["status"] == "pending":
            acts = button("debit-succeeds", charge["payment_intent"], "Bank pays") + button(
                "debit-fails", charge["payment_intent"], "Bank refuses"
            )
        state = "refunded" if charge["refunded"] else "disputed" if charge["disputed"] else charge["status"]
        who = charge["billing_details"]["email"]
        rows.append(
            (
                moment(charge["created"]),
                amount(charge),
                text(state),
                text(who),
                f"<code>{text(charge['id'])}</code>",
                acts,
            )
        )
    return table("Gifts (charges)", ("When", "Amount", "State", "By", "Id", "Actions"), rows)


def disputed(sandbox: Sandbox) -> str:
    rows = []
    for dispute in sandbox.store.find("dispute", limit=SHOWN):
        is_open = dispute["status"] not in ("won", "lost")
        acts = button("won", dispute["id"], "Win") + button("lost", dispute["id"], "Lose") if is_open else ""
        rows.append(
            (moment(dispute["created"]), amount(dispute), text(dispute["status"]), text(dispute["reason"]), acts)
        )
    return table("Disputes", ("When", "Amount", "State", "Reason", "Actions"), rows)


def sessions(sandbox: Sandbox) -> str:
    rows = []
    for session in sandbox.store.find("checkout.session", limit=SHOWN):
        link = f'<a href="/c/pay/{text(session["id"])}">pay page</a>' if session["status"] == "open" else ""
        state = f"{session['status']}, {session['payment_status']}"
        rows.append(
            (moment(session["created"]), amount(session, "amount_total"), text(session["mode"]), text(state), link)
        )
    return table("Checkout sessions", ("When", "Amount", "Mode", "State", "Page"), rows)


def monthly(sandbox: Sandbox) -> str:
    rows = []
    for each in sandbox.store.find("subscription", limit=SHOWN):
        until = moment(each["items"]["data"][0]["current_period_end"])
        state = each["status"] + (", ends then" if each["cancel_at_period_end"] else "")
        rows.append((moment(each["created"]), text(state), until, f"<code>{text(each['id'])}</code>"))
    return table("Monthly gifts (subscriptions)", ("Since", "State", "Period ends", "Id"), rows)


def customers(sandbox: Sandbox) -> str:
    rows = [
        (moment(each["created"]), text(each["name"]), text(each["email"]), f"<code>{text(each['id'])}</code>")
        for each in sandbox.store.find("customer", limit=SHOWN)
    ]
    return table("Customers", ("Since", "Name", "E-mail", "Id"), rows)


def events(sandbox: Sandbox) -> str:
    rows = []
    for event in sandbox.store.find("event", limit=2 * SHOWN):
        states = sandbox.store.rows("SELECT * FROM deliveries WHERE event_id = ?", event["id"])
        told = ", ".join(delivery_state(dict(row)) for row in states) or "no endpoint"
        acts = button("redeliver", event["id"], "Send again") if states else ""
        rows.append(
            (moment(event["created"]), text(event["type"]), text(told), f"<code>{text(event['id'])}</code>", acts)
        )
    return table("Events", ("When", "Type", "Delivery", "Id", "Actions"), rows)


def delivery_state(row: Json) -> str:
    if row["state"] == "delivered":
        return "delivered"
    why = row["last_status"] or row["last_error"] or "not tried yet"
    return f"{row['state']} after {row['attempts']} tries ({why})"
