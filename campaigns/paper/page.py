"""An A4 page on which lines of any script are set: ours decides where each run stands, fpdf2 writes it into the file.

fpdf2 breaks lines before it knows their direction, so the order of runs and the ends of lines are ours, those of the
pictures that stand for a page (`campaigns.share`). A file is the same, byte for byte, for the same words and moment.
"""

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple
from unicodedata import bidirectional

from blueheart.languages import is_rtl
from campaigns.paper.spelling import writable
from campaigns.share.bidi import END_OF_ISOLATE, ISOLATES, RTL_LETTERS
from campaigns.share.breaking import pieces
from campaigns.share.typesetting import HARFBUZZ_LANGUAGE, OTHER_SCRIPTS, Run, Style, font_file, set_line, visual_runs

if TYPE_CHECKING:
    from campaigns.paper.pdf_file import PdfFile

WIDTH, HEIGHT, MARGIN = 210.0, 297.0, 20.0  # millimetres
COLUMN = WIDTH - 2 * MARGIN
FOOT = HEIGHT - 18.0
POINT = 25.4 / 72

INK, QUIET, RULE, SKY, ALARM, GHOST = "#0b2a4a", "#34506d", "#c9d9e6", "#009edb", "#a3141e", "#e9eef3"
# Line height over size: Arabic reaches further up and down, Chinese stands closer together.
LEADING = {"ar": 1.7, "zh-hans": 1.55}
OTHER_LEADING = 1.4


# Arabic is Vazirmatn: Noto's letters and their dots are glyphs apart, which no reader of PDFs joins again.
ARABIC, LATIN, CHINESE = "Vazirmatn", "NotoSans", "NotoSansSC"
FAMILIES = {"ar": (ARABIC, LATIN, CHINESE), "zh-hans": (CHINESE, LATIN, ARABIC)}
OTHERWISE = (LATIN, ARABIC, CHINESE)


class Type(NamedTuple):
    """How a text is set: points, weight and colour."""

    size: float = 10.5
    weight: str = "Regular"
    colour: str = INK


NUMBERS = Type(9, colour=QUIET)
WITHOUT_ISOLATES = dict.fromkeys(map(ord, {*ISOLATES, END_OF_ISOLATE}))


