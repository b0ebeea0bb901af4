# SPDX-License-Identifier: BSD-3-Clause
"""Lines that are guided by hand: what a guide changes, what it leaves alone, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from guided_images import COLUMNS, PIXEL, ROWS, guided, row_of, sine_points, write_image

import interfacefem as ifem
from interfacefem.app.editing import history_of
from interfacefem.assessment.image import ImageProfiles, take_profiles
from interfacefem.commands.app import exit_code
from interfacefem.current.run import run_current
from interfacefem.errors import CaseError, InputError
from interfacefem.files import hash_of_file
from interfacefem.images.drawn_line import snapped, spliced
from interfacefem.images.guide import Guide, Piece, Stroke, guide_beside, read_guide, write_guide
from interfacefem.images.painted import painted_labels
from interfacefem.parameters.cell import Cell
from interfacefem.parameters.sampling import Sampling
from interfacefem.study.file import read_study
from interfacefem.study.plan import build_plan
from interfacefem.surfaces import read_profile_csv, write_profile_csv
from interfacefem.surfaces.left_out import left_out


def line_of(taken: ImageProfiles) -> np.ndarray:
    section = taken.extraction.profiles[0]
    return np.column_stack([section.pixel_columns, section.pixel_rows])


def test_a_piece_repairs_its_stretch_and_leaves_every_other_point_as_it_was(
    tmp_path: Path,
) -> None:
    image = write_image(tmp_path, scratch=True)
    wrong = line_of(take_profiles(image, Sampling(pixel_size=PIXEL)))
    assert np.abs(wrong[:, 1] - row_of(wrong[:, 0])).max() > 20
    guided(image, boundary=[Piece(points=sine_points(110, 134, 25))])
    right = line_of(take_profiles(image, Sampling()))
    # at the sides of the image its filters see less
    assert np.abs(right[:, 1] - row_of(right[:, 0]))[5:-5].max() < 0.5
    far = (right[:, 0] < 108) | (right[:, 0] > 136)
    kept = wrong[(wrong[:, 0] < 108) | (wrong[:, 0] > 136)]
    assert far.sum() == len(kept)
    assert np.allclose(right[far], kept, atol=1e-9, rtol=0)


def test_a_line_drawn_from_side_to_side_is_the_section_where_the_image_shows_none(
    tmp_path: Path,
) -> None:
    noise = np.random.default_rng(0).random((ROWS, COLUMNS)).astype(np.float32)
    image = ifem.read_micrograph(write_image(tmp_path), pixel_size=PIXEL)
    nothing = type(image)(noise, image.pixel_size, "noise", "drawn", image.crop)
    traced = ifem.trace(nothing, curve=sine_points(0, COLUMNS - 1, 60))
    assert traced.taken.extraction.method == "drawn"
    section = traced.sections[0]
    assert np.abs(section.pixel_rows - row_of(section.pixel_columns)).max() < 0.02
    assert section.profile.width == pytest.approx((COLUMNS - 1) * 50e-9)


def test_what_was_drawn_does_not_depend_on_the_crop(tmp_path: Path) -> None:
    image = write_image(tmp_path)
    points = sine_points(0, COLUMNS - 1, 80)
    whole = ifem.trace(image, curve=points, pixel_size=PIXEL)
    part = ifem.trace(image, curve=points, pixel_size=PIXEL, crop=(30, 130, 40, 200))
    section = part.sections[0]
    assert section.pixel_columns[[0, -1]] == pytest.approx([40, 199])
    other = whole.sections[0]
    expected = np.interp(section.pixel_columns, other.pixel_columns, other.pixel_rows)
    assert np.abs(section.pixel_rows - expected).max() < 0.02


def test_the_electrolyte_below_sees_the_same_line_the_other_way_up(tmp_path: Path) -> None:
    image = write_image(tmp_path)
    points = sine_points(0, COLUMNS - 1, 80)
    above = ifem.trace(image, curve=points, pixel_size=PIXEL).sections[0]
    below = ifem.trace(image, curve=points, pixel_size=PIXEL, electrolyte="below").sections[0]
    assert np.allclose(above.pixel_rows, below.pixel_rows, atol=1e-9)
    mean = above.profile.mean_height + below.profile.mean_height
    assert np.allclose(above.profile.z + below.profile.z, mean, atol=1e-12)


def test_a_tilted_line_is_turned_as_a_traced_one_is(tmp_path: Path) -> None:
    image = ifem.read_micrograph(write_image(tmp_path), pixel_size=PIXEL)
    points = [(float(x), 60 + 0.1 * x) for x in range(COLUMNS)]
    traced = ifem.trace(image, curve=points)
    assert traced.taken.extraction.tilt_degrees == pytest.approx(-np.degrees(np.arctan(0.1)))
    assert any("an overall tilt of -5.71 degrees was rotated out" in note for note in traced.notes)
    profile = traced.sections[0].profile
    assert np.ptp(profile.z) < 1e-12
    assert profile.width == pytest.approx((COLUMNS - 1) * np.hypot(1, 0.1) * 50e-9)
    # a deep valley on one side inclines the least-squares line by 3 degrees, not the specimen
    valley = [(0, 60), (10, 60), (20, 130), (60, 130), (70, 60), (COLUMNS - 1, 60)]
    traced = ifem.trace(image, curve=valley)
    assert traced.taken.extraction.tilt_degrees == 0


def test_windows_that_touch_what_is_dropped_are_left_out_through_files_too(
    tmp_path: Path,
) -> None:
    image = write_image(tmp_path)
    guided(image, dropped=[(100, 120)])
    profile = take_profiles(image, Sampling()).extraction.profiles[0].profile
    assert np.allclose(left_out(profile), [(100 * 50e-9, 120 * 50e-9)], rtol=1e-8)
    write_profile_csv(profile, tmp_path / "line.csv")
    assert left_out(read_profile_csv(tmp_path / "line.csv")) == left_out(profile)
    whole = profile.with_points(profile.x, profile.z, left_out_um="")
    places = [
        run_current(one, Cell(), ifem_comm(), reference_length=3e-6).windows.places
        for one in (whole, profile)
    ]
    kept = [x for x in places[0].x if x + 3e-6 <= 100 * 50e-9 or x >= 120 * 50e-9]
    assert 0 < len(kept) < len(places[0].x)
    assert list(places[1].x) == kept
    with pytest.raises(InputError, match="dropped: leaves no window"):
        run_current(profile, Cell(), ifem_comm(), reference_length=11e-6)


def ifem_comm():  # type: ignore[no-untyped-def]
    from interfacefem.mpi import MPI

    return MPI.COMM_SELF


def test_strokes_decide_the_side_and_grey_values_the_place(tmp_path: Path) -> None:
    image = write_image(tmp_path)
    strokes = [
        Stroke(label="electrolyte", width=9, points=[(20, 40), (240, 40)]),
        Stroke(label="other", width=9, points=[(20, 120), (240, 120)]),
    ]
    found = line_of(_taken(image, strokes=strokes))
    assert np.abs(found[:, 1] - row_of(found[:, 0]))[5:-5].max() < 0.7
    # the other way round the strokes rule, whatever the grey values
    below = [
        Stroke(label="other", width=9, points=strokes[0].points),
        Stroke(label="electrolyte", width=9, points=strokes[1].points),
    ]
    found = line_of(_taken(image, strokes=below, electrolyte="below"))
    assert np.abs(found[:, 1] - row_of(found[:, 0]))[5:-5].max() < 0.7
    with pytest.raises(CaseError, match="strokes: strokes of both sides are needed") as raised:
        _taken(image, strokes=strokes[:1])
    assert "wave.png.guide.yaml" in str(raised.value)


def _taken(image: Path, **said: object) -> ImageProfiles:
    guided(image, **said)
    try:
        return take_profiles(image, Sampling())
    except InputError as error:
        raise CaseError(str(error)) from None


def test_later_strokes_paint_over_earlier_ones_where_the_file_says() -> None:
    strokes = [
        Stroke(label="electrolyte", width=5, points=[(5, 20), (60, 20)]),
        Stroke(label="other", width=5, points=[(30, 20)]),
    ]
    labels = painted_labels(strokes, (30, 50), corner=(10, 10))
    assert labels[10, 0] == 2
    assert labels[10, 20] == 1
    assert labels[10, 30] == 2
    assert labels[14:].max() == 0


def test_snapping_finds_the_edge_and_keeps_to_its_reach(tmp_path: Path) -> None:
    gray = ifem.read_micrograph(write_image(tmp_path), pixel_size=PIXEL).gray
    rng = np.random.default_rng(3)
    points = np.array(sine_points(5, 250, 120))
    points[:, 1] += 3 + rng.normal(0, 0.5, len(points))
    moved = snapped(points, gray.astype(float), 8)
    off = np.abs(moved[:, 1] - row_of(moved[:, 0]))[5:-5]
    assert np.median(off) < 0.2
    assert off.max() < 1.5  # where the wave turns: shifts are evened out along the line
    near = snapped(points, gray.astype(float), 1)
    assert np.median(np.abs(near[:, 1] - row_of(near[:, 0]))) > 1


def test_pieces_that_cannot_be_put_in_are_refused() -> None:
    line = np.column_stack([np.arange(101.0), np.zeros(101)])
    for piece, problem in (
        ([(50, 30), (50, 10)], "replaces nothing"),
        ([(20, 1), (40, 9), (60, -4), (30, -9), (35, 2)], "crosses"),
    ):
        with pytest.raises(InputError, match=f"boundary.2: {problem}"):
            spliced(line, np.array(piece, dtype=float), 3)


GOOD = """format: 1
image_sha256: {sha}
pixel_size: 50 nm
boundary:
- points: [[0, 80], [130.126, 84], [259, 80]]
"""


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("format: 1", "format: 2"), "format"),
        (("pixel_size", "pixelsize"), "pixelsize: unknown key"),
        (("50 nm", "50"), "pixel_size"),
        (("[259, 80]", "[259, 880]"), "boundary.0: lies outside of the image"),
        (("[259, 80]", "[100, 90], [100, 70]"), "crosses itself"),
        (("[259, 80]", "[.nan, 80]"), "no finite number"),
        (("130.126, 84], [259, 80]", "0, 80]"), "too few points"),
        (("boundary:", "dropped: [[9, 5]]\nboundary:"), "is no range of columns"),
        (("boundary:", "dropped: [[900, 950]]\nboundary:"), "dropped.0: lies outside"),
        (("boundary:", "crop: [0, 900, 0, 100]\nboundary:"), "crop: does not fit"),
        (("boundary:", "crop: [0, 83, 0, 260]\nboundary:"), "boundary.0: leaves the part"),
        (("boundary:", "phases: [7]\nthreshold: otsu\nx:"), "x: unknown key"),
        (("image_sha256: ", "image_sha256: f"), "image_sha256: is that of another image"),
        (("image_sha256: {sha}", "who: Ada"), "image_sha256: the key is missing"),
        (("format: 1", "format: 1\nwho: &a A\nversion: *a"), "aliases are not understood"),
    ],
)
def test_a_guide_that_cannot_be_is_refused_in_one_line_that_names_the_key(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], change: tuple[str, str], says: str
) -> None:
    image = write_image(tmp_path)
    sha = yaml.safe_load(guided(image).read_text())["image_sha256"]
    assert change[0] in GOOD
    guide_beside(image).write_text(GOOD.replace(*change).format(sha=sha))
    out = tmp_path / "out"
    assert exit_code(["profile", str(image), "--quiet", "--out", str(out)]) == 2
    error = capfd.readouterr().err
    assert error.count("\n") == 1
    assert f"{guide_beside(image)}" in error
    assert says in error
    assert not out.exists()


def test_a_guide_that_cannot_be_reached_is_not_the_same_as_none(tmp_path: Path) -> None:
    image = write_image(tmp_path)
    beside = guide_beside(image)
    sampling = Sampling(pixel_size=PIXEL)
    for stand in (
        lambda: beside.symlink_to(tmp_path / "disk_that_is_away"),
        lambda: beside.mkdir(),
    ):
        stand()
        with pytest.raises(InputError, match=beside.name):
            take_profiles(image, sampling)
        with pytest.raises(InputError, match=beside.name):
            history_of(image)
        beside.unlink() if beside.is_symlink() else beside.rmdir()
    assert take_profiles(image, sampling).extraction.method == "contour"


def test_too_many_points_are_refused_before_any_work() -> None:
    points = [(float(x), 0.0) for x in range(20_001)]
    with pytest.raises(InputError, match="holds too much; found 20001 points"):
        Guide(boundary=[Piece(points=points)])


def test_a_guide_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    image = write_image(tmp_path)
    said = Guide(
        pixel_size="55.8 nm", crop=(0, 150, 10, 250), electrolyte="below", phases=(1,),
        threshold=(0.4,), void_depth="2 um", snap=4,
        strokes=[Stroke(label="other", width=7.5, points=[(20.123456, 30)])],
        boundary=[Piece(points=sine_points(20, 60, 7))], dropped=[(30, 44.5)],
    )  # fmt: skip
    back = read_guide(write_guide(said, image), image)
    assert back.strokes[0].points == ((20.12, 30.0),)
    for key in ("crop", "electrolyte", "phases", "threshold", "snap", "strokes", "boundary",
                "dropped", "classifier"):  # fmt: skip
        assert getattr(back, key) == getattr(said, key)
    assert back.pixel_size == pytest.approx(55.8e-9, rel=1e-12)
    assert all((back.who, back.when, back.version))
    assert read_guide(write_guide(back, image), image).model_dump(exclude={"when"}) == (
        back.model_dump(exclude={"when"})
    )


def test_options_beat_the_guide_and_that_is_noted(tmp_path: Path) -> None:
    image = write_image(tmp_path)
    guided(image, crop=(0, 160, 0, 200))
    taken = take_profiles(image, Sampling(crop=(0, 160, 20, 220)))
    assert taken.micrograph.crop == (0, 160, 20, 220)
    assert any("crop was given and beats" in note for note in taken.extraction.notes)
    assert take_profiles(image, Sampling()).micrograph.crop == (0, 160, 0, 200)
    bare = take_profiles(image, Sampling(no_guide=True, pixel_size=PIXEL))
    assert bare.guidance is None
    with pytest.raises(InputError, match="a guide is given and ignored"):
        Sampling(guide="a.yaml", no_guide=True)


def test_profile_says_guide_and_line_by_their_hashes(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    image = write_image(tmp_path)
    guide = guided(image, boundary=[Piece(points=sine_points(100, 140, 9))])
    moved = guide.rename(tmp_path / "elsewhere.yaml")
    found = []
    for options in (["--guide", str(moved)], ["--pixel-size", PIXEL, "--no-guide"]):
        command = ["profile", str(image), "--json", "--out", str(tmp_path / "out"), *options]
        assert exit_code(command) == 0
        found.append(json.loads(capfd.readouterr().out))
    assert found[0]["guide"]["who"] == "Ada"
    assert len(found[0]["guide"]["sha256"]) == 64
    assert found[1]["guide"] is None
    assert found[0]["line_sha256"] != found[1]["line_sha256"]
    text = (tmp_path / "out" / "profiles" / "line_1.csv").read_text()
    assert "guide_sha256" not in text


def test_a_study_knows_its_guides(tmp_path: Path) -> None:
    image = write_image(tmp_path)
    study = tmp_path / "study.yaml"
    study.write_text(
        "name: guided\nphysics: [stress]\nimages:\n  - files: wave.png\n"
        "sampling: {pixel_size: 50 nm}\n"
    )
    keys = []
    for said in (None, {"dropped": [(10, 20)]}, {"dropped": [(10, 30)]}):
        if said is not None:
            guided(image, **said)
        keys.append(build_plan(read_study(study)).interfaces[0].key)
    assert len(set(keys)) == 3


def test_a_study_says_by_whom_and_every_result_from_which_guide(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    image = write_image(tmp_path)
    write_image(tmp_path, name="other.png")
    guide = guided(image, boundary=[Piece(points=sine_points(100, 140, 9))])
    (tmp_path / "study.yaml").write_text(
        "name: guided\nphysics: [stress]\nimages:\n  - files: [wave.png, other.png]\n"
        "sampling: {pixel_size: 50 nm}\n"
    )
    out = tmp_path / "out"
    assert exit_code(["study", str(tmp_path / "study.yaml"), "--out", str(out), "--quiet"]) == 0
    table = ifem.load_study(out)
    by = dict(zip(table["image"], table["guided_by"], strict=True))
    assert by["wave.png"] == "Ada"
    assert by["other.png"] != by["other.png"] or by["other.png"] is None
    (tmp_path / "case.yaml").write_text(
        "image: wave.png\nsampling: {line: 1, guide: wave.png.guide.yaml}\n"
    )
    capfd.readouterr()
    assert exit_code(["stress", str(tmp_path / "case.yaml"), "--json", "--quiet"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["guide_sha256"] == hash_of_file(guide)
    assert len(found["line_sha256"]) == 64


def test_the_phases_of_a_drawn_line_are_its_sides(tmp_path: Path) -> None:
    image = write_image(tmp_path)
    points = sine_points(0, COLUMNS - 1, 200)
    for side, where in (("above", 0), ("below", 1)):
        traced = ifem.trace(image, curve=points, pixel_size=PIXEL, electrolyte=side)
        labels = traced.taken.extraction.labels
        rows = np.arange(ROWS)[:, None] - row_of(np.arange(COLUMNS))[None]
        sure = np.abs(rows) > 1
        assert (labels[sure] == ((rows[sure] > 0) == bool(where))).all()
