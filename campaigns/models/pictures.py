"""Pictures of content: each with who made it, under which licence, and what it shows for those who cannot see it."""

from django.core.validators import FileExtensionValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.content import Loaded, is_slug, slug_is_kebab_case


class Picture(Loaded):
    """A picture that content may show; never of a child, never of a person who did not agree (rule 3)."""

    slug = models.CharField(_("slug"), max_length=80, unique=True, validators=[is_slug])
    file = models.ImageField(
        _("picture"),
        upload_to="pictures/",
        width_field="width",
        height_field="height",
        validators=[FileExtensionValidator(["jpg", "jpeg", "png", "webp"])],
    )
    width = models.PositiveIntegerField(_("width in pixels"), editable=False)
    height = models.PositiveIntegerField(_("height in pixels"), editable=False)
    alt = models.CharField(
        _("what it shows"), max_length=300, help_text=_("One sentence for readers who cannot see it.")
    )
    credit = models.CharField(_("credit"), max_length=200, help_text=_("Who made it, as shown below it."))
    licence = models.CharField(_("licence"), max_length=120, help_text=_("For example “CC BY 4.0”, or “our own”."))
    origin_url = models.URLField(_("where it is from"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering = ["slug"]
        constraints = [
            slug_is_kebab_case("picture_slug_is_kebab_case"),
            models.CheckConstraint(
                name="picture_says_what_it_shows_and_who_made_it",
                condition=~Q(alt="") & ~Q(credit="") & ~Q(licence=""),
                violation_error_message=_("A picture needs a description, a credit and a licence."),
            ),
        ]

    def __str__(self) -> str:
        return self.slug
