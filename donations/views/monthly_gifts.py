"""A donor's own pages of a gift that is given again and again: what it is, and all that can be done with it."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from blueheart.money import AmountError
from blueheart.pages import as_typed, switches_language
from blueheart.post.letters import site_url
from donations import gateway
from donations.begin_again import begin_again_path
from donations.forms.monthly_gifts import AmountForm, ChangeForm, EndForm, PauseForm
from donations.models import MonthlyGift, MonthlyGiftChange
from donations.services import monthly_gift_acts as acts
from donations.services.monthly_gifts import Asked
from donations.views.giving import DonorRequest, donor_page

SHOWN_CHARGES, SHOWN_CHANGES = 12, 20


@donor_page
def monthly_gift(request: DonorRequest, public_id: str) -> HttpResponse:
    return _gift_page(request, _gift(request, public_id))


@donor_page
def monthly_gift_amount(request: DonorRequest, public_id: str) -> HttpResponse:
    gift = _gift(request, public_id)

    def act(form: AmountForm, asked: Asked) -> object:
        return acts.change_amount(gift, amount_minor=form.cleaned_data["amount"], asked=asked)

    return _form_page(request, "amount", AmountForm, gift, act, {})


@donor_page
def monthly_gift_pause(request: DonorRequest, public_id: str) -> HttpResponse:
    gift = _gift(request, public_id)

    def act(form: PauseForm, asked: Asked) -> object:
        return acts.pause(gift, resumes_at=form.resumes_at(), asked=asked)

    return _form_page(request, "pause", PauseForm, gift, act, {"ends": acts.pause_ends(gift)})


@donor_page
def monthly_gift_end(request: DonorRequest, public_id: str) -> HttpResponse:
    gift = _gift(request, public_id)

    def act(form: EndForm, asked: Asked) -> object:
        return acts.cancel(gift, asked=asked, feedback=form.cleaned_data["feedback"])

    return _form_page(request, "end", EndForm, gift, act, {})


@donor_page
def monthly_gift_resume(request: DonorRequest, public_id: str) -> HttpResponse:
    """End the pause, by a button on the gift's page."""
    gift = _gift(request, public_id)
    form = _posted(request, ChangeForm, gift, {})
    if form is None or not form.is_valid():
        return redirect("donations:monthly_gift", public_id)
    if _succeeds(form, lambda asked: acts.resume(gift, asked=asked)):
        return _done(gift, "resume")
    return _gift_page(request, gift, form)


@donor_page
def monthly_gift_card(request: DonorRequest, public_id: str) -> HttpResponse:
    """Lead to Stripe's page where the donor gives another card."""
    gift = _gift(request, public_id)
    form = _posted(request, ChangeForm, gift, {})
    if form is None or not form.is_valid():
        return redirect("donations:monthly_gift", public_id)
    pages: list[str] = []
    return_url = site_url(reverse("donations:monthly_gift", args=[public_id])) + "?done=card"
    if _succeeds(form, lambda _asked: pages.append(acts.card_page(gift, return_url=return_url))):
        return redirect(pages[0])
    return _gift_page(request, gift, form)


def _gift(request: DonorRequest, public_id: str) -> MonthlyGift:
    begun = request.donor.monthlygifts.exclude(status=MonthlyGift.Status.INCOMPLETE_EXPIRED)
    gift = begun.filter(public_id=public_id).select_related("campaign").first()
    if gift is None:
        raise Http404(_("There is no such gift."))
    return gift


def _gift_page(request: DonorRequest, gift: MonthlyGift, form: ChangeForm | None = None) -> HttpResponse:
    changes = list(gift.changes.order_by("-pk")[:SHOWN_CHANGES])
    end = next((each for each in changes if each.kind == MonthlyGiftChange.Kind.CANCELLED), None)
    context = {
        "gift": gift,
        "form": form or ChangeForm(gift=gift),
        "said": request.GET.get("done", ""),
        "changes": changes,
        "has_failed": end is not None and end.feedback == MonthlyGiftChange.Feedback.PAYMENT_FAILED,
        "charges": gift.donations.succeeded().order_by("-succeeded_at")[:SHOWN_CHARGES],
        "begin_again": begin_again_path(gift),
    }
    return render(request, "donations/giving/monthly_gift.html", context)


def _form_page(
    request: DonorRequest,
    name: str,
    kind: type[Any],
    gift: MonthlyGift,
    act: Callable[[Any, Asked], object],
    more: dict[str, Any],
) -> HttpResponse:
    """Show a form, do what it asks for, or show it again with all that was typed and why not."""
    if gift.has_ended:
        return _done(gift, "end" if name == "end" else "")
    form = _posted(request, kind, gift, more)
    if form is None:
        initial = as_typed(kind.base_fields, request.POST) if request.method == "POST" else {}
        form = kind(gift=gift, initial=initial, **more)
    elif form.is_valid() and _succeeds(form, lambda asked: act(form, asked)):
        return _done(gift, name)
    return render(request, f"donations/giving/monthly_{name}.html", {"form": form, "gift": gift})


def _posted(request: DonorRequest, kind: type[Any], gift: MonthlyGift, more: dict[str, Any]) -> Any:
    """What was sent; None where nothing was, or where it came only to be shown in another language."""
    if request.method != "POST" or switches_language(request):
        return None
    return kind(request.POST, gift=gift, **more)


def _succeeds(form: ChangeForm, act: Callable[[Asked], object]) -> bool:
    """Whether it could be done; if not, the form says why."""
    try:
        act(Asked(MonthlyGiftChange.By.DONOR, form.cleaned_data["form_token"]))
    except (acts.MonthlyGiftError, AmountError) as error:
        form.add_error(None, str(error))
    except gateway.GatewayError as error:
        if error.answered:
            form.begin_anew()
            form.add_error(None, _("Stripe has refused this. Nothing was changed."))
        else:
            form.add_error(None, _("Stripe does not answer at the moment. Please try again in some minutes."))
    else:
        return True
    return False


def _done(gift: MonthlyGift, what: str) -> HttpResponse:
    response = redirect("donations:monthly_gift", gift.public_id)
    response["Location"] += f"?done={what}" if what else ""
    return response
