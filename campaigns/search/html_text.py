"""What a reader sees of a page's main part."""

from html.parser import HTMLParser
from typing import NamedTuple

UNSEEN = frozenset({"nav", "form", "script", "style", "template", "svg", "button", "select", "noscript"})
ENDLESS = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})  # tags without an end
WITHIN_A_LINE = frozenset({"a", "abbr", "b", "bdi", "em", "i", "mark", "small", "span", "strong", "sub", "sup", "time"})


class PageText(NamedTuple):
    """The first heading, the description for search engines, and the words of <main>."""

    title: str
    description: str
    body: str


def page_text(html: str) -> PageText:
    """The words of a whole page without its menus and forms; those that are only for screen readers stay."""
    head, _end, body = html.rpartition("</head>")
    main, _end, _rest = body[max(body.find("<main"), 0) :].partition("</main>")
    reader = _Reader()
    reader.feed(head + main)  # menus and footers are longer than most pages
    reader.close()
    return PageText(_spaced(reader.title), reader.description, _spaced(reader.body))


def prose_text(html: str) -> str:
    """The words of a piece of HTML, such as Markdown becomes."""
    return page_text(f"<main>{html}</main>").body


def _spaced(pieces: list[str]) -> str:
    return " ".join("".join(pieces).split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title: list[str] = []
        self.body: list[str] = []
        self.description = ""
        self.open: list[tuple[str, bool]] = []  # the tags that we are in, and whether their words are unseen
        self.unseen = self.mains = self.headings = 0  # how many of these we are in

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "meta" and values.get("name") == "description":
            self.description = " ".join((values.get("content") or "").split())
        self._part(tag)
        if tag not in ENDLESS:
            is_unseen = tag in UNSEEN or "hidden" in values
            self.open.append((tag, is_unseen))
            self._count(tag, 1, is_unseen=is_unseen)

    def handle_endtag(self, tag: str) -> None:
        self._part(tag)
        if any(tag == opened for opened, _seen in self.open):
            closed = ""
            while closed != tag:
                closed, is_unseen = self.open.pop()
                self._count(closed, -1, is_unseen=is_unseen)

    def handle_data(self, data: str) -> None:
        if self.mains and not self.unseen:
            (self.title if self.headings else self.body).append(data)

    def _count(self, tag: str, change: int, *, is_unseen: bool) -> None:
        self.unseen += change * is_unseen
        self.mains += change * (tag == "main")
        self.headings += change * (tag == "h1")

    def _part(self, tag: str) -> None:
        """Keep words of two paragraphs apart, and not the halves of one that is partly bold."""
        if tag not in WITHIN_A_LINE:
            self.body.append(" ")
            self.title.append(" ")
