from django.db import models
from django.utils.translation import gettext_lazy as _


class Figure(models.Model):
    """One number of all workers together, by the name and the labels that it has at `/metrics`.

    Counts are added to and never begin anew; what a check found is replaced by what the next one finds.
    """

    name = models.CharField(_("name"), max_length=100)
    labels = models.CharField(_("labels"), max_length=200, help_text=_("As JSON, in the order of their names."))
    value = models.FloatField(_("value"))

    class Meta:
        default_permissions = ()
        verbose_name = _("figure of the workers")
        verbose_name_plural = _("figures of the workers")
        constraints = [models.UniqueConstraint(fields=["name", "labels"], name="one_row_for_each_figure")]

    def __str__(self) -> str:
        return f"{self.name} {self.labels}"
