"""The mail that tells a third person of a gift in honour or in memory of somebody."""

from blueheart.post.letters import Letter, letter
from blueheart.post.models import Message
from donations.models import Tribute


@letter("tribute-notice")
def tribute_notice(message: Message) -> Letter | None:
    """Tell of the gift once; nobody is written to where it was given back since, or the address forgotten."""
    tributes = Tribute.objects.of_gifts_that_stay().select_related("donation__campaign")
    tribute = tributes.filter(pk=message.subject_id).first()
    if tribute is None or not tribute.notice_email:
        return None
    is_memory = tribute.kind == Tribute.Kind.MEMORY
    return Letter(
        to=tribute.notice_email,
        context={"tribute": tribute, "is_memory": is_memory, "campaign": tribute.donation.campaign},
    )
