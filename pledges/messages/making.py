"""What the owner of a mailbox is told of a form that was not taken."""

from blueheart.post.letters import Letter, letter
from blueheart.post.models import Message
from pledges.models import Pledge
from pledges.services import quiet


@letter("pledge-household")
def household(message: Message) -> Letter | None:
    """Say that somebody pledged under one more name than a mailbox has room for; the subject is its first pledge."""
    pledge = Pledge.objects.in_force().filter(pk=message.subject_id).first()
    if pledge is None or not quiet.may_write(pledge.email):
        return None
    in_force = Pledge.objects.of_address(pledge.canonical_email or "").in_force()
    return Letter(to=pledge.email, context={"names": in_force.filter(campaign=pledge.campaign).count()})
