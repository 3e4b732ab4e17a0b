import time

import factory
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice

from office.signing_in.sessions import SEEN, SHOWN

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
    TOTPDevice.objects.get_or_create(user=user, name="phone")
    desk = Client()
    sign_in(desk, user)
    return desk


def sign_in(desk: Client, user: User) -> None:
    """Open a session as if the user, who has a phone, had just passed both forms, whose CSRF cookie stays."""
    desk.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = desk.session
    session[DEVICE_ID_SESSION_KEY] = TOTPDevice.objects.get(user=user).persistent_id
    session[SHOWN] = int(time.time())
    session[SEEN] = int(time.time())  # else the first page that is opened would write it, and cost more than the next
    session.save()
    desk.cookies["csrftoken"] = get_token(HttpRequest())
