# SPDX-License-Identifier: BSD-3-Clause
"""CPU time of the page's answers after each kind of edit, without the browser.

    ./ifem shell python3 benchmarks/page_times.py                # 1024, 2048 and 4096 columns
    ./ifem shell python3 benchmarks/page_times.py --columns 2048

The image is a synthetic tape of studies/, enlarged (cubic) with fresh noise; line and number are
timed apart, in the order in which the page asks for them, each edit once per round.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tifffile
from scipy import ndimage

from interfacefem.app.answers import line_of, number_of
from interfacefem.app.editing import with_changes, with_piece, with_range, with_stroke, with_vertex
from interfacefem.images import read_micrograph
from interfacefem.images.guide import Guide
from interfacefem.parameters.cell import Cell
from interfacefem.parameters.sampling import Sampling

IMAGE = Path(__file__).resolve().parents[1] / "studies" / "images" / "lpscl_4h_400MPa_1.tif"
SIZES = {1024: (768, 1024), 2048: (1536, 2048), 4096: (3000, 4096)}
NOISE = 6.0  # of 255


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--columns", type=int, nargs="+", default=list(SIZES), choices=SIZES)
    chosen = parser.parse_args().columns
    logging.disable(logging.WARNING)
    print("| columns x rows | edit | line, s | number, s |\n|---|---|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        for columns in chosen:
            rows = SIZES[columns][0]
            image = Path(folder) / f"{columns}.tif"
            pixel = write_enlarged(image, SIZES[columns])
            for name, line, number in times(image, pixel):
                print(f"| {columns} x {rows} | {name} | {line:.2f} | {number:.2f} |", flush=True)


def write_enlarged(path: Path, shape: tuple[int, int]) -> float:
    """Write the image on another grid; its pixel size in um."""
    source = read_micrograph(IMAGE)
    factors = [wanted / given for wanted, given in zip(shape, source.gray.shape, strict=True)]
    large = ndimage.zoom(source.gray, factors, order=3)
    large = 255 * large + np.random.default_rng(0).normal(0, NOISE, large.shape)
    tifffile.imwrite(path, np.clip(large, 0, 255).astype(np.uint8))
    return source.pixel_size * 1e6 / factors[1]


def times(image: Path, pixel: float) -> list[tuple[str, float, float]]:
    """CPU seconds of line and number after each edit, in this order."""
    guide = with_changes(Guide(), pixel_size=f"{pixel:.6g} um")
    sampling, cell = Sampling(), Cell()
    number_of(image, guide, sampling, cell)  # compiles forms
    found = []

    def edit(name: str, make: Callable[[Guide], Guide]) -> None:
        nonlocal guide
        guide = make(guide)
        line = line_of(image, guide, sampling)
        number = number_of(image, guide, sampling, cell)
        said = line.problem or number.problem
        found.append((name + (f" ({said[:60]})" if said else ""), line.cpu_s, number.cpu_s))

    x, y = (np.array(part) for part in line_of(image, guide, sampling).sections[0])
    rows, columns = read_micrograph(image, pixel_size=pixel * 1e-6).gray.shape
    edit("opened with another crop", lambda g: with_changes(g, crop=(0, rows - 2, 0, columns)))

    def piece(share: float) -> list[tuple[float, float]]:
        first = int(share * len(x))
        last = int(np.argmax(x[first:] > x[first] + 0.02 * columns)) + first
        middle = (first + last) // 2
        return [(x[first], y[first]), (x[middle], y[middle] + 4), (x[last], y[last])]

    edit("first redrawn stretch", lambda g: with_piece(g, piece(0.55)))
    edit("next redrawn stretch", lambda g: with_piece(g, piece(0.7)))
    edit("vertex moved", lambda g: with_vertex(g, 0, 1, (piece(0.55)[1][0], piece(0.55)[1][1] + 5)))
    edit("columns left out", lambda g: with_range(g, 0.1 * columns, 0.12 * columns))
    high, low = float(y.min()) - 0.05 * rows, float(y.max()) + 0.05 * rows
    along = np.linspace(0.1, 0.4, 8) * columns
    below = [(float(a), low) for a in along]
    above = [(float(a), high) for a in along]
    plain = with_changes(Guide(), pixel_size=f"{pixel:.6g} um")
    other = with_stroke(plain, "other", 12, below)
    edit("first classified stroke", lambda _: with_stroke(other, "electrolyte", 12, above))
    further = [(float(a) + 0.4 * columns, high) for a in along]
    edit("next stroke", lambda g: with_stroke(g, "electrolyte", 12, further))
    edit("stretch redrawn after strokes", lambda g: with_piece(g, piece(0.6)))
    return found


if __name__ == "__main__":
    main()
