"""Events of Stripe that make the worker do something."""

from donations.reactions import REACTIONS
from scripts.docs.reference.markdown import code, first_paragraph, table

HEAD = """# Stripe events

What `donations/reactions.py` reacts to. An event is a hint: the worker asks Stripe for the object and books what it
sees there. Every other type is stored and ignored by rule. [How to add one](../how-to/stripe-event.md).
"""


def page() -> str:
    rows = [(code(kind), first_paragraph(reaction.__doc__)) for kind, reaction in sorted(REACTIONS.items())]
    return f"{HEAD}\n{table(('Event', 'What we take it for'), rows)}"
