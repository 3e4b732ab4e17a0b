"""What visitors and donors fill in."""

from donations.forms.amounts import offered_currencies
from donations.forms.giving import SHOW, DonationForm
from donations.forms.prefilled import initial_from, initial_from_unsent

__all__ = ["SHOW", "DonationForm", "initial_from", "initial_from_unsent", "offered_currencies"]
