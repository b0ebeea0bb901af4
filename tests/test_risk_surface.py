# SPDX-License-Identifier: BSD-3-Clause
"""The number belongs to the surface: images of one periodic surface, cut in many ways, agree."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy import ndimage

import interfacefem as ifem
from interfacefem.assessment.assess import AssessedImage, assess_image
from interfacefem.assessment.budget import _variations, budget, vary, with_run_outs
from interfacefem.assessment.groups import group_results
from interfacefem.assessment.image import ImageProfiles
from interfacefem.assessment.image_value import image_value
from interfacefem.commands.app import main
from interfacefem.commands.risk_output import curves_over_length
from interfacefem.current.run import run_current
from interfacefem.errors import ImageError, InputError
from interfacefem.images import Micrograph, extract_profiles
from interfacefem.images.edge_width import edge_variance, smoothing_correction
from interfacefem.images.interface_field import find_interface_field
from interfacefem.mpi import MPI
from interfacefem.parameters.cell import Cell
from interfacefem.parameters.door import Door
from interfacefem.parameters.sampling import Sampling
from interfacefem.surfaces import Profile
from interfacefem.units import UM

Array = npt.NDArray[np.float64]

ROOT = Path(__file__).resolve().parents[1]
PERIOD = 12.5  # um
PIXEL = 0.1  # um
OVERSAMPLING = 4


def height(x: Array) -> Array:
    """Of the surface in um: even about x = 0, with a sharp valley and a broad crest."""
    q = 2 * math.pi / PERIOD
    return 1.2 * np.cos(q * x) + 0.5 * np.cos(2 * q * x) + 0.25 * np.cos(3 * q * x)


def grooved(x: Array) -> Array:
    """Grooves 4 um wide with tips of 0.4 um radius, even about x = 0: what blurs round off."""
    place = np.abs((x + PERIOD / 2) % PERIOD - PERIOD / 2)
    return np.where(place < 2, 2 * np.cos(np.pi * np.minimum(place, 2) / 4) ** 2, 0.0)


def drawn(
    width: float,
    start: float,
    *,
    surface: Callable[[Array], Array] = height,
    blur: float = 0.8,
    noise: float = 0.03,
    seed: int = 1,
) -> Micrograph:
    """An image of a surface, ``width`` um wide from x = ``start`` um: blurred, noisy."""
    step = PIXEL / OVERSAMPLING
    columns = round(width / PIXEL) + 1
    x = start + (np.arange(columns * OVERSAMPLING) + 0.5) * step - PIXEL / 2
    z = (np.arange(160 * OVERSAMPLING) + 0.5) * step
    solid = (z[:, None] < 9.0 - surface(x)).astype(np.float64)
    share = solid.reshape(160, OVERSAMPLING, columns, OVERSAMPLING).mean(axis=(1, 3))
    gray = 0.2 + 0.5 * ndimage.gaussian_filter(share, blur, mode="nearest")
    gray += noise * np.random.default_rng(seed).standard_normal(gray.shape)
    return Micrograph(gray, PIXEL * UM, f"{width:g} um", "drawn", (0, *gray.shape[:1], 0, columns))


def assessed(
    micrograph: Micrograph, *, with_budget: bool = False, **asked: object
) -> AssessedImage:
    sampling = Sampling(**asked)
    taken = ImageProfiles(micrograph, sampling, extract_profiles(micrograph, sampling))
    return assess_image(
        taken, Cell(tolerance=0.05), comm=MPI.COMM_SELF, step=lambda _: None,
        with_budget=with_budget,
    )  # fmt: skip


@pytest.fixture(scope="module")
def two_periods() -> float:
    """What ``current`` says of two periods cut at a symmetry point: mirrors change nothing."""
    x = np.linspace(0, 2 * PERIOD, 501)
    # from the metal's side the surface is turned over: the electrolyte lies above
    run = run_current(Profile(x * UM, height(x) * UM), Cell(tolerance=0.05), MPI.COMM_SELF)
    assert run.windows.excess == pytest.approx(run.metrics.i_ratio - 1)
    return run.windows.excess


@pytest.mark.parametrize("width", [40.0, 62.0, 100.0])
def test_images_of_one_surface_give_one_excess_wherever_they_are_cut(
    width: float, two_periods: float
) -> None:
    starts = np.random.default_rng(round(width)).uniform(0, PERIOD, 3)
    for seed, start in enumerate(starts):
        found = assessed(drawn(width, float(start), seed=seed)).found["excess"]
        assert found == pytest.approx(two_periods, rel=0.15)


@pytest.mark.parametrize("periods", [3, 5, 8])
def test_at_a_symmetry_point_the_cut_does_not_show(periods: int, two_periods: float) -> None:
    found = assessed(drawn(periods * PERIOD, 0.0)).found["excess"]
    assert found == pytest.approx(two_periods, rel=0.10)


def test_lines_and_positions_move_nothing_on_a_contour() -> None:
    image = drawn(40.0, 3.0)
    first = assessed(image).found
    for asked in ({"lines": 11}, {"positions": (0.1, 0.2, 0.3, 0.5, 0.7)}):
        again = assessed(image, **asked).found
        assert again["excess"] == first["excess"]
        assert again["stress_ratio"] == first["stress_ratio"]


def test_a_narrow_frame_is_read_at_its_own_width_and_groups_do_not_mix_lengths() -> None:
    narrow, wide = assessed(drawn(18.0, 0.0)).found, assessed(drawn(40.0, 0.0)).found
    assert narrow["reference_length_um"] == pytest.approx(18.0, abs=PIXEL)
    assert any("narrower than the reference length of 25 um" in note for note in narrow["notes"])
    with pytest.raises(InputError, match=r"lengths are not mixed.*18 um wide.*25 um.*at most"):
        group_results({"one": [narrow, wide]})
    # nor is anything solved before that is known
    images = [drawn(18.0, 0.0), drawn(40.0, 0.0)]
    began: list[str] = []
    with pytest.raises(InputError, match="reference_length=: is too narrow"):
        ifem.risk(images, step=began.append)
    assert began == []


@pytest.mark.parametrize("blur", [0.4, 0.8, 1.6])
def test_the_blur_of_an_image_is_read_off_its_edges(blur: float) -> None:
    image = drawn(40.0, 0.0, blur=blur)
    settings = Sampling(denoise="none")
    field = find_interface_field(image, settings)
    found = edge_variance(image, settings, field, extract_profiles(image, settings).profiles)
    # a pixel's own variance is 1/12
    assert found == pytest.approx(blur**2 + field.smoothing**2 + 1 / 12, rel=0.1)


@pytest.mark.parametrize("blur", [0.4, 0.8, 1.6])
def test_extrapolating_the_smoothing_away_brings_the_excess_nearer(
    blur: float,
) -> None:
    x = np.linspace(0, 4 * PERIOD, 1001)
    truth = Profile(x * UM, grooved(x) * UM)
    exact = run_current(truth, Cell(tolerance=0.05), MPI.COMM_SELF).windows.excess
    image = drawn(4 * PERIOD, 0.0, surface=grooved, blur=blur, noise=0.01)
    found = assessed(image).found
    before = abs(math.log(found["excess_as_traced"] / exact))
    after = abs(math.log(found["excess"] / exact))
    # no nearer than the meshes of both, which are asked for 5 %
    assert after < max(before, 0.015)
    assert after < 0.03


def test_a_cavity_that_opens_is_not_extrapolated() -> None:
    assert smoothing_correction(0.02, 1.5, 1.0) == pytest.approx(1.15 * 2 * 0.02)
    assert smoothing_correction(0.4, 1.5, 1.0) is None


def test_the_budget_holds_what_moves_the_number() -> None:
    image = drawn(40.0, 3.0)
    found = assessed(image, with_budget=True)
    rows = {row["source"]: row for row in found.found["budget"]}
    # sampling lines run through the solid alone, and are no other way to trace this
    assert rows.pop("method")["reason"] == "a line is flat: it meets no interface"
    factors = [(row["factor_low"], row["factor_high"]) for row in rows.values()]
    assert all(low <= 1 <= high for low, high in factors)
    # the ends of a cut at random are felt; the mesh and a threshold moved on sharp edges hardly
    assert max(rows["ends"]["factor_high"], 1 / rows["ends"]["factor_low"]) > 1.005
    assert rows["mesh"]["factor_high"] < 1.05
    assert rows["threshold"]["factor_high"] < 1.05
    # nothing overhangs here: hiding overhangs changes nothing
    assert rows["overhangs"]["factor_low"] == pytest.approx(1.0, abs=0.01)


def test_run_outs_are_flat_and_leave_the_section_where_it_was() -> None:
    profile = Profile(np.linspace(0, 10, 11) * UM, np.linspace(0, 1, 11) ** 2 * UM)
    longer = with_run_outs(profile)
    np.testing.assert_array_equal(longer.x[1:-1], profile.x)
    assert (longer.z[0], longer.z[-1]) == (profile.z[0], profile.z[-1])
    assert longer.width == pytest.approx(2 * profile.width)


def row(excess: float | None, error: float | None, **more: float | None) -> dict[str, object]:
    return {
        "excess": excess, "excess_error": error, "i_ratio": 2.0, "i_ratio_error": 0.01,
        "reference_length_um": 25.0, "sd_ln_windows": 0.5, "stress_ratio": 3.0,
        "stress_depth_um": 1.0, "window_hot_spot_factor": 1.0, "window_p99_p1_excess": 0.1,
        "window_area_above_ccd": 0.2, "window_safe_current_density_mA_cm2": 1.0,
        "area_specific_resistance_ohm_cm2": 10.0,
        "excess_by_length": [{"length_um": 5.0, "excess": 0.01}], **more,
    }  # fmt: skip


def test_an_image_is_the_geometric_mean_of_its_sections() -> None:
    rows = [row(0.1, 0.01), row(0.4, 0.03, stress_ratio=12.0)]
    found = image_value(rows, 25 * UM)
    assert found["excess"] == pytest.approx(0.2)
    assert found["i_ratio"] == pytest.approx(1.2)
    assert found["excess_error"] == 0.03
    assert found["stress_ratio"] == pytest.approx(6.0)
    assert not found["excess_is_upper_limit"]
    assert image_value(rows, 25 * UM, correction=math.log(1.1))["excess"] == pytest.approx(0.22)


def test_an_excess_below_its_error_is_an_upper_limit() -> None:
    found = image_value([row(0.001, 1.5)], 25 * UM)
    assert found["excess_is_upper_limit"]
    assert found["excess"] == pytest.approx(0.0025)
    assert image_value([row(0.0, 0.0)], 25 * UM)["excess_is_upper_limit"]


def test_the_papers_protocol_takes_the_arithmetic_mean_of_ratios() -> None:
    found = image_value([row(0.1, 0.01), row(0.4, 0.01, i_ratio=4.0)], 25 * UM, "tran2025")
    assert found["i_ratio"] == pytest.approx(3.0)
    assert found["protocol"] == "tran2025"
    assert "arithmetic mean" in found["value_notes"][0]


def test_a_budget_without_variations_still_speaks_of_the_mesh() -> None:
    image = drawn(40.0, 0.0)
    sampling = Sampling(protocol="tran2025", flatten=False, void_depth="1 um")
    taken = ImageProfiles(image, sampling, extract_profiles(image, Sampling()))
    varied = vary(taken, Cell(), 25 * UM, MPI.COMM_SELF, lambda _: None, with_budget=True)
    value = {**image_value([row(0.1, 0.01)], 25 * UM, "tran2025")}
    (entry,) = budget(varied, value, 0.1)
    assert (entry.source, entry.factor_high) == ("mesh", pytest.approx(1.01))


def test_a_group_says_what_moves_its_value() -> None:
    def image(excess: float, threshold: tuple[float, float] | None) -> dict[str, object]:
        low, high = threshold or (None, None)
        rows = [
            {"source": "mesh", "factor_low": 0.9, "factor_high": 1.1, "reason": None},
            {"source": "threshold", "factor_low": low, "factor_high": high, "reason": "no edge"},
        ]
        return {
            "excess": excess, "excess_is_upper_limit": False, "stress_ratio": 3.0,
            "reference_length_um": 25.0, "synthetic": False, "image": f"{excess}", "budget": rows,
        }  # fmt: skip

    images = [image(0.1, (0.5, 1.0)), image(0.2, (0.8, 1.0)), image(0.4, None)]
    found = group_results({"tape": images})[0]
    rows = {row["source"]: row for row in found["budget"]}
    assert [row["source"] for row in found["budget"]] == ["images", "threshold", "mesh"]
    # what scales each image scales their geometric mean
    assert rows["threshold"]["factor_low"] == pytest.approx(math.sqrt(0.5 * 0.8))
    assert rows["threshold"]["reason"] == "formed of 2 of 3 images; no edge"
    assert rows["mesh"]["factor_high"] == pytest.approx(1.1)
    assert rows["images"]["factor_low"] == pytest.approx(found["excess_low"] / found["excess"])
    alone = group_results({"tape": images[:1]})[0]["budget"]
    assert alone[-1]["source"] == "images"
    assert alone[-1]["factor_low"] is None


def test_an_image_says_what_its_numbers_were_made_with() -> None:
    found = assessed(drawn(40.0, 3.0), lines=7).found
    assert found["command"] == "risk"
    assert found["version"] == ifem.__version__
    parameters = found["parameters"]
    again = Sampling.model_validate(parameters.pop("sampling"), context=Door.FILE)
    assert again == Sampling(lines=7, pixel_size="0.1 um")
    solved = Cell.model_validate(parameters, context=Door.FILE)
    # as solved: the block of a line out of an image may turn
    assert solved == Cell(tolerance=0.05, rotation="free")
    assert found["inputs"] == [{"file": "40 um", "sha256": None}]


NUMBER = r"[-+]?\d+\.?\d*(?:e[-+]?\d+)?"


def test_readme_shows_what_risk_prints(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every number of the example is read again from the program."""
    text = (ROOT / "README.md").read_text().replace("±", "+-")
    block = text[text.index("$ ./ifem risk studies/images/") :]
    shown = [" ".join(line.split()) for line in block[: block.index("\n\nThe pixel")].splitlines()]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "studies").symlink_to(ROOT / "studies")
    with pytest.raises(SystemExit) as ended:
        main(["risk", "studies/images/lpscl_4h_400MPa_1.tif", "--quiet"])
    assert not ended.value.code
    printed = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    skeletons = {re.sub(NUMBER, "#", line): line for line in printed}
    for line in shown[1:]:
        if not line or set(line) <= set("─.… "):
            continue
        same = skeletons.get(re.sub(NUMBER, "#", line))
        assert same is not None, line
        numbers = [[float(found) for found in re.findall(NUMBER, one)] for one in (line, same)]
        assert numbers[0] == pytest.approx(numbers[1], rel=5e-3), line


