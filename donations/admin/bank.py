"""The bank in the office: accounts, imported statements, and their lines, each explained by a person."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.admin.base import KeptInTrail
from donations.admin import bank_pages
from donations.admin.acts import ActPage, Button, answer, linked, require, staff
from donations.admin.bank_pages import IMPORT
from donations.admin.money import AMOUNT, MoneyAdmin, shown_amount, shown_list
from donations.forms.bank import BankAccountForm, ReasonForm
from donations.models import BankAccount, BankLine, BankStatement
from donations.services.bank_statements import gap_before, undo_statement


class BankDesk(MoneyAdmin):
    """Who may import may look, too."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) or request.user.has_perm(IMPORT)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return super().has_module_permission(request) or request.user.has_perm(IMPORT)


@admin.register(BankAccount)
class BankAccountAdmin(KeptInTrail[Any]):
    """Accounts of the Fund's. One with statements is not deleted, nor becomes another account."""

    form = BankAccountForm
    list_display = ["name", "bank", "iban", "currency", "is_shown"]
    list_filter = ["currency", "is_shown"]
    search_fields = ["name", "iban"]
    search_help_text = gettext_lazy("A part of the name or of the account’s number.")

    def has_delete_permission(self, request: HttpRequest, obj: BankAccount | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or not obj.statements.exists())

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """One by one: an account with statements stays."""
        return {}

    def trail_detail(self, obj: BankAccount) -> dict[str, Any]:
        return {"is_shown": obj.is_shown}


@admin.register(BankStatement)
class BankStatementAdmin(BankDesk):
    change_list_template = "admin/donations/bank/statements.html"
    change_form_template = "admin/donations/bank/statement.html"
    list_display = [
        "file_name", "account", "number", "from_on", "until_on", "new_lines", "unmatched", "duplicates", "imported_at",
        "imported_by", "undone_at",
    ]  # fmt: skip
    list_select_related = ["account", "imported_by"]
    list_filter = ["account", ("undone_at", admin.EmptyFieldListFilter), "format", "imported_at"]
    moments = "imported_at"
    search_fields = ["file_name", "=number", "=digest"]
    search_help_text = gettext_lazy("A part of the file’s name, a whole number or SHA-256.")
    fields = [
        "file_name", "account", "format", "number", "from_on", "until_on", "opening", "closing", "lines_by_status",
        "imported_by", "imported_at", "digest", "undone_by", "undone_at", "why",
    ]  # fmt: skip
    readonly_fields = ["opening", "closing", "lines_by_status"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        undone, duplicate = BankLine.Status.UNDONE, BankLine.Status.DUPLICATE
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.annotate(  # type: ignore[no-any-return]
            new=Count("lines", filter=~Q(lines__status__in=[undone, duplicate])),
            again=Count("lines", filter=Q(lines__status=duplicate)),
            open=Count("lines", filter=Q(lines__status=BankLine.Status.UNMATCHED)),
        )

    @admin.display(description=gettext_lazy("new lines"))
    def new_lines(self, statement: Any) -> int:
        return int(statement.new)

    @admin.display(description=gettext_lazy("to be explained"))
    def unmatched(self, statement: Any) -> int:
        return int(statement.open)

    @admin.display(description=gettext_lazy("duplicates"))
    def duplicates(self, statement: Any) -> int:
        return int(statement.again)

    @admin.display(description=gettext_lazy("opening balance"))
    def opening(self, statement: BankStatement) -> str:
        return _balance(statement, statement.opening_minor)

    @admin.display(description=gettext_lazy("closing balance"))
    def closing(self, statement: BankStatement) -> str:
        return _balance(statement, statement.closing_minor)

    @admin.display(description=gettext_lazy("lines"))
    def lines_by_status(self, statement: BankStatement) -> SafeString | str:
        counted = dict(statement.lines.order_by().values_list("status").annotate(Count("pk")))
        address = reverse("admin:donations_bankline_changelist")
        rows = [
            (address, statement.pk, value, label, counted[value])
            for value, label in BankLine.Status.choices
            if value in counted
        ]
        return shown_list('<li><a href="{}?statement__id__exact={}&amp;status__exact={}">{}</a>: {}</li>', rows)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<int:pk>/undo/", view(self.undo), name="donations_bankstatement_undo"),
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Say beside the fields where a statement may be missing before this one."""
        statement = self.get_object(request, object_id)
        context = {"gap": gap_before(statement), **(extra_context or {})} if statement else extra_context
        return super().change_view(request, object_id, form_url, context)

    def undo(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take a whole import back, with a reason."""
        require(request, IMPORT)
        statement = get_object_or_404(BankStatement.objects.select_related("account"), pk=pk)
        matched = statement.lines.filter(status=BankLine.Status.MATCHED).count()

        def act(given: dict[str, Any]) -> str:
            undo_statement(statement, by=staff(request), why=given["why"], request=request)
            return _("The import is undone. The same file can be imported again.")

        facts = [
            (_("File"), statement.file_name),
            (_("Bank account"), statement.account),
            (_("Lines"), statement.lines.count()),
            (_("Matched lines, whose own postings are reversed"), f"{matched}"),
        ]
        if statement.undone_at:
            messages.info(request, _("This import was undone before."))
        buttons = [] if statement.undone_at else [Button("undo", _("Undo the import"), act)]
        page = ActPage(self, statement, _("Undo an import"), facts, buttons)
        return answer(page, request, ReasonForm(request.POST or None))


@admin.register(BankLine)
class BankLineAdmin(BankDesk):
    change_form_template = "admin/donations/bank/line.html"
    list_display = ["booked_on", "amount", "counterparty", "remittance", "status", "explain"]
    list_filter = ["status", "statement__account", "currency", "booked_on"]
    moments = "booked_on"
    summed = AMOUNT
    search_fields = ["counterparty", "=bank_reference", "=counterparty_iban", "remittance"]
    search_help_text = gettext_lazy("A part of the name or the text, or a whole reference or account.")
    fields = [
        "booked_on", "valued_on", "amount", "counterparty", "counterparty_iban", "remittance", "bank_reference",
        "end_to_end_id", "status", "first", "ignored_for", "matched_with", "file", "position", "fingerprint",
    ]  # fmt: skip
    readonly_fields = ["amount", "first", "matched_with", "file"]

    @admin.display(description=gettext_lazy("what it is"))
    def explain(self, line: BankLine) -> SafeString | str:
        if line.status == BankLine.Status.UNDONE:
            return "–"
        words = _("Explain…") if line.status == BankLine.Status.UNMATCHED else _("Show…")
        return format_html('<a href="{}">{}</a>', reverse("admin:donations_bankline_explain", args=[line.pk]), words)

    @admin.display(description=gettext_lazy("duplicate of"))
    def first(self, line: BankLine) -> SafeString | str:
        return linked(line.duplicate_of) if line.duplicate_of else "–"

    @admin.display(description=gettext_lazy("file"))
    def file(self, line: BankLine) -> SafeString:
        return linked(line.statement)

    @admin.display(description=gettext_lazy("matched with"))
    def matched_with(self, line: BankLine) -> SafeString | str:
        rows = [(name, row, amount) for name, row, amount, _made in bank_pages.matches_of(line)]
        return shown_list("<li>{}: {} <bdi>{}</bdi></li>", rows)

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(lambda request, pk: bank_pages.explain(request, self, pk=pk))
        return [path("<int:pk>/explain/", page, name="donations_bankline_explain"), *super().get_urls()]


def _balance(statement: BankStatement, amount_minor: int | None) -> str:
    return "–" if amount_minor is None else shown_amount(amount_minor, statement.account.currency)
