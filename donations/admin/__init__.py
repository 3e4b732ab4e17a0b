"""What staff see of the money: everything, and nothing that they could change but by an act with its own permission."""

from donations.admin import currencies, moderation, money, monthly_gifts, receipts

__all__ = ["currencies", "moderation", "money", "monthly_gifts", "receipts"]
