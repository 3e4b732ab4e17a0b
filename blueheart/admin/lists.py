"""Lists that cost the same over ten rows and ten million: counted to a bound, paged by place, sorted by indexes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, NamedTuple, TypeVar

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.views.main import ALL_VAR, ORDER_VAR, PAGE_VAR, SEARCH_VAR, ChangeList
from django.core.exceptions import FieldDoesNotExist, PermissionDenied, ValidationError
from django.core.paginator import InvalidPage
from django.db import connection, transaction
from django.db.models import DateField, Field, Model, Q, QuerySet, Sum
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _

from blueheart.admin import moments, searches
from blueheart.admin.counting import FOUND, MOST, BoundedPaginator, Counted, count_all, count_to
from blueheart.languages import page_language
from blueheart.money import format_amount

AFTER, BEFORE, COUNT, ADD_UP = "_after", "_before", "_count", "_sum"
OWN = (AFTER, BEFORE, COUNT, ADD_UP)
MOST_PAGED = 10_000  # rows that are passed over to reach a page by its number
MOST_RELATED = 1_000  # rows of another table that a search leads through

M = TypeVar("M", bound=Model)


class Total(NamedTuple):
    """A sum of the whole list that is kept elsewhere: what it is, and the amounts, one of each currency."""

    label: str | Promise
    amounts: Sequence[str]


class Key(NamedTuple):
    """A field that rows stand in the order of."""

    name: str
    is_falling: bool


class DeskList(ChangeList):
    """A list of the office as one request wants it."""

    model_admin: "CountedList[Any]"
    counted: Counted
    next_link: str = ""
    previous_link: str = ""
    first_link: str = ""
    ends_here = False

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.asked = {name: request.GET[name] for name in OWN if name in request.GET}
        super().__init__(request, *args, **kwargs)
        self.search_help_text = self.search_help_text or self.model_admin.searched_in_words()
        for name in OWN:
            self.params.pop(name, None)

    def get_queryset(self, request: HttpRequest, exclude_parameters: list[str | None] | None = None) -> QuerySet[Any]:
        """The rows that are asked for; what stands in the address may be the key of what was typed."""
        self.query = searches.words(request, self.query)
        return super().get_queryset(request, exclude_parameters)

    @property
    def search_address(self) -> str:
        """Where the search form is sent: the list as it is filtered, from its first page."""
        return self.get_query_string(remove=[SEARCH_VAR, PAGE_VAR])

    def get_filters_params(self, params: dict[str, Any] | None = None) -> dict[str, Any]:
        return {name: value for name, value in super().get_filters_params(params).items() if name not in OWN}

    def get_query_string(self, new_params: Mapping[str, Any] | None = None, remove: Iterable[str] | None = None) -> str:
        """Another choice begins at its first page."""
        return super().get_query_string(dict(new_params or {}), [*(remove or ()), *OWN])

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """By columns that an index serves; rows of a range of days stand in the order of their days."""
        if not self._may_be_sorted():
            self.params.pop(ORDER_VAR, None)
        ordering = list(super().get_ordering(request, queryset))
        ranged = self.ranged_field
        if not ranged or ORDER_VAR in self.params or ordering[0] in (ranged, f"-{ranged}"):
            return ordering
        return [f"-{ranged}", "-pk"]

    def _may_be_sorted(self) -> bool:
        numbers = [part.lstrip("-") for part in self.params.get(ORDER_VAR, "").split(".")]
        columns = [self.list_display[int(n)] for n in numbers if n.isdecimal() and int(n) < len(self.list_display)]
        return self.sortable_by is None or all(column in self.sortable_by for column in columns)

    @cached_property
    def ranged_field(self) -> str | None:
        """The day or moment of the rows that the address gives a range of."""
        for name in self.filter_params:
            field, _separator, lookup = name.rpartition(LOOKUP_SEP)
            if lookup in ("gte", "gt", "lt", "lte") and isinstance(_field(self.model, field), DateField):
                return field
        return None

    @property
    def is_chosen(self) -> bool:
        """Whether a filter or a search leaves rows out."""
        return bool(self.queryset.query.where) and self.queryset.query.where != self.root_queryset.query.where

    def get_results(self, request: HttpRequest) -> None:
        self.counted = self._count()
        self.result_count = self.counted.number
        self.full_result_count = None
        self.show_full_result_count = False
        self.show_admin_actions = True
        self.can_show_all = self.counted.is_exact and self.result_count <= self.list_max_show_all
        self.multi_page = self.result_count > self.list_per_page
        self.paginator = self.model_admin.get_paginator(request, self.queryset, self.list_per_page)
        self.paginator.count = self.result_count
        if self.counted.is_exact:
            self.result_list = self._page_of_all()
            return
        keys = self._keys()
        with _rows_within_reach() if self.is_chosen else nullcontext():
            by_place = keys and self.page_num <= 1
            self.result_list = self._page_by_place(keys) if by_place else self._page_by_number()

    def _count(self) -> Counted:
        if COUNT in self.asked or ADD_UP in self.asked:
            return count_to(self.queryset, MOST)
        if not self.queryset.query.where:
            return count_all(self.queryset)
        return count_to(self.queryset, FOUND)

    def _page_of_all(self) -> Any:
        if not self.multi_page or (self.show_all and self.can_show_all):
            return self.queryset[: self.list_max_show_all]
        try:
            return self.paginator.page(self.page_num).object_list
        except InvalidPage as error:
            raise IncorrectLookupParameters from error

    def _page_by_number(self) -> list[Any]:
        """For orders in which a place cannot be found: rows are passed over, and no more than is quick."""
        begins = (max(self.page_num, 1) - 1) * self.list_per_page
        if begins >= MOST_PAGED:
            self.ends_here, self.first_link = True, self.get_query_string()
            return []
        rows = list(self.queryset[begins : begins + self.list_per_page + 1])
        if len(rows) > self.list_per_page:
            self.next_link = self._link(PAGE_VAR, self.page_num + 1)
        if self.page_num > 1:
            self.first_link = self.get_query_string()
            self.previous_link = self._link(PAGE_VAR, self.page_num - 1)
        return rows[: self.list_per_page]

    def _page_by_place(self, keys: Sequence[Key]) -> list[Any]:
        """The rows after or before the one that the address names, which an index finds at once."""
        is_back = BEFORE in self.asked
        beyond = self._beyond(keys, is_back=is_back)
        rows = self.queryset.filter(beyond) if beyond else self.queryset
        found = list((rows.reverse() if is_back and beyond else rows)[: self.list_per_page + 1])
        has_more, found = len(found) > self.list_per_page, found[: self.list_per_page]
        if is_back and beyond:
            found.reverse()
        if beyond:
            self.first_link = self.get_query_string()
        if found and (has_more or (is_back and beyond)):
            self.next_link = self._link(AFTER, found[-1].pk)
        if found and beyond and (has_more or not is_back):
            self.previous_link = self._link(BEFORE, found[0].pk)
        return found

    def _link(self, name: str, value: Any) -> str:
        asked = {COUNT: self.asked[COUNT]} if COUNT in self.asked else {}
        return self.get_query_string({**asked, name: value})

    def _keys(self) -> list[Key]:
        """The order, if it ends at the primary key and what stands before it is a field of the row, never empty."""
        keys: list[Key] = []
        for part in self.queryset.query.order_by:
            if not isinstance(part, str):
                return []
            name = part.lstrip("-")
            field = self.lookup_opts.pk if name == "pk" else _field(self.model, name)
            if field is None or (field.null and name != self.ranged_field) or len(keys) > 1:
                return []
            keys.append(Key("pk" if field.primary_key else name, part.startswith("-")))
            if field.unique:
                return keys
            if field.is_relation:
                return []
        return []

    def _beyond(self, keys: Sequence[Key], *, is_back: bool) -> Q | None:
        """What a row must have to stand beyond the named one; None where none is named, or that is gone."""
        pk = self._named()
        names = [key.name for key in keys]
        if pk is None:
            return None
        place = (pk,) if names == ["pk"] else self.root_queryset.filter(pk=pk).order_by().values_list(*names).first()
        if place is None or None in place:
            return None
        last = Q(**{f"{names[-1]}__{_side(keys[-1], is_back)}": place[-1]})
        if len(keys) == 1:
            return last
        side = _side(keys[0], is_back)
        # The outer bound is what an index is entered by.
        return Q(**{f"{names[0]}__{side}e": place[0]}) & (Q(**{f"{names[0]}__{side}": place[0]}) | last)

    def _named(self) -> Any:
        raw = self.asked.get(BEFORE) or self.asked.get(AFTER)
        try:
            return self.lookup_opts.pk.to_python(raw)
        except ValidationError:
            return None

    @property
    def page_numbers(self) -> Iterator[int | str]:
        """The numbers of the pages, where all of them are known."""
        yield from self.paginator.get_elided_page_range(self.page_num)

    @property
    def show_all_link(self) -> str:
        return self.get_query_string({ALL_VAR: ""})

    @cached_property
    def moment_links(self) -> moments.MomentLinks | None:
        """Years, months or days to choose from."""
        name = self.model_admin.moments
        return moments.links(self.root_queryset, name, self.params) if name else None

    def moment_choices(self) -> Iterator[tuple[str, str]]:
        """Title and address of each; no address for the one that is shown."""
        for choice in self.moment_links.choices if self.moment_links else ():
            yield choice.title, self._moment(choice)

    def moment_back(self) -> tuple[str, str] | None:
        """Title and address of the wider span."""
        back = self.moment_links.back if self.moment_links else None
        return (back.title, self._moment(back)) if back else None

    def _moment(self, link: moments.MomentLink) -> str:
        if link.query is None:
            return ""
        return self.get_query_string(link.query, [f"{self.model_admin.moments}{LOOKUP_SEP}"])

    @property
    def count_link(self) -> str:
        """Where the rows are counted further, if they were not yet and would be of use."""
        is_unknown = not self.counted.is_exact and bool(self.queryset.query.where) and COUNT not in self.asked
        return self.get_query_string({COUNT: 1}) if is_unknown else ""

    @property
    def add_up_link(self) -> str:
        """Where the amounts of the rows are added up, for lists of money."""
        may = bool(self.model_admin.summed) and ADD_UP not in self.asked and (self.is_chosen or not self.totals)
        return self.get_query_string({ADD_UP: 1}) if may else ""

    @cached_property
    def totals(self) -> Sequence[Total]:
        """What the books have added up already of the whole list."""
        return () if self.is_chosen else self.model_admin.list_totals()

    @cached_property
    def sums(self) -> list[str] | None:
        """The rows' amounts added up in each currency, where that was asked for; of the first hundred thousand."""
        if ADD_UP not in self.asked or not self.model_admin.summed:
            return None
        language = page_language()
        return [
            format_amount(amount, currency, language)
            for currency, amount in self.model_admin.add_up(self.queryset.values("pk")[:MOST])
        ]


