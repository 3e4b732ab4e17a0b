"""How long each kind of page may be kept, and by whom; and forms that are shown in another language."""

from blueheart.pages.kinds import Rule, daily_page, form_page, public_page, rule_of, token_page
from blueheart.pages.switching import as_typed, language_typed_in, switches_language

__all__ = [
    "Rule",
    "as_typed",
    "daily_page",
    "form_page",
    "language_typed_in",
    "public_page",
    "rule_of",
    "switches_language",
    "token_page",
]
