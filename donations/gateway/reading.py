"""From Stripe's answers to our records. A value that must be there and is not raises `GatewayError`."""

import datetime as dt
from decimal import Decimal
from typing import Any

from donations.gateway.client import Json, id_of, moment, moment_or_none, text, whole
from donations.gateway.records import (
    BalanceTransaction,
    Dispute,
    FraudWarning,
    Invoice,
    Payment,
    Payout,
    Refund,
    Session,
    Subscription,
)

# Language codes of Checkout: https://docs.stripe.com/js/appendix/supported_locales
LOCALES = {"zh-hans": "zh", "ar": "auto", "en": "en", "fr": "fr", "ru": "ru", "es": "es", "pt": "pt"}
LANGUAGES = {theirs: ours for ours, theirs in LOCALES.items()}


def read_balance_transaction(moved: Json) -> BalanceTransaction:
    rate = moved.get("exchange_rate")
    return BalanceTransaction(
        balance_transaction_id=text(moved, "id"),
        currency=text(moved, "currency").upper(),
        amount_minor=whole(moved, "amount"),
        fee_minor=whole(moved, "fee"),
        net_minor=whole(moved, "net"),
        created_at=moment(moved, "created"),
        kind=text(moved, "type"),
        category=moved.get("reporting_category") or "",
        source_id=id_of(moved.get("source")),
        exchange_rate=None if rate is None else Decimal(str(rate)),
    )


def read_payment(intent: Json) -> Payment:
    charge = intent.get("latest_charge")
    charge = charge if isinstance(charge, dict) else {}
    error = intent.get("last_payment_error") or {}
    return Payment(
        payment_intent_id=text(intent, "id"),
        status=text(intent, "status"),
        amount_minor=whole(intent, "amount_received"),
        currency=text(intent, "currency").upper(),
        failure_code=error.get("decline_code") or error.get("code") or "",
        statement_text=charge.get("calculated_statement_descriptor") or "",
        balance_transaction=_moved(charge.get("balance_transaction")),
        charge_id=id_of(intent.get("latest_charge")),
        donation=_mark(intent, "donation"),
    )


def read_session(session: Json, asked_at: dt.datetime) -> Session:
    payment, subscription = session.get("payment_intent"), session.get("subscription")
    return Session(
        session_id=text(session, "id"),
        url=session.get("url") or "",
        status=text(session, "status"),
        payment_status=text(session, "payment_status"),
        amount_minor=whole(session, "amount_total"),
        currency=text(session, "currency").upper(),
        donation=_mark(session, "donation"),
        payment=read_payment(payment) if isinstance(payment, dict) else None,
        invoice_id=id_of(session.get("invoice")),
        subscription=read_subscription(subscription, asked_at) if isinstance(subscription, dict) else None,
        email=_said_email(session),
        language=LANGUAGES.get(session.get("locale") or "", ""),
        months=_months(subscription) if isinstance(subscription, dict) else 0,
        success_url=session.get("success_url") or "",
    )


def _said_email(session: Json) -> str:
    details = session.get("customer_details") or {}
    return session.get("customer_email") or details.get("email") or ""


def _months(subscription: Json) -> int:
    """Between two charges, as `checkout.recurring` says it to Stripe; 0 for what is no number of months."""
    items = (subscription.get("items") or {}).get("data") or [{}]
    terms = (items[0].get("price") or {}).get("recurring") or {}
    return int(terms.get("interval_count") or 0) * {"month": 1, "year": 12}.get(terms.get("interval") or "", 0)


def read_subscription(subscription: Json, asked_at: dt.datetime) -> Subscription:
    items = (subscription.get("items") or {}).get("data") or [{}]
    item = items[0]
    price = item.get("price") or {}
    paused = subscription.get("pause_collection")
    end = subscription.get("cancellation_details") or {}
    return Subscription(
        subscription_id=text(subscription, "id"),
        status=text(subscription, "status"),
        donation=_mark(subscription, "donation"),
        as_of=asked_at,
        customer_id=id_of(subscription.get("customer")),
        item_id=id_of(item.get("id")),
        product_id=id_of(price.get("product")),
        amount_minor=(price.get("unit_amount") or 0) * (item.get("quantity") or 1),
        currency=(price.get("currency") or "").upper(),
        next_charge_at=moment_or_none(item, "current_period_end"),
        is_paused=paused is not None,
        resumes_at=moment_or_none(paused, "resumes_at") if paused else None,
        ends_at_period_end=bool(subscription.get("cancel_at_period_end")),
        ended_at=moment_or_none(subscription, "ended_at"),
        priced_at=moment_or_none(price, "created"),
        payment_method_id=id_of(subscription.get("default_payment_method")),
        end_reason=end.get("reason") or "",
        feedback=end.get("feedback") or "",
        marks=tuple(mark for mark in (_mark(subscription, "change"), end.get("comment")) if mark),
    )


