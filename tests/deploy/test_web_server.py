"""The web server is run in the same way wherever it is run."""

import json
import re

from benchmarks.stage import PROJECT
from office.web_server import web_server


def test_image_runs_the_web_server_as_development_does():
    *_of_other_stages, line = re.findall(r"^CMD .+$", (PROJECT / "Dockerfile").read_text(), re.MULTILINE)
    assert json.loads(line.removeprefix("CMD ")) == web_server(host="0.0.0.0", port=8000)


def test_handbook_of_operating_names_the_same_command():
    command = " ".join(web_server(host="0.0.0.0", port=8000))
    assert f"`{command}`" in (PROJECT / "docs" / "operating.md").read_text()
