"""What a supporter may still change on the page that confirms their pledge."""

from pledges.forms.public_names import PublicNameFields
from pledges.models import Pledge
from pledges.services.confirming import LastChange


class LastChangeForm(PublicNameFields):
    """Name and words of a person, as they stand in the pledge or as they are typed anew."""

    @classmethod
    def of(cls, pledge: Pledge) -> "LastChangeForm":
        """The form as the pledge stands."""
        return cls(initial={name: getattr(pledge, name) for name in cls.base_fields})

    def change(self) -> LastChange:
        """What the form says, once it is valid."""
        said = self.cleaned_data
        version = said["is_16_or_older"] or None
        return LastChange(**said | {"is_16_or_older": bool(version)}, consent_version=version)
