"""Makes the pieces of the page `listen.md` with their pictures: `python docs/pieces.py DIR`.

DIR then holds, for each piece that the page's own commands make, the sound, a piano roll (.svg)
and the notes (.mid), and `index.html`, a page with all of them. It takes about a second a piece.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from gallery.figures import before, figure
from gallery.making import Piece, make
from gallery.page import PAGE, Block, blocks
from gallery.roll import alone, style
from segue_local.midi import midi


def write(todo: Sequence[Block], folder: Path) -> list[Piece]:
    """Make what the blocks make, with pictures and notes, in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    made: list[Piece] = []
    for piece in make(todo, folder):
        made.append(piece)
        if not piece.stems:
            (folder / f"{piece.name}.svg").write_text(alone(piece.score, piece.name), "utf-8")
            (folder / f"{piece.name}.mid").write_bytes(midi(piece.score))
            if (earlier := before(piece)) is not None:
                shutil.copyfile(earlier, folder / earlier.name)
    return made


def index(made: Sequence[Piece]) -> str:
    """A page of all pieces, for a folder that is looked at by itself."""
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>Listen</title>\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<style>body {{ max-width: 46rem; margin: 2rem auto; padding: 0 1rem; "
        f"font-family: system-ui; }}\n{style()}</style>\n"
        f"{''.join(figure(piece, '') for piece in made)}</html>\n"
    )


def main(arguments: Sequence[str]) -> int:
    """The script; without a folder it says how it is called."""
    if len(arguments) != 1:
        sys.stderr.write(f"{__doc__}")
        return 2
    folder = Path(arguments[0]).resolve()
    made = write(blocks(PAGE.read_text("utf-8")), folder)
    (folder / "index.html").write_text(index(made), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