class Paper:
    """A document that grows from top to bottom; `across` is counted from the edge where its language begins."""

    def __init__(self, *, language: str, title: str, made_at: dt.datetime, watermark: str = "") -> None:
        self.language = language
        self.rtl = is_rtl(language)
        self.watermark = watermark
        self.y = MARGIN
        self._leading = LEADING.get(language, OTHER_LEADING)
        self._fonts: set[tuple[str, str]] = set()
        self._pdf = _new_file(language, title, made_at)
        self.new_page()

    def new_page(self) -> None:
        """Go on at the top of a new page."""
        self._pdf.add_page()
        self.y = MARGIN
        if self.watermark:
            self._write_watermark()

    def file(self) -> bytes:
        """The file; nothing more can be written then. Where there are several pages, each says which one it is."""
        count = self._pdf.pages_count
        for number in range(1, count + 1) if count > 1 else ():
            self._pdf.go_back_to(number)
            self.y = FOOT + 3
            self.text(f"{number}/{count}", NUMBERS, ends=True)
        return self._pdf.finished()

    def room_for(self, height: float) -> bool:
        """Begin a new page where less than so many millimetres are left on this one, and tell whether it did."""
        is_full = self.y + height > FOOT
        if is_full:
            self.new_page()
        return is_full

    def text(
        self,
        text: str,
        kind: Type,
        *,
        across: float = 0,
        width: float = COLUMN,
        tag: str = "P",
        ends: bool = False,
    ) -> float:
        """Set the text in lines from `self.y` down, which stays, and return their height; `ends`: at the far end.

        Text without a letter of a right-to-left script runs from left to right everywhere, as an id does.
        """
        style = self._style(kind)
        lines = list(_lines(writable(text), style, width / (kind.size * POINT)))
        rtl = self.rtl and any(bidirectional(char) in RTL_LETTERS for char in text)
        step = kind.size * POINT * self._leading
        top = self.y
        with self._pdf.tagged(tag):
            for number, line in enumerate(lines):
                used = set_line(line, style, rtl=rtl).width * kind.size * POINT
                at = across + (width - used if ends else 0)
                left = WIDTH - MARGIN - at - used if self.rtl else MARGIN + at
                baseline = top + number * step + step / 2 + kind.size * POINT * 0.36
                self._write(visual_runs(line, style, rtl=rtl), kind, left, baseline)
                if self.rtl:  # readers that go by the order of writing would glue the next cell to this one
                    self._write([Run(" ", FAMILIES[self.language][0], rtl=True)], kind, left, baseline)
        return len(lines) * step

    def height(self, text: str, kind: Type, *, width: float = COLUMN) -> float:
        """How high the text would stand in a column."""
        lines = _lines(writable(text), self._style(kind), width / (kind.size * POINT))
        return sum(1 for _line in lines) * kind.size * POINT * self._leading

    def rule(self, *, colour: str = RULE, thickness: float = 0.2) -> None:
        """A line across the column at `self.y`."""
        with self._pdf.artifact():
            self._pdf.set_draw_color(colour)
            self._pdf.set_line_width(thickness)
            self._pdf.line(MARGIN, self.y, WIDTH - MARGIN, self.y)

    def frame(self, height: float, *, colour: str) -> None:
        """A bar at the edge where reading begins, beside what stands from `self.y` down."""
        with self._pdf.artifact():
            self._pdf.set_fill_color(colour)
            left = WIDTH - MARGIN - 1.2 if self.rtl else MARGIN
            self._pdf.rect(left, self.y, 1.2, height, style="F")

    def squares(self, rows: list[bytes], *, across: float, side: float, says: str) -> None:
        """A code of dark and light squares at `self.y`, so many millimetres wide, with its words for who cannot see."""
        module = side / len(rows)
        left = WIDTH - MARGIN - across - side if self.rtl else MARGIN + across
        self._pdf.set_fill_color(INK)
        with self._pdf.tagged("Figure", says=says):
            for down, row in enumerate(rows):
                for right, length in _dark_runs(row):
                    box = (left + right * module, self.y + down * module, length * module, module)
                    self._pdf.rect(*box, style="F")

    def shape(self, outlines: list[tuple[str, list[tuple[float, float]]]], *, across: float, scale: float) -> None:
        """Filled outlines, each a colour and points in units of `scale` millimetres; ground and no text."""
        width = max(x for _colour, points in outlines for x, _y in points) * scale
        left = WIDTH - MARGIN - across - width if self.rtl else MARGIN + across
        with self._pdf.artifact():
            for colour, points in outlines:
                self._pdf.set_fill_color(colour)
                self._pdf.polygon([(left + x * scale, self.y + y * scale) for x, y in points], style="F")

    def _style(self, kind: Type) -> Style:
        return Style(self.language, kind.weight, FAMILIES.get(self.language, OTHERWISE) + OTHER_SCRIPTS)

    def _write_watermark(self) -> None:
        kind = Type(64, "Bold", GHOST)
        style = self._style(kind)
        room = 225.0
        width = set_line(self.watermark, style).width * kind.size * POINT
        if width > room:
            kind = kind._replace(size=kind.size * room / width)
            width = room
        middle = (WIDTH / 2, HEIGHT / 2)
        with self._pdf.artifact(), self._pdf.rotation(52, *middle):
            self._write(visual_runs(self.watermark, style), kind, middle[0] - width / 2, middle[1] + 8)

    def _write(self, runs: list[Run], kind: Type, left: float, baseline: float) -> None:
        self._pdf.set_text_color(kind.colour)
        for run in runs:
            self._choose(run, kind)
            width = self._pdf.get_string_width(run.text)
            # fpdf2 sets the baseline of a cell of no height at 0.3 of the size below its y.
            self._pdf.set_xy(left, baseline - 0.3 * kind.size * POINT)
            self._pdf.cell(w=width, h=0, text=run.text)
            left += width

    def _choose(self, run: Run, kind: Type) -> None:
        if (run.family, kind.weight) not in self._fonts:
            style = "B" if kind.weight == "Bold" else ""
            self._pdf.add_font(run.family, style, str(font_file(run.family, kind.weight)))
            self._fonts.add((run.family, kind.weight))
        self._pdf.set_font(run.family, "B" if kind.weight == "Bold" else "", kind.size)
        self._pdf.set_text_shaping(
            use_shaping_engine=True,
            direction="rtl" if run.rtl else "ltr",
            language=HARFBUZZ_LANGUAGE.get(self.language, self.language),
        )


def _new_file(language: str, title: str, made_at: dt.datetime) -> "PdfFile":
    from campaigns.paper.pdf_file import PdfFile  # noqa: PLC0415  lazy: fpdf2 costs 180 ms of every start

    return PdfFile(language=HARFBUZZ_LANGUAGE.get(language, language), title=title, made_at=made_at)


def _lines(text: str, style: Style, width: float) -> Iterator[str]:
    """The text in lines of so many ems at most, each whole in itself: an isolate that is cut goes on in the next."""
    inside = ""
    for line in _cut(text, style, width):
        opened = inside + line
        inside = _open_isolates(opened)
        yield opened + END_OF_ISOLATE * len(inside)


def _open_isolates(line: str) -> str:
    inside: list[str] = []
    for char in line:
        if char in ISOLATES:
            inside.append(char)
        elif char == END_OF_ISOLATE and inside:
            inside.pop()
    return "".join(inside)


def _cut(text: str, style: Style, width: float) -> Iterator[str]:
    """The text cut into lines; a word that is wider than a line is cut where it must be."""
    for paragraph in text.split("\n"):
        current = ""
        for piece in pieces(paragraph):
            if current and _width(current + piece.rstrip(" "), style) > width:
                yield current.rstrip(" ")
                current = ""
            current += piece
            while len(current) > 1 and _width(current.rstrip(" "), style) > width:
                cut = next(
                    at for at in range(len(current) - 1, 0, -1) if at == 1 or _width(current[:at], style) <= width
                )
                yield current[:cut]
                current = current[cut:]
        yield current.rstrip(" ")


def _width(text: str, style: Style) -> float:
    # An isolate has no width, and its end may stand on another line.
    return set_line(text.translate(WITHOUT_ISOLATES), style).width


def _dark_runs(row: bytes) -> Iterator[tuple[int, int]]:
    start = 0
    for at in range(1, len(row) + 1):
        if at == len(row) or bool(row[at]) != bool(row[start]):
            if row[start]:
                yield start, at - start
            start = at
