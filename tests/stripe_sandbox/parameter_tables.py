"""Makes stripe_sandbox/parameters.json from the request types of the `stripe` package.

Run `python -m tests.stripe_sandbox.parameter_tables` after a new stripe release or a new endpoint.
"""

import decimal
import json
import sys
import typing
from pathlib import Path

import stripe.params
import stripe.params.billing_portal
import stripe.params.checkout
import stripe.params.radar
import stripe.params.test_helpers
from stripe._request_options import RequestOptions
from stripe._stripe_object import UntypedStripeObject

from stripe_sandbox.endpoints import ENDPOINTS

TARGET = Path(__file__).parents[2] / "stripe_sandbox" / "parameters.json"
SCALARS = {str: "string", int: "integer", bool: "boolean", float: "decimal", decimal.Decimal: "decimal"}
# Stripe's name for the parameters of each endpoint
TYPES = {
    "GET /v1/balance": "BalanceRetrieveParams",
    "GET /v1/balance_transactions": "BalanceTransactionListParams",
    "GET /v1/balance_transactions/{id}": "BalanceTransactionRetrieveParams",
    "POST /v1/billing_portal/configurations": "billing_portal.ConfigurationCreateParams",
    "GET /v1/billing_portal/configurations": "billing_portal.ConfigurationListParams",
    "GET /v1/billing_portal/configurations/{configuration}": "billing_portal.ConfigurationRetrieveParams",
    "POST /v1/billing_portal/configurations/{configuration}": "billing_portal.ConfigurationUpdateParams",
    "POST /v1/billing_portal/sessions": "billing_portal.SessionCreateParams",
    "GET /v1/charges": "ChargeListParams",
    "GET /v1/charges/{charge}": "ChargeRetrieveParams",
    "POST /v1/charges/{charge}": "ChargeUpdateParams",
    "GET /v1/charges/{charge}/refunds": "ChargeListRefundsParams",
    "POST /v1/checkout/sessions": "checkout.SessionCreateParams",
    "GET /v1/checkout/sessions": "checkout.SessionListParams",
    "GET /v1/checkout/sessions/{session}": "checkout.SessionRetrieveParams",
    "POST /v1/checkout/sessions/{session}": "checkout.SessionUpdateParams",
    "POST /v1/checkout/sessions/{session}/expire": "checkout.SessionExpireParams",
    "GET /v1/checkout/sessions/{session}/line_items": "checkout.SessionLineItemListParams",
    "POST /v1/customers": "CustomerCreateParams",
    "GET /v1/customers": "CustomerListParams",
    "GET /v1/customers/{customer}": "CustomerRetrieveParams",
    "POST /v1/customers/{customer}": "CustomerUpdateParams",
    "DELETE /v1/customers/{customer}": "CustomerDeleteParams",
    "GET /v1/customers/{customer}/payment_methods": "CustomerPaymentMethodListParams",
    "GET /v1/disputes": "DisputeListParams",
    "GET /v1/disputes/{dispute}": "DisputeRetrieveParams",
    "POST /v1/disputes/{dispute}": "DisputeUpdateParams",
    "POST /v1/disputes/{dispute}/close": "DisputeCloseParams",
    "GET /v1/events": "EventListParams",
    "GET /v1/events/{id}": "EventRetrieveParams",
    "GET /v1/invoice_payments": "InvoicePaymentListParams",
    "GET /v1/invoice_payments/{invoice_payment}": "InvoicePaymentRetrieveParams",
    "GET /v1/invoices": "InvoiceListParams",
    "GET /v1/invoices/{invoice}": "InvoiceRetrieveParams",
    "POST /v1/invoiceitems": "InvoiceItemCreateParams",
    "GET /v1/invoiceitems": "InvoiceItemListParams",
    "GET /v1/invoiceitems/{invoiceitem}": "InvoiceItemRetrieveParams",
    "POST /v1/invoices": "InvoiceCreateParams",
    "POST /v1/invoices/{invoice}": "InvoiceUpdateParams",
    "POST /v1/invoices/{invoice}/finalize": "InvoiceFinalizeInvoiceParams",
    "POST /v1/invoices/{invoice}/mark_uncollectible": "InvoiceMarkUncollectibleParams",
    "POST /v1/invoices/{invoice}/pay": "InvoicePayParams",
    "POST /v1/invoices/{invoice}/void": "InvoiceVoidInvoiceParams",
    "GET /v1/invoices/{invoice}/lines": "InvoiceLineItemListParams",
    "POST /v1/payment_intents": "PaymentIntentCreateParams",
    "GET /v1/payment_intents": "PaymentIntentListParams",
    "GET /v1/payment_intents/{intent}": "PaymentIntentRetrieveParams",
    "POST /v1/payment_intents/{intent}": "PaymentIntentUpdateParams",
    "POST /v1/payment_intents/{intent}/cancel": "PaymentIntentCancelParams",
    "POST /v1/payment_intents/{intent}/confirm": "PaymentIntentConfirmParams",
    "POST /v1/payment_methods": "PaymentMethodCreateParams",
    "GET /v1/payment_methods": "PaymentMethodListParams",
    "GET /v1/payment_methods/{payment_method}": "PaymentMethodRetrieveParams",
    "POST /v1/payment_methods/{payment_method}/attach": "PaymentMethodAttachParams",
    "POST /v1/payment_methods/{payment_method}/detach": "PaymentMethodDetachParams",
    "POST /v1/payouts": "PayoutCreateParams",
    "GET /v1/payouts": "PayoutListParams",
    "GET /v1/payouts/{payout}": "PayoutRetrieveParams",
    "POST /v1/payouts/{payout}": "PayoutUpdateParams",
    "POST /v1/payouts/{payout}/cancel": "PayoutCancelParams",
    "POST /v1/prices": "PriceCreateParams",
    "GET /v1/prices": "PriceListParams",
    "GET /v1/prices/{price}": "PriceRetrieveParams",
    "POST /v1/prices/{price}": "PriceUpdateParams",
    "POST /v1/products": "ProductCreateParams",
    "GET /v1/products": "ProductListParams",
    "GET /v1/products/{id}": "ProductRetrieveParams",
    "POST /v1/products/{id}": "ProductUpdateParams",
    "GET /v1/radar/early_fraud_warnings": "radar.EarlyFraudWarningListParams",
    "GET /v1/radar/early_fraud_warnings/{early_fraud_warning}": "radar.EarlyFraudWarningRetrieveParams",
    "POST /v1/refunds": "RefundCreateParams",
    "GET /v1/refunds": "RefundListParams",
    "GET /v1/refunds/{refund}": "RefundRetrieveParams",
    "POST /v1/refunds/{refund}": "RefundUpdateParams",
    "POST /v1/refunds/{refund}/cancel": "RefundCancelParams",
    "GET /v1/subscriptions": "SubscriptionListParams",
    "POST /v1/subscriptions": "SubscriptionCreateParams",
    "POST /v1/subscriptions/{subscription}/pause": "SubscriptionPauseParams",
    "POST /v1/subscriptions/{subscription}/resume": "SubscriptionResumeParams",
    "GET /v1/subscriptions/{subscription}": "SubscriptionRetrieveParams",
    "POST /v1/subscriptions/{subscription}": "SubscriptionUpdateParams",
    "DELETE /v1/subscriptions/{subscription}": "SubscriptionCancelParams",
    "POST /v1/test_helpers/test_clocks": "test_helpers.TestClockCreateParams",
    "GET /v1/test_helpers/test_clocks": "test_helpers.TestClockListParams",
    "GET /v1/test_helpers/test_clocks/{test_clock}": "test_helpers.TestClockRetrieveParams",
    "DELETE /v1/test_helpers/test_clocks/{test_clock}": "test_helpers.TestClockDeleteParams",
    "POST /v1/test_helpers/test_clocks/{test_clock}/advance": "test_helpers.TestClockAdvanceParams",
    "POST /v1/webhook_endpoints": "WebhookEndpointCreateParams",
    "GET /v1/webhook_endpoints": "WebhookEndpointListParams",
    "GET /v1/webhook_endpoints/{webhook_endpoint}": "WebhookEndpointRetrieveParams",
    "POST /v1/webhook_endpoints/{webhook_endpoint}": "WebhookEndpointUpdateParams",
    "DELETE /v1/webhook_endpoints/{webhook_endpoint}": "WebhookEndpointDeleteParams",
}
# what Stripe's CLI sends and no package describes; the CLI's own run is their judge
UNPUBLISHED = {
    "GET /v1/payment_pages/{session}": {"object": {"expand": {"list": "string"}}},
    "POST /v1/payment_pages/{session}/confirm": {
        "object": {"expand": {"list": "string"}, "expected_amount": "integer", "payment_method": "string"},
        "required": ["payment_method"],
    },
}


