# SPDX-License-Identifier: BSD-3-Clause
"""Figures in the formats a paper takes, and the numbers behind them."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import LineCollection

from interfacefem.commands.app import exit_code
from interfacefem.report.figure_data import figure_data
from interfacefem.report.style import figure_formats, new_figure, save_figure


def _rows(figure, series: str) -> list[dict]:
    return [row for row in figure_data(figure) if row["series"] == series]


def test_lines_bars_and_bands_give_what_was_drawn() -> None:
    figure = new_figure(80, 60)
    upper, lower = figure.subplots(2, 1, sharex=True)
    x = np.linspace(0, 1, 5)
    upper.plot(x, x**2, label="square")
    upper.plot(x, -x, transform=upper.transAxes)  # an ornament of the panel
    lower.bar([0, 1], [3, 4], label="counts")
    lower.set(xlabel="place (µm)", ylabel="share (%)")
    square = _rows(figure, "square")
    assert [row["x"] for row in square] == x.tolist()
    assert [row["y"] for row in square] == (x**2).tolist()
    assert square[0]["x_axis"] == "place (µm)"  # of the panel below, which shares it
    assert not [row for row in figure_data(figure) if row["y"] == -1.0]
    tops = [row["y"] for row in figure_data(figure) if row["panel"] == "2" and row["y"]]
    assert tops == [3, 4]


@pytest.mark.parametrize("origin", ["lower", "upper"])
def test_a_map_gives_its_cells_where_they_lie(origin: str) -> None:
    figure = new_figure(80, 60)
    axes = figure.subplots()
    values = np.arange(6.0).reshape(2, 3)
    drawn = axes.imshow(values, extent=(0, 3, 0, 2), origin=origin)
    figure.colorbar(drawn, label="potential (mV)")
    found = {(row["x"], row["y"]): row["value"] for row in figure_data(figure)}
    first_row = 0.5 if origin == "lower" else 1.5
    assert found[0.5, first_row] == 0
    assert found[2.5, 2 - first_row] == 5
    assert {row["value_axis"] for row in figure_data(figure)} == {"potential (mV)"}


@pytest.mark.parametrize("shading", ["flat", "gouraud"])
def test_a_mesh_gives_centres_or_corners(shading: str) -> None:
    figure = new_figure(80, 60)
    axes = figure.subplots()
    x, y = np.arange(4.0), np.arange(3.0)
    values = np.add.outer(y, x) if shading == "gouraud" else np.ones((2, 3))
    axes.pcolormesh(x, y, values, shading=shading)
    rows = figure_data(figure)
    assert len(rows) == values.size
    if shading == "gouraud":
        assert all(row["value"] == row["x"] + row["y"] for row in rows)


def test_photographs_have_no_numbers_and_large_maps_are_thinned() -> None:
    figure = new_figure(80, 60)
    left, right = figure.subplots(1, 2)
    left.imshow(np.zeros((8, 8)), cmap="gray")
    right.imshow(np.zeros((600, 500)))
    rows = figure_data(figure)
    assert {row["panel"] for row in rows} == {"2"}
    assert len(rows) == 200 * 167
    assert rows[0]["series"] == "map (one in 9)"


def test_coloured_lines_keep_their_values() -> None:
    figure = new_figure(80, 60)
    axes = figure.subplots()
    parts = [[(0, 0), (2, 0)], [(2, 0), (2, 2)]]
    axes.add_collection(LineCollection(parts, array=[5.0, 7.0], label="current"))
    assert [(row["x"], row["y"], row["value"]) for row in _rows(figure, "current")] == [
        (1, 0, 5),
        (2, 1, 7),
    ]


def test_every_figure_of_a_command_in_the_formats_asked_for(tmp_path: Path) -> None:
    figure = new_figure(80, 60)
    figure.subplots().plot([1, 2], [3, 4], label="line")
    with figure_formats("pdf, SVG"):
        save_figure(figure, tmp_path / "one.png")
    save_figure(figure, tmp_path / "two.png")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "one.figure.csv", "one.pdf", "one.png", "one.svg", "two.png",
    ]  # fmt: skip
    with (tmp_path / "one.figure.csv").open() as file:
        assert [row["y"] for row in csv.DictReader(file)] == ["3", "4"]


def test_another_format_is_refused_before_any_work(capsys) -> None:
    assert exit_code(["current", "missing.yaml", "--figures", "pdf,eps"]) == 2
    assert capsys.readouterr().err == (
        'interfacefem: --figures: is no list of formats of figures; found "pdf,eps"; expected png, '
        "pdf, svg, or several with commas between\n"
    )
