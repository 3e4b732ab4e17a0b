"""The mails about gifts."""

from blueheart.post.letters import Letter, letter
from blueheart.post.models import Message
from donations.models import Donation


@letter("donation-received")
def donation_received(message: Message) -> Letter | None:
    """Thank for a gift that was booked; nobody is written to whose address was erased since."""
    donation = Donation.objects.select_related("donor", "campaign", "monthly_gift").get(pk=message.subject_id)
    if not donation.donor.email:
        return None
    is_first = donation.stripe_checkout_session_id is not None
    return Letter(to=donation.donor.email, context={"donation": donation, "is_first": is_first})