def params_type(name):
    found = stripe.params
    for part in name.split("."):
        found = getattr(found, part)
    return found


def annotations(cls):
    """Name → (type, required) of a TypedDict, without the options every request has."""
    namespace = vars(sys.modules[cls.__module__])
    found = {}
    for name, annotation in cls.__annotations__.items():
        if name in RequestOptions.__annotations__:
            continue
        hint = evaluate(annotation, namespace)
        required = (
            typing.get_origin(hint) is not typing.NotRequired and str(typing.get_origin(hint)).find("NotRequired") < 0
        )
        if not required:
            hint = evaluate(typing.get_args(hint)[0], namespace)
        found[name] = (hint, required)
    return found


def evaluate(annotation, namespace):
    if isinstance(annotation, typing.ForwardRef):
        annotation = annotation.__forward_arg__
    while isinstance(annotation, str):
        annotation = eval(annotation, namespace)
    return annotation


def object_table(cls, imitated):
    table, required = {}, []
    for name, (hint, needed) in sorted(annotations(cls).items()):
        table[name] = table_of(hint, vars(sys.modules[cls.__module__]), below(imitated, name))
        if needed:
            required.append(name)
    return {"object": table, "required": required} if required else {"object": table}


def below(imitated, name):
    """What of a parameter is imitated: None is nothing, ("*",) all, else names within."""
    if imitated is None or imitated == ("*",):
        return imitated
    if name in imitated:
        return ("*",)
    return tuple(each.removeprefix(name + ".") for each in imitated if each.startswith(name + ".")) or None


