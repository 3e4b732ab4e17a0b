"""A description for machines can hold anything staff write, and never ends its own element."""

import json
import re

from campaigns.templatetags.linked_data import json_ld


def test_description_reads_back_as_it_was_written():
    described = {"@type": "Event", "name": "قلب </script><script>alert(1)</script> & 蓝心"}

    element = json_ld(described)

    block = re.fullmatch(r'<script type="application/ld\+json">([^<>&]*)</script>', element)
    assert json.loads(block[1]) == {"@context": "https://schema.org"} | described
