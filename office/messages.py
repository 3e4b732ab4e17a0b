"""The office's own mails to staff; importing this module registers them."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from blueheart.post.alerts import to_staff
from blueheart.post.letters import Letter, letter
from blueheart.post.models import Message
from blueheart.post.notices import Notice, declare
from office.models import Erasure, JobTurn
from office.notices import digest

__all__ = ["digest"]  # its letter is registered by importing it

declare(
    Notice(
        "alert-erasure-waiting",
        gettext_lazy("An erasure waits for a second person"),
        readers="office.approve_erasure",
    ),
    Notice("alert-recount", gettext_lazy("A tally differs from what it counts"), readers="pledges.release_pledge"),
    Notice("alert-books", gettext_lazy("A rule of the books is broken"), readers="donations.view_ledgertransaction"),
)


@letter("alert-erasure-waiting")
def erasure_waits(message: Message) -> Letter | None:
    """Ask for a second person, while one is needed; not the one who asked. It names nobody who is to be forgotten."""
    erasure = Erasure.objects.select_related("asked_by").get(pk=message.subject_id)
    reader = message.cause.rpartition(":")[2]
    if erasure.status != Erasure.Status.WAITING or reader == str(erasure.asked_by_id):
        return None
    said = [_("%(name)s asks to erase a person: case %(case)s.") % {"name": erasure.asked_by, "case": erasure.case}]
    return to_staff(message, erasure, _("An erasure waits for a second person"), said)


@letter("alert-recount")
def tallies_differ(message: Message) -> Letter | None:
    """Tell that the nightly recount found a tally that is wrong; the command says which, and mends it."""
    return _of_job(message, _("A tally differs from what it counts"), "manage.py recount_pledges --repair")


@letter("alert-books")
def books_are_broken(message: Message) -> Letter | None:
    """Tell that the nightly check of the books found something; the command says what."""
    return _of_job(message, _("A rule of the books is broken"), "manage.py check_books")


def _of_job(message: Message, headline: str, command: str) -> Letter | None:
    """The cause of such a mail holds the day and how much was found."""
    turn = JobTurn.objects.get(pk=message.subject_id)
    found = int(message.cause.split(":")[2])
    said = ngettext("%(found)s finding of last night.", "%(found)s findings of last night.", found) % {"found": found}
    return to_staff(message, turn, headline, [said, _("The command %(command)s tells more.") % {"command": command}])
