"""`translate` and `blocktranslate` for mails: what staff say instead of a sentence comes before its translation.

Loaded after `i18n` in the templates below `mail/`; extraction finds the same tags there.
"""

import re
from copy import copy
from typing import Any

from django import template
from django.template import Context, Node
from django.template.base import Parser, Token, render_value_in_context
from django.templatetags.i18n import BlockTranslateNode, TranslateNode, do_block_translate, do_translate
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe

from blueheart.languages import page_language
from blueheart.post.wording import OTHER, PLACEHOLDER, Forms, Sentence, form_of, sentence_of

register = template.Library()

ISOLATED = re.compile(r"(<bdi[^>]*>)%\((\w+)\)s</bdi>")


class Worded(Node):
    """A sentence of a mail: as staff say it for this kind and language, else as the wrapped tag has it."""

    def __init__(self, tag: TranslateNode | BlockTranslateNode) -> None:
        self.tag = tag
        self.sentence = sentence_of(tag)

    def render(self, context: Context) -> Any:
        told: dict[str, Forms] = context.get("mail_words") or {}
        forms = told.get(self.sentence.key) if self.sentence else None
        if not forms:
            return self.tag.render(context)
        if isinstance(self.tag, TranslateNode):
            said = _plainly(self.tag, forms, context)
        else:
            said = self._block(self.tag, forms, context)
        if self.tag.asvar:
            context[self.tag.asvar] = said
            return ""
        return said

    def _block(self, tag: BlockTranslateNode, forms: Forms, context: Context) -> Any:
        values = {name: value.resolve(context) for name, value in tag.extra_context.items()}
        form = OTHER
        if tag.countervar and tag.counter:
            values[tag.countervar] = tag.counter.resolve(context)
            form = form_of(page_language(), values[tag.countervar])
        if form not in forms:  # a form that nobody worded is ours
            return tag.render(context)
        with context.push(**values):
            return _filled(forms[form], self.sentence, context)


def _filled(words: str, sentence: Sentence | None, context: Context) -> str:
    """The words with their values, each escaped; what our sentence sets apart in an HTML mail (bdi) stays so."""
    isolated = {name: opening for opening, name in ISOLATED.findall(sentence.singular)} if sentence else {}
    said = []
    for place, part in enumerate(PLACEHOLDER.split(words)):
        if place % 2 == 0:
            said.append(conditional_escape(part) if context.autoescape else part)
            continue
        shown = render_value_in_context(context.get(part, ""), context)
        said.append(f"{isolated[part]}{shown}</bdi>" if part in isolated else str(shown))
    whole = "".join(said)
    return mark_safe(whole) if context.autoescape else whole  # noqa: S308  each part is escaped


def _plainly(tag: TranslateNode, forms: Forms, context: Context) -> Any:
    expression = copy(tag.filter_expression)
    expression.is_var, expression.var = False, forms[OTHER]
    return render_value_in_context(expression.resolve(context), context)


@register.tag
def translate(parser: Parser, token: Token) -> Worded:
    """As `i18n` has it."""
    return Worded(do_translate(parser, token))


@register.tag
def blocktranslate(parser: Parser, token: Token) -> Worded:
    """As `i18n` has it."""
    return Worded(do_block_translate(parser, token))
