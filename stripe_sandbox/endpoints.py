"""Which of Stripe's addresses the sandbox answers, by which act, with which parameters.

`imitates` names the parameters that the act understands, `a.b` for a part of `a`. A parameter
that Stripe knows and no name here covers is refused with `sandbox_not_imitated`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stripe_sandbox.account import Account
from stripe_sandbox.objects import (
    balance,
    billing_portal,
    catalogue,
    charges,
    checkout,
    collecting,
    customers,
    disputes,
    invoice_items,
    invoices,
    paying,
    payment_intents,
    payment_methods,
    payouts,
    radar,
    refunds,
    subscription_changes,
    subscriptions,
    test_clocks,
    webhook_endpoints,
)
from stripe_sandbox.store import Json

Act = Callable[..., Json]
PAGE = "limit starting_after ending_before created"
PRODUCT = "active description images metadata name statement_descriptor unit_label url"
CUSTOMER = (
    "address business_name description email individual_name invoice_settings.default_payment_method metadata name "
    "phone preferred_locales"
)
INLINE_PRICE = (
    "currency product product_data.name product_data.description product_data.images product_data.metadata recurring "
    "unit_amount"
)
CHECKOUT = (
    "adaptive_pricing allow_promotion_codes allowed_payment_method_types automatic_tax.enabled "
    "billing_address_collection cancel_url client_reference_id custom_text customer customer_creation customer_email "
    "excluded_payment_method_types expires_at integration_identifier invoice_creation.enabled line_items.metadata "
    "line_items.price line_items.quantity locale managed_payments metadata mode origin_context "
    "payment_intent_data.description payment_intent_data.metadata payment_intent_data.receipt_email "
    "payment_intent_data.setup_future_usage payment_intent_data.shipping payment_intent_data.statement_descriptor "
    "payment_intent_data.statement_descriptor_suffix payment_method_collection phone_number_collection submit_type "
    "subscription_data.description subscription_data.metadata success_url tax_id_collection.enabled ui_mode "
) + " ".join(f"line_items.price_data.{name}" for name in INLINE_PRICE.split())
SUBSCRIPTION = (
    "cancel_at_period_end cancellation_details.comment cancellation_details.feedback default_payment_method "
    "description items.id items.price items.price_data.currency items.price_data.product items.price_data.recurring "
    "items.price_data.unit_amount items.quantity metadata pause_collection proration_behavior"
)
NEW_SUBSCRIPTION = (
    "cancel_at_period_end customer default_payment_method description items.metadata items.price "
    "items.price_data.currency items.price_data.product items.price_data.recurring items.price_data.unit_amount "
    "items.quantity metadata off_session payment_behavior"
)
INTENT = (
    "allowed_payment_method_types amount confirm currency customer description metadata off_session payment_method "
    "receipt_email return_url setup_future_usage shipping statement_descriptor statement_descriptor_suffix"
)
PORTAL = (
    "business_profile default_return_url features.customer_update features.invoice_history "
    "features.payment_method_update.enabled features.subscription_cancel.cancellation_reason.enabled "
    "features.subscription_cancel.cancellation_reason.options features.subscription_cancel.enabled "
    "features.subscription_cancel.mode features.subscription_cancel.proration_behavior metadata name"
)
PORTAL_SESSION = (
    "configuration customer flow_data.after_completion flow_data.subscription_cancel.subscription flow_data.type "
    "locale return_url"
)
EVIDENCE = " ".join(f"evidence.{name}" for name in disputes.TEXT_EVIDENCE)


@dataclass(frozen=True)
class Endpoint:
    method: str
    path: str
    act: Act
    imitates: tuple[str, ...]

    @property
    def table(self) -> str:
        """The name of its parameter table."""
        return f"{self.method} {self.path}"

    @property
    def pattern(self) -> re.Pattern[str]:
        return re.compile("^" + re.sub(r"\{\w+\}", "([^/]+)", self.path) + "$")


def endpoint(signature: str, act: Act, *imitates: str) -> Endpoint:
    method, path = signature.split()
    return Endpoint(method, path, act, ("expand", *" ".join(imitates).split()))


def create_customer(account: Account, params: Json) -> Json:
    """A customer who may bring a payment method: attached, and perhaps the default at once."""
    named = params.get("payment_method")
    settings = params.get("invoice_settings", {})
    if named is None:
        return customers.create(account, params)
    method = payment_methods.named(account, named, "payment_method")
    customer = customers.create(account, {**params, "invoice_settings": {}})
    payment_methods.attach_to(account, method, customer["id"])
    if settings.get("default_payment_method") != named:
        return customer
    return customers.update(account, {"invoice_settings": {"default_payment_method": method["id"]}}, customer["id"])


def delete_customer(account: Account, params: Json, customer_id: str) -> Json:
    subscriptions.cancel_all(account, customer_id)
    return customers.delete(account, params, customer_id)


ENDPOINTS = (
    endpoint("GET /v1/balance", balance.retrieve_balance),
    endpoint("GET /v1/balance_transactions", balance.list_all, PAGE, "currency payout source type"),
    endpoint("GET /v1/balance_transactions/{id}", balance.retrieve),
    endpoint("POST /v1/billing_portal/configurations", billing_portal.create_configuration, PORTAL),
    endpoint(
        "GET /v1/billing_portal/configurations",
        billing_portal.list_configurations,
        PAGE.removesuffix(" created"),
        "active is_default",
    ),
    endpoint("GET /v1/billing_portal/configurations/{configuration}", billing_portal.retrieve_configuration),
    endpoint(
        "POST /v1/billing_portal/configurations/{configuration}", billing_portal.update_configuration, "active", PORTAL
    ),
    endpoint("POST /v1/billing_portal/sessions", billing_portal.create_session, PORTAL_SESSION),
    endpoint("GET /v1/charges", charges.list_all, PAGE, "customer payment_intent"),
    endpoint("GET /v1/charges/{charge}", charges.retrieve),
    endpoint("POST /v1/charges/{charge}", charges.update, "description metadata receipt_email"),
    endpoint("GET /v1/charges/{charge}/refunds", refunds.list_of_charge, PAGE.removesuffix(" created")),
    endpoint("POST /v1/checkout/sessions", checkout.create, CHECKOUT),
    endpoint(
        "GET /v1/checkout/sessions",
        checkout.list_all,
        PAGE,
        "customer customer_details payment_intent status subscription",
    ),
    endpoint("GET /v1/checkout/sessions/{session}", checkout.retrieve),
    endpoint("POST /v1/checkout/sessions/{session}", checkout.update, "metadata"),
    endpoint("POST /v1/checkout/sessions/{session}/expire", checkout.expire_now),
    endpoint("GET /v1/checkout/sessions/{session}/line_items", checkout.list_line_items, PAGE.removesuffix(" created")),
    endpoint("POST /v1/customers", create_customer, CUSTOMER, "payment_method"),
    endpoint("GET /v1/customers", customers.list_all, PAGE, "email"),
    endpoint("GET /v1/customers/{customer}", customers.retrieve),
    endpoint("POST /v1/customers/{customer}", customers.update, CUSTOMER),
    endpoint("DELETE /v1/customers/{customer}", delete_customer),
    endpoint(
        "GET /v1/customers/{customer}/payment_methods",
        payment_methods.list_of_customer,
        PAGE.removesuffix(" created"),
        "type",
    ),
    endpoint("GET /v1/disputes", disputes.list_all, PAGE, "charge payment_intent"),
    endpoint("GET /v1/disputes/{dispute}", disputes.retrieve),
    endpoint("POST /v1/disputes/{dispute}", disputes.update, "metadata submit", EVIDENCE),
    endpoint("POST /v1/disputes/{dispute}/close", disputes.accept),
    endpoint("GET /v1/events", webhook_endpoints.list_events, PAGE, "delivery_success type types"),
    endpoint("GET /v1/events/{id}", webhook_endpoints.retrieve_event),
    endpoint("GET /v1/invoice_payments", invoices.list_payments, PAGE, "invoice payment status"),
    endpoint("GET /v1/invoice_payments/{invoice_payment}", invoices.retrieve_payment),
    endpoint("GET /v1/invoices", invoices.list_all, PAGE, "collection_method customer status subscription"),
    endpoint("GET /v1/invoices/{invoice}", invoices.retrieve),
    endpoint(
        "POST /v1/invoiceitems",
        invoice_items.create_item,
        "amount currency customer description invoice metadata",
    ),
    endpoint("GET /v1/invoiceitems", invoice_items.list_all, PAGE, "customer invoice pending"),
    endpoint("GET /v1/invoiceitems/{invoiceitem}", invoice_items.retrieve),
    endpoint(
        "POST /v1/invoices",
        invoice_items.create_invoice,
        "auto_advance collection_method currency customer description metadata pending_invoice_items_behavior",
    ),
    endpoint("POST /v1/invoices/{invoice}", collecting.update, "auto_advance description metadata"),
    endpoint("POST /v1/invoices/{invoice}/finalize", collecting.finalize, "auto_advance"),
    endpoint("POST /v1/invoices/{invoice}/mark_uncollectible", collecting.mark_uncollectible),
    endpoint("POST /v1/invoices/{invoice}/pay", collecting.pay, "off_session paid_out_of_band payment_method"),
    endpoint("POST /v1/invoices/{invoice}/void", collecting.void),
    endpoint("GET /v1/invoices/{invoice}/lines", invoices.list_lines, PAGE.removesuffix(" created")),
    endpoint("POST /v1/payment_intents", payment_intents.create, INTENT),
    endpoint("GET /v1/payment_intents", payment_intents.list_all, PAGE, "customer"),
    endpoint("GET /v1/payment_intents/{intent}", payment_intents.retrieve, "client_secret"),
    endpoint("POST /v1/payment_intents/{intent}", payment_intents.update, "description metadata receipt_email"),
    endpoint("POST /v1/payment_intents/{intent}/cancel", payment_intents.cancel, "cancellation_reason"),
    endpoint(
        "POST /v1/payment_intents/{intent}/confirm", payment_intents.confirm, "off_session payment_method return_url"
    ),
    endpoint(
        "POST /v1/payment_methods",
        payment_methods.create,
        "billing_details metadata type card sepa_debit us_bank_account bacs_debit",
    ),
    endpoint("GET /v1/payment_methods", payment_methods.list_all, PAGE.removesuffix(" created"), "customer type"),
    endpoint("GET /v1/payment_methods/{payment_method}", payment_methods.retrieve),
    endpoint("POST /v1/payment_methods/{payment_method}/attach", payment_methods.attach, "customer"),
    endpoint("POST /v1/payment_methods/{payment_method}/detach", payment_methods.detach),
    endpoint("GET /v1/payment_pages/{session}", paying.retrieve_page),
    endpoint("POST /v1/payment_pages/{session}/confirm", paying.confirm_page, "expected_amount payment_method"),
    endpoint(
        "POST /v1/payouts",
        payouts.create,
        "amount currency description metadata method source_type statement_descriptor",
    ),
    endpoint("GET /v1/payouts", payouts.list_all, PAGE, "arrival_date destination status"),
    endpoint("GET /v1/payouts/{payout}", payouts.retrieve),
    endpoint("POST /v1/payouts/{payout}", payouts.update, "metadata"),
    endpoint("POST /v1/payouts/{payout}/cancel", payouts.cancel),
    endpoint(
        "POST /v1/prices",
        catalogue.create_price,
        "active currency lookup_key metadata nickname product product_data.active product_data.metadata",
        "product_data.name recurring unit_amount",
    ),
    endpoint(
        "GET /v1/prices", catalogue.list_prices, PAGE, "active currency lookup_keys product recurring.interval type"
    ),
    endpoint("GET /v1/prices/{price}", catalogue.retrieve_price),
    endpoint("POST /v1/prices/{price}", catalogue.update_price, "active lookup_key metadata nickname"),
    endpoint("POST /v1/products", catalogue.create_product, PRODUCT, "id"),
    endpoint("GET /v1/products", catalogue.list_products, PAGE, "active ids"),
    endpoint("GET /v1/products/{id}", catalogue.retrieve_product),
    endpoint("POST /v1/products/{id}", catalogue.update_product, PRODUCT),
    endpoint("GET /v1/radar/early_fraud_warnings", radar.list_all, PAGE, "charge payment_intent"),
    endpoint("GET /v1/radar/early_fraud_warnings/{early_fraud_warning}", radar.retrieve),
    endpoint("POST /v1/refunds", refunds.create, "amount charge metadata payment_intent reason"),
    endpoint("GET /v1/refunds", refunds.list_all, PAGE, "charge payment_intent"),
    endpoint("GET /v1/refunds/{refund}", refunds.retrieve),
    endpoint("POST /v1/refunds/{refund}", refunds.update, "metadata"),
    endpoint("POST /v1/refunds/{refund}/cancel", refunds.cancel),
    endpoint(
        "GET /v1/subscriptions",
        subscription_changes.list_all,
        PAGE,
        "current_period_end current_period_start customer price status",
    ),
    endpoint("POST /v1/subscriptions", subscription_changes.create, NEW_SUBSCRIPTION),
    endpoint(
        "POST /v1/subscriptions/{subscription}/pause",
        subscription_changes.pause,
        "bill_for.unused_time_from type",
    ),
    endpoint("POST /v1/subscriptions/{subscription}/resume", subscription_changes.resume, "billing_cycle_anchor"),
    endpoint("GET /v1/subscriptions/{subscription}", subscription_changes.retrieve),
    endpoint("POST /v1/subscriptions/{subscription}", subscription_changes.update, SUBSCRIPTION),
    endpoint(
        "DELETE /v1/subscriptions/{subscription}",
        subscription_changes.cancel,
        "cancellation_details.comment cancellation_details.feedback invoice_now prorate",
    ),
    endpoint("POST /v1/test_helpers/test_clocks", test_clocks.create, "frozen_time name"),
    endpoint("GET /v1/test_helpers/test_clocks", test_clocks.list_all, PAGE.removesuffix(" created")),
    endpoint("GET /v1/test_helpers/test_clocks/{test_clock}", test_clocks.retrieve),
    endpoint("DELETE /v1/test_helpers/test_clocks/{test_clock}", test_clocks.delete),
    endpoint("POST /v1/test_helpers/test_clocks/{test_clock}/advance", test_clocks.advance, "frozen_time"),
    endpoint("POST /v1/webhook_endpoints", webhook_endpoints.create, "description enabled_events metadata url"),
    endpoint("GET /v1/webhook_endpoints", webhook_endpoints.list_all, PAGE.removesuffix(" created")),
    endpoint("GET /v1/webhook_endpoints/{webhook_endpoint}", webhook_endpoints.retrieve),
    endpoint(
        "POST /v1/webhook_endpoints/{webhook_endpoint}",
        webhook_endpoints.update,
        "description disabled enabled_events metadata url",
    ),
    endpoint("DELETE /v1/webhook_endpoints/{webhook_endpoint}", webhook_endpoints.delete),
)
PATTERNS: tuple[tuple[Endpoint, re.Pattern[str]], ...] = tuple((each, each.pattern) for each in ENDPOINTS)


def find(method: str, path: str) -> tuple[Endpoint, tuple[Any, ...]] | None:
    for each, pattern in PATTERNS:
        match = pattern.match(path) if each.method == method else None
        if match:
            return each, match.groups()
    return None
