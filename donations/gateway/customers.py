"""Donors as Stripe keeps them. https://docs.stripe.com/api/customers"""

from donations.gateway.client import call, client


def delete_customer(customer_id: str) -> None:
    """Have Stripe forget a customer's address and cards, and end what still runs. Raises `GatewayError`.

    Payments stay, and can still be refunded. `GatewayMissingError` where Stripe knows no such customer.
    """
    call(lambda: client().v1.customers.delete(customer_id))
