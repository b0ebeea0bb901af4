# SPDX-License-Identifier: BSD-3-Clause
"""Profiles from drawn micrographs whose interface is known."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import shapely

from interfacefem.errors import ImageError, InputError
from interfacefem.images import (
    Extraction,
    Micrograph,
    extract_profiles,
    read_micrograph,
)
from interfacefem.images.boundary import NoBoundaryError, seen_from_below, separated, spanning_curve
from interfacefem.images.distinct import overlap
from interfacefem.images.section_places import overall_tilt
from interfacefem.parameters.sampling import Sampling

Array = npt.NDArray[np.float64]

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "sem"
shared_data = pytest.mark.skipif(not SHARED.is_dir(), reason=f"{SHARED} is absent")

PIXEL = 50e-9
BRIGHT, DARK = 0.7, 0.2
OVERSAMPLING = 8


def drawn(
    is_bright: Callable[[Array, Array], npt.NDArray[np.bool_]],
    rows: int = 160,
    columns: int = 260,
    *,
    noise: float = 0.0,
    crop: tuple[int, int] = (0, 0),
) -> Micrograph:
    """An anti-aliased image: each pixel is the mean over 8 x 8 points of (row, column)."""
    sub = (np.arange(OVERSAMPLING) + 0.5) / OVERSAMPLING - 0.5
    row = (np.arange(rows)[:, None] + sub).ravel()[:, None]
    column = (np.arange(columns)[:, None] + sub).ravel()[None, :]
    inside = is_bright(*np.broadcast_arrays(row, column)).astype(np.float64)
    share = inside.reshape(rows, OVERSAMPLING, columns, OVERSAMPLING).mean(axis=(1, 3))
    gray = DARK + (BRIGHT - DARK) * share
    gray = gray + noise * np.random.default_rng(0).standard_normal(gray.shape)
    box = (crop[0], crop[0] + rows, crop[1], crop[1] + columns)
    return Micrograph(gray, PIXEL, "drawn", "drawn", box)


def sinusoid(column: Array) -> Array:
    return 80 + 12 * np.sin(2 * math.pi * column / 60)


def distances(extraction: Extraction, row_of: Callable[[Array], Array]) -> Array:
    """Distance in pixels of every extracted point from the true curve."""
    column = np.linspace(-20, 3000, 60401)
    truth = shapely.LineString(np.column_stack([column, row_of(column)]))
    shapely.prepare(truth)
    points = np.concatenate(
        [np.column_stack([p.pixel_columns, p.pixel_rows]) for p in extraction.profiles]
    )
    return shapely.distance(truth, shapely.points(points))


def rms(values: Array) -> float:
    return float(np.sqrt(np.mean(values**2)))


def test_sinusoid_is_recovered_far_below_a_pixel() -> None:
    micrograph = drawn(lambda row, column: row < sinusoid(column))
    extraction = extract_profiles(
        micrograph, Sampling(method="contour", denoise="none", smoothing=0.7)
    )
    assert rms(distances(extraction, sinusoid)) < 0.05
    (first,) = (one.profile for one in extraction.profiles)
    assert first.width == pytest.approx(259 * PIXEL, rel=0.02)


def test_defaults_under_noise_stay_within_a_third_of_a_pixel() -> None:
    noisy = drawn(lambda row, column: row < sinusoid(column), noise=0.1)
    assert rms(distances(extract_profiles(noisy), sinusoid)) < 0.35


def test_length_of_a_slanted_edge_is_not_that_of_its_staircase() -> None:
    slope = math.tan(math.radians(30))
    micrograph = drawn(lambda row, column: row < 10 + slope * column, rows=190)
    extraction = extract_profiles(micrograph, Sampling(rotation=0.0))
    for piece in extraction.profiles:
        profile = piece.profile
        assert profile.length == pytest.approx(profile.width / math.cos(math.pi / 6), rel=0.01)


def test_z_points_up_and_pixels_count_in_the_file() -> None:
    micrograph = drawn(lambda row, column: row < 40 + 0.02 * column, crop=(7, 11))
    last = extract_profiles(micrograph).profiles[-1]
    # the edge descends to the right
    assert last.profile.z[0] > last.profile.z[-1]
    np.testing.assert_allclose(last.pixel_rows, 7 + 40 + 0.02 * (last.pixel_columns - 11), atol=0.1)


def test_electrolyte_below_gives_the_mirror_image() -> None:
    above = drawn(lambda row, column: row < sinusoid(column))
    below = Micrograph(above.gray[::-1], PIXEL, "drawn", "drawn", above.crop)
    first = extract_profiles(above, Sampling(method="contour"))
    second = extract_profiles(below, Sampling(method="contour", electrolyte="below"))
    for a, b in zip(first.profiles, second.profiles, strict=True):
        np.testing.assert_allclose(a.profile.z, b.profile.z, atol=1e-6 * PIXEL)
        np.testing.assert_allclose(a.pixel_rows, 159 - b.pixel_rows, atol=1e-6)
    np.testing.assert_array_equal(second.labels, first.labels[::-1])


@pytest.mark.parametrize("degrees", [20.0, -12.0])
def test_overall_tilt_is_rotated_out_and_reported(degrees: float) -> None:
    slope = -math.tan(math.radians(degrees))

    def edge(column: Array) -> Array:
        return 80 + slope * (column - 130)

    extraction = extract_profiles(drawn(lambda row, column: row < edge(column)))
    assert extraction.tilt_degrees == pytest.approx(degrees, abs=0.1)
    assert rms(distances(extraction, edge)) < 0.1
    for piece in extraction.profiles:
        assert np.ptp(piece.profile.z) < 0.5 * PIXEL
    # one section along the whole edge
    (piece,) = extraction.profiles
    assert piece.profile.width == pytest.approx(
        259 * PIXEL / math.cos(math.radians(degrees)), rel=0.05
    )


def test_tilt_of_single_profiles_is_removed_on_request() -> None:
    def edge(column: Array) -> Array:
        return 80 - 0.03 * column + 3 * np.sin(2 * math.pi * column / 26)

    micrograph = drawn(lambda row, column: row < edge(column))
    settings = Sampling(remove_tilt=True, denoise="none", smoothing=0.7)
    extraction = extract_profiles(micrograph, settings)
    # the overlay undoes the rotation
    assert rms(distances(extraction, edge)) < 0.05
    for piece in extraction.profiles:
        column = np.linspace(piece.pixel_columns[0], piece.pixel_columns[-1], 500)
        slope, _ = np.polyfit(column, -edge(column), 1)
        degrees = float(piece.profile.metadata["tilt_removed_degrees"])
        assert degrees == pytest.approx(math.degrees(math.atan(slope)), abs=0.3)
        x = np.linspace(0, piece.profile.width, 500)
        level = np.polyfit(x, np.interp(x, piece.profile.x, piece.profile.z), 1)[0]
        # cutting the rotated ends to the strip shifts the line a little
        assert abs(math.degrees(level)) < 0.3


def test_lowpass_halves_a_wave_of_the_cutoffs_length() -> None:
    micrograph = drawn(
        lambda row, column: row < 80 + 4 * np.cos(2 * math.pi * column / 20), columns=401
    )
    settings = Sampling(denoise="none", smoothing=0.7)
    raw = extract_profiles(micrograph, settings)
    smooth = extract_profiles(
        micrograph, Sampling(denoise="none", smoothing=0.7, cutoff=20 * PIXEL)
    )
    for a, b in zip(raw.profiles, smooth.profiles, strict=True):
        assert np.ptp(b.profile.z) == pytest.approx(0.5 * np.ptp(a.profile.z), rel=0.15)
        assert np.ptp(b.pixel_rows) == pytest.approx(np.ptp(b.profile.z) / PIXEL, rel=1e-6)


def bottle(row: Array, column: Array) -> npt.NDArray[np.bool_]:
    """Solid with a void whose belly (radius 20) is wider than its neck (width 12) on the line."""
    belly = np.hypot(row - 90, column - 130) < 20
    neck = (np.abs(column - 130) < 6) & (row > 90)
    closed = np.hypot(row - 90, column - 200) < 15
    return ~(belly | neck | closed)


def test_sampling_line_follows_the_wall_of_an_overhanging_void() -> None:
    settings = Sampling(
        method="sampling-line", positions=(0.75, 0.78, 0.8, 0.82, 0.85), flatten=False
    )
    extraction = extract_profiles(drawn(bottle), settings)
    for piece in extraction.profiles:
        line = float(piece.profile.metadata["sampling_line_row"])
        # the disc, and the neck from the line up to the chord where it enters the disc; between
        # chord and disc they overlap in a circular segment
        half = math.asin(6 / 20)
        segment = 20**2 * (half - math.sin(half) * math.cos(half))
        area = math.pi * 20**2 - segment + 12 * (line - 90 - 20 * math.cos(half))
        x, z = piece.profile.x / PIXEL, piece.profile.z / PIXEL
        found = float(np.sum(np.diff(x) * ((z[1:] + z[:-1]) / 2 - z[0])))
        assert found == pytest.approx(area, rel=0.02)
        assert piece.profile.has_overhangs
        # the closed pore at column 200 is not followed
        assert piece.pixel_columns[piece.pixel_rows < line - 1].max() < 152


def test_single_valued_profile_is_the_view_from_the_metal() -> None:
    settings = Sampling(
        method="sampling-line",
        positions=(0.75, 0.78, 0.8, 0.82, 0.85),
        flatten=False,
        single_valued=True,
    )
    for piece in extract_profiles(drawn(bottle), settings).profiles:
        profile = piece.profile
        assert np.all(np.diff(profile.x) > 0)
        # what is left is the neck, up to the top of the belly
        open_columns = piece.pixel_columns[profile.z > profile.z[0] + 10 * PIXEL]
        assert np.ptp(open_columns) == pytest.approx(12, abs=1.5)
        assert np.ptp(piece.pixel_rows) == pytest.approx(
            float(piece.profile.metadata["sampling_line_row"]) - 70, abs=1
        )


def test_void_open_to_the_top_is_refused_unless_its_depth_is_capped() -> None:
    def channel(row: Array, column: Array) -> npt.NDArray[np.bool_]:
        return np.abs(column - 130) > 8

    settings = Sampling(method="sampling-line")
    with pytest.raises(ImageError, match=r"open to the top.*found 0 of 5; expected") as caught:
        extract_profiles(drawn(channel), settings)
    # a channel that is cut off anywhere is no wall there: no setting is named
    assert "drawn by hand" in str(caught.value)
    capped = extract_profiles(
        drawn(channel), Sampling(method="sampling-line", void_depth=20 * PIXEL)
    )
    for piece in capped.profiles:
        assert np.ptp(piece.profile.z) == pytest.approx(20 * PIXEL, rel=0.02)


def test_sampling_lines_are_spread_and_told_apart() -> None:
    rng = np.random.default_rng(4)
    centres = np.column_stack([rng.uniform(0, 160, 15), rng.uniform(0, 260, 15)])

    def porous(row: Array, column: Array) -> npt.NDArray[np.bool_]:
        solid = row < 130
        for centre in centres:
            solid &= np.hypot(row - centre[0], column - centre[1]) > 7
        return solid

    extraction = extract_profiles(drawn(porous), Sampling(method="sampling-line"))
    lines = [float(p.profile.metadata["sampling_line_row"]) for p in extraction.profiles]
    assert np.all(np.diff(lines) > 10)
    assert max(lines) < 131
    assert {p.window[2:] for p in extraction.profiles} == {(0, 260)}
    assert len({p.profile.metadata["place"] for p in extraction.profiles}) == 5


def test_the_papers_protocol_lays_its_models_from_left_to_right() -> None:
    columns = 26 * 40  # 26 um at 25 nm

    def hole(row: Array, column: Array) -> npt.NDArray[np.bool_]:
        return np.hypot(row % 40 - 20, column % 40 - 20) > 6

    image = drawn(hole, columns=columns)
    micrograph = Micrograph(image.gray, 25e-9, "drawn", "drawn", image.crop)
    settings = Sampling(protocol="tran2025", flatten=False)
    found = extract_profiles(micrograph, settings).profiles
    assert len(found) == 5
    assert [one.profile.width for one in found] == pytest.approx([25e-6] * 5)
    starts = [one.pixel_columns[0] for one in found]
    assert starts == pytest.approx(np.linspace(0, columns - 1001, 5), abs=0.5)
    with pytest.raises(ImageError, match="as wide as its models; found 12"):
        extract_profiles(drawn(hole), settings)
    with pytest.raises(InputError, match="protocol"):
        Sampling(protocol="tran2025", method="contour")


def test_a_contour_takes_no_notice_of_lines_and_positions() -> None:
    micrograph = drawn(lambda row, column: row < sinusoid(column))
    (first,) = extract_profiles(micrograph).profiles
    for settings in (
        Sampling(lines=20),
        Sampling(positions=(0.1, 0.2, 0.3, 0.4, 0.5, 0.6)),
    ):
        (again,) = extract_profiles(micrograph, settings).profiles
        np.testing.assert_array_equal(again.profile.x, first.profile.x)
        np.testing.assert_array_equal(again.profile.z, first.profile.z)
    assert first.window[2:] == (0, 260)


def test_sampling_lines_that_follow_one_wall_are_counted_once() -> None:
    """Lines that end at the same surface are one line; what was dropped is said."""

    def surface(row: Array, column: Array) -> npt.NDArray[np.bool_]:
        return row < 80 + 12 * np.sin(2 * math.pi * column / 60)

    settings = Sampling(
        method="sampling-line", positions=(0.2, 0.45, 0.85, 0.9, 0.95), flatten=False
    )
    found = extract_profiles(drawn(surface), settings)
    assert len(found.profiles) == 3
    assert [one.profile.metadata["line"] for one in found.profiles] == ["1", "2", "3"]
    shared = [note for note in found.notes if "counted once" in note]
    assert len(shared) == 2
    assert "100 % of its length" in shared[0]


def test_overlap_is_a_share_of_the_shorter_curve() -> None:
    x = np.linspace(0, 100, 101)
    level = np.column_stack([x, np.zeros(101)])
    half = np.column_stack([x, np.where(x < 50, 0.0, 10.0)])
    assert overlap(level, level) == 1.0
    assert overlap(level, half) == pytest.approx(0.5, abs=0.01)
    assert overlap(half, level) == overlap(level, half)
    assert overlap(level, level + np.array([0, 2])) == 0.0


@pytest.mark.parametrize("electrolyte", ["above", "below"])
def test_rotated_sampling_lines_run_along_the_rotation(electrolyte: str) -> None:
    def stripe(row: Array, column: Array) -> npt.NDArray[np.bool_]:
        return np.hypot(row - 20, column - 20) > 5

    settings = Sampling(
        method="sampling-line",
        rotation=10.0,
        flatten=False,
        electrolyte=electrolyte,  # type: ignore[arg-type]
    )
    extraction = extract_profiles(drawn(stripe), settings)
    assert extraction.tilt_degrees == pytest.approx(10.0)
    for piece in extraction.profiles:
        rise = -(piece.pixel_rows[-1] - piece.pixel_rows[0])
        run = piece.pixel_columns[-1] - piece.pixel_columns[0]
        assert math.degrees(math.atan2(rise, run)) == pytest.approx(10.0, abs=0.01)
        assert piece.window[0] >= 0
        assert piece.window[1] <= 160


def test_middle_phase_of_three_is_chosen_by_grey_order() -> None:
    rows, _ = np.mgrid[:160, :260]
    gray = np.select([rows < 50, rows < 100], [0.9, 0.5], 0.1)
    gray = gray + 0.02 * np.random.default_rng(5).standard_normal(gray.shape)
    micrograph = Micrograph(gray.astype(np.float32), PIXEL, "layers", "drawn", (0, 160, 0, 260))
    for phases, row in (((-1,), 49.5), ((1, 2), 99.5)):
        extraction = extract_profiles(
            micrograph, Sampling(threshold="multi-otsu", classes=3, phases=phases)
        )
        assert extraction.method == "contour"
        for piece in extraction.profiles:
            np.testing.assert_allclose(piece.pixel_rows, row, atol=0.7)


def test_texture_is_found_where_grey_values_are_equal() -> None:
    rows, columns = np.mgrid[:240, :300]
    lattice = np.where((rows // 4 + columns // 4) % 2, 0.8, 0.2)
    gray = np.where(rows < 110, 0.5, lattice)
    micrograph = Micrograph(gray.astype(np.float32), PIXEL, "lattice", "drawn", (0, 240, 0, 300))
    extraction = extract_profiles(micrograph)
    assert extraction.method == "contour"
    assert "local contrast" in extraction.feature
    for piece in extraction.profiles:
        np.testing.assert_allclose(piece.pixel_rows, 109.5, atol=6)


def test_shading_alone_is_no_boundary() -> None:
    gray = np.linspace(0.3, 0.7, 160)[:, None] + 0.02 * np.random.default_rng(6).standard_normal(
        (160, 260)
    )
    micrograph = Micrograph(gray.astype(np.float32), PIXEL, "shaded", "drawn", (0, 160, 0, 260))
    with pytest.raises(ImageError, match="no phase boundary spans"):
        extract_profiles(micrograph, Sampling(method="contour"))


def test_the_sides_keep_one_body_each() -> None:
    field = np.ones((40, 50))
    field[20:] = -1.0
    field[5:8, 10:14] = -2.0  # a closed pore
    field[30:33, 20:25] = 3.0  # a loose island
    clean = separated(field)
    np.testing.assert_array_equal(clean > 0, np.arange(40)[:, None] < 20 + 0 * field)
    np.testing.assert_array_equal(np.abs(clean), np.abs(field))
    with pytest.raises(NoBoundaryError, match="reaches the bottom"):
        spanning_curve(np.where(np.arange(50) < 25, 1.0, field))


def test_view_from_below_of_a_hook() -> None:
    x = np.array([0.0, 4.0, 4.0, 2.0, 2.0, 8.0, 8.0, 10.0])
    z = np.array([0.0, 0.0, 1.0, 1.0, 3.0, 3.0, 0.0, 0.0])
    places, heights = seen_from_below(x, z, 0.5)
    expected = np.where((places > 4.0) & (places < 8.0), 3.0, 0.0)
    np.testing.assert_allclose(heights, expected)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("method", "magic"),
        ("electrolyte", "left"),
        ("denoise", "magic"),
        ("lines", 4),
        ("margin", -1),
        ("protocol", "magic"),
        ("void_depth", -1e-6),
        ("cutoff", math.inf),
        ("positions", (0.1, 0.2, 0.3, 0.4, 1.2)),
        ("positions", (0.5,)),
        ("rotation", 90.0),
    ],
)
def test_settings_out_of_range_name_their_field(field: str, value: object) -> None:
    with pytest.raises(InputError, match=f"^{field}=: ") as caught:
        Sampling(**{field: value})  # type: ignore[arg-type]
    assert caught.value.exit_code == 2


def test_cutoff_longer_than_half_a_section_is_refused() -> None:
    with pytest.raises(ImageError, match="drawn: cutoff"):
        extract_profiles(
            drawn(lambda row, column: row < sinusoid(column)),
            Sampling(cutoff=200 * PIXEL),
        )


@pytest.mark.shared_data
@shared_data
def test_real_tilted_layer_of_particles() -> None:
    extraction = extract_profiles(read_micrograph(SHARED / "zeiss_tilted_layer.tif"))
    assert extraction.method == "contour"
    # drawn by eye along the bright line: from (0, 444) to (1023, 104)
    assert extraction.tilt_degrees == pytest.approx(18.4, abs=0.5)
    for piece in extraction.profiles:
        by_eye = 444 + (104 - 444) / 1023 * piece.pixel_columns
        assert np.abs(piece.pixel_rows - by_eye).max() < 25
        assert piece.profile.length < 1.2 * piece.profile.width


@pytest.mark.shared_data
@shared_data
def test_real_coating_on_oxide() -> None:
    micrograph = read_micrograph(SHARED / "coating_050317_3_S0440016.tif", pixel_size=0.2e-6)
    extraction = extract_profiles(micrograph)
    assert extraction.method == "contour"
    mask = read_micrograph(SHARED / "coating_050317_3_S0440016_mask.tif", pixel_size=0.2e-6)
    drawn_by_hand = np.argmax(mask.gray > 0, axis=0)
    # on the left pores lie between coating and oxide, which the hand-drawn line puts above the
    # interface and the coating's wall puts below it
    (section,) = extraction.profiles
    columns = np.round(section.pixel_columns).astype(int)
    right = columns > 0.4 * micrograph.gray.shape[1]
    assert np.median(np.abs(section.pixel_rows - drawn_by_hand[columns])[right]) < 3


def test_a_threshold_that_an_inner_trial_cannot_reach_is_no_error() -> None:
    """Pores that smoothing over 4 px fills: auto drops that trial, and the range is the image's."""
    rng = np.random.default_rng(2)
    centres = rng.uniform(0, 1, (20, 2)) * (160, 260)

    def porous(row: Array, column: Array) -> npt.NDArray[np.bool_]:
        solid = np.ones(np.broadcast(row, column).shape, dtype=bool)
        for centre in centres:
            solid &= np.hypot(row - centre[0], column - centre[1]) > 2.5
        return solid

    image = drawn(porous)
    threshold = (float(image.gray.min()) + 0.15,)
    with pytest.raises(ImageError, match="leaves a phase without pixels"):
        extract_profiles(image, Sampling(smoothing=4.0, threshold=threshold))
    found = extract_profiles(image, Sampling(threshold=threshold, flatten=False))
    same = Sampling(threshold=threshold, flatten=False, method="sampling-line")
    for one, other in zip(found.profiles, extract_profiles(image, same).profiles, strict=True):
        np.testing.assert_array_equal(one.profile.z, other.profile.z)


def test_a_rough_line_that_is_level_is_not_turned() -> None:
    # a deep cavity on one side draws a least-squares line through all of the contour to it
    rng = np.random.default_rng(3)
    columns = np.arange(600.0)
    rough = 8 * np.cumsum(rng.standard_normal(600)) / math.sqrt(600)
    rows = 200 + rough - np.linspace(rough[0], rough[-1], 600)
    cavity = np.column_stack([500 + 30 * np.cos(t := np.linspace(2, 7, 400)), 120 + 60 * np.sin(t)])
    contour = np.vstack([np.column_stack([columns, rows]), cavity])
    assert abs(math.degrees(math.atan(np.polyfit(*contour.T, 1)[0]))) > 2  # degrees
    assert overall_tilt(*contour.T) == 0.0
    for degrees in (-8.0, 5.0):
        tilted = rows + math.tan(math.radians(degrees)) * columns
        assert math.degrees(overall_tilt(columns, tilted)) == pytest.approx(degrees, abs=1.5)
