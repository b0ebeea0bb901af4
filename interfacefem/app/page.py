# SPDX-License-Identifier: BSD-3-Clause
"""The page: an image with its line, tools to guide it, what the line means.

Pointer events are taken by a script of our own (``drawing.js``): a stroke arrives with the tool it
was drawn with, so that switching tools never turns one into another. All computing is done by one
process beside, whose answers are shown if they are those of the present guide.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from html import escape
from pathlib import Path
from typing import Any

from bokeh.document import Document
from bokeh.models import (
    Button,
    ColumnDataSource,
    CustomJS,
    Div,
    InlineStyleSheet,
    RadioButtonGroup,
    Select,
    Slider,
    TextInput,
)
from jinja2 import Environment

from interfacefem.app.answers import Line, Number, line_of, number_of, picture_of
from interfacefem.app.canvas import Canvas
from interfacefem.app.editing import (
    History,
    history_of,
    with_changes,
    with_piece,
    with_range,
    with_stroke,
    with_vertex,
    with_vertex_deleted,
    with_vertex_inserted,
)
from interfacefem.app.session import Session
from interfacefem.errors import InputError, InterfaceFemError
from interfacefem.images.guide import Guide, write_guide

_FOLDER = Path(__file__).parent
TOOLS = (
    ("redraw", "Redraw", "Draw a stretch of the interface freehand; the line follows it there."),
    ("points", "Points", "Click point after point, then Finish. Drag a point of a piece to move "
     "it; click a piece to add one; double-click a point to delete it."),
    ("electrolyte", "Paint electrolyte", "Paint over the electrolyte, a stroke or two."),
    ("other", "Paint other side", "Paint over metal, resin, open void: all but electrolyte."),
    ("drop", "Leave out", "Drag over columns whose windows are left out."),
    ("crop", "Crop", "Drag a box around the part that is used."),
    ("move", "Move", "Drag to move the image, wheel or pinch to zoom."),
)  # fmt: skip


class Page:
    """One document.

    Args:
        pages: What is shared between documents.
        document: To be filled.
    """

    def __init__(self, pages: Session, document: Document) -> None:
        self._pages, self._document = pages, document
        self._asked = 0
        self._line = Line()
        self._canvas = Canvas()
        self._make_controls()
        template = Environment().from_string((_FOLDER / "page.html").read_text(encoding="utf-8"))
        document.template = template
        document.title = "interfacefem: guide a line"
        for name, root in self._roots.items():
            root.name = name
            document.add_root(root)
        self._open(pages.place)

    # ------------------------------------------------------------------ what is there

    def _make_controls(self) -> None:
        large = InlineStyleSheet(css=".bk-btn{min-height:36px;font-size:14px}")

        def button(label: str, act: Callable[[], None], kind: str = "default") -> Button:
            made = Button(label=label, button_type=kind, sizing_mode="stretch_width",
                          stylesheets=[large])  # fmt: skip
            made.on_click(act)
            return made

        self._tool = RadioButtonGroup(
            labels=[label for _, label, _ in TOOLS], active=0, orientation="vertical",
            sizing_mode="stretch_width", stylesheets=[large],
        )  # fmt: skip
        self._help = Div(text=TOOLS[0][2])
        self._width = Slider(start=2, end=60, step=1, value=10, title="Brush, pixels",
                             sizing_mode="stretch_width")  # fmt: skip
        self._snap = Slider(start=0, end=16, step=1, value=0, sizing_mode="stretch_width",
                            title="Snap drawn pieces to an edge within, pixels")  # fmt: skip
        self._side = RadioButtonGroup(
            labels=["Electrolyte above", "Electrolyte below"], active=0,
            sizing_mode="stretch_width", stylesheets=[large],
        )  # fmt: skip
        self._pixel = TextInput(title="Pixel size (empty: from the file)", placeholder="55.8 nm",
                                sizing_mode="stretch_width")  # fmt: skip
        self._image = Select(title="Image", options=[], sizing_mode="stretch_width")
        self._status = Div(text="", name="status")
        self._numbers = Div(text="", name="numbers")
        self._inbox = ColumnDataSource({"kind": [], "xs": [], "ys": [], "serial": []},
                                       name="inbox")  # fmt: skip
        self._updating = False
        for model, attribute, act in (
            (self._inbox, "data", self._receive), (self._side, "active", self._set_side),
            (self._snap, "value_throttled", self._set_snap),
            (self._pixel, "value", self._set_pixel), (self._image, "value", self._choose),
        ):  # fmt: skip
            model.on_change(attribute, _without_arguments(act))
        finish = Button(label="Finish points", sizing_mode="stretch_width", stylesheets=[large])
        self._roots = {
            "figure": self._canvas.figure, "tool": self._tool, "help": self._help,
            "width": self._width,
            "finish": finish, "snap": self._snap, "side": self._side, "pixel": self._pixel,
            "chooser": self._image, "status": self._status, "numbers": self._numbers,
            "undo": button("Undo", lambda: self._step(History.undone)),
            "redo": button("Redo", lambda: self._step(History.redone)),
            "clear": button("Clear all", self._clear),
            "save": button("Save", self._save, "success"),
            "previous": button("Previous", lambda: self._go(-1)),
            "next": button("Next", lambda: self._go(1)),
        }  # fmt: skip
        self._connect(finish)

    def _connect(self, finish: Button) -> None:
        code = (_FOLDER / "drawing.js").read_text(encoding="utf-8")
        known = {
            "plot": self._canvas.figure, "tool": self._tool, "draft": self._canvas.draft,
            "corners": self._canvas.corners, "vertices": self._canvas.vertices,
            "pieces": self._canvas.pieces,
            "inbox": self._inbox, "pan": self._canvas.pan, "help": self._help,
        }  # fmt: skip
        head = f"const TOOLS = {json.dumps([list(tool) for tool in TOOLS])};\n"

        def script(event: str) -> CustomJS:
            return CustomJS(args=known, code=f"{head}const EVENT = '{event}';\n{code}")

        for event in ("panstart", "pan", "panend", "tap", "doubletap"):
            self._canvas.figure.js_on_event(event, script(event))
        self._tool.js_on_change("active", script("tool"))
        finish.js_on_event("button_click", script("finish"))

    # ------------------------------------------------------------------ the state

    @property
    def _path(self) -> Path:
        return self._pages.images[self._pages.place]

    @property
    def _history(self) -> History:
        return self._pages.histories[self._path]

    def _open(self, place: int) -> None:
        self._pages.place = place
        path = self._path
        problem = None
        if path not in self._pages.histories:
            try:
                self._pages.histories[path] = history_of(path)
            except InterfaceFemError as error:
                problem = str(error)
                self._pages.histories[path] = History()
        self._fill_chooser()
        try:
            self._canvas.show_picture(picture_of(path))
        except InterfaceFemError as error:
            self._canvas.show_picture(None)
            problem = str(error)
        self._show_guide()
        if problem is None:
            self._ask()
        else:
            self._say(problem, "refuse")

    def _fill_chooser(self) -> None:
        self._updating = True
        self._image.options = [
            (str(index), ("✓ " if self._pages.is_done(path) else "· ") + path.name)
            for index, path in enumerate(self._pages.images)
        ]
        self._image.value = str(self._pages.place)
        self._updating = False

    def _change(self, make: Callable[[Guide], Guide]) -> None:
        try:
            guide = make(self._history.guide)
        except InputError as error:
            self._say(str(error), "refuse")
            return
        self._pages.histories[self._path] = self._history.then(guide)
        self._show_guide()
        self._ask()

    def _receive(self) -> None:
        data = self._inbox.data
        if not len(data["kind"]):
            return
        kind = str(data["kind"][0])
        x, y = [float(v) for v in data["xs"][0]], [float(v) for v in data["ys"][0]]
        points = list(zip(x, y, strict=True))
        columns, rows = self._canvas.columns, self._canvas.rows
        if kind in ("redraw", "points", "electrolyte", "other"):
            points = [
                (min(max(a, 0.0), columns - 1.0), min(max(b, 0.0), rows - 1.0)) for a, b in points
            ]
        acts: dict[str, Callable[[Guide], Guide]] = {
            "redraw": lambda guide: with_piece(guide, points, freehand=True),
            "points": lambda guide: with_piece(guide, points),
            "electrolyte": lambda guide: with_stroke(guide, kind, self._brush, points),
            "other": lambda guide: with_stroke(guide, kind, self._brush, points),
            "drop": lambda guide: with_range(guide, max(min(x), 0.0), min(max(x), columns - 1.0)),
            "crop": lambda guide: with_changes(guide, crop=self._crop(x, y)),
            "vertex": lambda guide: with_vertex(guide, int(x[1]), int(y[1]), (x[0], y[0])),
            "insert": lambda guide: with_vertex_inserted(guide, int(x[1]), (x[0], y[0])),
            "delete": lambda guide: with_vertex_deleted(guide, int(x[1]), int(y[1])),
        }
        if kind in acts:
            self._change(acts[kind])

    @property
    def _brush(self) -> float:
        return float(self._width.value)

    def _crop(self, x: Sequence[float], y: Sequence[float]) -> tuple[int, int, int, int] | None:
        columns, rows = self._canvas.columns, self._canvas.rows
        column0, column1 = max(round(min(x)), 0), min(round(max(x)) + 1, columns)
        row0, row1 = max(round(min(y)), 0), min(round(max(y)) + 1, rows)
        return (row0, row1, column0, column1) if row1 - row0 > 8 and column1 - column0 > 8 else None

    def _set_side(self) -> None:
        if not self._updating:
            side = "below" if self._side.active else "above"
            self._change(lambda guide: with_changes(guide, electrolyte=side))

    def _set_snap(self) -> None:
        if not self._updating:
            self._change(lambda guide: with_changes(guide, snap=float(self._snap.value)))

    def _set_pixel(self) -> None:
        if not self._updating:
            text = self._pixel.value.strip() or None
            self._change(lambda guide: with_changes(guide, pixel_size=text))

    def _choose(self) -> None:
        if not self._updating:
            self._open(int(self._image.value))

    def _go(self, step: int) -> None:
        place = self._pages.place + step
        if 0 <= place < len(self._pages.images):
            self._open(place)

    def _step(self, move: Callable[[History], History]) -> None:
        self._pages.histories[self._path] = move(self._history)
        self._show_guide()
        self._ask()

    def _clear(self) -> None:
        self._change(lambda _: Guide())

    def _save(self) -> None:
        try:
            target = write_guide(self._history.guide, self._path)
        except (InterfaceFemError, OSError) as error:
            self._say(f"not saved: {error}", "refuse")
            return
        self._pages.histories[self._path] = self._history.written()
        self._fill_chooser()
        self._say(f"saved: {target.name}", "pass")

    # ------------------------------------------------------------------ what is shown

    def _show_guide(self) -> None:
        guide = self._history.guide
        self._updating = True
        self._side.active = int(guide.electrolyte == "below")
        self._snap.value = guide.snap
        self._pixel.value = "" if guide.pixel_size is None else f"{guide.pixel_size * 1e9:.6g} nm"
        self._updating = False
        self._canvas.show_guide(guide)

    def _ask(self) -> None:
        """Have line and number of the present guide computed; answers to older ones are dropped."""
        self._asked += 1
        asked, path, guide = self._asked, self._path, self._history.guide
        sampling, cell = self._pages.sampling, self._pages.cell
        self._say("computing ...", "wait")

        def later(show: Callable[[Any], None], future: Future[Any]) -> None:
            def on_page() -> None:
                if asked == self._asked:
                    problem = future.exception()
                    if problem is None:
                        show(future.result())
                    else:
                        self._say(f"this is a bug: {problem}", "refuse")

            if not future.cancelled():
                # of a page that was closed in between Bokeh has taken the callbacks away
                with contextlib.suppress(AttributeError, RuntimeError):
                    self._document.add_next_tick_callback(on_page)

        tasks = (
            (self._show_line, (line_of, path, guide, sampling)),
            (self._show_number, (number_of, path, guide, sampling, cell)),
        )
        for future in getattr(self, "_waiting", ()):
            future.cancel()
        self._waiting = []
        for show, task in tasks:
            future = self._pages.compute(*task)
            future.add_done_callback(lambda done, show=show: later(show, done))
            self._waiting.append(future)

    def _show_line(self, line: Line) -> None:
        self._line = line
        self._canvas.show_line(line)
        if line.problem is not None:
            self._say(line.problem, "refuse")

    def _show_number(self, number: Number) -> None:
        line = self._line
        if line.problem is not None:
            return
        problem = number.problem or ""
        rows = []
        if number.excess is not None:
            rows.append(
                f"<b>i<sub>max</sub>/i<sub>min</sub> = {1 + number.excess:.5g}</b> over "
                f"{number.length_um:.4g} µm ({number.windows} windows, as traced)"
            )
        if number.i_ratio:
            whole = ", ".join("none" if one is None else f"{one:.5g}" for one in number.i_ratio)
            rows.append(f"whole section{'s' * (len(number.i_ratio) > 1)}: {whole}")
        rows.append(f"line: {escape(line.method)}, {_VERDICTS.get(line.verdict, line.verdict)}")
        if line.measures:
            rows.append(escape(line.measures))
        rows += [escape(note) for note in line.notes]
        rows.append(f"{line.cpu_s:.2f} s and {number.cpu_s:.2f} s of CPU time")
        self._numbers.tags = [
            json.dumps({"excess": number.excess, "i_ratio": list(number.i_ratio)})
        ]
        self._numbers.text = "".join(f"<p>{row}</p>" for row in rows)
        saved = "" if self._history.is_saved else "; not saved"
        self._say(problem or f"ready{saved}", "refuse" if problem else line.verdict or "pass")

    def _say(self, text: str, kind: str) -> None:
        self._status.text = f'<span class="{kind}">{escape(text)}</span>'
        # tests and screen readers see that something new is said
        self._status.tags = [kind, self._asked]


def _without_arguments(act: Callable[[], None]) -> Callable[[str, Any, Any], None]:
    def changed(attr: str, old: Any, new: Any) -> None:
        act()

    return changed


_VERDICTS = {
    "pass": "passes its check",
    "warn": "doubtful: look at the red stretches",
    "refuse": "refused by its check: draw it",
}
