# SPDX-License-Identifier: BSD-3-Clause
"""The page: an image with its line, tools to guide it, what the line means.

Pointer events are taken by a script of our own (``drawing.js``): a stroke arrives with the tool it
was drawn with, so that switching tools never turns one into another. All computing is done by one
process beside, whose answers are shown if they are those of the present guide.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from html import escape
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Self

from bokeh.document import Document
from bokeh.models import (
    Button,
    ColumnDataSource,
    CustomJS,
    Div,
    InlineStyleSheet,
    PanTool,
    RadioButtonGroup,
    Range1d,
    Select,
    Slider,
    TextInput,
    WheelZoomTool,
)
from bokeh.plotting import figure
from jinja2 import Environment

from interfacefem.app.answers import Line, Number, Picture, line_of, number_of, picture_of
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
from interfacefem.errors import InputError, InterfaceFemError
from interfacefem.images.guide import Guide, guide_beside, write_guide
from interfacefem.parameters.cell import Cell
from interfacefem.parameters.sampling import Sampling

_FOLDER = Path(__file__).parent
TOOLS = (
    ("redraw", "Redraw", "Draw a stretch of the interface freehand; the line follows it there."),
    ("points", "Points", "Click point after point, then Finish. Drag a point of a piece to move "
     "it; click a piece to add one; double-click a point to delete it."),
    ("electrolyte", "Paint electrolyte", "Paint over the electrolyte, a stroke or two."),
    ("other", "Paint other side", "Paint over metal, resin, open void: whatever is not electrolyte."),
    ("drop", "Leave out", "Drag over columns whose windows are left out."),
    ("crop", "Crop", "Drag a box around the part that is used."),
    ("move", "Move", "Drag to move the image, wheel or pinch to zoom."),
)  # fmt: skip
_ORANGE, _BLUE, _RED, _GREEN, _PURPLE = "#ff9d00", "#1fb6ff", "#ff2f2f", "#00c46a", "#c45bff"


class Pages:
    """The images of one call, their guides so far, and the process that computes.

    Args:
        images: Files.
        sampling: By options of the command.
        cell: What lines are solved with.
    """

    def __init__(self, images: Sequence[Path], sampling: Sampling, cell: Cell) -> None:
        self.images = list(images)
        self.sampling = sampling
        self.cell = cell
        self.histories: dict[Path, History] = {}
        self.place = 0
        self._pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def fill(self, document: Document) -> None:
        """A new document; what was drawn in an earlier one is there again."""
        Page(self, document)

    def compute(self, task: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Run a task in the process beside."""
        return self._pool.submit(task, *arguments)

    def is_done(self, image: Path) -> bool:
        """Whether a guide lies beside the image."""
        return guide_beside(image).is_file()


