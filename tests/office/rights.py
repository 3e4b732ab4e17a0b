"""Who may open and send what: every address of the office, as each role, measured into one table.

`python -m tests.office.rights` writes tests/office/rights.csv anew. Read its diff: each line of it is a right that
somebody got or lost. `test_rights.py` compares the table with what is so.
"""

import csv
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

TABLE = Path(__file__).with_name("rights.csv")
ROLELESS = "(no role)"
# What an answer is in the table: opened, refused (403), nothing there (404), sent to the sign-in, sent on, broke.
OPENED, REFUSED, MISSING, SIGN_IN, SENT, BROKE = "ormlsx"
# What the framework's own addresses capture, and pages of no model.
CAPTURED = {
    "set_password": {"token": "x" * 43},
    "mail_text": {"kind": "pledge-confirm", "language": "fr"},
    "donations_account_statement": {"account": "BANK", "currency": "USD"},
    "donations_closing_download": {"form": "pdf"},
    "app_list": {"app_label": "campaigns"},
    None: {"url": "nothing/there/"},
}


@dataclass
class Door:
    """One address: the route as it is written in the code, its view, and an example of what it captures."""

    route: str
    name: str | None
    view: Callable[..., Any]
    captures: dict[str, Callable[[str], Any]]
    given: dict[str, Any] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        return set(self.captures) <= set(self.given)


def doors(rows: dict[str, Any]) -> list[Door]:
    """Every address below the office, in the order of their routes; `rows` gives each model's example row."""
    from django.contrib import admin  # noqa: PLC0415 Django is set up by then

    found = list(_flattened(admin.site.get_urls(), ""))
    for door in found:
        examples = _examples(door, rows)
        door.given = {name: read(str(examples[name])) for name, read in door.captures.items() if name in examples}
    return sorted(found, key=lambda door: door.route)


def _flattened(patterns: list[Any], prefix: str) -> Iterator[Door]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from _flattened(pattern.url_patterns, route)
        else:
            read = dict.fromkeys(pattern.pattern.regex.groupindex, str)
            read |= {name: converter.to_python for name, converter in pattern.pattern.converters.items()}
            yield Door(_readable(route), pattern.name, pattern.callback, read)


def _readable(route: str) -> str:
    """The route without what changes as apps come and go."""
    return "<app>/" if "app_label" in route else "<anything>" if route.startswith("(?P<url>") else route


def _examples(door: Door, rows: dict[str, Any]) -> dict[str, Any]:
    own: dict[str, Any] = {"language": "fr"} | CAPTURED.get(door.name, {})
    own |= {name: value() for name, value in EXAMPLES.get(door.name, {}).items()}
    app, _slash, rest = door.route.partition("/")
    row = rows.get(f"{app}.{rest.partition('/')[0]}")
    if row is not None:
        own |= {name: row.pk for name in ("object_id", "pk", "id") if name not in own}
        if "version" in door.captures:
            own["version"] = row.history.first().history_id
    for name in door.captures:  # a page for a row of another model says so: `organisation_pk`
        other = rows.get(f"{app}.{name.removesuffix('_pk')}") if name.endswith("_pk") else None
        if other is not None:
            own[name] = other.pk
    return own


def _campaigns_type() -> int:
    from django.contrib.contenttypes.models import ContentType  # noqa: PLC0415

    return ContentType.objects.get(app_label="campaigns", model="campaign").pk


def _campaign() -> int:
    from campaigns.models import Campaign  # noqa: PLC0415

    return Campaign.objects.earliest("pk").pk


def _first_queue() -> str:
    from office.queues.kinds import QUEUES  # noqa: PLC0415

    return next(iter(QUEUES))


def _first_notice() -> str:
    from blueheart.post.notices import declared  # noqa: PLC0415

    return declared()[0].kind


def _first_import() -> str:
    from blueheart.imports.importer import importers  # noqa: PLC0415

    return importers()[0].kind


def _file_of_an_import() -> int:
    from blueheart.imports.models import FileImport  # noqa: PLC0415

    return FileImport.objects.values_list("pk", flat=True).get()


EXAMPLES: dict[str | None, dict[str, Callable[[], Any]]] = {
    "view_on_site": {"content_type_id": _campaigns_type, "object_id": _campaign},
    "queue": {"kind": _first_queue},
    "notice": {"kind": _first_notice},
    "import_new": {"kind": _first_import},
    "import_example": {"kind": _first_import},
    "import_file": {"pk": _file_of_an_import},
}


