"""Products and prices."""

from __future__ import annotations

from stripe_sandbox.account import Account
from stripe_sandbox.errors import StripeError, malformed
from stripe_sandbox.lists import field_is, page
from stripe_sandbox.money import check_currency, check_unit
from stripe_sandbox.objects.customers import merged_metadata
from stripe_sandbox.store import Json

PRODUCT_FIELDS = ("active", "description", "images", "name", "statement_descriptor", "unit_label", "url")
PRICE_FIELDS = ("active", "nickname", "lookup_key")
# at most three years between charges
LONGEST = {"day": 1095, "week": 156, "month": 36, "year": 3}


def create_product(account: Account, params: Json) -> Json:
    if "id" in params and account.store.kind_of(params["id"]):
        raise StripeError("Product already exists.", code="resource_already_exists", param="id")
    return new_product(account, params)


def new_product(account: Account, params: Json, *, active: bool = True) -> Json:
    product: Json = {
        "id": params.get("id") or account.new_id("product"),
        "object": "product",
        "active": active,
        "created": account.now(),
        "default_price": None,
        "description": None,
        "images": [],
        "livemode": False,
        "marketing_features": [],
        "metadata": merged_metadata({}, params.get("metadata", {})),
        "name": params["name"],
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": None,
        "tax_code": None,
        "type": "service",
        "unit_label": None,
        "updated": account.now(),
        "url": None,
    }
    product.update({name: params[name] for name in PRODUCT_FIELDS if name in params})
    product["images"] = product["images"] or []
    account.insert("product", product)
    account.emit("product.created", product)
    return product


def retrieve_product(account: Account, params: Json, product_id: str) -> Json:
    return account.get("product", product_id)


def update_product(account: Account, params: Json, product_id: str) -> Json:
    product = account.get("product", product_id)
    fields = {name: params[name] if params[name] != "" else None for name in PRODUCT_FIELDS if name in params}
    if "images" in params:
        fields["images"] = params["images"] or []
    if "metadata" in params:
        fields["metadata"] = merged_metadata(product["metadata"], params["metadata"])
    return account.change(product, "product.updated", updated=account.now(), **fields)


def list_products(account: Account, params: Json) -> Json:
    conditions = []
    if "active" in params:
        conditions.append(field_is("active", int(params["active"])))
    if "ids" in params:
        marks = ", ".join("?" for _ in params["ids"])
        conditions.append((f"id IN ({marks})", params["ids"]))
    return page(account, "product", "/v1/products", params, conditions)


def create_price(account: Account, params: Json) -> Json:
    if "product" not in params and "product_data" not in params:
        raise malformed("You must specify one of `product` or `product_data`.", "product", "parameter_missing")
    if "product" in params:
        product = account.get("product", params["product"], param="product", status=400)
    else:
        product = new_product(account, params["product_data"])
    return new_price(account, params, product["id"])


def new_price(account: Account, params: Json, product_id: str, *, path: str = "", active: bool = True) -> Json:
    """A price; `path` names where its parameters stood, for refusals."""
    currency = check_currency(params["currency"], f"{path}[currency]" if path else "currency")
    unit_param = f"{path}[unit_amount]" if path else "unit_amount"
    if "unit_amount" not in params:
        raise malformed(f"Missing required param: {unit_param}.", unit_param, "parameter_missing")
    check_unit(params["unit_amount"], currency, unit_param)
    price: Json = {
        "id": account.new_id("price"),
        "object": "price",
        "active": params.get("active", active),
        "billing_scheme": "per_unit",
        "created": account.now(),
        "currency": currency,
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": params.get("lookup_key"),
        "metadata": merged_metadata({}, params.get("metadata", {})),
        "nickname": params.get("nickname"),
        "product": product_id,
        "recurring": recurring_terms(params.get("recurring"), path),
        "tax_behavior": "unspecified",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "recurring" if params.get("recurring") else "one_time",
        "unit_amount": params["unit_amount"],
        "unit_amount_decimal": str(params["unit_amount"]),
    }
    account.insert("price", price)
    account.emit("price.created", price)
    return price


def recurring_terms(given: Json | None, path: str) -> Json | None:
    if not given:
        return None
    count = given.get("interval_count", 1)
    if not 1 <= count <= LONGEST[given["interval"]]:
        where = f"{path}[recurring][interval_count]" if path else "recurring[interval_count]"
        raise malformed("Invalid interval_count: periods of at most three years are supported.", where)
    return {
        "interval": given["interval"],
        "interval_count": count,
        "meter": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }


def retrieve_price(account: Account, params: Json, price_id: str) -> Json:
    return account.get("price", price_id)


def update_price(account: Account, params: Json, price_id: str) -> Json:
    price = account.get("price", price_id)
    fields = {name: params[name] for name in PRICE_FIELDS if name in params}
    if "metadata" in params:
        fields["metadata"] = merged_metadata(price["metadata"], params["metadata"])
    return account.change(price, "price.updated", **fields)


def list_prices(account: Account, params: Json) -> Json:
    conditions = [field_is(name, params[name]) for name in ("currency", "product", "type") if name in params]
    if "active" in params:
        conditions.append(field_is("active", int(params["active"])))
    if "lookup_keys" in params:
        marks = ", ".join("?" for _ in params["lookup_keys"])
        conditions.append((f"json_extract(data, '$.lookup_key') IN ({marks})", params["lookup_keys"]))
    for name, value in params.get("recurring", {}).items():
        conditions.append(field_is(f"recurring.{name}", value))
    return page(account, "price", "/v1/prices", params, conditions)


def plan_of(price: Json) -> Json:
    """The older view of a recurring price that subscription items still carry."""
    recurring = price["recurring"]
    return {
        "id": price["id"],
        "object": "plan",
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": "per_unit",
        "created": price["created"],
        "currency": price["currency"],
        "interval": recurring["interval"],
        "interval_count": recurring["interval_count"],
        "livemode": False,
        "metadata": price["metadata"],
        "meter": None,
        "nickname": price["nickname"],
        "product": price["product"],
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }
