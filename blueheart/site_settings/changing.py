"""Changing a setting: the row, its history and the trail in one transaction, effective with the next request."""

import datetime as dt
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from blueheart.refusals import RefusedError
from blueheart.site_settings import declaring, reading
from blueheart.site_settings.declaring import Setting, Switch
from blueheart.site_settings.models import SiteSetting, SiteSettingChange
from blueheart.trail.record import record

LONGEST_WHY = 300


@transaction.atomic
def change(
    setting: Setting, value: Any, *, why: str, by: User | None = None, request: HttpRequest | None = None
) -> SiteSettingChange:
    """Set it to the value, or back to its default by None. Raises `RefusedError` for what is not allowed or is so now.

    `by` is None where the site does it by itself.
    """
    why = why.strip()[:LONGEST_WHY]
    if not why:
        raise RefusedError(_("Say why: it stays in the history."))
    after = allowed(setting, value)
    before = _take(setting.key)
    if after == before:
        raise RefusedError(_("It is so already. Nothing was changed."))
    if after is None:
        SiteSetting.objects.filter(key=setting.key).delete()
    else:
        SiteSetting.objects.update_or_create(key=setting.key, defaults={"value": after})
    changed = SiteSettingChange.objects.create(key=setting.key, by=by, why=why, before=before, after=after)
    detail = {"setting": setting.key, "before": before, "after": after}
    record(
        "site-setting.changed", target=SiteSetting(key=setting.key), actor=by, request=request, why=why, detail=detail
    )
    reading.forget()
    return changed


def undo(
    changed: SiteSettingChange, *, why: str, by: User | None = None, request: HttpRequest | None = None
) -> SiteSettingChange:
    """Set it to what it was before that change: a new change. Raises `RefusedError`."""
    setting = declaring.find(changed.key)
    if setting is None:
        raise RefusedError(_("Nothing obeys this setting any more."))
    return change(setting, changed.before, why=why, by=by, request=request)


def switch_on(key: str, why: str, by: User | None = None, until: dt.datetime | None = None) -> bool:
    """Turn a switch on, until a moment or until somebody turns it off; whether that changed anything.

    One that is on for as long or longer is left as it is, with its message. Raises `KeyError` for what is no switch.
    """
    switch = _switch(key)
    with transaction.atomic():
        _take(key)
        values = reading.Values(dict(SiteSetting.objects.filter(key=key).values_list("key", "value")))
        value = values.of(switch)
        ends = declaring.until(value)
        if values.is_on(switch) and (ends is None or (until is not None and until <= ends)):
            return False
        message = value.get("message") if values.is_on(switch) else None
        change(switch, {"on": True, "until": until and until.isoformat(), "message": message}, why=why, by=by)
    return True


def switch_off(key: str, why: str, by: User | None = None) -> bool:
    """Turn a switch off; whether it was on. Raises `KeyError` for what is no switch."""
    switch = _switch(key)
    with transaction.atomic():
        if _take(key) is None:
            return False
        change(switch, None, why=why, by=by)
    return True


def _switch(key: str) -> Switch:
    setting = declaring.find(key)
    if not isinstance(setting, Switch):
        raise KeyError(key)
    return setting


def allowed(setting: Setting, value: Any) -> Any:
    """The value as it is stored: None for what the default is anyway, unless that may change by itself."""
    if value is None:
        return None
    try:
        checked = setting.checked(value)
    except ValueError as error:
        raise RefusedError(str(error)) from error
    ends = declaring.until(checked) if isinstance(setting, Switch) else None
    if ends is not None and ends <= timezone.now():
        raise RefusedError(_("That moment is over."))
    return None if isinstance(setting, Switch) and checked == setting.standard else checked


def _take(key: str) -> Any:
    """The stored value, None without one; whoever else changes the same setting waits until we have."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('site-setting'), hashtext(%s))", [key])
    return SiteSetting.objects.filter(key=key).values_list("value", flat=True).first()