class CountedList(admin.ModelAdmin[M]):
    """Gives a `ModelAdmin` a list that stays quick.

    `moments`: the field whose years, months and days stand above the list; it needs an index. `grows`: the table may
    hold millions, so that the list is sorted by indexed columns alone, and searched by whole values or beginnings
    that an index finds (`=name`, `^name`). `summed`: the fields of amount and currency that can be added up.
    """

    moments: str = ""
    grows: bool = False
    summed: tuple[str, str] | None = None
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return DeskList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method != "POST" or searches.LOOK_FOR not in request.POST:
            return super().changelist_view(request, extra_context)
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(searches.address(request))

    def searched_in_words(self) -> str:
        """What the search looks at, where nobody wrote it: the names of the fields."""
        names = [_label(self.model, str(searched)) for searched in self.search_fields]
        return _("A part of: %(names)s.") % {"names": ", ".join(names)} if names else ""

    def list_totals(self) -> Sequence[Total]:
        """What is known of the whole list without adding it up."""
        return ()

    def add_up(self, keys: QuerySet[Any]) -> list[tuple[str, int]]:
        """The currencies of the rows of these keys, each with the sum of their amounts in minor units."""
        if self.summed is None:
            return []
        amount, currency = self.summed
        rows = self.model._default_manager.filter(pk__in=keys).order_by(currency)
        return [(code, int(total)) for code, total in rows.values_list(currency).annotate(total=Sum(amount))]

    def get_sortable_by(self, request: HttpRequest) -> Any:
        """Columns that an index has in order, where the table grows."""
        if not self.grows or self.sortable_by is not None:
            return super().get_sortable_by(request)
        return [name for name in self.get_list_display(request) if self._is_indexed(str(name))]

    def _is_indexed(self, column: str) -> bool:
        name = str(getattr(getattr(self, column, None), "admin_order_field", column)).lstrip("-")
        field = _field(self.model, name)
        if field is None or field.is_relation:
            return False
        meta = self.model._meta.concrete_model._meta if self.model._meta.concrete_model else self.model._meta
        whole = [index.fields[0].lstrip("-") for index in meta.indexes if index.fields and index.condition is None]
        whole += [constraint.fields[0] for constraint in meta.total_unique_constraints]
        return field.primary_key or field.unique or name in whole

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not self.grows or not search_term.strip():
            return super().get_search_results(request, queryset, search_term)
        return queryset.filter(self.marks(search_term.strip())), False

    def marks(self, term: str) -> Q:
        """What rows must have to be found by the term: in one of the fields to search, by an index of each."""
        found = Q(pk__in=[])
        for searched in self.search_fields:
            path, lookup = _lookup(str(searched))
            relation, _separator, name = path.rpartition(LOOKUP_SEP)
            if not relation:
                found |= Q(**{f"{path}{LOOKUP_SEP}{lookup}": term})
                continue
            related = self.model._meta.get_field(relation).related_model
            if isinstance(related, type) and issubclass(related, Model):
                found |= Q(**{f"{relation}__in": list(self.look_up(related, name, term)[:MOST_RELATED])})
        return found

    def look_up(self, model: type[Model], name: str, term: str) -> QuerySet[Any, Any]:
        """The keys of the rows of another table that have this value; asked first, so that an index of ours is used."""
        return model._default_manager.filter(**{name: term}).order_by().values_list("pk", flat=True)


@contextmanager
def _rows_within_reach() -> Iterator[None]:
    """Tell PostgreSQL that a row found by an index is no further away than the next one of the table.

    It plans for disks that turn: there it would rather walk from the newest row to the first that matches, past all
    receipts of this year to one of the last.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL random_page_cost = 1.1")
        yield


def _label(model: type[Model], searched: str) -> str:
    path = searched.lstrip("=^@")
    for lookup in ("startswith", "exact", "iexact", "icontains"):
        path = path.removesuffix(f"{LOOKUP_SEP}{lookup}")
    return str(get_fields_from_path(model, path)[-1].verbose_name)


def _lookup(searched: str) -> tuple[str, str]:
    """A field to search and how, from the way that Django writes it; never by a part within."""
    path, separator, lookup = searched.rpartition(LOOKUP_SEP)
    if separator and lookup in ("startswith", "exact"):
        return path, lookup
    return searched.lstrip("=^"), "startswith" if searched.startswith("^") else "exact"


def _side(key: Key, is_back: bool) -> str:
    return "lt" if key.is_falling is not is_back else "gt"


def _field(model: type[Model], name: str) -> "Field[Any, Any] | None":
    """A column of the table itself."""
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return field if isinstance(field, Field) and field.concrete else None
