"""What changes pages though no row does: a switch that turns itself off."""

import datetime as dt

from blueheart.pages.moments import knows_moments
from blueheart.site_settings import declaring
from blueheart.site_settings.declaring import Switch
from blueheart.site_settings.reading import current


@knows_moments
def next_end_of_a_switch(after: dt.datetime) -> dt.datetime | None:
    """When the next one ends of those that are on until a moment; one query."""
    values = current()
    switches = [setting for setting in declaring.declared() if isinstance(setting, Switch)]
    ends = (declaring.until(values.of(switch)) for switch in switches)
    return min((end for end in ends if end and end > after), default=None)
