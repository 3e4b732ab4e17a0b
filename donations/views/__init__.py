from donations.views.giving_form import donate, thanks

__all__ = ["donate", "thanks"]
