"""The mail that says how to give by bank transfer."""

from blueheart.post.letters import Letter, letter
from blueheart.post.models import Message
from donations.models import BankAccount, TransferReference


@letter("transfer-instructions")
def transfer_instructions(message: Message) -> Letter | None:
    """The accounts and the donor's own reference; nobody is written to whose address was erased since."""
    references = TransferReference.objects.select_related("donor")
    reference = references.filter(donor=message.subject_id).exclude(donor__email="").first()
    if reference is None or reference.donor is None:
        return None
    context = {"reference": reference.reference, "accounts": BankAccount.objects.filter(is_shown=True)}
    return Letter(to=reference.donor.email, context=context)
