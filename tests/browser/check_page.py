# SPDX-License-Identifier: BSD-3-Clause
"""The page of ``ifem app`` in a real browser: draw, redraw, drop, save; compare with the command.

``python3 tests/browser/check_page.py`` with Chromium on PATH; it starts the page by ./ifem.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from chromium import Page, chromium, find_chromium

CLONE = Path(__file__).resolve().parents[2]
LAUNCHER = CLONE / "ifem"
IMAGE = CLONE / "studies" / "images" / "lpscl_4h_400MPa_1.tif"
COLUMNS = 1024

MODEL = "Bokeh.documents[0].get_model_by_name('{}')"
READY = (
    "typeof Bokeh !== 'undefined' && Bokeh.documents.length > 0 && "
    + MODEL.format("status") + " && " + MODEL.format("status") + ".text.includes('ready')"
)  # fmt: skip
# a button or another element that Bokeh keeps in the shadows, by its text
DEEP = """(() => {
  const found = []
  const look = (root) => {
    for (const one of root.querySelectorAll('*')) {
      if (one.matches('.bk-btn') && one.textContent.trim() === %s) found.push(one)
      if (one.shadowRoot) look(one.shadowRoot)
    }
  }
  look(document)
  found[0].scrollIntoView({block: 'center'})
  const box = found[0].getBoundingClientRect()
  return [box.x + box.width / 2, box.y + box.height / 2]
})()"""
# places in the image, in pixels of the file, to CSS pixels of the window
PLACES = """(() => {
  const view = Bokeh.index.find_one(%s)
  view.el.scrollIntoView({block: 'start'})
  const box = view.canvas_view.el.getBoundingClientRect()
  const frame = view.frame
  return %s.map(([x, y]) =>
    [box.x + frame.x_scale.compute(x), box.y + frame.y_scale.compute(y)])
})()"""


@contextlib.contextmanager
def served(folder: Path, *options: str) -> Iterator[str]:
    """The address of a page on the images of a folder."""
    errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 (closed below)
    process = subprocess.Popen(
        [LAUNCHER, "app", folder, "--no-browser", *options],
        stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        for line in process.stdout:
            address = re.search(r"http://\S+", line)
            if address:
                yield address[0]
                break
        else:
            raise AssertionError("the page did not start")
    finally:
        with contextlib.suppress(ProcessLookupError):
            # as a terminal does: to the launcher and to the program
            os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
        with errors:
            errors.seek(0)
            said = errors.read()
        assert "Traceback" not in said, said


class Hand:
    """What a person does on the page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.said: list[str] = []

    def value(self, name: str, attribute: str) -> Any:
        return self.page.evaluate(f"{MODEL.format(name)}.{attribute}")

    def numbers(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.value("numbers", "tags")[0])
        return found

    def press(self, label: str) -> None:
        self.page.click(*self.page.evaluate(DEEP % json.dumps(label)))

    def places(self, points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return [
            (x, y)
            for x, y in self.page.evaluate(PLACES % (MODEL.format("figure"), json.dumps(points)))
        ]

    def draw(self, points: list[tuple[float, float]]) -> None:
        """Drag over the image, and wait for the answer to this and to nothing older."""
        before = self.asked()
        self.page.drag(self.places(points))
        self.answered(before)

    def asked(self) -> int:
        return int(self.value("status", "tags")[1])

    def answered(self, before: int) -> None:
        status = MODEL.format("status")
        self.page.wait(
            f"{status}.tags[1] > {before} && !{status}.text.includes('computing')", seconds=90
        )

    def act(self, label: str) -> None:
        before = self.asked()
        self.press(label)
        self.answered(before)

    def line(self) -> list[tuple[float, float]]:
        """The first section as it is shown."""
        xs, ys = self.page.evaluate(
            "(() => { const plot = "
            + MODEL.format("figure")
            + """
              const line = plot.renderers.find((one) => one.glyph.line_color?.value === '#ff9d00')
              return [Array.from(line.data_source.data.xs[0]),
                      Array.from(line.data_source.data.ys[0])] })()"""
        )
        return list(zip(xs, ys, strict=True))

    def pieces(self) -> list[list[tuple[float, float]]]:
        """What was drawn of the line."""
        xs, ys = self.page.evaluate(
            "(() => { const plot = "
            + MODEL.format("figure")
            + """
              const line = plot.renderers.find((one) => one.glyph.line_color?.value === '#1fb6ff')
              return [line.data_source.data.xs.map((one) => Array.from(one)),
                      line.data_source.data.ys.map((one) => Array.from(one))] })()"""
        )
        return [list(zip(x, y, strict=True)) for x, y in zip(xs, ys, strict=True)]

    def shot(self, path: Path | None) -> None:
        if path is not None:
            self.page.screenshot(path)


def check(shots: Path | None = None) -> list[str]:
    """Guide an image on the page; what was found out, one line each."""
    executable = find_chromium()
    assert executable is not None, "no Chromium"
    said = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first, second = folder / "first.tif", folder / "second.tif"
        shutil.copy(IMAGE, first)
        shutil.copy(IMAGE, second)
        picture = (lambda label: None) if shots is None else (lambda label: shots / f"{label}.png")
        with served(folder) as address, chromium(executable) as page:
            hand = Hand(page)
            page.resize(1440)
            page.goto(address)
            page.wait(READY, seconds=90)
            automatic, line = hand.numbers(), hand.line()
            hand.shot(picture("page_1440"))

            middle = len(line) // 2
            start, end = line[middle], line[middle + 60]
            depth = (start[1] + end[1]) / 2 + 12
            hand.draw([start, ((start[0] + end[0]) / 2, depth), end])
            redrawn = hand.line()
            assert max(y for x, y in redrawn if start[0] <= x <= end[0]) > depth - 3
            far = [p for p in line if p[0] < start[0] - 5 or p[0] > end[0] + 5]
            assert set(map(_rounded, far)) <= set(map(_rounded, redrawn))
            assert hand.numbers()["i_ratio"] != automatic["i_ratio"]
            said.append("a redrawn stretch changes the number and no other point of the line")
            hand.shot(picture("page_redrawn"))

            hand.act("Undo")
            assert hand.numbers() == automatic
            hand.act("Redo")
            changed = hand.numbers()
            said.append("undo gives the number back, redo takes it again")

            page.goto(address)
            page.wait(READY, seconds=90)
            assert hand.numbers() == changed
            said.append("nothing is lost when the page is loaded anew")

            hand.press("Leave out")
            hand.draw([(40.0, 200.0), (70.0, 240.0), (110.0, 260.0)])
            assert hand.value("status", "text").count("not saved") == 1
            dropped = hand.numbers()
            assert dropped["excess"] != changed["excess"]
            assert dropped["i_ratio"] == changed["i_ratio"]
            said.append("columns left out change windows, not the whole section")
            hand.shot(picture("page_dropped"))

            page.resize(390)
            hand.press("Redraw")
            line = hand.line()
            start, end = line[middle // 2], line[middle // 2 + 60]
            hand.draw([start, ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2 - 8), end])
            hand.shot(picture("page_390"))
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= 390, width
            assert hand.numbers()["i_ratio"] != dropped["i_ratio"]
            said.append("a stretch is redrawn at 390 pixels, and nothing is wider than that")

            hand.press("Save")
            page.wait(MODEL.format("status") + ".text.includes('saved: first.tif.guide.yaml')")
            final = hand.numbers()
            options = hand.page.evaluate(MODEL.format("chooser") + ".options")
            assert [one[1] for one in options] == ["✓ first.tif", "· second.tif"]
            page.resize(1440)
            hand.act("Next")
            assert hand.numbers() == automatic
            said.append("the next image starts afresh; the first is marked as done")

            hand.press("Points")
            corners = [(200.0, 470.0), (230.0, 478.0), (260.0, 471.0), (290.0, 476.0)]
            for place in hand.places(corners):  # faster than a double click
                page.click(*place)
            hand.act("Finish points")
            pieces = hand.pieces()
            assert [len(one) for one in pieces] == [4]
            hand.draw([corners[1], (232.0, 482.0), (235.0, 486.0)])
            moved = hand.pieces()[0]
            assert abs(moved[1][0] - 235) < 2
            assert abs(moved[1][1] - 486) < 2
            before = hand.asked()
            page.click(*hand.places([(245.0, (moved[1][1] + 471) / 2)])[0])
            hand.answered(before)
            hand.press("Clear all")
            hand.answered(before + 1)
            assert hand.numbers() == automatic
            said.append("points are set by quick clicks, moved, added to, cleared")
            hand.shot(picture("page_cleared"))
            hand.press("Paint electrolyte")
            hand.draw([(100.0, 150.0), (300.0, 150.0)])
            assert "strokes of both sides" in hand.value("status", "text")
            hand.press("Paint other side")
            rows = hand.page.evaluate(MODEL.format("figure") + ".y_range.start")
            hand.draw([(100.0, rows - 120), (300.0, rows - 120)])
            hand.shot(picture("page_strokes"))
            outside = [url for url in page.requests if not url.startswith("http://127.0.0.1")]
            assert not outside, outside
            assert not page.errors, page.errors
            said.append("everything comes from this machine, and no script fails")
        guide = first.with_name("first.tif.guide.yaml")
        assert guide.is_file()
        command = [
            LAUNCHER,
            "risk",
            first,
            "--json",
            "--quiet",
            "--no-budget",
            "--out",
            folder / "r",
        ]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found = json.loads(printed)
        assert found["excess_as_traced"] == final["excess"]
        assert [one["i_ratio"] for one in found["sections"]] == final["i_ratio"]
        said.append("the command line gives the page's numbers to the last digit")
    return said


def _rounded(point: tuple[float, float]) -> tuple[float, float]:
    return round(point[0], 6), round(point[1], 6)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    if target is not None:
        target.mkdir(parents=True, exist_ok=True)
    print(*check(target), sep="\n")
