"""How long each kind of page may be kept, and by whom."""

from blueheart.pages.kinds import form_page, public_page, token_page

__all__ = ["form_page", "public_page", "token_page"]
