import factory
from django.contrib.auth.models import User

PASSWORD = "the heart is blue 77"


class StaffFactory(factory.django.DjangoModelFactory):
    """Ada, who administers; not enrolled yet."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda number: f"ada{number}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.org")
    is_staff = True
    is_superuser = True

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return model_class.objects.create_user(*args, password=kwargs.pop("password", PASSWORD), **kwargs)
