# SPDX-License-Identifier: BSD-3-Clause
"""A report of hundreds of parameter points: a few have figures of their own, all are in curves."""

from __future__ import annotations

import base64
import io
import itertools
import re
from dataclasses import replace

import numpy as np
import pytest
from made_up_study import CONDITIONS, IMAGES, LINES, i_ratio, write_made_up_study
from PIL import Image

from interfacefem.report.parameter_figure import parameter_figure
from interfacefem.report.study_data import StudyData, read_study_data
from interfacefem.report.study_images import overlay
from interfacefem.report.study_points import MOST_POINTS, chosen_points
from interfacefem.report.study_report import report_html

I0 = "i0_mA_cm2"
GRID = [
    {"a": float(a), "b": b} for a, b in itertools.product(np.geomspace(0.1, 100, 15), range(20))
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> StudyData:
    return read_study_data(write_made_up_study(tmp_path_factory.mktemp("study"))[0])


def with_points(data: StudyData, count: int) -> StudyData:
    """The study with more exchange current densities, and the ratios that belong to them."""
    first = [result for result in data.results if result.row[I0] == 1.0]
    results = []
    for result in first:
        image = int(str(result.row["image"]).split("_")[2].removesuffix(".png"))
        place = float(result.row["pressure_MPa"]), image, int(result.row["line"])
        for i0 in np.geomspace(1, 10, count).tolist():
            row = {**result.row, I0: i0, "i_ratio": i_ratio(*place, i0)}
            results.append(replace(result, row=row))
    return replace(data, results=tuple(results))


def test_few_points_are_all_shown() -> None:
    assert chosen_points(GRID[:MOST_POINTS]) == GRID[:MOST_POINTS]
    assert chosen_points([{}]) == [{}]


def test_of_a_grid_the_middle_and_the_corners_are_shown() -> None:
    chosen = chosen_points(GRID)
    assert len(chosen) == MOST_POINTS
    assert chosen == sorted(chosen, key=GRID.index)
    for a, b in itertools.product((0.1, 100.0), (0, 19)):
        assert {"a": pytest.approx(a), "b": b} in chosen
    assert any(point["a"] == pytest.approx(10**0.5) and point["b"] in (9, 10) for point in chosen)


def test_every_point_is_near_one_that_is_shown() -> None:
    levels = {name: sorted({point[name] for point in GRID}) for name in ("a", "b")}
    places = np.array(
        [[levels[k].index(point[k]) / (len(levels[k]) - 1) for k in ("a", "b")] for point in GRID]
    )
    chosen = places[[GRID.index(point) for point in chosen_points(GRID)]]
    distances = np.linalg.norm(places[:, None] - chosen[None], axis=2).min(axis=1)
    # twelve discs that cover a square of side 1 have a radius of at least 0.2
    assert distances.max() < 0.32


def test_the_page_does_not_grow_with_the_points(data: StudyData) -> None:
    lines = 2 * len(CONDITIONS)
    few = [r for r in data.results if str(r.row["image"]).endswith("_1.png") and r.line < 3]
    small = replace(data, results=tuple(few))
    pages = {count: report_html(with_points(small, count)) for count in (2, 60)}
    figures = {count: page.count("<figure") for count, page in pages.items()}
    # the ratio and its spread at each point shown, and once the ratio over all
    assert figures[60] == figures[2] + 1 + 2 * (MOST_POINTS - 2)
    assert "Of 60 points of the parameters 12" in pages[60]
    assert "points of the parameters" not in pages[2]
    assert pages[60].count("48 more points of the parameters of this line") == lines
    # all rows are in the table
    assert len(re.findall(r'<tr class="(?:done|failed)">', pages[60])) == 60 * lines


def test_the_curves_hold_the_mean_of_the_lines_at_every_point(data: StudyData) -> None:
    figure = parameter_figure(with_points(data, 40), "i_ratio")
    panels = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title() for axes in panels] == ["0 h, pristine", "4 h"]
    for axes in panels:
        curve = axes.get_lines()[0]
        i0, ratio = np.asarray(curve.get_xdata()), np.asarray(curve.get_ydata())
        assert i0 == pytest.approx(np.geomspace(1, 10, 40))
        expected = [
            np.mean(
                [
                    i_ratio(pressure, image, line, value)
                    for pressure in (0.0, 200.0)
                    for image in range(1, IMAGES + 1)
                    for line in range(1, LINES + 1)
                ]
            )
            for value in i0
        ]
        assert ratio == pytest.approx(expected, rel=1e-12)
        assert axes.get_xscale() == "log"


def test_pictures_of_many_images_are_smaller(data: StudyData) -> None:
    widths = []
    for count in (10, 50, 200):
        entry = overlay(data, data.results[0], count)
        assert entry is not None
        (picture,) = re.findall(r"base64,([^\"]+)", entry.svg)
        widths.append(Image.open(io.BytesIO(base64.b64decode(picture))).width)
    # four times the images of a quarter of the area; the image itself is 500 pixels wide
    assert widths == [500, 500, 320]
