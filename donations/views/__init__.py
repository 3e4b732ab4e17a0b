from donations.views.giving import giving, giving_leave, giving_open, giving_sent
from donations.views.giving_form import donate, thanks
from donations.views.giving_home import giving_home
from donations.views.receipts import check_receipt

__all__ = ["check_receipt", "donate", "giving", "giving_home", "giving_leave", "giving_open", "giving_sent", "thanks"]