def read_invoice(invoice: Json, payment: Payment | None) -> Invoice:
    details = (invoice.get("parent") or {}).get("subscription_details") or {}
    return Invoice(
        invoice_id=text(invoice, "id"),
        status=text(invoice, "status"),
        billing_reason=invoice.get("billing_reason") or "",
        amount_minor=whole(invoice, "amount_paid"),
        currency=text(invoice, "currency").upper(),
        subscription_id=id_of(details.get("subscription")),
        payment=payment,
        due_minor=whole(invoice, "amount_due"),
        tries=whole(invoice, "attempt_count"),
        next_try_at=moment_or_none(invoice, "next_payment_attempt"),
        hosted_url=invoice.get("hosted_invoice_url") or "",
        created_at=moment(invoice, "created"),
    )


def paying_intent(invoice: Json) -> str:
    """The payment that paid the invoice; an invoice keeps the ones that were tried in vain, too."""
    for each in (invoice.get("payments") or {}).get("data", []):
        if each.get("status") == "paid":
            return id_of((each.get("payment") or {}).get("payment_intent"))
    return ""


def read_refund(refund: Json) -> Refund:
    return Refund(
        refund_id=text(refund, "id"),
        payment_intent_id=id_of(refund.get("payment_intent")),
        amount_minor=whole(refund, "amount"),
        currency=text(refund, "currency").upper(),
        status=text(refund, "status"),
        reason=refund.get("reason") or "",
        failure_code=refund.get("failure_reason") or "",
        refund=_mark(refund, "refund"),
        created_at=moment(refund, "created"),
        moved=_moved(refund.get("balance_transaction")),
        moved_back=_moved(refund.get("failure_balance_transaction")),
    )


def read_dispute(dispute: Json, asked_at: dt.datetime) -> Dispute:
    return Dispute(
        dispute_id=text(dispute, "id"),
        charge_id=id_of(dispute.get("charge")),
        payment_intent_id=id_of(dispute.get("payment_intent")),
        amount_minor=whole(dispute, "amount"),
        currency=text(dispute, "currency").upper(),
        reason=dispute.get("reason") or "",
        status=text(dispute, "status"),
        evidence_due_at=moment_or_none(dispute.get("evidence_details") or {}, "due_by"),
        created_at=moment(dispute, "created"),
        as_of=asked_at,
        moved=tuple(read_balance_transaction(each) for each in dispute.get("balance_transactions") or []),
    )


def read_fraud_warning(warning: Json) -> FraudWarning:
    return FraudWarning(
        warning_id=text(warning, "id"),
        charge_id=id_of(warning.get("charge")),
        payment_intent_id=id_of(warning.get("payment_intent")),
        fraud_type=warning.get("fraud_type") or "",
        is_actionable=bool(warning.get("actionable")),
        created_at=moment(warning, "created"),
    )


def read_payout(payout: Json, asked_at: dt.datetime) -> Payout:
    return Payout(
        payout_id=text(payout, "id"),
        amount_minor=whole(payout, "amount"),
        currency=text(payout, "currency").upper(),
        status=text(payout, "status"),
        is_automatic=bool(payout.get("automatic")),
        is_reconciled=payout.get("reconciliation_status") == "completed",
        failure_code=payout.get("failure_code") or "",
        arrives_on=moment(payout, "arrival_date").date(),
        created_at=moment(payout, "created"),
        as_of=asked_at,
        moved=_moved(payout.get("balance_transaction")),
        moved_back=_moved(payout.get("failure_balance_transaction")),
    )


def _moved(value: Any) -> BalanceTransaction | None:
    return read_balance_transaction(value) if isinstance(value, dict) else None


def _mark(values: Json, name: str) -> str:
    """What we wrote into the object's metadata."""
    return (values.get("metadata") or {}).get(name) or ""
