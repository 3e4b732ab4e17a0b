"""Slips in the domain of a mail address: what was probably meant, to be offered and never imposed."""

from functools import cache, lru_cache

from blueheart import mail_addresses

# Domains that many people have. Nobody is asked whether they meant another than one of these.
_KNOWN = """
126.com 163.com aol.com bk.ru email.com fastmail.com foxmail.com free.fr gmail.com gmx.at gmx.ch gmx.com gmx.de
gmx.net googlemail.com hotmail.co.uk hotmail.com hotmail.de hotmail.es hotmail.fr hotmail.it icloud.com inbox.ru
laposte.net libero.it list.ru live.co.uk live.com live.fr live.nl mac.com mail.com mail.ru me.com msn.com
orange.fr outlook.com outlook.com.br outlook.de outlook.es outlook.fr outlook.pt pm.me proton.me protonmail.com
qq.com rambler.ru rocketmail.com sapo.pt sina.com t-online.de tuta.com tutanota.com uol.com.br wanadoo.fr web.de
wp.pl ya.ru yahoo.ca yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com yahoo.com.br yahoo.de yahoo.es yahoo.fr
yahoo.it yandex.com yandex.ru yeah.net ymail.com zoho.com
"""
KNOWN = frozenset(_KNOWN.split())
# Of shorter ones a slip is too easily somebody's own domain.
SHORTEST = 8
LONG_NAME = 8
MOST_SLIPS = 2


def suggestion(email: str) -> str:
    """The address that was probably meant, where its domain is one or two slips from one that many have; else empty."""
    local, _at, domain = mail_addresses.normalise(email).rpartition("@")
    meant = _meant(domain.casefold())
    return f"{local}@{meant}" if local and meant else ""


def distance(one: str, other: str) -> int:
    """How many slips lie between: a letter too many, too few, another one, or two beside each other exchanged.

    The distance of Damerau and Levenshtein in its restricted form (optimal string alignment).
    """
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        line = [row]
        for column, its in enumerate(other, start=1):
            least = min(last[column] + 1, line[column - 1] + 1, last[column - 1] + (letter != its))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == its:
                least = min(least, before[column - 2] + 1)
            line.append(least)
        before, last = last, line
    return last[-1]


@cache
def _targets() -> tuple[str, ...]:
    return tuple(sorted(domain for domain in KNOWN if len(domain) >= SHORTEST))


@lru_cache(maxsize=4096)  # most people have one of few domains
def _meant(domain: str) -> str:
    """The one known domain that lies nearest, empty for a known one and where two lie equally near."""
    if domain in KNOWN or not domain:
        return ""
    near = sorted((slips, known) for known in _targets() if (slips := _slips(domain, known)) <= MOST_SLIPS)
    if not near or (len(near) > 1 and near[0][0] == near[1][0]):
        return ""
    return near[0][1]


def _slips(domain: str, known: str) -> int:
    """The slips in both parts of the domain; more than the most where its name is too short for so many."""
    if abs(len(domain) - len(known)) > MOST_SLIPS:
        return MOST_SLIPS + 1
    name, _dot, ending = domain.partition(".")
    known_name, _dot, known_ending = known.partition(".")
    in_name, in_ending = distance(name, known_name), distance(ending, known_ending)
    if in_ending > 1 or in_name > (MOST_SLIPS if len(known_name) >= LONG_NAME else 1):
        return MOST_SLIPS + 1
    # Another country of the same provider is no slip: yahoo.it, hotmail.nl.
    if not in_name and len(ending) == len("xx") and len(known_ending) == len("xx"):
        return MOST_SLIPS + 1
    return in_name + in_ending
