"""The languages that a toolkit or a publication may be had in: more than the seven of this portal."""

from blueheart.languages import LANGUAGES, babel_locale

# Beside ours; by code.
OTHERS = (
    "bg", "bn", "cs", "de", "el", "fa", "fil", "hi", "hr", "hu", "id", "it", "ja", "km", "ko", "mk", "ms", "mt", "my",
    "ne", "nl", "pl", "ps", "ro", "sk", "sq", "sr", "sw", "ta", "th", "tr", "uk", "ur", "vi",
)  # fmt: skip
CODES = (*(code for code, _name in LANGUAGES), *OTHERS)


def language_name(code: str, language: str) -> str:
    """What a language is called in another; the code itself where Babel knows no name."""
    names = babel_locale(language).languages
    name: str = names.get(code.replace("zh-hans", "zh_Hans")) or code
    return name[:1].upper() + name[1:]


def choices(language: str) -> list[tuple[str, str]]:
    """The codes with their names in the language, in the order of the codes."""
    return [(code, language_name(code, language)) for code in CODES]