def test_a_wrong_line_of_the_other_method_is_no_part_of_the_budget() -> None:
    """A textured body on a smooth one: its contour passes, lines of grey value follow the grain."""
    rng = np.random.default_rng(0)
    grain = ndimage.gaussian_filter(rng.normal(size=(160, 240)), 1.0)
    above = np.arange(160)[:, None] < 80 + 10 * np.sin(np.arange(240) / 19)
    gray = np.clip(0.5 + np.where(above, 0.25, 0.01) * grain / grain.std(), 0, 1)
    image = Micrograph(gray, 5e-8, "drawn", "drawn", (0, 160, 0, 240))
    sampling = Sampling(void_depth=1e-6)
    taken = ImageProfiles(image, sampling, extract_profiles(image, sampling))
    assert taken.extraction.method == "contour"
    (way,) = (one for one in _variations(taken, with_budget=True) if one.source == "method")
    with pytest.raises(ImageError, match="follow no boundary"):
        way.sections()


def test_the_curve_over_the_length_ends_in_the_value_that_is_reported() -> None:
    def rows(excess: float) -> list[dict[str, float]]:
        return [{"length_um": 25.0, "excess": excess}]

    sections = [{"section": number, "excess_by_length": rows(0.05)} for number in (1, 2)]
    found = {"sections": sections[:1], "excess_by_length": rows(0.052)}
    assert curves_over_length(found) == [("image", rows(0.052))]
    both = curves_over_length({**found, "sections": sections})
    assert [name for name, _ in both] == ["image", "section 1", "section 2"]
