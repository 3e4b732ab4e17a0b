"""The sentences of our mails, and what staff say instead: words may change, never the links, amounts or conditions.

A sentence is known by its English source without mark-up, `{name}` standing for what is filled in. Staff word it for
one kind of mail in one language; what they leave alone is ours, translated as ever.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from babel import Locale
from django.conf import settings
from django.template import NodeList
from django.template.loader import get_template
from django.template.loader_tags import BlockNode, ExtendsNode
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.utils import translation
from django.utils.translation import gettext as _

from blueheart.languages import babel_locale
from blueheart.post.models import MailText

OTHER = "other"  # the form of a sentence that counts nothing, and CLDR's name of the last form of one that does
LONGEST = 1000
PARTS = ("subject.txt", "txt", "html")
FRAME = "mail/base.html"  # what it says of us stands on every mail and is not staff's to change
PLACEHOLDER = re.compile(r"\{(\w+)\}")
PRINTF = re.compile(r"%\((\w+)\)s")
MARK_UP = re.compile(r"</?bdi[^>]*>")
# What a mail program makes a link of: a host, with or without what stands before it, such as the name of a mailbox.
HOST = re.compile(r"(?<=://)[^\s/?#:]+|(?:[^\W_][\w-]*\.)+[^\W\d_]{2,}")
OTHERS_HOSTS = ("stripe.com", "un.org", "unodc.org")  # that a mail of ours may name beside our own
COUNTED = range(200)  # numbers among which every plural form of our languages has one

Forms = dict[str, str]


@dataclass(frozen=True)
class Sentence:
    """One sentence of a mail. `counter` names the number by which its plural form is chosen, if it has any."""

    singular: str
    plural: str = ""
    counter: str = ""

    @property
    def key(self) -> str:
        return _plain(self.singular)

    @property
    def names(self) -> frozenset[str]:
        """What may be filled in."""
        return frozenset(PLACEHOLDER.findall(_plain(self.singular) + _plain(self.plural)))

    def ours(self, language: str) -> Forms:
        """The sentence as we say it in a language, by plural form."""
        with translation.override(language):
            if not self.plural:
                return {OTHER: _plain(translation.gettext(self.singular))}
            numbers = examples(language)
            return {form: _plain(translation.ngettext(self.singular, self.plural, n)) for form, n in numbers.items()}


def examples(language: str) -> dict[str, int]:
    """Each plural form of a language's whole numbers with the smallest number that takes it, by CLDR."""
    return _examples(babel_locale(language))


@cache
def _examples(locale: Locale) -> dict[str, int]:
    found: dict[str, int] = {}
    for number in COUNTED:
        found.setdefault(locale.plural_form(number), number)
    return found


def form_of(language: str, number: int) -> str:
    """The plural form that a number takes in a language."""
    form: str = babel_locale(language).plural_form(number)
    return form


def sentence_of(node: TranslateNode | BlockTranslateNode) -> Sentence | None:
    """What a tag says; None where it translates a variable."""
    if isinstance(node, TranslateNode):
        literal = getattr(node.filter_expression.var, "literal", None)
        return Sentence(str(literal)) if isinstance(literal, str) else None
    singular, _names = node.render_token_list(node.singular)
    if not node.plural:
        return Sentence(singular)
    plural, _names = node.render_token_list(node.plural)
    return Sentence(singular, plural, counter=node.countervar or "")


@cache
def sentences(kind: str) -> dict[str, Sentence]:
    """The sentences of a kind of mail that staff may word, in the order of its subject and text."""
    kept = {sentence.key for sentence in _in_template(FRAME)}
    found: dict[str, Sentence] = {}
    for part in PARTS:
        for sentence in _in_template(f"mail/{kind}.{part}"):
            if sentence.key not in kept:
                found.setdefault(sentence.key, sentence)
    return found


def in_force(kind: str, language: str) -> dict[str, Forms]:
    """What staff say instead in mails of this kind and language: forms by sentence. One query."""
    return dict(MailText.objects.filter(kind=kind, language=language).values_list("source", "words"))


def refusal(sentence: Sentence, ours: str, typed: str) -> str:
    """Why these words cannot stand for ours, in the reader's language; empty if they can."""
    named = set(PLACEHOLDER.findall(typed))
    if missing := set(PLACEHOLDER.findall(ours)) - named:
        return _("Please keep %(names)s: that is filled in.") % {"names": _shown(missing)}
    if unknown := named - sentence.names:
        return _("Nothing is filled in for %(names)s here.") % {"names": _shown(unknown)}
    if "{" in PLACEHOLDER.sub("", typed) or "}" in PLACEHOLDER.sub("", typed):
        return _("Braces only stand round the name of what is filled in.")
    if stranger := next((host for host in HOST.findall(PLACEHOLDER.sub(" ", typed)) if not _is_ours(host)), ""):
        return _("Mails name no address but ours: please leave %(host)s out.") % {"host": stranger}
    if any(not sign.isprintable() for sign in typed):
        return _("Please write it in one line, without signs that cannot be seen.")
    return ""


def _is_ours(host: str) -> bool:
    """Whether it is the portal's own host, or one that is listed, or a part of that."""
    ours = (urlsplit(settings.SITE_URL).hostname or "", *OTHERS_HOSTS)
    return any(host.lower() == each or host.lower().endswith(f".{each}") for each in ours)


def _shown(names: set[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names))


def _plain(message: str) -> str:
    """A message of gettext without mark-up, and as people read it: `{name}` for `%(name)s`."""
    return PRINTF.sub(r"{\1}", MARK_UP.sub("", message)).replace("%%", "%")


def _in_template(name: str, overridden: frozenset[str] = frozenset()) -> Iterator[Sentence]:
    """What a template says in the end: not the blocks of a parent that it replaces by its own."""
    nodes = get_template(name).template.nodelist  # type: ignore[attr-defined]
    blocks = frozenset(block.name for block in nodes.get_nodes_by_type(BlockNode))
    for extends in nodes.get_nodes_by_type(ExtendsNode):
        if (parent := extends.parent_name.var) != FRAME:
            yield from _in_template(parent, overridden | blocks)
    yield from _in_nodes(nodes, overridden)


def _in_nodes(nodes: NodeList, overridden: frozenset[str]) -> Iterator[Sentence]:
    for node in nodes:
        if isinstance(node, BlockNode) and node.name in overridden:
            continue
        if isinstance(said := getattr(node, "sentence", None), Sentence):
            yield said
        for children in (getattr(node, name, None) for name in node.child_nodelists):
            if isinstance(children, NodeList):
                yield from _in_nodes(children, overridden)
