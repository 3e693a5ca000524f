"""The first page on the site: the README with a picture that follows the site's light and dark,
and a player of the first piece that the page to listen to makes.

GitHub shows neither a player nor a theme of ours, so the README itself has a `<picture>` there.
"""

from __future__ import annotations

import re
import shlex
from html import escape

from gallery.page import PAGE, blocks
from gallery.site import Sphinx

_DOCUMENT = "README"
_PICTURE = re.compile(r"<picture>.*?alt=\"(.*?)\".*?</picture>\n\n(.*?\n)\n", re.DOTALL)
"""The picture, and the paragraph below it."""
_IMAGE = """\
```{{image}} docs/pictures/terminal-{theme}.svg
:alt: {alt}
:class: only-{theme} terminal
```
"""


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("source-read", _show)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _show(app: Sphinx, document: str, source: list[str]) -> None:
    if document == _DOCUMENT and app.builder.format == "html":
        source[0] = shown(source[0])


def shown(text: str) -> str:
    """The README as the site shows it."""
    pictured = _PICTURE.sub(lambda found: f"{_images(found[1])}\n{found[2]}{player()}\n", text)
    if pictured == text:
        raise RuntimeError("the README has no <picture>, below which the player belongs")
    return pictured


def player() -> str:
    """The first piece of the page to listen to, and the command that has made it."""
    command = blocks(PAGE.read_text("utf-8"))[0].text.strip().removeprefix("$ ")
    file = shlex.split(command)[-1]
    return (
        f'\n<figure class="heard"><audio controls preload="none" src="docs/listen/{file}" '
        f'aria-label="a piece of the composer"></audio>\n'
        f"<figcaption><code>{escape(command)}</code></figcaption></figure>\n"
    )


def _images(alt: str) -> str:
    return "".join(_IMAGE.format(theme=theme, alt=alt) for theme in ("light", "dark"))