class Page:
    """One document.

    Args:
        pages: What is shared between documents.
        document: To be filled.
    """

    def __init__(self, pages: Pages, document: Document) -> None:
        self._pages, self._document = pages, document
        self._asked = 0
        self._line = Line()
        self._make_figure()
        self._make_controls()
        template = Environment(autoescape=True).from_string(
            (_FOLDER / "page.html").read_text(encoding="utf-8")
        )
        document.template = template
        document.title = "interfacefem: guide a line"
        for name, root in self._roots.items():
            root.name = name
            document.add_root(root)
        self._open(pages.place)

    # ------------------------------------------------------------------ what is there

    def _make_figure(self) -> None:
        self._figure = plot = figure(
            name="image", tools=[], toolbar_location=None, x_range=Range1d(0, 1),
            y_range=Range1d(1, 0), sizing_mode="stretch_width", aspect_ratio=1.0, min_border=0,
            outline_line_color=None, background_fill_color="#111",
        )  # fmt: skip
        plot.axis.visible = False
        plot.grid.visible = False
        self._pan, self._wheel = PanTool(), WheelZoomTool()
        plot.add_tools(self._pan, self._wheel)
        plot.toolbar.active_drag = None
        plot.toolbar.active_scroll = self._wheel

        def source(*names: str) -> ColumnDataSource:
            return ColumnDataSource({name: [] for name in names})

        self._picture = source("url", "x", "y", "w", "h")
        self._box = source("left", "right", "bottom", "top")
        self._ranges = source("left", "right", "bottom", "top")
        self._strokes = source("xs", "ys", "color", "width")
        self._lines, self._doubtful, self._pieces = (source("xs", "ys") for _ in range(3))
        self._vertices = source("x", "y", "piece", "vertex")
        self._draft = source("xs", "ys")
        self._corners = source("x", "y")
        plot.image_url("url", "x", "y", "w", "h", anchor="top_left", source=self._picture)
        plot.quad(
            "left", "right", "bottom", "top", source=self._ranges, fill_color=_RED, fill_alpha=0.25,
            line_color=None,
        )  # fmt: skip
        plot.quad(
            "left", "right", "bottom", "top", source=self._box, fill_color=None,
            line_color="white", line_dash="dashed",
        )  # fmt: skip
        plot.multi_line(
            "xs", "ys", source=self._strokes, line_color="color", line_width="width",
            line_alpha=0.35, line_cap="round",
        )  # fmt: skip
        plot.multi_line("xs", "ys", source=self._lines, line_color="black", line_width=3.5,
                        line_alpha=0.6)  # fmt: skip
        plot.multi_line("xs", "ys", source=self._lines, line_color=_ORANGE, line_width=1.8)
        plot.multi_line("xs", "ys", source=self._doubtful, line_color=_RED, line_width=3)
        plot.multi_line("xs", "ys", source=self._pieces, line_color=_BLUE, line_width=1.5)
        plot.scatter("x", "y", source=self._vertices, size=7, fill_color=_BLUE,
                     line_color="white")  # fmt: skip
        plot.multi_line("xs", "ys", source=self._draft, line_color=_PURPLE, line_width=2.5)
        plot.scatter("x", "y", source=self._corners, size=6, fill_color=_PURPLE,
                     line_color="white")  # fmt: skip

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
        self._inbox.on_change("data", lambda *_: self._receive())
        self._updating = False
        self._side.on_change("active", lambda *_: self._set_side())
        self._snap.on_change("value_throttled", lambda *_: self._set_snap())
        self._pixel.on_change("value", lambda *_: self._set_pixel())
        self._image.on_change("value", lambda *_: self._choose())
        finish = Button(label="Finish points", sizing_mode="stretch_width", stylesheets=[large])
        self._roots = {
            "figure": self._figure, "tool": self._tool, "help": self._help, "width": self._width,
            "finish": finish, "snap": self._snap, "side": self._side, "pixel": self._pixel,
            "chooser": self._image, "status_box": self._status, "numbers_box": self._numbers,
            "undo": button("Undo", lambda: self._step(History.undone)),
            "redo": button("Redo", lambda: self._step(History.redone)),
            "clear": button("Clear all", self._clear),
            "save": button("Save", self._save, "success"),
            "previous": button("Previous", lambda: self._go(-1)),
            "next": button("Next", lambda: self._go(1)),
        }  # fmt: skip
        self._status.name, self._numbers.name = "status", "numbers"
        self._connect(finish)

    def _connect(self, finish: Button) -> None:
        code = (_FOLDER / "drawing.js").read_text(encoding="utf-8")
        known = {
            "plot": self._figure, "tool": self._tool, "width": self._width, "draft": self._draft,
            "corners": self._corners, "vertices": self._vertices, "pieces": self._pieces,
            "inbox": self._inbox, "pan": self._pan, "help": self._help,
        }  # fmt: skip
        head = f"const TOOLS = {json.dumps([list(tool) for tool in TOOLS])};\n"

        def script(event: str) -> CustomJS:
            return CustomJS(args=known, code=f"{head}const EVENT = '{event}';\n{code}")

        for event in ("panstart", "pan", "panend", "tap", "doubletap"):
            self._figure.js_on_event(event, script(event))
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
            self._show_picture(picture_of(path))
        except InterfaceFemError as error:
            self._picture.data = {name: [] for name in self._picture.data}
            problem = str(error)
        self._show_guide()
        if problem is None:
            self._ask()
        else:
            self._say(problem, "refuse")

    def _show_picture(self, picture: Picture) -> None:
        rows, columns = picture.rows, picture.columns
        self._picture.data = {
            "url": [picture.url], "x": [-0.5], "y": [-0.5], "w": [columns], "h": [rows],
        }  # fmt: skip
        self._figure.aspect_ratio = columns / rows
        self._figure.x_range.update(start=-0.5, end=columns - 0.5)
        self._figure.y_range.update(start=rows - 0.5, end=-0.5)
        self._rows = rows

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
        columns = self._picture.data["w"][0]
        if kind in ("redraw", "points", "electrolyte", "other"):
            points = [
                (min(max(a, 0.0), columns - 1.0), min(max(b, 0.0), self._rows - 1.0))
                for a, b in points
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
        columns = int(self._picture.data["w"][0])
        column0, column1 = max(round(min(x)), 0), min(round(max(x)) + 1, columns)
        row0, row1 = max(round(min(y)), 0), min(round(max(y)) + 1, self._rows)
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
        colours = {"electrolyte": _GREEN, "other": _PURPLE}
        self._strokes.data = {
            "xs": [[x for x, _ in one.points] for one in guide.strokes],
            "ys": [[y for _, y in one.points] for one in guide.strokes],
            "color": [colours[one.label] for one in guide.strokes],
            "width": [one.width for one in guide.strokes],
        }
        self._pieces.data = {
            "xs": [[x for x, _ in one.points] for one in guide.boundary],
            "ys": [[y for _, y in one.points] for one in guide.boundary],
        }
        vertices = [
            (x, y, piece, vertex)
            for piece, one in enumerate(guide.boundary)
            for vertex, (x, y) in enumerate(one.points)
            if len(one.points) <= 60
        ]
        self._vertices.data = {
            name: [one[place] for one in vertices]
            for place, name in enumerate(("x", "y", "piece", "vertex"))
        }
        self._ranges.data = {
            "left": [low for low, _ in guide.dropped],
            "right": [high for _, high in guide.dropped],
            "bottom": [self._rows] * len(guide.dropped),
            "top": [0] * len(guide.dropped),
        }
        self._draft.data = {"xs": [], "ys": []}
        self._corners.data = {"x": [], "y": []}

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
        self._lines.data = _columns(line.sections)
        self._doubtful.data = _columns(line.doubtful)
        crop = line.crop
        self._box.data = {
            "left": [] if crop is None else [crop[2] - 0.5],
            "right": [] if crop is None else [crop[3] - 0.5],
            "top": [] if crop is None else [crop[0] - 0.5],
            "bottom": [] if crop is None else [crop[1] - 0.5],
        }
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


_VERDICTS = {
    "pass": "passes its check",
    "warn": "doubtful: look at the red stretches",
    "refuse": "refused by its check: draw it",
}


def _columns(lines: Sequence[tuple[list[float], list[float]]]) -> dict[str, list[list[float]]]:
    return {"xs": [x for x, _ in lines], "ys": [y for _, y in lines]}
