# SPDX-License-Identifier: BSD-3-Clause
"""A line that follows no boundary is refused or warned about; one that does is passed."""

from __future__ import annotations

import csv
import importlib.util
import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from scipy import ndimage

from interfacefem.api.contact import solve_contact
from interfacefem.api.risk import risk
from interfacefem.api.trace import trace as api_trace
from interfacefem.commands import app
from interfacefem.errors import ImageError
from interfacefem.images import (
    Micrograph,
    NoLineError,
    extract_profiles,
    extraction,
    read_micrograph,
)
from interfacefem.images.boundary import spanning_curve
from interfacefem.images.frame import Frame
from interfacefem.images.hints import hint
from interfacefem.images.line_check import LineQuality, TracedLine, check_line
from interfacefem.images.section_check import check_drawn_line
from interfacefem.parameters.sampling import Sampling
from interfacefem.report import trace_figure
from interfacefem.surfaces import read_profile_csv, write_profile_csv

ROWS, COLUMNS = 240, 360
Array = npt.NDArray[np.floating]


def wave(columns: int = COLUMNS) -> Array:
    """Rows of an edge: two waves, steeper than a tape's."""
    x = np.arange(columns)
    return ROWS / 2 + 18 * np.sin(2 * np.pi * x / 120) + 6 * np.sin(2 * np.pi * x / 31 + 1)


def two_phases(contrast: float, noise: float, seed: int) -> Array:
    """Bright above the edge, dark below, blurred by 1.5 px, with noise."""
    step = np.where(np.arange(ROWS)[:, None] < wave(), 0.5 + contrast / 2, 0.5 - contrast / 2)
    grain = np.random.default_rng(seed).normal(0, noise, step.shape)
    return np.clip(ndimage.gaussian_filter(step, 1.5) + grain, 0, 1)


def smoothed(gray: Array, sigma: float = 1.0) -> Array:
    return np.asarray(ndimage.gaussian_filter(gray, sigma))


def local_contrast(gray: Array, sigma: float) -> Array:
    mean = ndimage.gaussian_filter(gray, sigma)
    return np.sqrt(np.maximum(ndimage.gaussian_filter(gray * gray, sigma) - mean * mean, 0))


def checked(gray: Array, u: Array, v: Array, **parts: object) -> LineQuality:
    sigma = float(parts.pop("smoothing", 1.0))  # type: ignore[arg-type]
    texture = bool(parts.pop("is_texture", False))
    feature = local_contrast(gray, sigma) if texture else smoothed(gray, sigma)
    frame = Frame(gray.shape)
    return check_line(TracedLine(u, v, frame, gray, feature, sigma, texture, **parts))  # type: ignore[arg-type]


@pytest.mark.parametrize(("contrast", "noise"), [(0.6, 0.02), (0.3, 0.05), (0.2, 0.05)])
@pytest.mark.parametrize("seed", range(3))
def test_the_edge_between_two_phases_passes(contrast: float, noise: float, seed: int) -> None:
    gray = two_phases(contrast, noise, seed)
    u, v = spanning_curve(smoothed(gray, 2.0) - 0.5)
    quality = checked(gray, u, v)
    assert quality.verdict == "pass", quality.messages
    assert quality.edge_free is not None
    assert quality.edge_free < 0.12
    assert quality.separation is not None
    assert quality.separation > 1.8


@pytest.mark.parametrize("seed", range(5))
def test_a_level_line_of_noise_is_refused(seed: int) -> None:
    gray = np.clip(np.random.default_rng(seed).normal(0.5, 0.1, (ROWS, COLUMNS)), 0, 1)
    ramp = (ROWS / 2 - np.arange(ROWS))[:, None] * 2e-4
    feature = smoothed(gray, 2.0)
    u, v = spanning_curve(feature - 0.5 + ramp)
    quality = check_line(TracedLine(u, v, Frame(gray.shape), gray, feature, 2.0, False))
    assert quality.verdict == "refuse"
    assert any("noise" in message for message in quality.messages)
    assert quality.doubtful.mean() > 0.3


@pytest.mark.parametrize("seed", range(3))
def test_a_bright_rim_with_one_phase_on_both_sides_is_refused(seed: int) -> None:
    distance = np.abs(np.arange(ROWS)[:, None] - wave())
    gray = 0.4 + 0.5 * np.exp(-((distance / 1.5) ** 2))
    gray = np.clip(gray + np.random.default_rng(seed).normal(0, 0.03, gray.shape), 0, 1)
    quality = checked(gray, np.arange(COLUMNS, dtype=float), wave())
    assert quality.verdict == "refuse"
    assert any("same grey values" in message for message in quality.messages)


