"""Confirming a pledge by the link in a mail."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from blueheart.pages import switches_language, token_page
from pledges.services import confirming


@token_page
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Show what will be public; only the button confirms, for mail programs open links before people do."""
    changed = False
    try:
        found = confirming.pledge_behind(token)
        if request.method == "POST" and not switches_language(request):
            confirmed = confirming.confirm_pledge(token=token, seen=request.POST.get("seen", ""))
            return redirect(f"{confirmed.get_absolute_url()}?confirmed=1" if confirmed.has_own_page else request.path)
    except confirming.LinkExpiredError:
        return render(request, "pledges/link_expired.html", {"days": confirming.LINK_LASTS.days})
    except confirming.PledgeChangedError:
        changed = True
        found.refresh_from_db()
    context = {
        "pledge": found,
        "precepts": found.precepts_in_order(),
        "seen": confirming.seal(found),
        "changed": changed,
    }
    return render(request, "pledges/confirm.html", context)
