from pledges.views.confirming import code, confirm, thanks
from pledges.views.embedding import badge, embed_counter, embeds
from pledges.views.group_keeping import (
    keep,
    keep_change,
    keep_close,
    keep_count_in,
    keep_group,
    keep_hearts,
    keep_home,
    keep_leave,
    keep_open,
    keep_sent,
    keep_take_back,
)
from pledges.views.group_papers import group_poster_pdf, group_qr, group_sheet_pdf
from pledges.views.groups import group, group_join, group_joined, group_new, group_sent
from pledges.views.hearts import heart, heart_card, heart_certificate, hearts
from pledges.views.keeping import kept, kept_thanks
from pledges.views.kept_by_all import what_was_kept
from pledges.views.managing import manage, manage_leave, manage_open, manage_sent
from pledges.views.own_pledges import (
    manage_data,
    manage_download,
    manage_erase,
    manage_erase_all,
    manage_home,
    manage_promise,
    manage_shown,
    manage_withdraw,
)
from pledges.views.pledging import check_mail, pledge
from pledges.views.reporting import report, reported
from pledges.views.wearing import wear

__all__ = [
    "badge",
    "check_mail",
    "code",
    "confirm",
    "embed_counter",
    "embeds",
    "group",
    "group_join",
    "group_joined",
    "group_new",
    "group_poster_pdf",
    "group_qr",
    "group_sent",
    "group_sheet_pdf",
    "heart",
    "heart_card",
    "heart_certificate",
    "hearts",
    "keep",
    "keep_change",
    "keep_close",
    "keep_count_in",
    "keep_group",
    "keep_hearts",
    "keep_home",
    "keep_leave",
    "keep_open",
    "keep_sent",
    "keep_take_back",
    "kept",
    "kept_thanks",
    "manage",
    "manage_data",
    "manage_download",
    "manage_erase",
    "manage_erase_all",
    "manage_home",
    "manage_leave",
    "manage_open",
    "manage_promise",
    "manage_sent",
    "manage_shown",
    "manage_withdraw",
    "pledge",
    "report",
    "reported",
    "thanks",
    "wear",
    "what_was_kept",
]