def test_local_contrast_that_rises_at_a_crack_only_is_refused_and_a_textured_body_is_not() -> None:
    rng = np.random.default_rng(0)
    above = np.arange(ROWS)[:, None] < wave()
    grain = ndimage.gaussian_filter(rng.normal(size=(ROWS, COLUMNS)), 1.0)
    textured = 0.5 + np.where(above, 0.3, 0.03) * grain / grain.std() / 3
    u = np.arange(COLUMNS, dtype=float)
    right = checked(np.clip(textured, 0, 1), u, wave(), smoothing=3.0, is_texture=True)
    assert right.verdict == "pass", right.messages
    assert right.lasting is not None
    assert right.lasting > 0.5
    distance = np.abs(np.arange(ROWS)[:, None] - wave())
    crack = 0.5 - 0.4 * (distance < 1.5) + 0.02 * rng.normal(size=(ROWS, COLUMNS))
    # the line of local contrast runs beside the crack, not on it
    wrong = checked(np.clip(crack, 0, 1), u, wave() + 5, smoothing=3.0, is_texture=True)
    assert wrong.verdict == "refuse"


@pytest.mark.parametrize("grey", [0.0, 47 / 255, 0.6, 1.0])
@pytest.mark.parametrize("at_top", [False, True])
def test_the_edge_of_a_data_bar_is_no_surface(grey: float, at_top: bool) -> None:
    rng = np.random.default_rng(1)
    gray = np.clip(rng.normal(0.4 if grey > 0.5 else 0.7, 0.08, (ROWS, COLUMNS)), 0, 1)
    first = ROWS - 24
    gray[first:] = grey
    gray[first + 6 : first + 18, 20:80:3] = 1 - grey if abs(grey - 0.5) > 0.2 else 0.0
    if at_top:
        gray = gray[::-1]
    edge = ROWS - first - 0.5 if at_top else first - 0.5
    u = np.arange(COLUMNS, dtype=float)
    quality = checked(gray, u, np.full(COLUMNS, edge))
    assert quality.verdict == "refuse"
    assert quality.data_bar
    assert "data bar" in quality.messages[0]


def test_a_flat_interface_low_in_the_frame_is_no_data_bar() -> None:
    gray = np.full((ROWS, COLUMNS), 0.7)
    gray[ROWS - 24 :] = 0.2
    gray += np.random.default_rng(2).normal(0, 0.03, gray.shape)
    gray = np.clip(ndimage.gaussian_filter(gray, 0.8), 0, 1)
    quality = checked(gray, np.arange(COLUMNS, dtype=float), np.full(COLUMNS, ROWS - 24.5))
    # nothing is as straight as a bar's edge: that is said, and no more
    assert quality.verdict == "warn"
    assert not quality.data_bar
    assert len(quality.messages) == 1
    assert "as the edge of a data bar does" in quality.messages[0]
    rough = ROWS - 24.5 + np.sin(np.arange(COLUMNS) / 9)
    gray = np.where(np.arange(ROWS)[:, None] < rough, 0.7, 0.2)
    gray += np.random.default_rng(2).normal(0, 0.03, gray.shape)
    gray = np.clip(ndimage.gaussian_filter(gray, 0.8), 0, 1)
    quality = checked(gray, np.arange(COLUMNS, dtype=float), rough - 0.5)
    assert quality.verdict == "pass", quality.messages


def test_points_on_the_sampling_line_and_the_depth_limit_are_no_wall() -> None:
    gray = two_phases(0.4, 0.02, 0)
    u = np.arange(COLUMNS, dtype=float)
    cut = np.minimum(wave(), 120.0)
    quality = checked(gray, u, cut, line=120.0)
    assert quality.verdict == "pass", quality.messages
    limited = checked(gray, u, np.maximum(cut, 112.0), line=120.0, depth_limit=112.0)
    assert limited.on_depth_limit > 0.2
    assert any("depth limit" in message for message in limited.messages)


