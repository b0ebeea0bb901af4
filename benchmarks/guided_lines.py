# SPDX-License-Identifier: BSD-3-Clause
"""How near a line comes to what was drawn by hand: by itself, by strokes, by points.

    ./ifem shell python3 benchmarks/guided_lines.py            # three hands each, a minute
    ./ifem shell python3 benchmarks/guided_lines.py --hands 1

Six real micrographs of ../shared/data: three with masks that their authors drew, three whose
interface was drawn for this script on enlarged pictures (marked "own"; good to 2 px or so). A hand
is a seed: strokes 10 px wide and 120 px long lie 20 to 60 px from the line on alternating sides;
points are put on the line with a jitter of 2 px. Distances in pixels are symmetric: from the line
found to the one that was drawn and back. Pixel sizes are assumed where files do not say them.
"""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from interfacefem.api.trace import trace
from interfacefem.errors import InterfaceFemError
from interfacefem.images import read_micrograph
from interfacefem.images.drawn_files import line_of_field, read_drawn_field
from interfacefem.images.guide import Guide, Piece, Stroke
from interfacefem.synthetic.extraction_error import curve_distances
from interfacefem.units import UM

Array = npt.NDArray[np.floating]

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "sem"
ASSUMED_PIXEL = 1 * UM  # distances are in pixels; the coatings do not say theirs
MASKED = ("coating_010417_4_S2480023", "coating_050317_3_S0440016", "coating_070516_3_S2470003")
JITTER = 2.0  # pixels
POINTS = 25

RIM = """
0,442 12,437 30,430 45,425 50,420 60,419 66,414 80,409 95,403 102,400 115,397 130,391 142,387
150,383 160,376 172,375 185,369 193,365 197,357 203,355 210,359 216,357 222,352 240,352 250,347
262,341 275,335 290,330 298,323 305,321 320,316 340,309 360,302 380,297 400,290 415,285 428,282
440,277 450,272 470,265 485,261 500,256 512,250 520,246 530,249 542,244 555,238 572,233 580,233
590,226 600,222 612,216 622,213 630,217 640,212 655,207 662,203 675,201 684,198 692,191 705,190
715,187 725,181 735,181 745,175 748,171 755,173 765,170 780,169 800,163 820,156 840,151 850,146
870,140 890,134 898,127 905,126 915,123 925,126 940,122 955,120 968,114 980,113 990,107 1003,101
1006,92 1012,98 1023,100
"""
LAYER = """
0,217 20,212 40,203 60,199 80,189 100,179 120,171 140,164 160,159 180,150 200,143 220,138 240,128
260,121 280,113 300,109 320,102 340,96 360,88 380,81 400,73 420,67 440,61 460,53 480,46 500,40
520,35 540,29 559,21
"""
PARTICLE = """
482,165 490,158 497,152 499,144 504,141 509,142 511,146 513,143 516,135 522,132 535,131 543,125
552,120 560,120 563,121 568,118 578,117 582,120 592,119 596,123 598,131 602,133 605,126 611,124
615,126 622,123 626,127 637,129 640,139 650,144 660,151 670,152 678,157 682,163 690,171
"""


@dataclass(frozen=True)
class Scene:
    """An image, the line that was drawn on it, and how it is traced."""

    name: str
    file: str
    line: Array
    said: dict[str, Any]
    reach: float = 60.0  # pixels from the line within which strokes lie


