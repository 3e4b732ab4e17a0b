"""What Mallory types, uploads and sends: texts, numbers, days, addresses, bodies and files, small or made here."""

import io
import zipfile

from PIL import Image

TEXTS = {
    "turned": "Sam \u202egnp.exe\u202c",
    "isolated": "\u2066Sam\u2069\u200f\u061c",
    "stacked accents": "S" + "\u0301\u0323" * 200,
    "long": "x" * 10_000,
    "long words": "Sam " * 3_000,
    "null": "Sam\x00Smith",
    "only null": "\x00",
    "controls": "Sam\x01\x08\x1b[31m\x7f\x85",
    "lone surrogate": "Sam \ud800 Smith",
    "family": "👩‍👩‍👧‍👦🏳️‍🌈",
    "outside the plane": "𝕾𝖆𝖒 \U0010ffff",
    "sql": "'; DROP TABLE pledges_pledge; --",
    "sql percent": "%s %(id)s %% \\' \\\\",
    "html": "<script>alert(1)</script>",
    "attribute": '" onmouseover=alert(1) x="\' autofocus onfocus=alert(1)',
    "image": "<img src=x onerror=alert(1)>",
    "template": "{{ settings.SECRET_KEY }}{% debug %}${7*7}#{7*7}<%= 7*7 %>",
    "format": "{0.__class__.__mro__}{request.session}%(settings)s",
    "path": "../../../../etc/passwd",
    "windows path": "..\\..\\windows\\system32\\con",
    "header": "Sam\r\nBcc: dora@example.org\r\n\r\nHello",
    "log": "Sam\n2026-01-01 ERROR admin signed in",
    "spreadsheet": "=cmd|' /C calc'!A0;=1+1\t@SUM(A1)",
    "shell": "$(touch /tmp/x)`id`;|&",
    "ldap": "*)(uid=*))(|(uid=*",
    "link": "javascript:alert(1)//http://evil.example/",
    "blank": " \t\u00a0\u2000\u3000\u2028",
    "nothing to see": "\u200b\u2060\ufeff\u3164",
    "mixed alphabets": "Sаm Smіth",  # two letters are Cyrillic
    "entity": "&#x3c;script&#x3e;&lt;b&gt;&amp;nbsp;",
}

NUMBERS = [
    "NaN",
    "Infinity",
    "-Infinity",
    "1e99",
    "1E+400",
    "-0",
    "-25",
    "0",
    "0.001",
    "25.999",
    "٢٥",
    "۲۵",
    "２５",
    "২৫",
    "²⁵",
    "½",
    "1_000",
    "0x19",
    "0b1",
    "1,000,000,000,000,000,000",
    "9" * 30,
    "9" * 5_000,
    "1e",
    "--1",
    "+-1",
    "25 25",
    "25\x0025",
    "𝟐𝟓",
    "1.2.3",
    "1,2,3",
    "$25",
    "25٫50",
    "25'000",
    "\u202e25",
    "99999999999999999999.99",
    "",
]  # fmt: skip

DAYS = [
    "0000-00-00",
    "2026-02-30",
    "2026-13-01",
    "9999-12-31",
    "10000-01-01",
    "-001-01-01",
    "1-1-1",
    "2026-07-30T00:00:00",
    "30.07.2026",
    "٢٠٢٦-٠٧-٣٠",
    "NaN",
    "0",
    "now()",
    "2026-07-30\x00",
    "99999999999999999-01-01",
    "2026-W31-4",
]  # fmt: skip

ADDRESSES = [
    "sam@example.org\r\nBcc: dora@example.org",
    "sam@example.org,dora@example.org",
    '"<script>"@example.org',

    "sam@[127.0.0.1]", "sam@" + "x" * 300 + ".org",
    "s\u200bam@example.org",
    "sam\x00@example.org",
    "a" * 70_000 + "@example.org",
    "sam@\ud800.org",
    "sam@-.org",
    "@",
    "sam@xn--a.org",
    "sam@" + "xn--a." * 5_000 + "org",
    "(" * 5_000 + "@example.org",
    "sam@localhost",
    "' OR 1=1 --@example.org",
    "sam@example.org'; DROP TABLE donations_donor; --",
]  # fmt: skip

QUERIES = [
    "%00",
    "%ff%fe",
    "%ed%a0%80",
    "%c0%ae%c0%ae/",
    "'",
    "%27%20OR%201=1--",
    "%F0%9F%92%99",
    "-1",
    "0",
    "9" * 25,
    "1e9",
    "NaN",
    "..%2f..%2fetc%2fpasswd",
    "%0d%0aSet-Cookie:%20x=1",
    "%7B%7B7*7%7D%7D",
    "<script>alert(1)</script>",
    "%25",
    "%",
    "%zz",
    "a" * 3_000,
    "%E2%80%AE",
    "[]",
    "null",
    "true",
    "%09",
    "+",
    "1&x=2&x=3",
]  # fmt: skip


