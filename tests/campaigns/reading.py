"""How tests read a page: as its visitors get it, with what must hold on each."""

import re
from itertools import cycle, islice, pairwise

from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

LANGUAGES = [code for code, _name in settings.LANGUAGES]
MOST_QUERIES = 8
MANY = 300


def in_turns(paths):
    """Each path once and each language at least once; look/test_every_page.py opens every page in every language."""
    most = max(len(paths), len(LANGUAGES))
    return list(islice(zip(cycle(paths), cycle(LANGUAGES), strict=False), most))


def text_of(response):
    return re.sub(r"\s+", " ", response.content.decode())


def get(client, path, language="en"):
    response = client.get(f"/{language}/{path}")
    assert response.status_code == 200
    return text_of(response)


def skipped_levels(page):
    """Pairs of headings where a level is left out; a page that does not begin with its only h1 counts as one."""
    levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", page)]
    start = [] if levels[0] == 1 and levels.count(1) == 1 else [tuple(levels)]
    return start + [pair for pair in pairwise(levels) if pair[1] - pair[0] > 1]


def ids_twice(page):
    ids = re.findall(r'\bid="([^"]+)"', page)
    return sorted({each for each in ids if ids.count(each) > 1})


def links_to_nowhere(page):
    """Links within the page whose place it does not have."""
    return set(re.findall(r'href="#([^"]+)"', page)) - set(re.findall(r'\bid="([^"]+)"', page))


def bulk(factory, count, **values):
    """Rows made in one statement; relations are given, as a batch that is built saves none."""
    return factory._meta.model.objects.bulk_create(factory.build_batch(count, **values))


def queries_of(client, paths):
    """How often each page asks the database; fails for one that asks more than it may."""
    counts = {}
    for path in paths:
        with CaptureQueriesContext(connection) as asked:
            get(client, path)
        assert len(asked) <= MOST_QUERIES, (path, [query["sql"][:120] for query in asked])
        counts[path] = len(asked)
    return counts
