"""Switches that more than one app obeys."""

from django.utils.translation import gettext_lazy as _

from blueheart.site_settings.declaring import Group, Number, Switch, declare

WALL_HIDDEN = declare(
    Switch(
        key="wall-hidden",
        group=Group.SWITCHES,
        label=_("Hide the walls"),
        help=_(
            "Names, words and photos of supporters and donors are shown nowhere in public. The counts stay, and "
            "nothing is deleted."
        ),
        notice=_(
            "Names and words are not shown at the moment. Nothing is lost: every heart and every gift still counts, "
            "and they will be back."
        ),
    )
)
STRICT_MODE = declare(
    Switch(
        key="strict-mode",
        group=Group.SWITCHES,
        label=_("Strict mode"),
        help=_(
            "While somebody floods the forms: what one source may send is divided by the number below, and forms must "
            "be open for longer before they are sent. Visitors notice it only where it stops them."
        ),
    )
)
STRICTER_BY = declare(
    Number(
        key="strict-mode-divides-by",
        group=Group.SWITCHES,
        label=_("Strict mode divides limits by"),
        default=4,
        least=2,
        most=20,
    )
)
STRICT_FORM_SECONDS = declare(
    Number(
        key="strict-mode-form-seconds",
        group=Group.SWITCHES,
        label=_("Strict mode: seconds that a form must have been open"),
        default=5,
        least=2,
        most=60,
    )
)
