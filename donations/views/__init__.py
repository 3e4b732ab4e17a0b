from donations.views.giving import giving, giving_leave, giving_open, giving_sent
from donations.views.giving_form import donate, thanks
from donations.views.giving_home import giving_home

__all__ = ["donate", "giving", "giving_home", "giving_leave", "giving_open", "giving_sent", "thanks"]
