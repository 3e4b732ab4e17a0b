"""The forms of an account: who it is, and its roles, each with a sentence that says what it may."""

from typing import Any

from django import forms
from django.contrib.auth.forms import UserChangeForm, UsernameField
from django.contrib.auth.models import User
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from office import accounts
from office.roles import FINANCE, FINANCE_APPROVER, ROLES


def only_one_of_two(wanted: list[str]) -> list[str]:
    """Refuse the role of the second person to whoever has that of the first: one account would be both."""
    if {FINANCE.name, FINANCE_APPROVER.name} <= set(wanted):
        raise forms.ValidationError(
            _("Nobody is their own second person: “%(first)s” and “%(second)s” are for two accounts.")
            % {"first": FINANCE.label, "second": FINANCE_APPROVER.label}
        )
    return wanted


def role_field() -> forms.MultipleChoiceField:
    """A box for each role."""
    return forms.MultipleChoiceField(
        label=gettext_lazy("Roles"), required=False, choices=role_choices, widget=forms.CheckboxSelectMultiple
    )


def role_choices() -> list[tuple[str, Any]]:
    """Each role with what it may."""
    return [(role.name, format_html("<strong>{}</strong>: {}", role.label, role.may)) for role in ROLES]


class AccountForm(UserChangeForm):  # type: ignore[type-arg]
    """An account of somebody else, or one's own: those roles others give."""

    password = None  # type: ignore[assignment]  # a mailed link sets it
    roles = role_field()
    is_own = False  # the page makes a subclass that says so

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", "email", "is_active", "is_superuser")

    def clean_roles(self) -> list[str]:
        wanted: list[str] = self.cleaned_data["roles"]
        return wanted if self.is_own else only_one_of_two(wanted)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "email" in self.fields:
            self.fields["email"].required = True
            self.fields["email"].help_text = _("What happens to the account is told here.")
        if "roles" in self.fields and self.instance.pk:
            self.initial["roles"] = sorted(accounts.roles_of(self.instance))
            self.fields["roles"].disabled = self.is_own
            if self.is_own:
                self.fields["roles"].help_text = _("Nobody gives roles to themselves: another administrator does.")


class NewAccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new member of staff: a mailed link lets them set their password, and they connect their phone at sign-in."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        help_text=gettext_lazy("A link to set a password goes there, and all that happens to the account."),
    )
    roles = role_field()

    class Meta:
        model = User
        fields = ("username", "email")
        field_classes = {"username": UsernameField}

    def clean_username(self) -> str:
        """Two names that differ only in case would be taken for one."""
        username: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=username).exists():
            raise forms.ValidationError(_("There is an account of this name already."))
        return username

    def clean_roles(self) -> list[str]:
        return only_one_of_two(self.cleaned_data["roles"])

    def save(self, commit: bool = True) -> User:
        self.instance.set_unusable_password()
        user: User = super().save(commit)
        return user
