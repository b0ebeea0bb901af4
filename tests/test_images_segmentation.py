# SPDX-License-Identifier: BSD-3-Clause
"""Cleaning and phases: what is taken out, what must stay."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from interfacefem.errors import ImageError
from interfacefem.segmentation.cleaning import denoised, destriped, flattened, noise_level
from interfacefem.segmentation.thresholds import segment

Array = npt.NDArray[np.float64]


def blobs(seed: int = 0) -> Array:
    """Dark discs, a third of the area, in a bright matrix."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:200, :240]
    image = np.full((200, 240), 0.6)
    for row, column, radius in zip(
        rng.uniform(0, 200, 30), rng.uniform(0, 240, 30), rng.uniform(5, 18, 30), strict=True
    ):
        image[np.hypot(rows - row, columns - column) < radius] = 0.2
    return image


def test_noise_level_is_measured_past_edges() -> None:
    noise = 0.05 * np.random.default_rng(1).standard_normal((200, 240))
    assert noise_level(blobs() + noise) == pytest.approx(0.05, rel=0.1)


@pytest.mark.parametrize("method", ["median", "bilateral", "nl-means"])
def test_denoising_halves_noise_and_keeps_edges(method: str) -> None:
    truth = blobs()
    noisy = truth + 0.04 * np.random.default_rng(1).standard_normal(truth.shape)
    clean = denoised(noisy, method)  # type: ignore[arg-type]
    inside = truth == 0.6
    assert np.std(clean[inside] - 0.6) < 0.6 * np.std(noisy[inside] - 0.6)
    assert np.mean((clean > 0.4) == (truth > 0.4)) > 0.99


def test_unknown_denoising_is_refused() -> None:
    with pytest.raises(ImageError, match="nl-means"):
        denoised(blobs(), "magic")  # type: ignore[arg-type]


def test_shading_is_taken_out_and_phases_are_not() -> None:
    truth = blobs()
    v, u = np.meshgrid(np.linspace(-1, 1, 200), np.linspace(-1, 1, 240), indexing="ij")
    shaded = truth * np.exp(0.25 * u - 0.15 * v + 0.1 * u * u)
    flat = flattened(shaded)
    bright, dark = flat[truth > 0.4], flat[truth < 0.4]
    assert np.std(bright) / np.mean(bright) < 0.01
    assert np.mean(bright) / np.mean(dark) == pytest.approx(3.0, rel=0.02)


def test_a_bright_half_over_a_dark_half_is_not_shading() -> None:
    image = np.full((200, 240), 0.7)
    image[100:] = 0.3
    np.testing.assert_allclose(flattened(image), image, rtol=1e-6)


def test_curtains_are_taken_out() -> None:
    truth = blobs()
    stripes = 1 + 0.08 * np.random.default_rng(2).standard_normal(240)
    striped = truth * stripes
    bright = truth > 0.4
    clean = destriped(striped)
    assert np.std(clean[bright]) < 0.3 * np.std(striped[bright])
    assert np.mean(clean[bright]) / np.mean(clean[~bright]) == pytest.approx(3.0, rel=0.05)


def test_phases_are_numbered_by_grey_value() -> None:
    rng = np.random.default_rng(3)
    bands = np.repeat([0.7, 0.1, 0.4], 40)[:, None] + 0.03 * rng.standard_normal((120, 100))
    segmentation = segment(bands, "multi-otsu", classes=3)
    assert [segmentation.labels[row, 50] for row in (20, 60, 100)] == [2, 0, 1]
    assert segmentation.thresholds == pytest.approx((0.25, 0.55), abs=0.05)
    for threshold in ((0.25, 0.55), (0.55, 0.25)):
        np.testing.assert_array_equal(segment(bands, threshold).labels, segmentation.labels)


def test_signed_field_of_any_set_of_phases() -> None:
    gray = np.tile(np.linspace(0, 1, 101), (40, 1))
    segmentation = segment(gray, (0.305, 0.605, 0.805))
    for phases in [(0,), (-1,), (1,), (1, 2), (0, 2), (0, 3), (1, 3), (0, 1, 2)]:
        numbers = [phase % 4 for phase in phases]
        field = segmentation.signed_field(phases)
        np.testing.assert_array_equal(field > 0, np.isin(segmentation.labels, numbers))


@pytest.mark.parametrize("phases", [(), (4,), (-5,), (0, 1)])
def test_phases_that_leave_no_boundary_are_refused(phases: tuple[int, ...]) -> None:
    with pytest.raises(ImageError, match="phases"):
        segment(blobs(), "otsu").signed_field(phases)


def test_local_threshold_follows_strong_shading() -> None:
    truth = blobs()
    shaded = truth * np.linspace(0.3, 1.6, 240)
    assert np.mean((segment(shaded, "local").labels == 1) == (truth > 0.4)) > 0.7
    edge = np.abs(np.diff(truth, axis=1)) > 0.1
    change = np.abs(np.diff(segment(shaded, "local").labels.astype(int), axis=1)) > 0
    assert np.mean(change[edge]) > 0.95


@pytest.mark.parametrize("threshold", ["ots", 0.95, (0.1, 0.4)])
def test_thresholds_that_part_nothing_are_refused(threshold: object) -> None:
    with pytest.raises(ImageError, match="threshold"):
        segment(blobs(), threshold)  # type: ignore[arg-type]
