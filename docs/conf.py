"""How Sphinx builds the pages that `python -m scripts.docs gather` put together (`make docs`)."""

project = "Blue Heart"
author = "the Blue Heart contributors"
project_copyright = "BSD-3-Clause"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
root_doc = "index"
myst_heading_anchors = 4
# A language that no highlighter knows is shown as it is.
highlight_language = "text"

html_theme = "furo"
html_title = "Blue Heart"
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b5fa5", "color-brand-content": "#0b5fa5"},
    "dark_css_variables": {"color-brand-primary": "#7cc0ff", "color-brand-content": "#7cc0ff"},
}
