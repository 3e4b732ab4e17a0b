"""The built site asks nothing of other hosts, and no link of it is lost: `make docs` fails otherwise."""

import pytest

from scripts.docs import built

GOOD = """<link rel="stylesheet" href="_static/site.css"><link rel="canonical" href="https://example.org/">
<img src="img/a.png" alt=""><h2 id="here">Here</h2>
<a href="#here">on this page</a> <a href="other.html#there">there</a> <a href="https://example.org/">elsewhere</a>"""


@pytest.fixture
def site(tmp_path):
    (tmp_path / "_static").mkdir()
    (tmp_path / "_static" / "site.css").write_text("body { background: url('data:image/png;base64,AA') }")
    (tmp_path / "other.html").write_text('<p id="there">There</p>')
    (tmp_path / "index.html").write_text(GOOD)
    return tmp_path


def test_a_site_of_its_own_has_no_findings(site):
    assert list(built.findings(site)) == []


@pytest.mark.parametrize(
    "asks",
    [
        '<script src="https://cdn.example/a.js"></script>',
        '<script src="//cdn.example/a.js"></script>',
        '<link rel="stylesheet" href="https://cdn.example/a.css">',
        '<link rel="preconnect" href="https://fonts.example">',
        '<img src="http://pictures.example/a.png">',
        '<img srcset="https://pictures.example/a.png 2x">',
        '<iframe src="https://frames.example/"></iframe>',
        "<p style=\"background: url('https://pictures.example/a.png')\">",
    ],
)
def test_what_would_be_fetched_from_another_host_is_found(site, asks):
    (site / "index.html").write_text(GOOD + asks)
    assert [finding for finding in built.findings(site) if finding.startswith("index.html loads ")] != []


@pytest.mark.parametrize(
    "rule", ["@import 'https://cdn.example/a.css';", "@font-face { src: url(//cdn.example/a.woff) }"]
)
def test_what_a_stylesheet_would_fetch_is_found(site, rule):
    (site / "_static" / "site.css").write_text(rule)
    assert len(list(built.findings(site))) == 1


@pytest.mark.parametrize("link", ["gone.html", "other.html#gone", "#gone", "_static/gone.css"])
def test_a_lost_link_is_found(site, link):
    (site / "index.html").write_text(GOOD + f'<a href="{link}">lost</a>')
    assert list(built.findings(site)) == [f"index.html links to {link}, which is not there"]
