"""Makes the picture that other sites show beside a link: `python docs/card.py`, with Chromium.

It is `docs/static/card.png`, 1200 by 630 pixels: the logo and one sentence.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

STATIC = Path(__file__).parent / "static"
_PAGE = """\
<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; width: 1200px; height: 630px; background: #161b22; color: #e6edf3;
  font: 44px/1.35 system-ui, "DejaVu Sans", sans-serif;
  box-sizing: border-box; padding: 150px 110px 0; }}
svg {{ width: 520px; display: block; margin: 0 0 56px -8px; }}
</style>{logo}<div>One Python framework for every<br>music-generation backend</div>
"""


def main() -> int:
    """The script."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.stderr.write("Chromium is not on the PATH\n")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "card.html"
        page.write_text(_PAGE.format(logo=(STATIC / "logo.svg").read_text("utf-8")), "utf-8")
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        picture = f"--screenshot={STATIC / 'card.png'}"
        command = [browser, *options, "--window-size=1200,630", picture, page.as_uri()]
        subprocess.run(command, check=True, capture_output=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