def table_of(hint, namespace, imitated):
    if imitated is None:
        return None
    hint = evaluate(hint, namespace)
    if hint in SCALARS:
        return SCALARS[hint]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return {"enum": list(arguments)}
    if origin is list:
        return {"list": table_of(arguments[0], namespace, imitated)}
    if origin in (dict, UntypedStripeObject):
        return {"map": table_of(arguments[-1], namespace, imitated)}
    if origin is typing.Union or str(origin) == "<class 'types.UnionType'>":
        return union_table(arguments, namespace, imitated)
    return object_table(hint, imitated)


def union_table(arguments, namespace, imitated):
    """`Literal[…] | str` is Stripe's way to write an enum that may grow: closed here."""
    arguments = [evaluate(each, namespace) for each in arguments]
    words = [word for each in arguments if typing.get_origin(each) is typing.Literal for word in typing.get_args(each)]
    others = [each for each in arguments if typing.get_origin(each) is not typing.Literal]
    if any(words):
        others = [each for each in others if each is not str]
    if any(typing.get_origin(each) is dict for each in others):
        others = [each for each in others if typing.get_origin(each) is not UntypedStripeObject]
    tables = [{"enum": words}] if words else []
    tables += [table_of(each, namespace, imitated) for each in others]
    return tables[0] if len(tables) == 1 else {"any": tables}


def build():
    tables = dict(UNPUBLISHED)
    for endpoint in ENDPOINTS:
        if endpoint.table not in UNPUBLISHED:
            tables[endpoint.table] = object_table(params_type(TYPES[endpoint.table]), endpoint.imitates)
    return tables


def text():
    return json.dumps(build(), indent=0, sort_keys=True) + "\n"


if __name__ == "__main__":
    TARGET.write_text(text(), "utf-8")
