# SPDX-License-Identifier: BSD-3-Clause
"""Profiles: what is accepted, repaired, refused; reading and writing."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from interfacefem.errors import InputError, ProfileError
from interfacefem.surfaces import Profile, read_profile_csv, write_profile_csv
from interfacefem.surfaces.profile import profile_from_points
from interfacefem.units import UM

OVERHANG_X = np.array([0, 4, 3, 7, 6, 10]) * UM
OVERHANG_Z = np.array([0, 0, 2, 2, 0.5, 0.5]) * UM


def written(folder: Path, text: str) -> Path:
    path = folder / "line.csv"
    path.write_text(text)
    return path


def test_geometry_of_a_known_profile() -> None:
    profile = Profile(np.array([0.0, 3.0, 7.0]) * UM, np.array([0.0, 4.0, 1.0]) * UM)
    assert profile.width == pytest.approx(7 * UM)
    np.testing.assert_allclose(profile.segment_lengths, [5 * UM, 5 * UM])
    np.testing.assert_allclose(profile.arc_length, np.array([0, 5, 10]) * UM)
    # trapezoids of 6 and 10 um2 over 7 um
    assert profile.mean_height == pytest.approx(16 / 7 * UM)
    assert not profile.has_overhangs


def test_mean_height_of_an_overhang_counts_area_with_sign() -> None:
    # a rectangle 2 um wide on a stem: [0,0] - [4,0] - up the stem - out - over - back - down
    x = np.array([0, 4, 4, 3, 3, 7, 7, 6, 6, 10]) * UM
    z = np.array([0, 0, 1, 1, 2, 2, 1, 1, 0, 0]) * UM
    profile = Profile(x, z)
    assert profile.has_overhangs
    assert profile.mean_height * profile.width == pytest.approx((2 * 1 + 4 * 1) * UM**2)


def test_points_cannot_be_changed_behind_its_back() -> None:
    x = np.array([0.0, 1.0])
    profile = Profile(x, x)
    x[0] = 7
    assert profile.x[0] == 0
    with pytest.raises(ValueError, match="read-only"):
        profile.x[0] = 1


@pytest.mark.parametrize(
    ("x", "z", "message"),
    [
        ([0, 4, 3, 7], [0, 0, 2, -1], None),
        ([0, 5, 4, 4, 10], [0, 2, 2, 0, 2], r"crosses.*near x = .* um, z = "),
        ([0, 6, 6, 4, 4, 10], [0, 0, 2, 2, 0, 1], "crosses or touches itself"),
        ([0, 5, 3, 10], [0, 0, 0, 0], "crosses or touches itself"),
        ([0, 1, np.nan, 3], [0, 0, 0, 0], "not finite"),
        ([0, 1, 2], [0, np.inf, 0], "not finite"),
        ([0], [0], "too few points"),
        ([], [], "too few points"),
        ([0, 1], [0, 1, 2], "equal length"),
        ([[0, 1]], [[0, 1]], "one-dimensional"),
        ([2, 1], [0, 0], "left to right"),
        ([0, 0], [0, 1], "left to right"),
        ([0, 1, 1, 2], [0, 1, 1, 2], "repeats"),
        ([0, -1, 2], [0, 1, 0], "sides of the strip"),
        ([0, 3, 2], [0, 1, 0], "sides of the strip"),
        ([0, 3, 0, 5, 10], [0, 0, 1, 2, 2], "sides of the strip"),
        ([0, 0, 5], [0, 1, 1], "sides of the strip"),
    ],
)
def test_what_is_no_profile_is_refused_in_one_line(x, z, message) -> None:
    x, z = np.array(x, dtype=float) * UM, np.array(z, dtype=float) * UM
    if message is None:
        assert Profile(x, z).has_overhangs
        return
    with pytest.raises(ProfileError, match=message) as caught:
        Profile(x, z)
    assert "\n" not in str(caught.value)


def test_profile_from_right_to_left_is_reversed_and_said(caplog) -> None:
    with caplog.at_level(logging.WARNING, logger="interfacefem"):
        profile = profile_from_points(
            1e-3 * np.array([3, 2, 0]), 1e-3 * np.array([30, 20, 0]), source="line.csv"
        )
    np.testing.assert_allclose(profile.x, [0, 2e-3, 3e-3])
    np.testing.assert_allclose(profile.z, [0, 20e-3, 30e-3])
    assert "reversed" in caplog.text
    assert "line.csv" in caplog.text


def test_repeated_points_are_dropped_and_said(caplog) -> None:
    with caplog.at_level(logging.WARNING, logger="interfacefem"):
        profile = profile_from_points(
            1e-3 * np.array([0, 1, 1, 1, 2]), 1e-3 * np.array([0, 5, 5, 5, 0])
        )
    np.testing.assert_allclose(profile.x, [0, 1e-3, 2e-3])
    assert "2 repeated points" in caplog.text


def test_pieces_that_run_along_the_sides_are_dropped_and_said(caplog) -> None:
    with caplog.at_level(logging.WARNING, logger="interfacefem"):
        profile = profile_from_points(
            1e-3 * np.array([0, 0, 5, 10, 10]), 1e-3 * np.array([0, 2, 1, 2, 0])
        )
    np.testing.assert_allclose(profile.x, [0, 5e-3, 10e-3])
    np.testing.assert_allclose(profile.z, [2e-3, 1e-3, 2e-3])
    assert len(caplog.records) == 1


def test_good_points_are_taken_without_a_word(caplog) -> None:
    with caplog.at_level(logging.DEBUG, logger="interfacefem"):
        profile_from_points(OVERHANG_X, OVERHANG_Z)
    assert caplog.text == ""


def test_profile_must_span_ten_of_its_pixels() -> None:
    x = np.linspace(0, 5 * UM, 20)
    profile_from_points(x, 0 * x, {"pixel_size_um": "0.5"})
    with pytest.raises(ProfileError, match=r"too short.*8\.3 pixels.*at least 10"):
        profile_from_points(x, 0 * x, {"pixel_size_um": "0.6"})
    with pytest.raises(ProfileError, match="pixel_size_um is not a number"):
        profile_from_points(x, 0 * x, {"pixel_size_um": "small"})


def test_csv_round_trip_keeps_points_and_metadata(tmp_path) -> None:
    profile = Profile(OVERHANG_X, OVERHANG_Z, {"image": "a b.tif", "pixel_size_um": "0.05"})
    write_profile_csv(profile, tmp_path / "out.csv")
    text = (tmp_path / "out.csv").read_text()
    assert "x_um,z_um\n0,0\n4,0\n" in text
    again = read_profile_csv(tmp_path / "out.csv")
    np.testing.assert_allclose(again.x, profile.x, rtol=1e-8)
    np.testing.assert_allclose(again.z, profile.z, rtol=1e-8)
    assert dict(again.metadata) == dict(profile.metadata)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("# only: a comment\n", "is empty"),
        ("x_um,z_um\n", "no points"),
        ("x_um,z_um\n0,0\n", "too few points"),
        ("0,0\n1,1\n", "wrong header"),
        ("x_nm,z_nm\n0,0\n1,1\n", r'wrong header.*x_nm,z_nm.*expected "x_um,z_um"'),
        ("x_um\n0\n1\n", "wrong header"),
        ("x_um,z_um\n0\n1\n", "line 2.*wrong number of columns"),
        ("x_um,z_um\n0,0,0\n1,1,1\n", "line 2.*wrong number of columns"),
        ("x_um,z_um\n0,0\n1,nan\n2,0\n", "line 3.*not a number"),
        ("x_um,z_um\n0,0\n1,inf\n2,0\n", "line 3.*not a number"),
        ("x_um,z_um\n0,0\n1,abc\n2,0\n", "line 3.*not a number"),
        ("x_um,z_um\n0,0\n5,2\n4,2\n4,0\n10,2\n", "crosses"),
        ("x_um,z_um\n0,0\n9,0\n5,2\n", "strip"),
        ("# pixel_size_um: 1\nx_um,z_um\n0,0\n5,0\n", "too short"),
    ],
)
def test_bad_csv_is_refused_with_file_and_place(tmp_path, text, message) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ProfileError, match=message) as caught:
        read_profile_csv(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_missing_and_binary_files_are_refused(tmp_path) -> None:
    with pytest.raises(ProfileError, match="no such file"):
        read_profile_csv(tmp_path / "none.csv")
    (tmp_path / "image.csv").write_bytes(b"\x89PNG\xff\xfe\x00")
    with pytest.raises(ProfileError, match="is no text in UTF-8"):
        read_profile_csv(tmp_path / "image.csv")


def test_csv_with_spaces_blank_lines_and_byte_order_mark(tmp_path) -> None:
    path = tmp_path / "line.csv"
    path.write_bytes("\ufeff# line: 3\r\nx_um, z_um\r\n\r\n0, 1\r\n 2,3 \r\n".encode())
    profile = read_profile_csv(path)
    np.testing.assert_allclose(profile.x, [0, 2 * UM])
    assert profile.metadata["line"] == "3"


def test_writing_where_one_may_not_leaves_nothing(tmp_path) -> None:
    (tmp_path / "file").write_text("kept")
    with pytest.raises(InputError, match="cannot be written"):
        write_profile_csv(Profile(OVERHANG_X, OVERHANG_Z), tmp_path / "file" / "out.csv")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


@pytest.mark.shared_data
def test_real_line_of_a_measured_surface(shared_data) -> None:
    raw = np.loadtxt(
        shared_data / "topography" / "tamaas_opd1_y240_profile_um.csv", delimiter=",", skiprows=1
    )
    profile = profile_from_points(raw[:, 0] * UM, raw[:, 1] * UM)
    assert profile.length > profile.width
    assert len(profile.x) == len(raw)