def picture(kind: str = "JPEG", size: tuple[int, int] = (320, 240), **options: object) -> bytes:
    """An honest picture."""
    out = io.BytesIO()
    Image.new("RGB", size, "#009edb").save(out, kind, **options)
    return out.getvalue()


def zip_bomb() -> bytes:
    """A few kilobytes that unpack to 64 MB, and a name that leads out of its folder."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", b"<x/>")
        file.writestr("xl/worksheets/sheet1.xml", b"0" * 64_000_000)
        file.writestr("../../../../tmp/out", b"x")
    return out.getvalue()


CAMT = (
    b"""<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>%b</BkToCstmrStmt></Document>"""
)

XML = {
    "a file of ours": b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + CAMT % b"<Stmt>&x;</Stmt>",
    "a page elsewhere": b'<!DOCTYPE d [<!ENTITY x SYSTEM "http://127.0.0.1:1/x">]>' + CAMT % b"<Stmt>&x;</Stmt>",
    "a billion laughs": b"<!DOCTYPE d ["
    + b"".join(b'<!ENTITY l%d "%b">' % (n, (b"&l%d;" % (n - 1)) * 10 if n else b"ha") for n in range(10))
    + b"]>"
    + CAMT % b"<Stmt>&l9;</Stmt>",
    "quadratic": b'<!DOCTYPE d [<!ENTITY x "%b">]>' % (b"x" * 50_000) + CAMT % (b"&x;" * 10_000),
    "a DTD elsewhere": b'<!DOCTYPE d SYSTEM "http://127.0.0.1:1/x.dtd">' + CAMT % b"",
    "a parameter entity": b'<!DOCTYPE d [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x"> %x;]>' + CAMT % b"",
    "deep": CAMT % (b"<a>" * 100_000 + b"</a>" * 100_000),
    "deep and never closed": CAMT[:60] + b"<Stmt>" * 100_000,
    "many attributes": CAMT % (b"<Stmt " + b" ".join(b'a%d="x"' % n for n in range(20_000)) + b"/>"),
    "UTF-7": b'<?xml version="1.0" encoding="utf-7"?>+ADw-Document+AD4-',
    "UTF-16 without its mark": CAMT.decode().encode("utf-16-le"),
    "a bomb in UTF-16": ('<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + (CAMT % b"&x;").decode()).encode(
        "utf-16"
    ),
    "UTF-32": CAMT.decode().encode("utf-32"),
    "an encoding that nobody knows": b'<?xml version="1.0" encoding="x-nobody"?>' + CAMT % b"",
    "a stylesheet": b'<?xml-stylesheet href="http://127.0.0.1:1/x.xsl"?>' + CAMT % b"",
    "an inclusion": CAMT % b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>',
    "nulls": CAMT % b"\x00\x00",
    "cut off": (CAMT % b"<Stmt><Id>1</Id>")[:-20],
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "HTML": b"<!doctype html><script>alert(1)</script>",
    "nothing": b"",
    "a zip": zip_bomb(),
    "no text": bytes(range(256)) * 40,
}

CSV = {
    "null": b"Date,Amount,Text\n2026-03-02,1.00,a\x00b\n",
    "quotation mark never closed": b'Date,Amount,Text\n2026-03-02,1.00,"' + b"x" * 100_000,
    "one long cell": b"Date,Amount,Text\n2026-03-02,1.00," + b"x" * 500_000 + b"\n",
    "many columns": b",".join(b"c%d" % n for n in range(20_000)) + b"\n",
    "many delimiters": b";" * 200_000,
    "many lines": b"Date,Amount,Text\n" + b"\n" * 200_000,
    "numbers that are none": b"Date,Amount,Text\n"
    + "\n".join(f'2026-03-02,"{n}",x' for n in NUMBERS if len(n) < 99).encode("utf-8", "surrogatepass"),
    "days that are none": b"Date,Amount,Text\n" + "\n".join(f'"{day}",1.00,x' for day in DAYS).encode(),
    "formulas": b"Date,Amount,Text\n2026-03-02,=1+1,=cmd|' /C calc'!A0\n",
    "UTF-16": "Date,Amount,Text\n2026-03-02,1.00,x\n".encode("utf-16"),
    "latin": "Date,Amount,Text\n2026-03-02,1.00,Müller\n".encode("latin-1"),
    "surrogates": b"Date,Amount,Text\n2026-03-02,1.00,\xed\xa0\x80\n",
    "only marks": b"\xef\xbb\xbf" * 10,
    "carriage returns": b"Date,Amount,Text\r2026-03-02,1.00,x\r" * 1_000,
    "no text": bytes(range(256)) * 40,
}

MARKDOWN = {
    "script": "<script>alert(1)</script>",
    "image that runs": "<img src=x onerror=alert(1)>",
    "javascript link": "[x](javascript:alert(1))",
    "javascript link in disguise": "[x](&#x6A;avascript:alert(1)) [y](java\tscript:alert(1)) [z](JaVaScRiPt:alert(1))",
    "data link": "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "vbscript link": "[x](vbscript:msgbox(1))",
    "automatic link": "<javascript:alert(1)> <data:text/html,x>",
    "picture": "![x](http://evil.example/pixel.gif) ![y](javascript:alert(1))",
    "title that breaks out": '[x](http://example.org "\\" onmouseover=alert(1) \\"")',
    "address that breaks out": '[x](http://example.org/"onmouseover=alert(1))',
    "reference": "[x][y]\n\n[y]: javascript:alert(1) 'z'",
    "html block": "<div style='position:fixed'><iframe src=//evil.example></iframe></div>",
    "svg": "<svg><script>alert(1)</script></svg>",
    "code": "`<script>alert(1)</script>`\n\n    <script>alert(2)</script>",
    "comment": "<!-- --><script>alert(1)</script>",
    "null": "a\x00b",
    "turned": "\u202eevil",
}

# Each is small to send and grows with the square of its length where a reader is careless.
MARKDOWN_THAT_COSTS = {
    "quotes": ">" * 10_000,
    "quotes and lists": "> - " * 5_000,
    "lists": "* " * 10_000 + "x",
    "numbers": "1) " * 8_000,
    "open brackets": "[" * 20_000,
    "brackets": "[" * 10_000 + "a" + "]" * 10_000,
    "links": "[a](" * 10_000,
    "stars": "*a **a " * 8_000,
    "underscores": "_a __a " * 8_000,
    "backticks": "".join("`" * n + "a" for n in range(250)),
    "open tags": "<a" * 20_000,
    "references": "".join(f"[{n}]: x\n" for n in range(5_000)) + "[0]" * 5_000,
    "entities": "&" * 30_000,
    "backslashes": "\\" * 30_000,
    "marks": "[[fact:" * 8_000,
    "steps": "".join("  " * n + "- a\n" for n in range(200)),
    "long line": "a" * 200_000,
}

PARAMETERS = (
    "q",
    "page",
    "cursor",
    "after",
    "before",
    "limit",
    "format",
    "session",
    "campaign",
    "amount",
    "currency",
    "interval",
    "form",
    "left",
    "cover",
    "country",
    "kind",
    "year",
    "topic",
    "language",
    "group",
    "step",
    "next",
    "number",
    "code",
    "style",
    "heart",
    "of",
    "sort",
    "region",
    "email",
    "precept",
    "way",
    "size",
    "theme",
    "from",
    "until",
    "as",
    "show_currency",
)

IN_PATHS = [
    "%00",
    "a%00b",
    "%ff",
    "%ed%a0%80",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e",
    "9" * 25,
    "-1",
    "0",
    "%0d%0ax",
    "'",
    "a" * 3_000,
    "%E2%80%AE",
    "<script>",
    "%25%30%30",
    ";x=1",
    "%5c..%5c",
]

HEADERS = [
    "Accept-Language",
    "Cookie",
    "User-Agent",
    "X-Forwarded-For",
    "Referer",
    "Origin",
    "If-None-Match",
    "Range",
    "If-Modified-Since",
    "Accept",
    "Accept-Encoding",
    "Content-Type",
    "X-Request-ID",
    "Sec-Fetch-Site",
]

IN_HEADERS = [
    "\x00",
    "a\x00b",
    "\xff\xfe",
    "x" * 8_000,
    "9" * 400,
    "../../etc/passwd",
    "*;q=NaN",
    ",,,;;;===",
    "<script>alert(1)</script>",
    "sessionid=\x00; csrftoken=\x00; giving=\x00; pledges=\x00; keeping=\x00; messages=\x00",
    "{{7*7}}",
    "-",
    "en;q=1e400",
    "bytes=0-99999999999999999999",
    "${jndi:ldap://127.0.0.1/x}",
    "a\r\nSet-Cookie: x=1",
]

BODIES = [
    b"",
    b"null",
    b"[]",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'"' + b"x" * 100_000,
    b"\xff\xfe\x00",
    b"NaN",
    b"1e999999",
    b'{"csp-report": null}',
    b'{"csp-report": {"blocked-uri": "\\ud800\\u0000"}}',
    b'[{"type": "csp-violation", "body": 1}]',
    b'{"csp-report": {"document-uri": "' + b"x" * 60_000 + b'"}}',
    b"\x00",
    b"9" * 5_000,
]

SIGNS = [
    "<",
    ">",
    "[",
    "]",
    "(",
    ")",
    "javascript:",
    "data:",
    "&#106;",
    "a",
    "`",
    "*",
    "!",
    '"',
    "\n",
    "\\",
    "http://x",
    "<img src=x onerror=x>",
    "\x00",
    "\ue000",
    "\ue001",
    " ",
    "- ",
    "|",
]
