# SPDX-License-Identifier: BSD-3-Clause
"""The look of every figure, in one place: sizes of print, fonts, colours, writing to file."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import matplotlib
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from interfacefem.errors import InputError
from interfacefem.files import written_atomically
from interfacefem.report.figure_data import write_figure_data
from interfacefem.units import NM, UM

MM = 1 / 25.4  # inches in a millimetre
SINGLE_COLUMN = 89.0  # mm
DOUBLE_COLUMN = 183.0  # mm
DPI = 300
_DECADES_OF_1_2_5 = 3.0
_PLAIN = (1e-4, 1e6)  # numbers written without a power of ten
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

FONT_SIZE = 8.0
SMALL_FONT_SIZE = 7.0

# Okabe and Ito's palette, legible with any colour vision
BLACK = "#000000"
ORANGE = "#E69F00"
SKY = "#56B4E9"
GREEN = "#009E73"
YELLOW = "#F0E442"
BLUE = "#0072B2"
VERMILLION = "#D55E00"
PURPLE = "#CC79A7"
GREY = "#7F7F7F"
ALARM = "#FF0000"  # stretches of a line that follow no edge: not a colour of any line
LINE_COLOURS = (VERMILLION, BLUE, GREEN, PURPLE, ORANGE, SKY, YELLOW)
METAL = "#E3E3E3"
OTHER_PHASE = "#BDBDBD"
POOLED = "#D9D9D9"
POTENTIAL_MAP = "viridis"
CURRENT_MAP = "inferno"

STYLE: Any = {
    # ships with matplotlib: the same picture on every machine
    "font.family": "DejaVu Sans",
    "font.size": FONT_SIZE,
    "axes.titlesize": FONT_SIZE,
    "axes.labelsize": FONT_SIZE,
    "xtick.labelsize": FONT_SIZE,
    "ytick.labelsize": FONT_SIZE,
    "legend.fontsize": SMALL_FONT_SIZE + 0.5,
    "axes.linewidth": 0.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.useoffset": False,
    "axes.formatter.limits": (-4, 6),
    "axes.labelpad": 2.5,
    "xtick.major.width": 0.5,
    "ytick.major.width": 0.5,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "xtick.major.pad": 2.0,
    "ytick.major.pad": 2.0,
    "lines.linewidth": 0.9,
    "patch.linewidth": 0.5,
    "legend.frameon": False,
    "legend.borderaxespad": 0.3,
    "legend.handlelength": 1.6,
    "legend.columnspacing": 1.4,
    "legend.labelspacing": 0.35,
    "mathtext.fontset": "dejavusans",
    "savefig.dpi": DPI,
    "figure.dpi": DPI,
    "pdf.fonttype": 42,  # text stays text, as journals ask
    "svg.fonttype": "none",
    "svg.hashsalt": "interfacefem",
}

# a file depends on its content alone, not on the time
_UNDATED: dict[str, dict[str, Any]] = {
    ".png": {},
    ".pdf": {"CreationDate": None},
    ".svg": {"Date": None},
}

# what commands were asked for beside PNG
_asked: ContextVar[tuple[str, ...]] = ContextVar("formats of figures", default=())

_folder: ContextVar[Path | None] = ContextVar("folder of a page's figures", default=None)

_P = ParamSpec("_P")
_R = TypeVar("_R")


def styled(draw: Callable[_P, _R]) -> Callable[_P, _R]:
    """Run a function that draws under the package's style; the caller's settings stay."""

    @functools.wraps(draw)
    def wrapper(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        with matplotlib.rc_context(STYLE):
            return draw(*args, **kwargs)

    return wrapper


def new_figure(width: float, height: float, *, arrange: bool = True) -> Figure:
    """An empty figure that needs no display.

    Args:
        width: In mm.
        height: In mm.
        arrange: Whether the panels find their places themselves.
    """
    layout = ConstrainedLayoutEngine(w_pad=1.0 * MM, h_pad=1.0 * MM) if arrange else None
    figure = Figure(figsize=(width * MM, height * MM), layout=layout)
    FigureCanvasAgg(figure)
    return figure


@contextmanager
def figure_formats(formats: str) -> Iterator[None]:
    """Have every figure written in these formats as well, and its numbers as CSV beside it.

    Args:
        formats: Of ``png``, ``pdf`` and ``svg``, with commas between.

    Raises:
        InputError: Another name.
    """
    names = tuple(dict.fromkeys(f".{name.strip().lower()}" for name in formats.split(",")))
    if not set(names) <= _UNDATED.keys():
        raise InputError(
            "is no list of formats of figures",
            field="figures",
            found=f'"{formats}"',
            expected="png, pdf, svg, or several with commas between",
        )
    token = _asked.set(names)
    try:
        yield
    finally:
        _asked.reset(token)


@styled
def mark_synthetic(figure: Figure) -> None:
    """Say at the lower left corner that this program drew the picture behind the numbers."""
    figure.text(
        0.004, 0.006, "synthetic", fontsize=SMALL_FONT_SIZE, color=GREY, ha="left", va="bottom",
        gid="synthetic",
    )  # fmt: skip


def save_figure(figure: Figure, path: str | Path, *, synthetic: bool = False) -> None:
    """Write a figure, and under :func:`figure_formats` its other formats and numbers beside it.

    Args:
        figure: Drawn in the package's style.
        path: Its suffix is the format: PNG (300 dpi), PDF or SVG.
        synthetic: Whether this program drew the picture behind it, which the figure then says.

    Raises:
        InputError: Another suffix, or the folder cannot be written to.
    """
    path = Path(path)
    if synthetic:
        mark_synthetic(figure)
    _save(figure, path)
    asked = _asked.get()
    for suffix in asked:
        if suffix != path.suffix.lower():
            _save(figure, path.with_suffix(suffix))
    if asked:
        write_figure_data(figure, path.with_suffix(".figure.csv"))


@contextmanager
def page_figures(folder: Path) -> Iterator[None]:
    """Put the figures of a page into this folder as well, where :func:`figure_formats` asks."""
    token = _folder.set(folder)
    try:
        yield
    finally:
        _folder.reset(token)


def save_page_figure(figure: Figure, title: str) -> None:
    """Write a figure of a page under :func:`page_figures`, named after its title."""
    folder = _folder.get()
    if folder is not None and _asked.get():
        folder.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^A-Za-z0-9.]+", "_", title.replace("$", "")).strip("_")
        save_figure(figure, folder / f"{name}.png")


@styled
def _save(figure: Figure, path: Path) -> None:
    suffix = path.suffix.lower()
    if suffix not in _UNDATED:
        raise InputError(
            "no figure can be written under this name",
            file=path,
            found=f'"{path.suffix}"',
            expected=" or ".join(_UNDATED),
        )
    with written_atomically(path) as temporary:
        figure.savefig(temporary, format=suffix[1:], metadata=_UNDATED[suffix])


def line_colour(index: int) -> str:
    """Colour of the profile with this index, the same in every figure."""
    return LINE_COLOURS[index % len(LINE_COLOURS)]


def panel_letter(axes: Axes, letter: str, *, pad: float = 3.0) -> None:
    """Name a panel at its upper left corner, ``pad`` points above it."""
    axes.set_title(letter, loc="left", fontweight="bold", fontsize=FONT_SIZE + 1, pad=pad)


def round_ticks(count: int) -> MaxNLocator:
    """At most ``count`` steps of 1, 2, 2.5 or 5 times a power of ten."""
    return MaxNLocator(count, steps=[1, 2, 2.5, 5, 10])


def length_text(metres: float) -> str:
    """A length with its unit, such as ``20 µm``."""
    for unit, size in (("mm", 1e-3), ("µm", UM)):
        if metres >= 0.9995 * size:
            return f"{metres / size:.4g} {unit}"
    return f"{metres / NM:.4g} nm"


def number_texts(values: Sequence[float], *, digits: int = 3) -> list[str]:
    """Decimals: as many as tell the values apart, each with ``digits`` figures or more.

    Very large and very small numbers are written with a power of ten.
    """
    largest = max(abs(value) for value in values)
    span = max(values) - min(values)
    # rounding must not add a figure: 3.0002 - 3.0001 is a little less than 1e-4
    apart = 1 - math.floor(math.log10(span) + 1e-6) if span > 1e-6 * largest else 0
    return [_number_text(value, apart, digits) for value in values]


def _number_text(value: float, places: int, digits: int) -> str:
    if value == 0:
        return "0"
    if not _PLAIN[0] <= abs(value) < _PLAIN[1]:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        text = f"{mantissa}×10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
    else:
        own = digits - 1 - math.floor(math.log10(abs(value)))
        text = f"{value:.{max(places, own, 0)}f}"
    return text.replace("-", "−")


def round_length(longest: float) -> float:
    """The largest of 1, 2 or 5 times a power of ten that is at most ``longest``."""
    power = 10.0 ** math.floor(math.log10(longest))
    return max(step * power for step in (1, 2, 5) if step * power <= longest * (1 + 1e-12))


def plain_log_ticks(axis: Axis) -> None:
    """Mark a logarithmic axis by plain numbers: 1, 2, 5 of each decade while there is room."""
    axis.set_major_locator(_OneTwoFive())
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


class _OneTwoFive(LogLocator):
    """Decades only where 1, 2, 5 of each would run into one another."""

    def tick_values(self, vmin: float, vmax: float) -> Sequence[float]:
        decades = abs(math.log10(vmax / vmin)) if vmin > 0 < vmax else math.inf
        self.set_params(subs=(1.0, 2.0, 5.0) if decades <= _DECADES_OF_1_2_5 else (1.0,))
        return super().tick_values(vmin, vmax)
