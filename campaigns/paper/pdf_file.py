"""The file that fpdf2 writes, and the three things that we need of it and that it keeps to itself."""

import datetime as dt
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import cast
from unicodedata import normalize

from fpdf import FPDF, ViewerPreferences
from fpdf.enums import TextDirection
from fpdf.fonts import TTFFont
from fpdf.line_break import Fragment

# Readers of PDFs turn Arabic around letter by letter, and with it the letters of a ligature that is said to be several.
# Unicode has these as one character each, which Chromium and Firefox take apart again in the right order.
ARABIC_LIGATURES = {
    tuple(ord(char) for char in normalize("NFKC", ligature)): (ord(ligature),)
    for ligature in "\ufefb\ufef9\ufef7\ufef5\ufdf2"
}

logging.getLogger("fontTools").setLevel(logging.WARNING)  # else it tells of every table of every font


class PdfFile(FPDF):
    """An A4 document in millimetres without margins, in one language, dated."""

    def __init__(self, *, language: str, title: str, made_at: dt.datetime) -> None:
        super().__init__(unit="mm", format="A4")
        self.set_auto_page_break(auto=False)
        self.set_margin(0)
        self.c_margin = 0
        self.alias_nb_pages(None)  # type: ignore[arg-type]  # else whoever is called {nb} would be a number
        self.set_creation_date(made_at)
        self.set_title(title)
        self.set_lang(language)
        self.set_creator("Blue Heart")
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)

    @contextmanager
    def tagged(self, tag: str, *, says: str = "") -> Iterator[None]:
        """Let what is written inside be one element of the document's structure, which screen readers follow.

        fpdf2 offers this for pictures only.
        """
        number = self.struct_builder.next_mcid_for_page(self.page)
        self._add_marked_content(struct_type=f"/{tag}", mcid=number, **({"alt_text": says} if says else {}))
        self._out(f"/{tag} <</MCID {number}>> BDC")
        yield
        self._out("EMC")

    @contextmanager
    def artifact(self) -> Iterator[None]:
        """Let what is drawn inside be ground, which no reader speaks of."""
        self._out("/Artifact BMC")
        yield
        self._out("EMC")

    def go_back_to(self, page: int) -> None:
        """Write on an earlier page again. fpdf2 would take the font of the last page for the one in force there."""
        self.page = page
        self.current_font_is_set_on_page = False

    def finished(self) -> bytes:
        """The file; nothing more can be written then."""
        fonts = cast("list[TTFFont]", list(self.fonts.values()))
        for font in fonts:
            for glyph, _code in font.subset.items():
                if glyph is not None and glyph.unicode in ARABIC_LIGATURES:
                    glyph.unicode = ARABIC_LIGATURES[glyph.unicode]
        content = bytes(self.output())
        for font in fonts:
            font.close()
        return content

    def _preload_bidirectional_text(self, text: str, markdown: bool) -> Sequence[Fragment]:
        """Runs come to us in one direction. fpdf2 would cut them at a vowel mark, which then loses its letter."""
        assert self.text_shaping is not None  # noqa: S101  the paper sets it before it writes
        direction = cast(TextDirection, self.text_shaping["direction"])
        self.text_shaping |= {"paragraph_direction": direction, "fragment_direction": direction}
        return (Fragment(list(text), self._get_current_graphics_state(), self.k),)
