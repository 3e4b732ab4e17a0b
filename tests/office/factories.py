import factory
from django.contrib.auth.models import User
from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice

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


def desk_of(user: User) -> Client:
    """A browser in which this member of staff is signed in with both factors."""
    desk = Client()
    desk.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = desk.session
    session[DEVICE_ID_SESSION_KEY] = TOTPDevice.objects.create(user=user, name="phone").persistent_id
    session.save()
    return desk
