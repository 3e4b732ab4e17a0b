"""Finding whose a reference is: of a heart or of a group."""

from pledges.models import Group, Pledge


def address_of(reference: str) -> str | None:
    """The address behind a heart or a group; empty once it was forgotten, None where no such row is."""
    plain = reference.lower()
    for rows, field in (
        (Pledge.objects.filter(public_id=plain), "email"),
        (Group.objects.filter(code=plain), "keeper_email"),
    ):
        found: str | None = rows.order_by().values_list(field, flat=True).first()
        if found is not None:
            return found
    return None
