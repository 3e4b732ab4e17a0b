"""What a reader of PDFs finds in ours."""

import io
from unicodedata import normalize

from pypdf import PdfReader


def text_of(pdf):
    """All the words; the ligatures of Arabic as the letters they are made of, spaces of any width as one."""
    pages = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return "\n".join(" ".join(line.split()) for line in normalize("NFKC", pages).split("\n"))


def page_count(pdf):
    return len(PdfReader(io.BytesIO(pdf)).pages)