def test_a_line_that_the_threshold_moves_is_warned_about() -> None:
    gray = two_phases(0.4, 0.02, 0)
    u, v = spanning_curve(smoothed(gray) - 0.5)
    line = TracedLine(u, v, Frame(gray.shape), gray, smoothed(gray), 1.0, False)
    assert check_line(line, recut=((u, v + 1.0), (u, v - 1.0))).moved == 0.0
    elsewhere = np.where(u < COLUMNS / 3, v + 12, v)
    quality = check_line(line, recut=((u, v), (u, elsewhere)))
    assert quality.verdict == "warn"
    assert quality.moved == pytest.approx(1 / 3, abs=0.08)
    assert check_line(line, recut=((np.empty(0), np.empty(0)),)).moved == 1.0


def test_measures_do_not_depend_on_the_frame() -> None:
    gray = two_phases(0.3, 0.03, 3)
    u, v = spanning_curve(smoothed(gray) - 0.5)
    straight = checked(gray, u, v)
    frame = Frame(gray.shape, angle=0.1, row=10.0, column=-5.0)
    turned = TracedLine(*frame.from_image(v, u), frame, gray, smoothed(gray), 1.0, False)
    other = check_line(turned)
    assert other.edge_free == pytest.approx(straight.edge_free, abs=0.01)
    assert other.separation == pytest.approx(straight.separation, rel=0.01)


def image(gray: Array) -> Micrograph:
    return Micrograph(gray, 5e-8, "drawn", "drawn", (0, gray.shape[0], 0, gray.shape[1]))


@pytest.fixture(scope="module")
def noise() -> Micrograph:
    """One peak in the histogram, and nothing to see."""
    gray = np.random.default_rng(7).normal(0.5, 0.1, (160, 200))
    return image(np.clip(gray, 0, 1))


def test_noise_is_refused_through_every_door_unless_it_is_accepted(
    tmp_path: Path, noise: Micrograph
) -> None:
    spots = {"method": "sampling-line", "threshold": (0.47,)}  # some pixels are darker
    with pytest.raises(ImageError, match="it follows noise") as caught:
        extract_profiles(noise, Sampling(**spots))
    assert "none of" in str(caught.value)  # no option leads to a line that passes
    with pytest.raises(ImageError, match="it follows noise"):
        risk(noise, budget=False, **spots)
    traced = api_trace(noise, accept_line=True, **spots)
    assert {one.verdict for one in traced.quality} == {"refuse"}
    assert "refuse" in repr(traced)
    result = traced.to_dict()
    assert result["quality"]["verdict"] == "refuse"
    assert result["quality"]["accept_line"] is True
    assert result["quality"]["lines"][0]["edge_free"] > 0.5
    assert any("accepted by the user" in note for note in result["notes"])
    # the profile carries it on, through files, to whatever is computed from it
    write_profile_csv(traced.sections[0].profile, tmp_path / "line.csv")
    profile = read_profile_csv(tmp_path / "line.csv")
    said = f"the traced line: accepted by the user though {traced.sections[0].quality.messages[0]}"
    assert profile.notes == (said,)
    assert said in solve_contact(profile, pressure="1 MPa").to_dict()["notes"]


def test_a_line_drawn_by_hand_is_warned_about_and_not_refused(noise: Micrograph) -> None:
    columns = np.arange(200.0)
    quality = check_drawn_line(noise, columns, 80 + 10 * np.sin(columns / 9))
    assert quality.verdict == "warn"
    assert any("noise" in message for message in quality.messages)
    gray = two_phases(0.4, 0.03, 0)
    columns = np.arange(float(COLUMNS))
    assert check_drawn_line(image(gray), columns, wave() - 0.5).verdict == "pass"
    below = check_drawn_line(
        image(gray[::-1]), columns, ROWS - 1 - (wave() - 0.5), electrolyte="below"
    )
    assert below.verdict == "pass"


def test_variations_of_a_line_are_cut_again_and_its_measures_are_told() -> None:
    found = extract_profiles(image(two_phases(0.4, 0.03, 0)), Sampling(method="contour"))
    (section,) = found.profiles
    assert section.quality is not None
    assert section.quality.verdict == "pass"
    assert section.quality.moved == 0.0
    assert section.doubtful == ()