def scenes() -> list[Scene]:
    found = []
    for name in MASKED:
        mask = read_drawn_field(DATA / f"{name}_mask.tif", (0,))
        found.append(Scene(name, f"{name}.tif", line_of_field(mask), {}))
    tilted = "zeiss_tilted_layer.tif"
    return [
        *found,
        Scene("tilted layer, rim (own)", tilted, _line(RIM), {}),
        Scene(
            "tilted layer, coat (own)", tilted, _line(LAYER), {"crop": (0, 300, 0, 560)}, reach=40.0
        ),
        Scene(
            "NMC particle (own)", "nmc_cathode_no_scale.tif", _line(PARTICLE),
            {"crop": (60, 300, 482, 691), "electrolyte": "below"}, reach=40.0,
        ),
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hands", type=int, default=3, help="seeds of each")
    hands = parser.parse_args().hands
    logging.disable(logging.WARNING)
    print("median and 90 % distance in pixels, CPU seconds of the tracing\n")
    print("| image | automatic | 3 strokes | 10 strokes | 25 points | 25 points, snap 8 |")
    print("|---|---:|---:|---:|---:|---:|")
    for scene in scenes():
        ways = [
            [Guide()],
            [_with_strokes(scene, 3, seed) for seed in range(hands)],
            [_with_strokes(scene, 10, seed) for seed in range(hands)],
            [_with_points(scene, seed, 0.0) for seed in range(hands)],
            [_with_points(scene, seed, 8.0) for seed in range(hands)],
        ]
        print(f"| {scene.name} | " + " | ".join(_cell(scene, way) for way in ways) + " |")


def _cell(scene: Scene, guides: Sequence[Guide]) -> str:
    found, cpu, problem = [], [], ""
    for guide in guides:
        started = time.process_time()
        try:
            distance = _distances(scene, guide)
        except InterfaceFemError as error:
            problem = "refused" if "follows no boundary" in str(error) else "no line"
            continue
        cpu.append(time.process_time() - started)
        found.append(np.quantile(distance, [0.5, 0.9]))
    if not found:
        return problem
    median, ninety = np.median(found, axis=0)
    missed = f", {len(guides) - len(found)} of {len(guides)} {problem}" if problem else ""
    return f"{median:.1f}, {ninety:.1f} ({np.median(cpu):.1f} s){missed}"


def _distances(scene: Scene, guide: Guide) -> Array:
    crop = scene.said.get("crop")
    image = read_micrograph(DATA / scene.file, pixel_size=ASSUMED_PIXEL, crop=crop)
    side = {key: value for key, value in scene.said.items() if key == "electrolyte"}
    section = trace(image, guide=guide, **side).sections[0]
    line = np.column_stack([section.pixel_columns, section.pixel_rows])
    return curve_distances(line, scene.line)


def _with_strokes(scene: Scene, count: int, seed: int) -> Guide:
    """Strokes along the line, on one side and the other in turn."""
    rng = np.random.default_rng(seed)
    order = np.argsort(scene.line[:, 0], kind="stable")
    x, y = scene.line[order, 0], scene.line[order, 1]
    image = read_micrograph(
        DATA / scene.file, pixel_size=ASSUMED_PIXEL, crop=scene.said.get("crop")
    )
    row0, row1, column0, column1 = image.crop
    below = scene.said.get("electrolyte") == "below"
    strokes = []
    for number in range(count):
        middle = column0 + (number + rng.uniform(0.2, 0.8)) / count * (column1 - column0)
        along = np.linspace(max(middle - 60, column0), min(middle + 60, column1 - 1), 9)
        off = rng.uniform(20, scene.reach)
        is_other = bool(number % 2)
        down = off if is_other != below else -off
        rows = np.clip(np.interp(along, x, y) + down, row0, row1 - 1)
        label = "other" if is_other else "electrolyte"
        points = [(float(a), float(b)) for a, b in zip(along, rows, strict=True)]
        strokes.append(Stroke(label=label, width=10, points=points))
    return Guide(strokes=strokes)


def _with_points(scene: Scene, seed: int, snap: float) -> Guide:
    rng = np.random.default_rng(seed)
    curve = shapely.LineString(scene.line)
    places = [curve.interpolate(share, normalized=True) for share in np.linspace(0, 1, POINTS)]
    points = np.array([[place.x, place.y] for place in places])
    points += rng.normal(0, JITTER, points.shape)
    points[:, 0] = np.clip(points[:, 0], scene.line[0, 0], scene.line[-1, 0])
    points[[0, -1], 0] = scene.line[[0, -1], 0]
    points[:, 1] = np.maximum(points[:, 1], 0)
    return Guide(boundary=[Piece(points=points.tolist())], snap=snap)


def _line(text: str) -> Array:
    return np.array([[float(value) for value in pair.split(",")] for pair in text.split()])


if __name__ == "__main__":
    main()
