"""The customer portal, in the place of billing.stripe.com: card, monthly gifts, invoices. Without JavaScript."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from stripe_sandbox import card_form
from stripe_sandbox.errors import StripeError
from stripe_sandbox.messages import Request, Response, redirect
from stripe_sandbox.money import format_amount
from stripe_sandbox.objects import billing_portal, collecting, payment_methods, subscription_changes
from stripe_sandbox.pages import page, text
from stripe_sandbox.pay_page import origin_of, plain, problem_list
from stripe_sandbox.sandbox import Sandbox
from stripe_sandbox.store import Json

PATH = re.compile(r"^(/p/session/test_\w+)(?:/(card|bank|cancel|done)(?:/(sub_\w+))?)?$")
FEEDBACK = {
    "too_expensive": "It is too expensive",
    "missing_features": "Some features are missing",
    "switched_service": "I switched to a different service",
    "unused": "I no longer need it",
    "customer_service": "Customer service was less than expected",
    "too_complex": "It was too complex",
    "low_quality": "Quality was less than expected",
    "other": "Other reason",
}


class Visit:
    """One request of a customer who holds a good session."""

    def __init__(self, sandbox: Sandbox, session: Json, base: str, form: dict[str, str]) -> None:
        self.sandbox = sandbox
        self.account = sandbox.account
        self.session = session
        self.base = base
        self.form = form
        self.flow = session["flow"] or {}
        self.features = billing_portal.features_of(sandbox.account, session)
        self.customer = sandbox.account.get("customer", session["customer"])

    def page(self, title: str, body: str, *, status: int = 200) -> Response:
        targets = {origin_of(self.session["return_url"]), origin_of(self.flow_return_url())} - {""}
        head = f'<p class="test-mode">Test mode: no money moves</p><h1>{text(title)}</h1>'
        whole = f'<main class="note">{head}{body}{self.way_back()}</main>'
        return page(title, whole, status=status, form_targets=" ".join(sorted(text(each) for each in targets)))

    def flow_return_url(self) -> str | None:
        redirected = self.flow.get("after_completion", {}).get("redirect")
        return redirected["return_url"] if redirected else None

    def way_back(self) -> str:
        back = self.session["return_url"]
        return f'<p><a id="return" href="{text(back)}">← Return to where you came from</a></p>' if back else ""

    def finished(self) -> Response:
        """Where the customer goes when the act is done."""
        url = self.flow_return_url()
        if url:
            return redirect(url)
        done = self.flow.get("after_completion", {}).get("type") == "hosted_confirmation"
        return redirect(f"{self.base}/done" if done else self.base)


def answer(sandbox: Sandbox, request: Request) -> Response:
    match = PATH.match(request.path)
    with sandbox.store.transaction():
        sandbox.account.request = {"id": None, "idempotency_key": None}
        session = billing_portal.session_at(sandbox.account, match.group(1)) if match else None
        if match is None or session is None:
            words = "Ask for a new one where you came from."
            return page("Expired", plain("This link is no longer good", words), status=404)
        form = request.form() if request.method == "POST" else {}
        visit = Visit(sandbox, session, match.group(1), form)
        place = match.group(2) or first_place(visit)
        try:
            return PLACES[place](visit, match.group(3))
        except StripeError as error:
            return visit.page("That did not work", f'<p role="alert">{text(error.message)}</p>', status=error.status)


def first_place(visit: Visit) -> str:
    places = {"payment_method_update": "card", "subscription_cancel": "cancel"}
    return places.get(visit.flow.get("type", ""), "home")


def home(visit: Visit, _: str | None) -> Response:
    method_id = visit.customer["invoice_settings"]["default_payment_method"]
    rows = "".join(subscription_row(visit, each) for each in shown(visit))
    card = f"<p>{text(billing_portal.card_in_words(visit.account, method_id))}</p>"
    change = f'<p><a class="button" id="change-card" href="{visit.base}/card">Change payment method</a></p>'
    body = (
        f"<h2>Subscriptions</h2><ul>{rows or '<li>None.</li>'}</ul><h2>Payment method</h2>{card}"
        f"{change if visit.features['payment_method_update']['enabled'] else ''}{history(visit)}"
    )
    return visit.page("Your billing", body)


def shown(visit: Visit) -> list[Json]:
    return billing_portal.shown_subscriptions(visit.account, visit.session)


def subscription_row(visit: Visit, subscription: Json, *, can_end: bool = True) -> str:
    item = subscription["items"]["data"][0]
    price = format_amount(item["price"]["unit_amount"] * item["quantity"], subscription["currency"])
    day = datetime.fromtimestamp(item["current_period_end"], UTC).date().isoformat()
    state = subscription["status"].replace("_", " ") + (", paused" if subscription["pause_collection"] else "")
    ends = f"ends on {day}" if subscription["cancel_at_period_end"] else f"renews on {day}"
    method = billing_portal.card_in_words(visit.account, subscription["default_payment_method"])
    link = (
        f' <a id="cancel-{text(subscription["id"])}" href="{visit.base}/cancel/{text(subscription["id"])}">Cancel</a>'
    )
    offered = can_end and visit.features["subscription_cancel"]["enabled"] and not subscription["cancel_at_period_end"]
    return f"<li>{text(price)}, {text(state)}, {ends}, paid by {text(method)}.{link if offered else ''}</li>"


def history(visit: Visit) -> str:
    if not visit.features["invoice_history"]["enabled"]:
        return ""
    rows = "".join(
        f'<li><a href="/invoices/{text(each["id"])}">{text(each["number"])}</a>: '
        f"{text(format_amount(each['amount_due'], each['currency']))}, {text(each['status'])}</li>"
        for each in visit.account.store.where("invoice", customer=visit.customer["id"])[:20]
        if each["number"]
    )
    return f"<h2>Invoices</h2><ul>{rows or '<li>None.</li>'}</ul>"


# the card


def card(visit: Visit, _: str | None) -> Response:
    if not visit.features["payment_method_update"]["enabled"]:
        raise StripeError("Changing the payment method is switched off here.", status=403)
    if not visit.form:
        return card_page(visit, [])
    problems = card_form.check(visit.form)
    if problems:
        return card_page(visit, problems)
    try:
        method = card_form.method_from(visit.sandbox, visit.form, visit.customer["email"])
        payment_methods.check_saving(visit.account, method)
    except StripeError as error:
        return card_page(visit, [("card_number", error.message)])
    if payment_methods.card_of(visit.account, method).authenticate:
        billing_portal.remember(visit.account, visit.session, asked_about=method["id"])
        return redirect(f"{visit.base}/bank")
    collecting.change_card(visit.account, visit.customer, method)
    return visit.finished()


def card_page(visit: Visit, problems: list[tuple[str, str]]) -> Response:
    body = (
        f'{problem_list(problems)}<form method="post" action="{visit.base}/card" novalidate>'
        f'{card_form.fields(visit.form, dict(problems))}<button id="save" class="main">Save</button></form>'
    )
    return visit.page("Your payment method", body)


def bank(visit: Visit, _: str | None) -> Response:
    """3-D Secure when a card is saved that asks for it."""
    asked = billing_portal.facts(visit.account, visit.session).get("asked_about")
    if asked is None:
        return redirect(f"{visit.base}/card")
    if "answer" not in visit.form:
        body = (
            '<p>3-D Secure test page for the new card.</p><form method="post"><div class="choices">'
            '<button id="complete" name="answer" value="complete">Complete authentication</button>'
            '<button id="fail" class="quiet" name="answer" value="fail">Fail authentication</button></div></form>'
        )
        return visit.page("Your bank asks: is it you?", body)
    billing_portal.remember(visit.account, visit.session, asked_about=None)
    if visit.form["answer"] != "complete":
        visit.form = {}
        words = "We are unable to authenticate your payment method. Please choose a different one and try again."
        return card_page(visit, [("card_number", words)])
    collecting.change_card(visit.account, visit.customer, visit.account.get("payment_method", asked))
    return visit.finished()


# the end of a subscription


def cancel(visit: Visit, named: str | None) -> Response:
    wanted = named or (visit.flow.get("subscription_cancel") or {}).get("subscription")
    subscription = next((each for each in shown(visit) if each["id"] == wanted), None)
    if subscription is None or not visit.features["subscription_cancel"]["enabled"]:
        raise StripeError("There is nothing to cancel here.", status=404)
    if "confirm" not in visit.form:
        return cancel_page(visit, subscription)
    said = {name: visit.form[name] for name in ("comment", "feedback") if visit.form.get(name)}
    if said.get("feedback") not in FEEDBACK:
        said.pop("feedback", None)
    if visit.features["subscription_cancel"]["mode"] == "immediately":
        subscription_changes.cancel(visit.account, {"cancellation_details": said}, subscription["id"])
    else:
        params = {"cancel_at_period_end": True, "cancellation_details": said}
        subscription_changes.update(visit.account, params, subscription["id"])
    return visit.finished()


def cancel_page(visit: Visit, subscription: Json) -> Response:
    options = "".join(f'<option value="{name}">{text(words)}</option>' for name, words in FEEDBACK.items())
    asked = (
        '<div class="field"><label for="feedback">Why (optional)</label><select id="feedback" name="feedback">'
        f'<option value="">Choose …</option>{options}</select></div><div class="field">'
        '<label for="comment">Anything else (optional)</label><textarea id="comment" name="comment"></textarea></div>'
    )
    reasons = visit.features["subscription_cancel"]["cancellation_reason"]["enabled"]
    body = (
        f'<ul>{subscription_row(visit, subscription, can_end=False)}</ul><form method="post" '
        f'action="{visit.base}/cancel/{text(subscription["id"])}">{asked if reasons else ""}'
        '<button id="confirm" name="confirm" value="1" class="main">Cancel subscription</button></form>'
    )
    return visit.page("Cancel this subscription?", body)


def done(visit: Visit, _: str | None) -> Response:
    said = (visit.flow.get("after_completion", {}).get("hosted_confirmation") or {}).get("custom_message")
    return visit.page("Done", f'<p role="status">{text(said or "Your change is saved.")}</p>')


PLACES = {"home": home, "card": card, "bank": bank, "cancel": cancel, "done": done}
