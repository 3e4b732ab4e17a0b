"""Words by which people look for help: whoever types one sees where the helplines are before anything else."""

from campaigns.search.folding import fold, words
from campaigns.search.forms import bare_forms

# Of all languages at once: who is in need types the words they have, on whatever page they are.
HELP_WORDS = {
    "en": "help helpline helplines hotline hotlines trafficked rescue rescued sos emergency escape police 911 112 999",
    "ar": "مساعدة ساعدوني نجدة انقذوني انقاذ طوارئ استغاثة شرطة",
    "fr": "aide aider aidez secours urgence urgences detresse fuir",
    "ru": "помощь помогите помощи спасите спасение полиция горячая",
    "es": "ayuda ayudar ayudame ayudenme auxilio socorro emergencia emergencias rescate policia",
    "pt": "ajuda ajudar socorro emergencia emergencias resgate policia",
}
HELP_WORDS_CHINESE = ("求助", "帮助", "热线", "救命", "求救", "援助", "救助", "报警", "被拐", "被贩卖")

_LISTED = frozenset(fold(" ".join(HELP_WORDS.values())).split())


def asks_for_help(typed: str) -> bool:
    """Whether somebody who typed this may need a helpline."""
    is_listed = any(
        form in _LISTED for word in words(typed, keep=False) if not word.is_cjk for form in bare_forms(word)
    )
    return is_listed or any(chinese in typed for chinese in HELP_WORDS_CHINESE)
