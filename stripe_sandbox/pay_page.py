"""The hosted pay page, in the place of checkout.stripe.com. It works without JavaScript."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

from stripe_sandbox.errors import StripeError
from stripe_sandbox.messages import Request, Response, redirect
from stripe_sandbox.money import format_amount
from stripe_sandbox.objects import cards, checkout, paying, payment_methods
from stripe_sandbox.objects.customers import EMAIL
from stripe_sandbox.pages import page, text
from stripe_sandbox.sandbox import Sandbox
from stripe_sandbox.store import Json

PATH = re.compile(r"^/c/pay/(cs_test_\w+)(/authenticate)?$")
BANK_PATH = re.compile(r"^/3d-secure/(pi_\w+)$")
HOST = re.compile(r"^[\w.\-]+(:\d+)?$|^\[[0-9a-f:]+\](:\d+)?$", re.IGNORECASE)
EXPIRY = re.compile(r"^\s*(\d{1,2})\s*/\s*(\d{2}|\d{4})\s*$")
COUNTRIES = {
    "AT": "Austria", "AU": "Australia", "BR": "Brazil", "CA": "Canada", "CH": "Switzerland", "CN": "China",
    "CO": "Colombia", "DE": "Germany", "EG": "Egypt", "ES": "Spain", "FR": "France", "GB": "United Kingdom",
    "IN": "India", "IT": "Italy", "JP": "Japan", "KW": "Kuwait", "MX": "Mexico", "NG": "Nigeria", "PT": "Portugal",
    "RS": "Serbia", "US": "United States", "ZA": "South Africa",
}  # fmt: skip
# card number, what it does
QUICK_CARDS = (
    ("4242424242424242", "Succeeds"),
    ("4000000000000002", "Is declined"),
    ("4000002500003155", "Asks the bank first (3-D Secure)"),
    ("4000000000000341", "Succeeds once, renewals fail"),
    ("4000000000000259", "Succeeds, then is disputed"),
)
BUTTONS = {"donate": "Donate", "book": "Book", "subscribe": "Subscribe"}
DEBIT_NAMES = {
    "us_bank_account": "US bank account (ACH debit)",
    "sepa_debit": "SEPA direct debit",
    "bacs_debit": "Bacs direct debit",
}


def answer(sandbox: Sandbox, request: Request) -> Response:
    match = PATH.match(request.path)
    session = sandbox.store.get("checkout.session", match.group(1)) if match else None
    if match is None or session is None:
        return page(
            "Not found", plain("There is no such payment page", "The link may have been cut short."), status=404
        )
    if request.method == "POST":
        return act(sandbox, session["id"], request, authenticating=bool(match.group(2)))
    return show(sandbox, session, authenticating=bool(match.group(2)))


def bank_redirect(sandbox: Sandbox, request: Request) -> Response:
    """Where `next_action.redirect_to_url` of a payment intent leads."""
    match = BANK_PATH.match(request.path)
    known = sandbox.store.hidden(match.group(1)) if match else {}
    session_id = known.get("checkout_session")
    if session_id is None and "invoice" in known:
        return redirect(f"/invoices/{known['invoice']}")
    if session_id is None:
        return page("Not found", plain("Nothing waits for you here", "This payment has no page."), status=404)
    return redirect(f"/c/pay/{session_id}/authenticate")


def show(sandbox: Sandbox, session: Json, *, authenticating: bool) -> Response:
    if session["status"] == "expired":
        return page("Expired", closed(session, "This payment page has expired", "Nothing was charged."), status=410)
    if session["status"] == "complete":
        link = f'<p><a class="button" href="{text(success_url(session))}">Go on</a></p>'
        return page("Done", plain("This has been paid already", "You cannot be charged twice.", link))
    if authenticating:
        with sandbox.store.transaction():
            waiting = paying.waiting_intent(sandbox.account, session)
        return bank_page(session) if waiting else redirect(f"/c/pay/{session['id']}")
    return form_page(sandbox, session, {}, [])


def act(sandbox: Sandbox, session_id: str, request: Request, *, authenticating: bool) -> Response:
    """One transaction from looking to paying: a double submit finds the session paid."""
    account = sandbox.account
    form = request.form()
    with account.store.transaction():
        account.request = {"id": None, "idempotency_key": None}
        session = account.get("checkout.session", session_id)
        if session["status"] == "complete":
            return redirect(success_url(session))
        if session["status"] == "expired":
            return show(sandbox, session, authenticating=False)
        if authenticating:
            return answer_bank(sandbox, session, form)
        return pay(sandbox, session, form)


def pay(sandbox: Sandbox, session: Json, form: dict[str, str]) -> Response:
    account = sandbox.account
    problems = check_form(session, form)
    if problems:
        return form_page(sandbox, session, form, problems)
    try:
        result = paying.pay(account, session, method_from(sandbox, session, form))
    except StripeError as error:
        return form_page(sandbox, session, form, [("card_number", error.message)])
    if result.status == "requires_action":
        return redirect(f"/c/pay/{session['id']}/authenticate")
    if result.status == "declined":
        return form_page(sandbox, session, form, [("card_number", result.message or "Declined.")])
    return redirect(success_url(session))


def answer_bank(sandbox: Sandbox, session: Json, form: dict[str, str]) -> Response:
    if paying.waiting_intent(sandbox.account, session) is None:
        return redirect(f"/c/pay/{session['id']}")
    result = paying.authenticate(sandbox.account, session, agreed=form.get("answer") == "complete")
    if result.status == "succeeded":
        return redirect(success_url(session))
    return form_page(sandbox, session, {}, [("card_number", result.message or "Declined.")])


def success_url(session: Json) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def origin_of(url: str | None) -> str:
    if not url:
        return ""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if HOST.match(parts.netloc) else ""


# what was typed


def chosen_method(session: Json, form: dict[str, str]) -> str:
    offered = session["payment_method_types"]
    wanted = form.get("method", offered[0])
    return wanted if wanted in offered else str(offered[0])


def check_form(session: Json, form: dict[str, str]) -> list[tuple[str, str]]:
    """Field and message of everything that is wrong with the form."""
    problems = []
    if not EMAIL.match(email_of(session, form)):
        problems.append(("email", "Enter an e-mail address like name@example.org."))
    if not form.get("name", "").strip():
        problems.append(("name", "Enter the name on the card or account."))
    if chosen_method(session, form) != "card":
        if bank_account(session, form) is None:
            problems.append(("account_number", "Enter one of the test account numbers listed below the field."))
        return problems
    if not form.get("card_number", "").strip():
        problems.append(("card_number", "Enter a test card number."))
    if read_expiry(form.get("expiry", "")) is None:
        problems.append(("expiry", "Enter a date that has not passed, as MM / YY."))
    if not re.fullmatch(r"\d{3,4}", form.get("cvc", "").strip()):
        problems.append(("cvc", "Enter the three or four digits of the security code."))
    return problems


def email_of(session: Json, form: dict[str, str]) -> str:
    known = (session["customer_details"] or {}).get("email")
    return known or form.get("email", "").strip()


def read_expiry(typed: str) -> tuple[int, int] | None:
    match = EXPIRY.match(typed)
    if match is None:
        return None
    month, year = int(match.group(1)), int(match.group(2))
    year += 2000 if year < 100 else 0
    today = datetime.fromtimestamp(time.time(), UTC)
    if not 1 <= month <= 12 or (year, month) < (today.year, today.month):
        return None
    return month, year


def bank_account(session: Json, form: dict[str, str]) -> cards.BankAccount | None:
    number = form.get("account_number", "").replace(" ", "")
    return cards.BANK_ACCOUNTS.get((chosen_method(session, form), number))


def method_from(sandbox: Sandbox, session: Json, form: dict[str, str]) -> Json:
    country = form.get("country", "US")
    billing = {
        "email": email_of(session, form),
        "name": form.get("name", "").strip(),
        "address": {"country": country if country in COUNTRIES else "US"},
    }
    bank = bank_account(session, form)
    if bank is not None:
        return payment_methods.new_debit_method(sandbox.account, bank, billing)
    card = payment_methods.find_card(form.get("try_card") or form.get("card_number", ""))
    expiry = read_expiry(form.get("expiry", "")) or payment_methods.DEFAULT_EXPIRY
    return payment_methods.new_card_method(sandbox.account, card, billing, expiry=expiry)


# what is shown


def plain(title: str, words: str, extra: str = "") -> str:
    return f'<main class="note"><h1>{text(title)}</h1><p>{text(words)}</p>{extra}</main>'


def closed(session: Json, title: str, words: str) -> str:
    back = session["cancel_url"]
    return plain(title, words, f'<p><a class="button" href="{text(back)}">Go back</a></p>' if back else "")


def bank_page(session: Json) -> Response:
    body = (
        '<main class="note bank"><p class="test-mode">Test mode</p><h1>Your bank asks: is it you?</h1>'
        f"<p>3-D Secure test page for a payment of <strong>{text(price_of(session))}</strong>.</p>"
        '<form method="post"><div class="choices">'
        '<button id="complete" name="answer" value="complete">Complete authentication</button>'
        '<button id="fail" class="quiet" name="answer" value="fail">Fail authentication</button>'
        "</div></form></main>"
    )
    return page("Authentication", body, form_targets=form_targets(session))


def form_targets(session: Json) -> str:
    """Chromium blocks the redirect after a post unless its target is named."""
    origins = {origin_of(session["success_url"]), origin_of(session["cancel_url"])} - {""}
    return " ".join(sorted(text(origin) for origin in origins))


def price_of(session: Json) -> str:
    return format_amount(session["amount_total"], session["currency"])


def form_page(sandbox: Sandbox, session: Json, form: dict[str, str], problems: list[tuple[str, str]]) -> Response:
    body = (
        '<div class="checkout">'
        + summary(sandbox, session)
        + '<main class="pay"><h1>Payment details</h1>'
        + problem_list(problems)
        + f'<form method="post" novalidate>{fields(session, form, dict(problems))}</form></main></div>'
    )
    return page(f"Pay {price_of(session)}", body, body_class="pay-page", form_targets=form_targets(session))


def summary(sandbox: Sandbox, session: Json) -> str:
    rows = "".join(
        f"<li><span>{text(item['description'])}{quantity(item)}</span>"
        f"<span>{text(format_amount(item['amount_total'], item['currency']))}{every(item)}</span></li>"
        for item in checkout.line_items(sandbox.account, session)
    )
    back = session["cancel_url"]
    link = f'<a class="back" id="cancel" href="{text(back)}">← Cancel and go back</a>' if back else ""
    return (
        f'<aside class="summary" aria-label="Summary">{link}<p class="test-mode">Test mode: no money moves</p>'
        f'<p class="amount">{text(price_of(session))}</p><ul>{rows}</ul>'
        '<p class="small">A stand-in for Stripe on this computer.</p></aside>'
    )


def quantity(item: Json) -> str:
    return f" × {item['quantity']}" if item["quantity"] > 1 else ""


def every(item: Json) -> str:
    terms = item["price"]["recurring"]
    if not terms:
        return ""
    count = terms["interval_count"]
    return text(f" / {terms['interval']}" if count == 1 else f" every {count} {terms['interval']}s")


def problem_list(problems: list[tuple[str, str]]) -> str:
    if not problems:
        return ""
    rows = "".join(f'<li><a href="#{text(field)}">{text(words)}</a></li>' for field, words in problems)
    return f'<div class="problems" role="alert" tabindex="-1" autofocus id="problems"><ul>{rows}</ul></div>'


def fields(session: Json, form: dict[str, str], problems: dict[str, str]) -> str:
    chosen = chosen_method(session, form)
    known_email = (session["customer_details"] or {}).get("email")
    parts = [
        field("email", "E-mail", known_email or form.get("email", ""), problems, kind="email", auto="email",
              readonly=bool(known_email)),
        field("name", "Name on card or account", form.get("name", ""), problems, auto="name"),
    ]  # fmt: skip
    offered = session["payment_method_types"]
    if len(offered) > 1:
        parts.append(method_choice(offered, chosen))
    if "card" in offered:
        parts.append(card_fields(form, problems))
    debits = [name for name in offered if name != "card"]
    if debits:
        parts.append(debit_fields(debits[0], form, problems))
    parts.append(country_field(form))
    words = BUTTONS.get(session["submit_type"] or ("subscribe" if session["mode"] == "subscription" else ""), "Pay")
    parts.append(f'<button id="pay" class="main">{words} {text(price_of(session))}</button>')
    said = session["custom_text"]["submit"]
    parts.append(f'<p class="small">{text(said["message"])}</p>' if said else "")
    if "card" in offered:
        parts.append(quick_cards())
    return "".join(parts)


def field(
    name: str, label: str, value: str, problems: dict[str, str], *, kind: str = "text", auto: str = "off",
    hint: str = "", readonly: bool = False,
) -> str:  # fmt: skip
    described = [f"{name}-hint"] if hint else []
    described += [f"{name}-problem"] if name in problems else []
    attributes = f' aria-describedby="{" ".join(described)}"' if described else ""
    attributes += ' aria-invalid="true"' if name in problems else ""
    attributes += " readonly" if readonly else ""
    shown_hint = f'<span class="hint" id="{name}-hint">{hint}</span>' if hint else ""
    wrong = f'<span class="wrong" id="{name}-problem">{text(problems[name])}</span>' if name in problems else ""
    return (
        f'<div class="field"><label for="{name}">{text(label)}</label>{wrong}'
        f'<input id="{name}" name="{name}" type="{kind}" value="{text(value)}" autocomplete="{auto}"{attributes}>'
        f"{shown_hint}</div>"
    )


def method_choice(offered: list[str], chosen: str) -> str:
    rows = "".join(
        f'<label class="choice"><input type="radio" name="method" value="{text(name)}" id="method-{text(name)}"'
        f"{' checked' if name == chosen else ''}> {text(DEBIT_NAMES.get(name, 'Card'))}</label>"
        for name in offered
    )
    return f"<fieldset><legend>Pay by</legend>{rows}</fieldset>"


def card_fields(form: dict[str, str], problems: dict[str, str]) -> str:
    number = form.get("try_card") or form.get("card_number", "4242 4242 4242 4242")
    return (
        '<fieldset class="by-card"><legend>Card</legend>'
        + field("card_number", "Card number", number, problems, auto="off", hint="A test card. Never type a real one.")
        + '<div class="pair">'
        + field("expiry", "Expires MM / YY", form.get("expiry", "12 / 34"), problems)
        + field("cvc", "Security code", form.get("cvc", "123"), problems)
        + "</div></fieldset>"
    )


def debit_fields(method: str, form: dict[str, str], problems: dict[str, str]) -> str:
    accounts = [bank for (kind, _), bank in cards.BANK_ACCOUNTS.items() if kind == method]
    rows = "; ".join(f"<code>{bank.number}</code> {'fails' if bank.fails else 'succeeds'}" for bank in accounts)
    number = form.get("account_number", accounts[0].number)
    return (
        f'<fieldset class="by-debit"><legend>{text(DEBIT_NAMES[method])}</legend>'
        + field("account_number", "Account number", number, problems, hint=f"The answer comes later: {rows}.")
        + "</fieldset>"
    )


def country_field(form: dict[str, str]) -> str:
    chosen = form.get("country", "US")
    options = "".join(
        f'<option value="{code}"{" selected" if code == chosen else ""}>{text(name)}</option>'
        for code, name in sorted(COUNTRIES.items(), key=lambda pair: pair[1])
    )
    return (
        '<div class="field"><label for="country">Country</label>'
        f'<select id="country" name="country" autocomplete="country">{options}</select></div>'
    )


def quick_cards() -> str:
    rows = "".join(
        f'<li><button class="quiet" name="try_card" value="{number}" id="try-{number}">{text(words)}</button>'
        f"<code>{number}</code></li>"
        for number, words in QUICK_CARDS
    )
    return f'<details><summary>Pay with a test card that …</summary><ul class="quick">{rows}</ul></details>'