def test_a_refused_line_of_a_study_is_a_row_with_its_reason(
    tmp_path: Path, noise: Micrograph
) -> None:
    wavy = two_phases(0.4, 0.03, 0)[60:180, :160]
    for name, gray in (("noise", noise.gray), ("wavy", wavy)):
        Image.fromarray(np.round(gray * 255).astype(np.uint8)).save(tmp_path / f"{name}.png")
    (tmp_path / "study.yaml").write_text(
        "name: s\nphysics: [stress]\nimages: [{files: '*.png'}]\n"
        "sampling: {pixel_size: 50 nm, method: sampling-line, threshold: [0.47]}\n"
        "parameters: [{grid: {sampling.accept_line: [false, true]}}]\n"
    )
    out = tmp_path / "out"
    arguments = ["study", str(tmp_path / "study.yaml"), "--out", str(out), "-j", "1", "--quiet"]
    assert app.exit_code(arguments) == 3
    with (out / "results.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    noisy = [row for row in rows if row["image"] == "noise.png"]
    refused = [row for row in noisy if not float(row["sampling_accept_line"])]
    accepted = [row for row in noisy if float(row["sampling_accept_line"])]
    assert len(refused) == len(accepted) == 5
    for row in accepted:
        assert (row["line_check"], row["status"]) == ("accepted", "done")
        assert row["notes"].startswith("the traced line: accepted by the user though")
    for row in refused:
        assert (row["line_check"], row["status"]) == ("refuse", "failed")
        assert "it follows noise" in row["reason"]
        assert not row["Rq_um"]
        assert not row["p_max_GPa"]
    (picture,) = (out / "traces").iterdir()  # of the image that was refused, not of the other
    assert picture.name.startswith("noise_")
    others = [row for row in rows if row["image"] == "wavy.png"]
    assert others
    assert {(row["line_check"], row["status"]) for row in others} == {("pass", "done")}
    assert max(float(row["Rq_um"]) for row in others) > 0.1


def test_a_failure_leaves_a_picture_and_names_it(
    tmp_path: Path,
    noise: Micrograph,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(extraction, "hint", lambda *_: "something else")
    name = tmp_path / "noise.png"
    Image.fromarray(np.round(noise.gray * 255).astype(np.uint8)).save(name)
    options = ["--pixel-size", "50 nm", "--method", "sampling-line", "--threshold", "0.47"]
    for command in ("profile", "risk"):
        out = tmp_path / command
        assert app.exit_code([command, str(name), *options, "--out", str(out), "--quiet"]) == 2
        assert f"drawn in {out / 'trace.png'}" in capsys.readouterr().err
        assert [path.name for path in out.iterdir()] == ["trace.png"]  # and nothing else
    # to look is no failure: the picture is all that is asked for
    out = tmp_path / "look"
    arguments = ["profile", str(name), *options, "--look", "--out", str(out), "--json"]
    assert app.exit_code(arguments) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["quality"]["verdict"] == "refuse"
    assert Path(result["picture"]).stat().st_size > 10_000
    assert [path.name for path in out.iterdir()] == ["trace.png"]


def test_the_picture_shows_labels_pieces_and_what_is_left_out(tmp_path: Path) -> None:
    rows, columns = np.mgrid[:120, :160]
    labels = np.where(rows < 60 + 8 * np.sin(columns / 9), 1, 0)
    labels[np.hypot(rows - 25, columns - 80) < 12] = 2
    labels[:, 70:76] = 0  # a crack through it: no line spans the image
    labels[100:] = 2  # cropped off
    name = tmp_path / "labels.png"
    Image.fromarray(labels.astype(np.uint8)).save(name)
    image = read_micrograph(name, pixel_size=5e-8, crop=(0, 100, 0, 160))
    with pytest.raises(NoLineError) as caught:
        extract_profiles(image, Sampling(method="contour", phases=(1, 2), threshold=(0.002, 0.006)))
    attempt = caught.value.attempt
    assert attempt is not None
    assert len(attempt.stops) >= 2
    figure = trace_figure(attempt, "said")
    panels = figure.axes
    drawn = panels[0].images[0]
    assert drawn.get_array().shape == (120, 160)  # with what is left out
    assert drawn.get_clim() == (0.0, 2.0)  # labels 0, 1, 2 can be told apart
    stops = [line for line in panels[1].lines if line.get_gid() == "stops"]
    assert len(stops) == 1
    at_sides = [
        min(abs(x), abs(159 - x), abs(y), abs(99 - y)) < 1 for x, y in stops[0].get_xydata()
    ]
    assert all(at_sides)
    assert "left out: crop, data bar" in {text.get_text() for text in figure.legends[0].get_texts()}


def test_no_wrong_line_of_the_benchmark_passes_without_a_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every twelfth setting of ``benchmarks/line_check.py``, which has 217 and tapes."""
    path = Path(__file__).resolve().parents[1] / "benchmarks" / "line_check.py"
    spec = importlib.util.spec_from_file_location("line_check_benchmark", path)
    assert spec is not None
    assert spec.loader is not None
    benchmark = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, benchmark)
    spec.loader.exec_module(benchmark)
    monkeypatch.setattr(extraction, "hint", lambda *_: "")
    outcomes = [benchmark.judged(one) for one in benchmark.settings()[::12]]
    truths = Counter(one.truth for one in outcomes)
    assert min(truths["right"], truths["wrong"]) >= 6
    assert [one for one in outcomes if (one.truth, one.said) == ("wrong", "pass")] == []
    assert [one for one in outcomes if (one.truth, one.said) == ("right", "refuse")] == []


@pytest.mark.parametrize("layer", [0.35, 0.65])
def test_of_three_layers_one_boundary_is_chosen_with_a_word(layer: float) -> None:
    """The threshold takes the layer to the nearer side; nothing says that this is meant."""
    row = np.arange(ROWS)[:, None]
    gray = np.where(row < wave() - 30, 0.8, np.where(row < wave()[::-1] + 35, layer, 0.2))
    gray = ndimage.gaussian_filter(gray, 1.2)
    gray = gray + np.random.default_rng(1).normal(0, 0.02, gray.shape)
    layers = image(np.clip(gray, 0, 1))
    (quality,) = extract_profiles(layers).qualities
    assert quality.verdict == "warn"
    assert quality.elsewhere == pytest.approx(1.0, abs=0.02)
    assert "another boundary spans the image as well" in quality.messages[0]
    # who says which is not asked again
    for phases in ((-1,), (1, 2)):
        settings = Sampling(threshold="multi-otsu", phases=phases)
        (quality,) = extract_profiles(layers, settings).qualities
        assert (quality.verdict, quality.elsewhere) == ("pass", None)


def test_trials_of_large_images_are_few() -> None:
    tried = []

    def passes(micrograph: Micrograph, settings: Sampling) -> bool:
        tried.append(settings)
        return False

    gray = np.zeros((40, 40))
    gray[0] = 1.0
    small = hint(image(gray), Sampling(), passes)
    few = len(tried)
    assert f"none of {few} other settings" in small
    assert few == len({str(one) for one in tried}) >= 8
    tried.clear()
    large = np.zeros((3000, 4000), dtype=np.float32)
    large[0] = 1.0
    assert "none of 2 other settings" in hint(image(large), Sampling(), passes)
    assert len(tried) == 2


def test_a_bar_that_was_left_in_is_named_with_the_crop_that_leaves_it_out() -> None:
    """The threshold of the whole separates bar and specimen, that of the rest two bodies."""
    rows = ROWS - 40
    body = 0.75 + 0.1 * np.sign(wave()[:200] - 40 - np.arange(rows)[:, None])
    body = ndimage.gaussian_filter(body, 1.0)
    body = body + np.random.default_rng(3).normal(0, 0.01, body.shape)
    bar = np.full((25, 200), 0.15)
    bar[8:20, 20:180:3] = 1.0
    whole = image(np.clip(np.vstack([body, bar]), 0, 1))
    with pytest.raises(ImageError, match="the line is the upper edge of a data bar") as caught:
        extract_profiles(whole, Sampling(method="contour"))
    assert f"expected crop 0,{rows},0,200, which leads to a line that passes" in str(caught.value)
    # where the rest has no boundary, something else is tried on it
    row, column = np.mgrid[:rows, :200]
    holes = np.hypot((row + 9 * (column // 50)) % 40 - 20, column % 50 - 25) < 12
    body = ndimage.gaussian_filter(np.where(holes, 0.15, 0.7), 1.0)
    body = body + np.random.default_rng(3).normal(0, 0.01, body.shape)
    whole = image(np.clip(np.vstack([body, bar]), 0, 1))
    with pytest.raises(ImageError, match="data bar") as caught:
        extract_profiles(whole, Sampling(method="contour"))
    assert f"expected crop 0,{rows},0,200 and method sampling-line, which" in str(caught.value)
