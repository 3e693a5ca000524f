"""How the site is built from the pages: `sphinx-build -W -c docs . site`.

The source is the whole repository, so that the pages can link to each distribution's README.
"""

from __future__ import annotations

import ast
import inspect
import os
import re
import sys
from pathlib import Path
from types import ModuleType

import segue.errors
import segue.flow
from segue._version import __version__


def with_types(module: ModuleType) -> None:
    """Import what a module imports for type checkers only: autodoc wants to see that, too."""
    source = ast.parse(inspect.getsource(module))
    for node in source.body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            exec(ast.unparse(node.body), vars(module))


with_types(segue.flow)
with_types(segue.errors)

sys.path.insert(0, str(Path(__file__).parent))  # for `gallery` and `front`

project = "Segue"
copyright = "The Segue developers"  # noqa: A001 - Sphinx's own name for it
version = release = __version__
root_doc = "docs/contents"
include_patterns = [
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "*/README.md",
    "providers/*/README.md",
    "docs/**.md",
    "docs/**.rst",
]
exclude_patterns = [".*", "**/.*"]
html_extra_path = ["site"]
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx_copybutton",
    "sphinxext.opengraph",
    "gallery.site",
    "front",
]
myst_heading_anchors = 4
myst_links_external_new_tab = False
suppress_warnings = ["misc.highlighting_failure"]  # `…` stands for anything in shown code
nitpicky = False
default_role = "py:obj"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True}
pygments_dark_style = "github-dark"
html_theme = "furo"
html_title = f"Segue {release}"
html_copy_source = False
html_static_path = ["static"]
html_css_files = ["site.css"]
html_favicon = "static/favicon.svg"
html_theme_options = {
    "light_logo": "logo.svg",
    "dark_logo": "logo.svg",
    "sidebar_hide_name": True,
    "light_css_variables": {"color-brand-primary": "#5b3fd6", "color-brand-content": "#5b3fd6"},
    "dark_css_variables": {"color-brand-primary": "#a896ff", "color-brand-content": "#a896ff"},
}

# a click copies the commands, without the prompt and what they print
copybutton_prompt_text = r"\$ "
copybutton_prompt_is_regexp = True
copybutton_exclude = ".linenos, .gp, .go, .c1.printed"

# where the site is served; links in social tags and canonical addresses begin with it
html_baseurl = os.environ.get("SITE_URL", "")
ogp_site_url = html_baseurl
ogp_site_name = "Segue"
ogp_social_cards = {"enable": False}
ogp_image = "_static/card.png"
ogp_image_alt = "Segue: one Python framework for every music-generation backend"
ogp_description_length = 180
ogp_custom_meta_tags = ['<meta name="twitter:card" content="summary_large_image">']


_FLOW = re.compile(r"~collections\.abc\.Generator\[~segue\.flow\.Call \|.*?, ~typing\.Any, ")


def _as_rest(_app, _what, _name, _object, _options, lines: list[str]) -> None:  # noqa: ANN001 - Sphinx passes them
    """Docstrings here are plain text: a paragraph with an indented line is shown as it stands,
    together with such ones after it."""
    shown: list[str] = []
    drawing = False
    for paragraph in "\n".join(lines).split("\n\n"):
        rows = paragraph.split("\n")
        drawn = any(row.startswith(" ") for row in rows) and not rows[0].startswith(("- ", "* "))
        shown += [] if drawing or not drawn else ["::", ""]
        shown += [*(f"    {row}" if drawn else row for row in rows), ""]
        drawing = drawn
    lines[:] = shown


def _as_written(_app, what, _name, _object, _options, *signature: str | None):  # noqa: ANN001, ANN202 - Sphinx passes them
    """A flow is called so in the sources; a default that is made anew is an empty mapping; and a
    protocol is not made at all."""
    if what == "class" and signature[0] == "(*args, **kwargs)":
        return "", None
    return tuple(
        part and _FLOW.sub("~segue.flow.Flow[", part).replace("<factory>", "{}")
        for part in signature
    )


def setup(app) -> None:  # noqa: ANN001 - Sphinx's application
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", _as_rest)
    app.connect("autodoc-process-signature", _as_written)
