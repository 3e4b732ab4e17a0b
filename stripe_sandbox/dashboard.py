"""The first page: what the account holds, and buttons for what happens at Stripe or at a bank."""

from __future__ import annotations

from stripe_sandbox import control, dashboard_gifts, dashboard_money
from stripe_sandbox.errors import StripeError
from stripe_sandbox.letters import Letters
from stripe_sandbox.messages import Request, Response, is_own_page, redirect
from stripe_sandbox.pages import page, text
from stripe_sandbox.sandbox import Sandbox
from stripe_sandbox.schedule import run_due
from stripe_sandbox.store import Json
from stripe_sandbox.tables import SHOWN, amount, button, moment, table


def answer(sandbox: Sandbox, request: Request) -> Response:
    if request.method == "GET":
        return show(sandbox, request.query_value("said"))
    if not is_own_page(request):
        return page("Refused", '<main class="note"><h1>Refused</h1><p>Posted by another site.</p></main>', status=403)
    form = request.form()
    try:
        if form.get("act") == "portal":
            return redirect(open_portal(sandbox, form.get("target", "")))
        said = act(sandbox, form)
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
        return dashboard_gifts.act(account, what, target) or dashboard_money.act(account, what, target, form)


def open_portal(sandbox: Sandbox, customer_id: str) -> str:
    with sandbox.store.transaction():
        sandbox.account.request = {"id": None, "idempotency_key": None}
        return dashboard_gifts.portal_of(sandbox.account, customer_id)


SAYINGS = {
    "moved": "The clock was moved; what was due has happened.",
    "sent": "The event was sent again.",
    **dashboard_gifts.SAYINGS,
    **dashboard_money.SAYINGS,
}


def show(sandbox: Sandbox, said: str = "", *, status: int = 200) -> Response:
    run_due(sandbox.account)
    message = SAYINGS.get(said, said if status != 200 else "")
    notice = f'<p class="test-mode" role="status">{text(message)}</p>' if message else ""
    with sandbox.store.transaction():
        body = (
            '<main class="dashboard"><p class="test-mode">Test mode</p><h1>Stripe sandbox</h1>'
            "<p>A stand-in for Stripe on this computer. Nothing here is real money.</p>"
            f"{notice}{clock(sandbox)}{dashboard_money.sections(sandbox)}{sessions(sandbox)}{dashboard_gifts.sections(sandbox)}"
            f"{customers(sandbox)}{events(sandbox)}</main>"
        )
    return page("Stripe sandbox", body, status=status)


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


def sessions(sandbox: Sandbox) -> str:
    rows = []
    for session in sandbox.store.find("checkout.session", limit=SHOWN):
        link = f'<a href="/c/pay/{text(session["id"])}">pay page</a>' if session["status"] == "open" else ""
        state = f"{session['status']}, {session['payment_status']}"
        rows.append(
            (moment(session["created"]), amount(session, "amount_total"), text(session["mode"]), text(state), link)
        )
    return table("Checkout sessions", ("When", "Amount", "Mode", "State", "Page"), rows)


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
