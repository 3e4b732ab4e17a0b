"""Writing down what staff say in mails instead of our own words."""

from collections.abc import Mapping

from django.db import transaction
from django.http import HttpRequest

from blueheart.post.models import MailText
from blueheart.post.wording import Forms
from blueheart.trail.record import record


@transaction.atomic
def save_words(*, kind: str, language: str, words: Mapping[str, Forms], request: HttpRequest) -> int:
    """Let these words stand in every mail of the kind from now on, and ours in all other sentences; counts the changes.

    Each change is in the trail with what was said before. Safe to call twice.
    """
    rows = MailText.objects.select_for_update().filter(kind=kind, language=language)
    before: dict[str, Forms] = {row.source: row.words for row in rows}
    changed = [source for source in {**before, **words} if before.get(source) != words.get(source)]
    for source in changed:
        if source in words:
            MailText.objects.update_or_create(
                kind=kind, language=language, source=source, defaults={"words": words[source]}
            )
        else:
            MailText.objects.filter(kind=kind, language=language, source=source).delete()
        detail = {"kind": kind, "language": language, "sentence": source}
        told = {"before": before.get(source), "after": words.get(source)}
        record("mailtext.changed" if source in words else "mailtext.reset", request=request, detail=detail | told)
    return len(changed)
