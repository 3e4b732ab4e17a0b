"""Hearts whose words wait to be read, answers whose words do, and hearts that are suspected."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from blueheart.admin.acts import admin_url
from blueheart.moderation.queues import Act, Done, Item, Queue, Said
from pledges.models import Fulfilment, Pledge, SuspectedPledge
from pledges.queues.supporters import MODERATE, WHY_WORDS, earlier_of, facts_of, help_act, name_of
from pledges.services import moderation, suspicion

AGAIN = "again"
Words = Pledge.Words


def _locked_pledge(pk: int) -> Pledge | None:
    return Pledge.objects.select_for_update(of=("self",)).select_related("campaign").filter(pk=pk).first()


def _hidden(pledge: Pledge) -> Any:
    return [(_("Hidden"), pledge.get_hidden_reason_display())] if pledge.hidden_at else []


def _shown_words(pledge: Pledge) -> Item:
    return Item(
        url=admin_url(pledge, "moderate"),
        said=[Said(_("Words"), pledge.words, pledge.language)],
        facts=[*facts_of(pledge), *_hidden(pledge)],
        earlier=earlier_of(pledge),
    )


def _approve_words(pledge: Pledge, _reason: str, request: HttpRequest) -> Done | None:
    return Done(AGAIN) if moderation.approve_words(pledge_id=pledge.pk, request=request) else None


def _refuse_words(pledge: Pledge, reason: str, request: HttpRequest) -> Done | None:
    return Done(AGAIN) if moderation.refuse_words(pledge_id=pledge.pk, request=request, reason=reason) else None


def _words_again(pledge: Pledge, _how: str, request: HttpRequest) -> bool:
    return moderation.read_words_again(pledge_id=pledge.pk, request=request)


WORDS = Queue(
    name="words",
    label=_("Words of supporters"),
    one=_("Heart %(name)s"),
    name_of=name_of,
    about=_("Words that supporters want beside their heart. Nobody sees them before you have read them."),
    permissions=[MODERATE],
    rows=lambda: Pledge.objects.with_words_to_read().select_related("campaign").order_by("number"),
    since="confirmed_at",
    shown=_shown_words,
    state=lambda pledge: (pledge.public_name, pledge.words, pledge.words_status),
    locked=_locked_pledge,
    acts=[
        Act("approve", "A", _("Approve"), _("You approved the words of heart %(name)s."), _approve_words,
            is_default=True),
        Act("refuse", "R", _("Refuse"), _("You refused the words of heart %(name)s."), _refuse_words,
            reasons=WHY_WORDS),
        help_act(lambda pledge: pledge.pk),
    ],
    undo=_words_again,
)  # fmt: skip


def _locked_answer(pk: int) -> Fulfilment | None:
    """Behind the lock of its pledge, as whoever writes an answer takes it."""
    Pledge.objects.select_for_update().filter(pk__in=Fulfilment.objects.filter(pk=pk).values("pledge")).first()
    answers = Fulfilment.objects.select_for_update(of=("self",)).select_related("pledge__campaign")
    return answers.filter(pk=pk).first()


def _shown_answer(said: Fulfilment) -> Item:
    return Item(
        url=admin_url(said, "read"),
        said=[Said(_("Words"), said.words, said.pledge.language)],
        facts=[(_("Was it kept?"), said.get_answer_display()), *facts_of(said.pledge), *_hidden(said.pledge)],
        earlier=earlier_of(said.pledge),
    )


def _judge(judgement: str) -> Any:
    def judge(said: Fulfilment, reason: str, request: HttpRequest) -> Done | None:
        done = moderation.judge_answer(answer_id=said.pk, judgement=judgement, request=request, reason=reason)
        return Done(AGAIN) if done else None

    return judge


def _answer_again(said: Fulfilment, _how: str, request: HttpRequest) -> bool:
    return moderation.judge_answer(answer_id=said.pk, judgement=Words.WAITING, request=request)


ANSWERS = Queue(
    name="answers",
    label=_("Words of supporters who answered"),
    one=_("Heart %(name)s"),
    name_of=lambda said: name_of(said.pledge),
    about=_("What supporters wrote when we asked whether they kept their pledge."),
    permissions=[MODERATE],
    rows=lambda: Fulfilment.objects.with_words_to_read().select_related("pledge__campaign").order_by("pk"),
    since="answered_at",
    shown=_shown_answer,
    state=lambda said: (said.words, said.words_status, said.answer),
    locked=_locked_answer,
    acts=[
        Act("approve", "A", _("Approve"), _("You approved the answer of heart %(name)s."), _judge(Words.APPROVED),
            is_default=True),
        Act("refuse", "R", _("Refuse"), _("You refused the answer of heart %(name)s."), _judge(Words.REFUSED),
            reasons=WHY_WORDS),
        help_act(lambda said: said.pledge_id),
    ],
    undo=_answer_again,
)  # fmt: skip


def _suspected() -> "QuerySet[Any]":
    rows = SuspectedPledge.objects.filter(standing=Pledge.Standing.SUSPECTED)
    return rows.select_related("campaign").order_by("suspected_at", "pk")


def _shown_suspected(pledge: Pledge) -> Item:
    return Item(
        url=admin_url(SuspectedPledge(pk=pledge.pk), "review"),
        said=[Said(_("Words"), pledge.words, pledge.language)] if pledge.words else [],
        facts=[
            (_("Why suspected"), pledge.get_suspected_for_display()),
            (_("From"), pledge.source_ip or _("forgotten, or not known")),
            (_("State"), pledge.get_status_display()),
            *facts_of(pledge),
        ],
        earlier=earlier_of(pledge),
    )


def _release(pledge: Pledge, _reason: str, request: HttpRequest) -> Done | None:
    return Done("suspect") if suspicion.release(ids=[pledge.pk], request=request) else None


def _suspect(pledge: Pledge, _how: str, request: HttpRequest) -> bool:
    return bool(suspicion.suspect(ids=[pledge.pk], request=request))


SUSPECTED = Queue(
    name="suspected",
    label=_("Suspected pledges"),
    one=_("Heart %(name)s"),
    name_of=name_of,
    about=_("Pledges that are not counted until somebody has looked. Many at once are released in their list."),
    permissions=["pledges.release_pledge"],
    rows=_suspected,
    since="suspected_at",
    shown=_shown_suspected,
    state=lambda pledge: (pledge.standing, pledge.public_name),
    locked=_locked_pledge,
    acts=[
        Act("approve", "A", _("Release: count it"), _("You released heart %(name)s."), _release, is_default=True),
    ],
    undo=_suspect,
    elsewhere=_("Its page"),
)
