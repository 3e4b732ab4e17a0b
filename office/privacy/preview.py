"""What an erasure will do, in words, before anybody asks for it."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from blueheart.languages import page_language
from blueheart.money import format_amount
from donations.models import Donation, Donor
from donations.services.privacy import kept_receipts, running_gifts
from office.privacy.subjects import Person
from pledges.models import Pledge, QuietAddress
from pledges.services import quiet
from pledges.services.privacy import cases_at_work

MOST_NAMED = 50  # receipts and gifts; of more only how many there are


@dataclass(frozen=True)
class Preview:
    """`stays` says also why; what is `waited_for` holds the erasure up until it has ended."""

    goes: list[str]
    stays: list[tuple[str, str]]
    ends: list[str]
    waited_for: list[str]


def preview(person: Person) -> Preview:
    """What goes, what stays by law and why, and what ends at Stripe."""
    return Preview(
        goes=[line for line in _goes(person) if line],
        stays=list(_stays(person)),
        ends=[line for donor in person.donors for line in _ends(donor)],
        waited_for=[_("Invalidation case %(pk)s runs under this name.") % {"pk": pk} for pk in _cases(person)],
    )


def _cases(person: Person) -> list[int]:
    return cases_at_work(person.email)


def _goes(person: Person) -> Iterator[str]:
    for donor in person.donors:
        yield _("Address and name of donor %(donor)s, and what their gifts show and say.") % {"donor": donor}
    pledges, groups, contacts = person.supporter.pledges, person.supporter.groups, person.contacts.rows
    yield _count(
        len(pledges),
        ngettext(
            "Address, name, words, photo, reports and links of %(count)s pledge; one that was never confirmed is"
            " deleted.",
            "Address, names, words, photos, reports and links of %(count)s pledges; those never confirmed are deleted.",
            len(pledges),
        ),
    )
    yield _count(
        len(groups),
        ngettext(
            "The keeper of %(count)s group, which is closed.",
            "The keeper of %(count)s groups, which are closed.",
            len(groups),
        ),
    )
    yield _count(
        len(contacts),
        ngettext(
            "The person’s name and address in %(count)s row of somebody else: a contributor, an organisation, a mail"
            " about a gift.",
            "The person’s name and address in %(count)s rows of others: contributors, organisations, mails about"
            " gifts.",
            len(contacts),
        ),
    )


def _stays(person: Person) -> Iterator[tuple[str, str]]:
    for donor in person.donors:
        yield from _receipts(donor)
        yield (
            _("Amounts, days and Stripe’s ids of the gifts of %(donor)s") % {"donor": donor},
            _("The books must stay true. They name nobody."),
        )
    pledges = person.supporter.pledges
    if any(pledge.is_counted for pledge in pledges):
        yield _("The counted hearts, with their country and precepts"), _("A count must stay true. It names nobody.")
    for pledge in pledges:
        if pledge.kind != Pledge.Kind.PERSON and pledge.verification == Pledge.Verification.VERIFIED:
            yield pledge.public_name, _("A verified organisation is no person. Its contact goes.")
    if quiet.of_address(person.email).exclude(reason=QuietAddress.Reason.BOUNCED).exists():
        yield (
            _("A digest of the address, so that nobody can have us write to it"),
            _("The person’s own wish to be left alone."),
        )
    yield _("That it was asked for, approved and done, under the case’s reference"), _("The trail names nobody.")


def _receipts(donor: Donor) -> Iterator[tuple[str, str]]:
    receipts = list(kept_receipts(donor)[: MOST_NAMED + 1])
    for receipt in receipts[:MOST_NAMED]:
        day = date_format(receipt.kept_until, "DATE_FORMAT")
        yield (
            _("Receipt %(number)s, with its name") % {"number": receipt.number},
            _("The law wants it kept until %(day)s. It goes then by itself.") % {"day": day},
        )
    if len(receipts) > MOST_NAMED:
        yield _("More receipts"), _("The law wants each kept until its day.")


def _ends(donor: Donor) -> Iterator[str]:
    for gift in running_gifts(donor).order_by("pk")[:MOST_NAMED]:
        amount = format_amount(gift.amount_minor, gift.currency, page_language())
        yield _("Regular gift %(gift)s of %(amount)s") % {"gift": gift.public_id, "amount": amount}
    under_way = donor.donations.filter(status__in=[Donation.Status.PENDING, Donation.Status.PROCESSING])
    for donation in under_way.order_by("pk")[:MOST_NAMED]:
        yield _("The pay page of gift %(gift)s") % {"gift": donation.public_id}
    customers = donor.monthlygifts.exclude(stripe_customer_id="").values("stripe_customer_id").distinct().count()
    yield from [
        ngettext("%(count)s customer at Stripe", "%(count)s customers at Stripe", customers) % {"count": customers}
    ] * bool(customers)


def _count(count: int, words: str) -> str:
    return words % {"count": count} if count else ""
