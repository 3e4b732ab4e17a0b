"""Saying whether a pledge was kept, by a mailed link; and what was kept by all together."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from blueheart.pages import as_typed, switches_language, token_page
from blueheart.visits.links import LinkExpiredError
from campaigns.pictures import BusyError
from pledges.forms import KeptForm
from pledges.models import Fulfilment
from pledges.services import keeping

TOO_MANY_REQUESTS, BUSY = 429, 503


@token_page
def kept(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, with what was said before filled in; only the button answers, for mail programs open links by themselves."""
    try:
        pledge = keeping.pledge_behind(token)
        status = 200
        if switches_language(request):
            form = KeptForm(initial=as_typed(KeptForm.base_fields, request.POST), pledge=pledge)
        elif request.method == "POST":
            form = KeptForm(request.POST, request.FILES, pledge=pledge)
            if form.is_valid():
                keeping.answer(token=token, said=form.said(), request=request)
                return redirect("pledges:kept_thanks", token=token)
        else:
            form = KeptForm(pledge=pledge)
    except LinkExpiredError:
        return _expired(request)
    except ValidationError as error:  # what only unpacking could tell
        form.add_error("photo", error)
    except BusyError:
        form.add_error("photo", _("Many photos arrive at this moment. Please choose yours once more and send it."))
        status = BUSY
    except keeping.TooManyAnswersError:
        form.add_error(None, _("Many answers came through this link today. Please try again tomorrow."))
        status = TOO_MANY_REQUESTS
    return render(request, "pledges/kept.html", {"pledge": pledge, "form": form}, status=status)


@token_page
def kept_thanks(request: HttpRequest, token: str) -> HttpResponse:
    """What is next, after an answer; the answer can be changed from here."""
    try:
        pledge = keeping.pledge_behind(token)
    except LinkExpiredError:
        return _expired(request)
    said = Fulfilment.objects.filter(pledge=pledge).first()
    if said is None:
        return redirect("pledges:kept", token=token)
    context = {"pledge": pledge, "said": said, "token": token, "days": keeping.AGAIN_AFTER.days}
    return render(request, "pledges/kept_thanks.html", context)


def _expired(request: HttpRequest) -> HttpResponse:
    return render(request, "pledges/kept_expired.html", {"days": keeping.LINK_LASTS.days})
