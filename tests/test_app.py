# SPDX-License-Identifier: BSD-3-Clause
"""The page without a browser: edits of a guide, and what line and number they lead to."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from guided_images import COLUMNS, PIXEL, row_of, sine_points, write_image

from interfacefem.app.answers import line_of, number_of, picture_of
from interfacefem.app.editing import (
    History,
    as_from_file,
    history_of,
    with_changes,
    with_piece,
    with_range,
    with_stroke,
    with_vertex,
    with_vertex_deleted,
    with_vertex_inserted,
)
from interfacefem.commands.app import exit_code
from interfacefem.commands.app_page import images_in
from interfacefem.errors import InputError
from interfacefem.images.guide import Guide, guide_beside, write_guide
from interfacefem.parameters.cell import Cell
from interfacefem.parameters.sampling import Sampling

WINDOW = Sampling(reference_length="5 um")


def test_undo_goes_back_and_an_edit_after_it_forgets_what_was_undone() -> None:
    start = History()
    assert start.is_saved
    one = start.then(with_changes(start.guide, crop=(0, 50, 0, 50)))
    two = one.written().then(with_range(one.guide, 30, 10))
    assert two.guide.dropped == ((10, 30),)
    assert not two.is_saved
    assert two.undone().guide == one.guide
    assert two.undone().is_saved
    assert two.undone().undone().undone().guide == start.guide
    assert two.undone().redone().redone().guide == two.guide
    other = two.undone().undone().then(with_changes(start.guide, snap=3.0))
    assert other.redone().guide == other.guide
    # what is in the file is none of the guides that undo reaches
    assert not other.undone().is_saved
    long = start
    for step in range(600):
        long = long.then(with_changes(start.guide, snap=step % 30 + 1.0))
    assert len(long.guides) == 500
    assert long.guide.snap == 600 % 30 or long.guide.snap == 30.0


def test_edits_of_pieces_and_ranges() -> None:
    guide = with_piece(Guide(), [(10, 5), (20, 8), (30, 5)])
    guide = with_vertex(guide, 0, 1, (21, 9))
    guide = with_vertex_inserted(guide, 0, (27, 7))
    assert guide.boundary[0].points == ((10, 5), (21, 9), (27, 7), (30, 5))
    guide = with_vertex_deleted(guide, 0, 1)
    assert guide.boundary[0].points == ((10, 5), (27, 7), (30, 5))
    beside = with_piece(guide, [(40, 5), (50, 5)])
    assert len(beside.boundary) == 2
    # what is redrawn over a piece takes its place
    assert len(with_piece(beside, [(5, 4), (35, 4)]).boundary) == 2
    assert len(with_piece(beside, [(15, 4), (35, 4)]).boundary) == 3
    short = with_piece(Guide(), [(1, 1), (9, 9)])
    assert with_vertex_deleted(short, 0, 0).boundary == ()
    ranges = with_range(with_range(with_range(Guide(), 10, 20), 40, 50), 18, 30)
    assert ranges.dropped == ((10, 30), (40, 50))
    assert with_range(ranges, 5, 60).dropped == ((5, 60),)
    with pytest.raises(InputError, match="crosses itself"):
        with_vertex(with_piece(Guide(), [(0, 0), (9, 0), (9, 9)]), 0, 2, (5, 0))


def test_a_trembling_hand_makes_no_loops_and_a_large_one_is_said() -> None:
    angle = np.linspace(0, 2 * np.pi, 20)
    loop = np.column_stack([50 + 2 * np.sin(angle), 40 - 2 * np.cos(angle)])
    line = [(0.0, 38.0), (30.0, 38.5), *map(tuple, loop), (80.0, 39.0), (120.0, 38.0)]
    points = with_piece(Guide(), line, freehand=True).boundary[0].points
    assert points[0] == (0, 38)
    assert points[-1] == (120, 38)
    large = [(0, 0), (100, 0), (100, 50), (50, 50), (50, -50)]
    with pytest.raises(InputError, match="crosses itself; found a loop of"):
        with_piece(Guide(), large, freehand=True)


def test_a_guide_computes_as_its_file_would(tmp_path: Path) -> None:
    image = write_image(tmp_path)
    guide = with_changes(Guide(), pixel_size="33.333333333 nm")
    guide = with_piece(guide, [(10.123456, 77.7777), (60.2, 90.01), (90, 70)])
    assert as_from_file(guide) == guide
    write_guide(guide, image)
    back = history_of(image)
    assert back.is_saved
    keys = {"image_sha256", "who", "when", "version"}
    assert back.guide.model_dump(exclude=keys) == guide.model_dump(exclude=keys)
    assert with_changes(back.guide, pixel_size=None).guided_keys == ()
    assert history_of(write_image(tmp_path, name="other.png")) == History()


def test_the_page_and_the_command_give_the_same_digits(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    image = write_image(tmp_path, scratch=True)
    guide = with_changes(Guide(), pixel_size=PIXEL)
    before = line_of(image, guide, WINDOW)
    guide = with_piece(guide, sine_points(110, 134, 25))
    guide = with_range(guide, 5, 20.5)
    line = line_of(image, guide, WINDOW)
    number = number_of(image, guide, WINDOW, Cell())
    assert line.problem is number.problem is None
    x, y = (np.array(part) for part in line.sections[0])
    assert np.abs(y - row_of(x))[5:-5].max() < 0.5
    assert before.sections != line.sections
    write_guide(guide, image)
    command = ["risk", str(image), "--json", "--quiet", "--no-budget", "--reference-length", "5 um",
               "--out", str(tmp_path / "out")]  # fmt: skip
    assert exit_code(command) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["excess_as_traced"] == number.excess
    assert [one["i_ratio"] for one in found["sections"]] == list(number.i_ratio)
    assert found["reference_length_um"] == number.length_um
    assert found["sections"][0]["windows"] == number.windows
    assert found["quality"]["verdict"] == line.verdict


def test_what_goes_wrong_is_said_and_the_next_edit_can_mend_it(tmp_path: Path) -> None:
    image = write_image(tmp_path)
    assert "has no pixel size" in str(line_of(image, Guide(), WINDOW).problem)
    guide = with_changes(Guide(), pixel_size=PIXEL)
    one_side = with_stroke(guide, "other", 8.0, [(20, 130), (90, 130)])
    assert "strokes of both sides" in str(line_of(image, one_side, WINDOW).problem)
    both = with_stroke(one_side, "electrolyte", 8.0, [(20, 30), (90, 30)])
    line = line_of(image, both, WINDOW)
    assert line.problem is None
    assert line.method == "contour"
    assert line.verdict == "pass"
    everything = with_range(both, 0, COLUMNS)
    assert "leaves no window" in str(number_of(image, everything, WINDOW, Cell()).problem)


def test_a_line_that_is_refused_is_shown_but_makes_no_number(tmp_path: Path) -> None:
    from PIL import Image

    noise = np.random.default_rng(4).integers(90, 160, (120, 200)).astype(np.uint8)
    noise[60:] -= 12
    path = tmp_path / "noise.png"
    Image.fromarray(noise).save(path)
    guide = with_changes(Guide(), pixel_size=PIXEL, phases=(1,))
    line, number = line_of(path, guide, WINDOW), number_of(path, guide, WINDOW, Cell())
    assert number.excess is None
    assert (line.problem, line.verdict) != (None, "pass")
    drawn = with_piece(guide, [(0, 60), (100, 62), (199, 60)])
    assert line_of(path, drawn, WINDOW).verdict == "warn"
    assert number_of(path, drawn, WINDOW, Cell()).excess is not None


def test_the_picture_is_stretched_and_whole(tmp_path: Path) -> None:
    picture = picture_of(write_image(tmp_path))
    assert (picture.rows, picture.columns) == (160, COLUMNS)
    assert picture.url.startswith("data:image/jpeg;base64,")


def test_a_folder_gives_its_images_by_name(tmp_path: Path) -> None:
    for name in ("b.png", "a.png"):
        write_guide(Guide(), write_image(tmp_path, name=name))
    assert [one.name for one in images_in(tmp_path)] == ["a.png", "b.png"]
    assert guide_beside(tmp_path / "a.png").is_file()
    (tmp_path / "none").mkdir()
    with pytest.raises(InputError, match="holds no images"):
        images_in(tmp_path / "none")
    with pytest.raises(InputError, match="no such file"):
        images_in(tmp_path / "c.png")