class Person:
    """A member of staff of one role, as the view sees them: signed in with both factors."""

    def __init__(self, role: str) -> None:
        from django.contrib.auth.models import Group  # noqa: PLC0415

        from tests.office.factories import StaffFactory  # noqa: PLC0415

        self.user = StaffFactory(username=f"of {role}", is_superuser=False)
        if role != ROLELESS:
            self.user.groups.set([Group.objects.get(name=role)])
        self.user.otp_device = SimpleNamespace(persistent_id="phone")
        self.user.is_verified = lambda: True

    def asks(self, door: Door, method: str) -> tuple[str, list[str]]:
        """The letter of the answer, and the tables that were written; nothing of it stays."""
        from django.core.exceptions import PermissionDenied  # noqa: PLC0415
        from django.db import DatabaseError, transaction  # noqa: PLC0415
        from django.http import Http404  # noqa: PLC0415

        written: list[str] = []
        try:
            with transaction.atomic(), _noting_writes(written):
                answer = door.view(self._request(door, method), **door.given)
                transaction.set_rollback(True)
        except PermissionDenied:
            return REFUSED, written
        except Http404:
            return MISSING, written
        except (ValueError, LookupError, AttributeError, TypeError, DatabaseError) as error:
            return BROKE, [*written, f"{type(error).__name__}: {error}"]
        return _letter(answer), written

    def _request(self, door: Door, method: str) -> Any:
        from django.contrib.messages.storage.cookie import CookieStorage  # noqa: PLC0415
        from django.contrib.sessions.backends.signed_cookies import SessionStore  # noqa: PLC0415
        from django.test import RequestFactory  # noqa: PLC0415

        make = getattr(RequestFactory(), method.lower())
        request = make(f"/staff/{door.route}", {"post": "yes"} if method == "POST" else {})
        request.user = self.user
        request.session = SessionStore()
        request.session["office-seen"] = request.session["office-shown"] = 9999999999
        request._messages = CookieStorage(request)
        request._dont_enforce_csrf_checks = True
        request.resolver_match = SimpleNamespace(
            url_name=door.name, view_name=f"admin:{door.name}", kwargs=door.given, args=(), func=door.view,
            app_names=["admin"], namespaces=["admin"], namespace="admin", app_name="admin", route=door.route,
            captured_kwargs=door.given,
        )  # fmt: skip
        return request


def _letter(answer: Any) -> str:
    if 300 <= answer.status_code < 400:
        return SIGN_IN if "/login/" in answer.headers["Location"] else SENT
    known = {400: OPENED, 403: REFUSED, 404: MISSING, 405: REFUSED, 410: MISSING}
    return known.get(answer.status_code, OPENED if answer.status_code < 300 else BROKE)


@contextmanager
def _noting_writes(written: list[str]) -> Iterator[None]:
    from django.db import connection  # noqa: PLC0415

    def note(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        words = str(sql).split(maxsplit=3)
        if words[0] in {"INSERT", "DELETE", "UPDATE"}:
            written.append(words[1 if words[0] == "UPDATE" else 2].strip('"'))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield


@contextmanager
def unrendered() -> Iterator[None]:
    """Without templates, PDFs and the list of all lists: they cost most of a page and decide no right."""
    from unittest.mock import patch  # noqa: PLC0415

    with (
        patch("django.template.backends.django.Template.render", return_value=""),
        patch("office.admin_site.OfficeAdminSite.get_app_list", return_value=[]),
        patch("donations.admin.receipts.receipt_pdf", return_value=b""),
        patch("donations.admin.closings.sheet_pdf", return_value=b""),
    ):
        yield


def outcomes(role: str, all_doors: list[Door]) -> dict[str, tuple[str, list[str]]]:
    """By address: two letters, for opening and for sending, and the tables that sending wrote."""
    from tests.office import rights_rows  # noqa: PLC0415

    person = Person(role)
    rights_rows.lay_out_files()
    found = {}
    with unrendered():
        for door in all_doors:
            opened, read_wrote = person.asks(door, "GET")
            sent, sent_wrote = person.asks(door, "POST")
            found[door.route] = (opened + sent, read_wrote + sent_wrote)
    return found


def example_rows() -> dict[str, Any]:
    """One row of each model that the office lists, by the model's label, where one could be made."""
    from django.contrib import admin  # noqa: PLC0415
    from django.contrib.auth.models import User  # noqa: PLC0415
    from django.test import RequestFactory  # noqa: PLC0415

    from tests.office import rights_rows  # noqa: PLC0415

    rights_rows.make()
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True)
    first = {
        model._meta.label_lower: desk.get_queryset(request).order_by("pk").first()
        for model, desk in admin.site._registry.items()
    }
    return {label: row for label, row in first.items() if row is not None}


def columns() -> list[str]:
    from office.roles import ROLES  # noqa: PLC0415

    return [*(role.name for role in ROLES), ROLELESS]


def read_table() -> dict[str, dict[str, str]]:
    """By address and role, what is expected."""
    with TABLE.open(newline="") as file:
        return {line.pop("address"): line for line in csv.DictReader(file)}


def write_table(all_doors: list[Door], measured: Callable[[str], dict[str, tuple[str, list[str]]]]) -> None:
    """Write what was measured, one line per address."""
    for role in columns():
        for address, (letters, written) in measured(role).items():
            if "x" in letters:
                sys.stderr.write(f"{address} breaks for {role}: {written[-1]}\n")
    lines = [[door.route, *(measured(role)[door.route][0] for role in columns())] for door in all_doors]
    with TABLE.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([["address", *columns()], *lines])


def main() -> int:
    """Through pytest, whose fixtures make the database; see `test_rights.py`."""
    import pytest  # noqa: PLC0415

    os.environ["WRITE_RIGHTS"] = "1"
    return int(pytest.main(["-q", "-n0", "-p", "no:cacheprovider", str(Path(__file__).with_name("test_rights.py"))]))


if __name__ == "__main__":
    sys.exit(main())
