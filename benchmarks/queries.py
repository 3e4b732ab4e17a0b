"""P5: how many queries a public page or answer asks, and each list of staff's; the same with few rows and with many.

Public pages are asked with the content that the site begins with, and with 300 rows of each kind where the rules of
content allow so many; walls are asked for a full page and for an end of five rows. What a process keeps of content
between requests is left out: each page asks all that it ever asks.
"""

from benchmarks import stage
from benchmarks.budgets import Bound, Budget, Line, Measured, Wish
from benchmarks.portal import Portal
from benchmarks.staff_lists import staff_queries

MOST = 8
SIZE = (1_000, 100)
QUICKLY = 5  # every fifth page


def measure(wish: Wish) -> Measured:
    """Two lines for public pages, two for the lists of staff's."""
    with Portal(stage.database(pledges=SIZE[0], donations=SIZE[1])) as portal:
        asked: dict[str, list[int]] = portal.ask("query_counts", each=QUICKLY if wish.quick else 1)
    most = max(asked, key=lambda name: max(asked[name]))
    grows = max(asked, key=lambda name: asked[name][1] - asked[name][0])
    few, many = asked[grows]
    public = [
        Line(f"queries of {len(asked)} public pages", [max(asked[most])], Bound(most=MOST), {"most in": most}),
        Line("more with hundreds of rows", [many - few], Bound(most=0), {"most in": grows}),
    ]
    return Measured([*public, *staff_queries(wish)])


PER_PAGE = Budget(5, "Queries of each public page and of each list of staff's", measure)
