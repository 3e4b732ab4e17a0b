"""What no password may be: the words of this place, or what stands on every list of guesses, however it is dressed up.

Nothing is asked of a password but its length: any characters, in any mix, are good.
"""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Without spaces and signs, in small letters; the site's own host joins them.
CONTEXT_WORDS = (
    *("blueheart", "unitednations", "unodc", "trustfund", "humantrafficking", "endtrafficking"),
    *("cœurbleu", "coeurbleu", "corazónazul", "corazonazul", "coraçãoazul", "coracaoazul"),
    *("голубоесердце", "القلبالأزرق", "蓝心"),
)
LEAST_BESIDES = 8  # so many characters of a password have to be its owner's own
DRESS = str.maketrans("013457@$!", "oieastasi")  # how people write letters as figures
ALIKE = str.maketrans("013457@$!l", "oieastasii")  # the same, where a 1 may be an l as well
SEAMS = re.compile(r"[\W_]+")
ENDS = re.compile(r"^[\d\W_]+|[\d\W_]+$")


def context_words() -> tuple[str, ...]:
    """What somebody who guesses passwords of this office would begin with."""
    host = urlsplit(settings.SITE_URL).hostname or ""
    return *CONTEXT_WORDS, *(part for part in host.split(".") if len(part) > 3)


class ContextWordsValidator:
    """Refuses passwords of which little remains once the words of this place are taken out."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Raises ValidationError."""
        plain = SEAMS.sub("", password.casefold())
        said = rest = plain.translate(ALIKE)
        for word in context_words():
            rest = rest.replace(word.translate(ALIKE), "")
        if rest != said and len(rest) < LEAST_BESIDES:
            raise ValidationError(
                _("This password is made of the words of this place: they are guessed first."),
                code="password_of_context_words",
            )

    def get_help_text(self) -> str:
        return _("Your password can’t be made of the words of this place, such as “Blue Heart”.")


class GuessedPasswordValidator(CommonPasswordValidator):
    """Refuses the common passwords of Django's list, which come from breaches, and what people make of them.

    Few of the list are as long as ours must be; those that are guessed at this length are short ones with figures or
    signs at the ends, written twice or more, two of them together, or with figures for letters.
    """

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Raises ValidationError."""
        if any(self._is_guessed(said) for said in self._readings(password)):
            raise ValidationError(self.get_error_message(), code="password_too_common")

    def _readings(self, password: str) -> set[str]:
        """The password as it was typed, and without what people dress it up with."""
        small = password.strip().casefold()
        bare = ENDS.sub("", small)
        readings = {small, bare, SEAMS.sub("", small), bare.translate(DRESS)}
        return {each for each in readings if each}

    def _is_guessed(self, said: str) -> bool:
        return said in self.passwords or self._is_repeated(said) or self._is_of_two(said)

    def _is_repeated(self, said: str) -> bool:
        """`abcabcabcabc`, whatever is repeated: short ones are guessed by their pattern."""
        return any(
            len(said) % size == 0 and said == said[:size] * (len(said) // size)
            for size in range(1, min(len(said) // 2, LEAST_BESIDES) + 1)
        )

    def _is_of_two(self, said: str) -> bool:
        cuts = range(4, len(said) - 3)
        return any(said[:at] in self.passwords and said[at:] in self.passwords for at in cuts)
