# SPDX-License-Identifier: BSD-3-Clause
"""Check a report in a real browser: python3 tests/browser/check_report.py report.html [PICTURES]

Needs a Chromium ($CHROMIUM, or one of the usual names) and no Python package, so that it also runs
outside the environment. Prints a line for each check; exit code 1 at the first that fails.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from chromium import Page, chromium, find_chromium

PHONE, DESKTOP = 390, 1440
SMALLEST_TEXT = 6.0  # px, of a figure on a phone

FIGURES = """[...document.querySelectorAll('figure')].map(f => {
  // an image that cannot be read has a sentence in its place
  const s = f.querySelector('svg') || f.querySelector('p'), b = s.getBoundingClientRect();
  const texts = [...s.querySelectorAll('text')].map(t => t.getBoundingClientRect().height);
  return {name: f.querySelector('figcaption').textContent, shown: b.width > 0 && b.height > 0,
          width: b.width, right: b.right, left: b.left,
          marks: s.tagName === 'P' ? 1 : s.querySelectorAll('path,polyline').length,
          text: texts.length ? Math.min(...texts.filter(h => h > 0)) : 0};
})"""
ROWS = """[...document.querySelectorAll('#results tbody tr')].filter(r => r.offsetParent !== null)
  .map(r => [...r.cells].map(c => c.textContent.trim()))"""
CASE = """(() => { const c = document.querySelector('.case:target'); if (!c) return null;
  const b = c.getBoundingClientRect();
  return {title: c.querySelector('h3').textContent, left: b.left, right: b.right,
          width: b.width, display: getComputedStyle(c).display}; })()"""


def check(report: Path, pictures: Path | None = None) -> list[str]:
    """Run every check; returns what was found, one line each.

    Raises:
        AssertionError: A check failed.
    """
    executable = find_chromium()
    assert executable is not None, "there is no Chromium; set CHROMIUM"
    said: list[str] = []
    with chromium(executable) as page:
        for width in (DESKTOP, PHONE):
            page.open(report, width=width)
            said.append(_opens(page, report, width))
            said.append(_figures(page, width))
            if pictures is not None:
                page.screenshot(pictures / f"report_{width}.png")
            said.append(_case(page, width))
        page.open(report, width=DESKTOP)
        said.append(_sorts(page))
        said.append(_filters(page))
        page.open(report, width=DESKTOP, script=False)
        said.append(_without_script(page))
        if pictures is not None:
            page.screenshot(pictures / "report_without_script.png")
        page.open(report, width=DESKTOP)
        target = (pictures or Path(tempfile.mkdtemp())) / "report.pdf"
        page.pdf(target)
        assert target.read_bytes().startswith(b"%PDF")
        said.append(f"prints: {target.stat().st_size / 1e3:.0f} kB of PDF")
        assert not page.errors, page.errors
    return said


def _opens(page: Page, report: Path, width: int) -> str:
    here = report.absolute().as_uri()
    assert set(page.requests) == {here}, f"asks for other files: {set(page.requests) - {here}}"
    assert not page.errors, page.errors
    overflow = page.evaluate("document.documentElement.scrollWidth") - width
    assert overflow <= 0, f"{overflow} px wider than the window at {width} px"
    doubled = page.evaluate(
        "(() => { const ids = [...document.querySelectorAll('[id]')].map(e => e.id);"
        "return ids.filter((id, place) => ids.indexOf(id) !== place); })()"
    )
    assert not doubled, f"identifiers are used twice: {doubled[:5]}"
    dead = page.evaluate(
        "[...document.querySelectorAll('a[href^=\"#\"]')].map(a => a.getAttribute('href').slice(1))"
        ".filter(id => id !== 'none' && !document.getElementById(id))"
    )
    assert not dead, f"links lead nowhere: {dead[:5]}"
    return f"opens at {width} px: no request, no error, no overflow, no dead link"


def _figures(page: Page, width: int) -> str:
    choices = page.evaluate("document.querySelectorAll('input.pick').length")
    seen: set[int] = set()
    smallest = 1e9
    for choice in range(max(choices, 1)):
        if choices:
            page.evaluate(f"document.querySelector('label[for=point-{choice}]').click()")
        for place, figure in enumerate(page.evaluate(FIGURES)):
            if figure["shown"]:
                seen.add(place)
                assert figure["marks"] > 0, f"{figure['name']}: empty"
                assert figure["left"] >= 0, f"{figure['name']}: cut off"
                assert figure["right"] <= width, f"{figure['name']}: cut off"
                assert figure["width"] >= 0.2 * min(width, 1000), f"{figure['name']}: tiny"
                if figure["text"]:
                    smallest = min(smallest, figure["text"])
    count = len(page.evaluate(FIGURES))
    assert count > 0, "there is no figure"
    assert seen == set(range(count)), f"never shown: {set(range(count)) - seen}"
    assert smallest >= SMALLEST_TEXT, f"text of {smallest:.1f} px at {width} px"
    return f"figures at {width} px: {count}, all shown, smallest text {smallest:.1f} px"


def _case(page: Page, width: int) -> str:
    page.evaluate("document.querySelector('label[for=point-0]')?.click()")
    point = page.evaluate(
        "(() => { const a = [...document.querySelectorAll('svg .points a')]"
        ".find(a => a.getBoundingClientRect().width > 0); a.scrollIntoView({block: 'center'});"
        "const b = a.querySelector('circle:last-child').getBoundingClientRect();"
        "const x = b.left + b.width / 2, y = b.top + b.height / 2;"
        # dots may lie on one another
        "const top = document.elementFromPoint(x, y).closest('a');"
        "return {x: x, y: y, title: top.querySelector('title').textContent}; })()"
    )
    _click(page, point)
    shown = page.evaluate(CASE)
    assert shown is not None, "a click on a point shows no case"
    assert shown["display"] == "block"
    assert point["title"].startswith(shown["title"]), (point["title"], shown["title"])
    assert shown["left"] >= 0, "the case is cut off"
    assert shown["right"] <= width, "the case is cut off"
    _click(page, _place(page, ".case:target .close"))
    assert page.evaluate(CASE) is None, "a case does not close"
    return f"case at {width} px: a click on a point shows {shown['title']}, close closes it"


def _sorts(page: Page) -> str:
    columns = page.evaluate("document.querySelectorAll('#results th').length")
    numeric = 0
    for column in range(columns):
        header = f"document.querySelectorAll('#results th')[{column}]"
        for direction in ("ascending", "descending"):
            page.evaluate(f"{header}.querySelector('button').click()")
            assert page.evaluate(f"{header}.getAttribute('aria-sort')") == direction
            numbers = page.evaluate(
                "[...document.querySelectorAll('#results tbody tr')]"
                f".map(r => parseFloat(r.cells[{column}].dataset.number))"
                ".map(v => isNaN(v) ? null : v)"
            )
            known = [value for value in numbers if value is not None]
            assert known == sorted(known, reverse=direction == "descending"), f"column {column}"
            # what has no number comes last, whichever way
            assert None not in numbers[: len(known)], f"column {column}"
            numeric += bool(known)
    return f"sorts: {columns} columns both ways, {numeric // 2} of them numeric"


def _filters(page: Page) -> str:
    everything: list[list[str]] = page.evaluate(ROWS)
    tried = 0
    count = page.evaluate("document.querySelectorAll('#results select').length")
    for index in range(count):
        select = f"document.querySelectorAll('#results select')[{index}]"
        column = int(page.evaluate(f"{select}.dataset.column"))
        for value in page.evaluate(f"[...{select}.options].map(o => o.value)"):
            page.evaluate(
                f"{select}.value = {value!r}; {select}.dispatchEvent(new Event('change'))"
            )
            wanted = [row for row in everything if value in ("", row[column])]
            assert page.evaluate(ROWS) == wanted, f"filter {index}: {value}"
            said = page.evaluate("document.querySelector('#results [role=status]').textContent")
            assert said == f"{len(wanted)} of {len(everything)} rows", said
            tried += 1
        page.evaluate(f"{select}.value = ''; {select}.dispatchEvent(new Event('change'))")
    word = everything[-1][0]
    search = "document.querySelector('#results input')"
    page.evaluate(f"{search}.value = {word!r}; {search}.dispatchEvent(new Event('input'))")
    found = page.evaluate(ROWS)
    assert found == [row for row in everything if any(word in text for text in row)]
    assert found
    page.evaluate(f"{search}.value = 'no such word'; {search}.dispatchEvent(new Event('input'))")
    assert page.evaluate(ROWS) == []
    return f"filters: {tried} choices and a word, {len(everything)} rows"


def _without_script(page: Page) -> str:
    rows = page.evaluate(ROWS)
    assert rows, "no table"
    assert page.evaluate("document.querySelector('.filters').offsetParent") is None
    assert page.evaluate("document.querySelectorAll('#results button').length") == 0
    figures = _figures(page, DESKTOP)
    case = _case(page, DESKTOP)
    text = page.evaluate("document.querySelector('#methods').innerText")
    assert "Numbers used" in text
    assert page.evaluate("document.querySelectorAll('math').length") > 0
    return f"without JavaScript: {len(rows)} rows; {figures}; {case}"


def _place(page: Page, selector: str) -> dict[str, Any]:
    place: dict[str, Any] = page.evaluate(
        f"(() => {{ const b = document.querySelector({selector!r}).getBoundingClientRect();"
        "return {x: b.left + b.width / 2, y: b.top + b.height / 2}; })()"
    )
    return place


def _click(page: Page, place: dict[str, Any]) -> None:
    for kind in ("mousePressed", "mouseReleased"):
        page.call("Input.dispatchMouseEvent", type=kind, x=place["x"], y=place["y"],
                  button="left", clickCount=1)  # fmt: skip


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    pictures = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    if pictures is not None:
        pictures.mkdir(parents=True, exist_ok=True)
    try:
        for line in check(Path(sys.argv[1]), pictures):
            print(line)
    except AssertionError as error:
        sys.exit(f"failed: {error}")


if __name__ == "__main__":
    main()
