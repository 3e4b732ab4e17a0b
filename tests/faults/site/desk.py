"""What staff do in a story, by the same services as the office: `python -m tests.faults.site.desk ACT …`."""

import sys

import django


def make_staff(name: str) -> None:
    from django.contrib.auth import get_user_model  # noqa: PLC0415  -- only after setup

    get_user_model().objects.create_superuser(name, f"{name}@example.org", "a long password for a fault run")


def refund(session: str, amount_minor: str) -> None:
    """Ada gives so much back; large sums would need a second person."""
    from django.contrib.auth import get_user_model  # noqa: PLC0415

    from donations.models import Donation  # noqa: PLC0415
    from donations.services.refunds import ask_refund  # noqa: PLC0415

    donation = Donation.objects.get(stripe_checkout_session_id=session)
    ada = get_user_model().objects.filter(is_superuser=True).order_by("pk").first()
    ask_refund(donation, amount_minor=int(amount_minor), by=ada, why="she asked for it")


def set_number(key: str, number: str) -> None:
    """Ada sets one of the site's numbers."""
    from blueheart.site_settings import changing, declaring  # noqa: PLC0415

    changing.change(declaring.find(key), int(number), why="a small site")


ACTS = {act.__name__: act for act in (make_staff, refund, set_number)}

if __name__ == "__main__":
    django.setup()
    ACTS[sys.argv[1]](*sys.argv[2:])
