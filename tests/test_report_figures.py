# SPDX-License-Identifier: BSD-3-Clause
"""Figures show the numbers they are given, at the right place, with units."""

import dataclasses
import math
import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest
import shapely
from matplotlib.tri import Triangulation
from PIL import Image
from scipy.spatial import cKDTree

from interfacefem.current import ButlerVolmer, CurrentProblem, solve_current
from interfacefem.current.metrics import current_metrics
from interfacefem.errors import InputError
from interfacefem.images import Micrograph, extract_profiles
from interfacefem.meshing import MeshSettings, distribute, mesh_profile
from interfacefem.report import (
    budget_figure,
    current_figure,
    gather_potential,
    groups_figure,
    histogram_figure,
    length_figure,
    overlay_figure,
    potential_figure,
    save_figure,
)
from interfacefem.report.potential_figure import streamlines
from interfacefem.report.style import length_text, number_texts, round_length
from interfacefem.surfaces import Profile
from interfacefem.synthetic.profiles import sinusoid, trochoid
from interfacefem.units import MA_PER_CM2, UM

CONDUCTIVITY = 0.1
APPLIED = 30.0


def solve(profile, exchange_current_density, height=20 * UM):
    law = None
    if exchange_current_density:
        law = ButlerVolmer(exchange_current_density, 0.5, 0.5, 298.0)
    mesh = distribute(mesh_profile(profile, height, MeshSettings(interface_edges=200)))
    return solve_current(mesh, CurrentProblem(CONDUCTIVITY, APPLIED, law))


def metrics_of(solution):
    return current_metrics(solution, rms_height=UM)


@pytest.fixture(scope="module")
def focused():
    return solve(sinusoid(3 * UM, 20 * UM, periods=2), None)


@pytest.fixture(scope="module")
def nearly_uniform():
    return solve(sinusoid(0.3 * UM, 20 * UM, periods=2), 1.0)


@pytest.fixture(scope="module")
def flat():
    return solve(Profile(np.array([0, 20 * UM]), np.zeros(2)), 10.0)


@pytest.fixture(scope="module")
def keyhole():
    angle = np.linspace(-math.pi / 2 - 0.3, -2.5 * math.pi + 0.3, 40)
    x = np.concatenate([[0.0], 10 + 2 * np.cos(angle), [20.0]])
    z = np.concatenate([[0.0], 2 + 2 * np.sin(angle), [0.0]])
    return solve(Profile(x * UM, z * UM), 1000.0)


def artists(axes, gid):
    return [line for line in axes.get_lines() if line.get_gid() == gid]


def legend_texts(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def domain_polygon(solution):
    samples, top = solution.samples, solution.interface_mesh.top
    curve = np.column_stack([samples.x, samples.z])
    return shapely.Polygon([*curve, (curve[-1, 0], top), (curve[0, 0], top)])


def test_gathered_field_is_the_linear_potential_over_a_flat_interface(flat):
    field = gather_potential(flat)
    overpotential = flat.problem.kinetics.overpotential(np.array(APPLIED))
    exact = overpotential + APPLIED / CONDUCTIVITY * field.points[:, 1]
    np.testing.assert_allclose(field.potential, exact, rtol=1e-10)
    expected = np.broadcast_to([0, APPLIED / CONDUCTIVITY], field.gradient.shape)
    np.testing.assert_allclose(field.gradient, expected, atol=1e-6 * APPLIED / CONDUCTIVITY)
    np.testing.assert_allclose(field.current_density, APPLIED, rtol=1e-6)
    np.testing.assert_allclose(
        field.stream_function, field.points[:, 0] / flat.interface_mesh.width, atol=1e-6
    )


@pytest.mark.parametrize("case", ["focused", "keyhole"])
def test_stream_function_on_the_interface_is_the_current_to_the_left(case, request):
    solution = request.getfixturevalue(case)
    field, samples = gather_potential(solution), solution.samples
    steps = np.diff(samples.arc_length)
    pieces = steps * (samples.current_density[1:] + samples.current_density[:-1]) / 2
    left = np.concatenate([[0.0], np.cumsum(pieces)]) / pieces.sum()
    points = np.column_stack([samples.x, samples.z])
    distance, nodes = shapely_nearest(field.points, points)
    assert distance.max() < 1e-6 * UM
    np.testing.assert_allclose(field.stream_function[nodes], left, atol=3e-3)


def shapely_nearest(candidates, points):
    tree = shapely.STRtree(shapely.points(candidates))
    pairs, distance = tree.query_nearest(
        shapely.points(points), return_distance=True, all_matches=False
    )
    return distance, pairs[1]


@pytest.mark.parametrize("case", ["focused", "keyhole"])
def test_streamlines_run_from_the_top_to_the_interface_and_never_into_the_metal(case, request):
    solution = request.getfixturevalue(case)
    field = gather_potential(solution)
    lines = streamlines(Triangulation(*field.points.T, field.triangles), field, 12)
    assert len(lines) == 12
    inside = domain_polygon(solution).buffer(1e-4 * UM)
    samples = solution.samples
    interface = shapely.LineString(np.column_stack([samples.x, samples.z]))
    for line in lines:
        assert inside.covers(shapely.LineString(line))
        assert line[0, 1] == pytest.approx(solution.interface_mesh.top)
        assert interface.distance(shapely.Point(line[-1])) < 1e-4 * UM


def test_streamlines_crowd_where_the_current_is_high(focused):
    field = gather_potential(focused)
    lines = streamlines(Triangulation(*field.points.T, field.triangles), field, 40)
    samples = focused.samples
    interface = shapely.LineString(np.column_stack([samples.x, samples.z]))
    ends = np.array([interface.project(shapely.Point(line[-1])) for line in lines])
    total = APPLIED * focused.interface_mesh.width
    between = np.interp((ends[1:] + ends[:-1]) / 2, samples.arc_length, samples.current_density)
    # equal currents: spacing times current density is the same for all
    np.testing.assert_allclose(np.diff(ends) * between, total / 40, rtol=0.15)


def test_potential_figure_shows_interface_and_units(focused):
    figure = potential_figure(focused)
    whole, detail = figure.axes[:2]
    samples = focused.samples
    assert whole.get_xlim() == pytest.approx((samples.x[0] / UM, samples.x[-1] / UM))
    assert whole.get_ylim()[0] < samples.z.min() / UM
    assert whole.get_ylim()[1] > samples.z.max() / UM
    hottest = int(np.argmax(samples.current_density))
    assert detail.get_xlim()[0] <= samples.x[hottest] / UM <= detail.get_xlim()[1]
    assert detail.get_ylim()[0] < samples.z[hottest] / UM < detail.get_ylim()[1]
    assert {whole.get_aspect(), detail.get_aspect()} == {1.0}
    assert (whole.get_xlabel(), whole.get_ylabel()) == ("x (µm)", "z (µm)")
    figure.canvas.draw()
    bar = whole.child_axes[0]
    assert bar.get_ylabel() == "potential (mV)"
    low, high = bar.get_ylim()
    field = gather_potential(focused)
    shown = field.potential[field.points[:, 1] / UM < whole.get_ylim()[1]] * 1e3
    assert low == pytest.approx(shown.min(), abs=0.02 * np.ptp(shown))
    # the view ends between nodes
    assert shown.max() <= high + 0.02 * np.ptp(shown)
    assert high < 1e3 * field.potential.max()
    assert len(artists(whole, "streamline")) == 25


def test_uniform_current_gets_no_colours_of_rounding(flat):
    detail = potential_figure(flat).axes[1]
    low, high = detail.images[0].get_clim()
    assert (low, high) == pytest.approx((0.98, 1.02), abs=1e-6)


def test_current_figure_marks_the_extremes_where_they_are(focused):
    figure = current_figure(focused, metrics_of(focused), critical_current_density=45.0)
    upper, lower = figure.axes
    samples = focused.samples
    current = samples.current_density / MA_PER_CM2
    (curve,) = artists(upper, "current")
    np.testing.assert_allclose(curve.get_ydata(), current)
    for name, index in (("max", np.argmax(current)), ("min", np.argmin(current))):
        (mark,) = artists(upper, name)
        along = samples.arc_length[index] / UM
        assert (mark.get_xdata()[0], mark.get_ydata()[0]) == (along, current[index])
        (mark,) = artists(lower, name)
        place = (samples.x[index] / UM, samples.z[index] / UM)
        assert (mark.get_xdata()[0], mark.get_ydata()[0]) == place
    (hottest,) = artists(upper, "hottest")
    marked = np.isfinite(np.asarray(hottest.get_ydata(), dtype=float))
    assert current[marked].min() >= current[~marked].max()
    weights = samples.quadrature_weights
    hot = samples.quadrature_current_density / MA_PER_CM2 >= current[marked].min()
    assert weights[hot].sum() / weights.sum() == pytest.approx(0.01, abs=0.004)
    low, high = upper.get_ylim()
    assert low == 0
    assert high > current.max()
    assert artists(upper, "applied")[0].get_ydata()[0] == APPLIED / MA_PER_CM2
    assert artists(upper, "critical")[0].get_ydata()[0] == 4.5
    assert upper.get_ylabel() == "current density (mA/cm²)"
    assert (lower.get_xlabel(), lower.get_ylabel()) == ("x (µm)", "z (µm)")
    assert legend_texts(figure)[0].startswith(f"max {current.max():.2f} mA/cm²")
    assert f"({current.max() * MA_PER_CM2 / APPLIED:.2f} of applied)" in legend_texts(figure)[0]


def test_nearly_uniform_current_is_not_made_dramatic(nearly_uniform):
    metrics = metrics_of(nearly_uniform)
    assert 1 < metrics.i_ratio < 1.02
    figure = current_figure(nearly_uniform, metrics, critical_current_density=10.0)
    upper = figure.axes[0]
    low, high = upper.get_ylim()
    assert high - low > 0.05 * APPLIED / MA_PER_CM2
    assert low > 0
    assert any("does not start at zero" in text.get_text() for text in upper.texts)
    assert artists(upper, "cut axis")
    assert "critical 1 mA/cm²\n(below this range)" in legend_texts(figure)
    figure.canvas.draw()
    assert upper.yaxis.get_offset_text().get_text() == ""
    assert all(float(tick.get_text()) > 2 for tick in upper.get_yticklabels())


def test_uniform_current_has_no_place_of_its_maximum(flat):
    figure = current_figure(flat, metrics_of(flat))
    assert not artists(figure.axes[0], "max")
    assert legend_texts(figure) == ["applied 3 mA/cm²"]


def test_overhanging_profile_keeps_its_shape(keyhole):
    lower = current_figure(keyhole, metrics_of(keyhole)).axes[1]
    (curve,) = artists(lower, "profile")
    assert np.diff(curve.get_xdata()).min() < 0


def test_histogram_is_weighted_with_arc_length(focused, keyhole):
    figure = histogram_figure(
        [focused, keyhole], ["line 1", "line 2"], critical_current_density=45.0
    )
    (axes,) = figure.axes
    pooled, first, second = (patch.get_data() for patch in axes.patches)
    for data in (pooled, first, second):
        assert data.values.sum() == pytest.approx(100)
    lengths = [one.interface_mesh.interface_length for one in (focused, keyhole)]
    expected = (first.values * lengths[0] + second.values * lengths[1]) / sum(lengths)
    np.testing.assert_allclose(pooled.values, expected, atol=1e-9)
    samples = focused.samples
    for share in (0.5, 1.0):
        edge = int(np.argmin(np.abs(first.edges - share)))
        below = samples.quadrature_current_density < first.edges[edge] * APPLIED
        length = samples.quadrature_weights[below].sum() / lengths[0]
        assert first.values[:edge].sum() == pytest.approx(100 * length)
    assert [line.get_xdata()[0] for line in axes.get_lines()] == [1.0, 1.5]
    low, high = axes.get_xlim()
    assert low <= first.edges[0]
    assert high >= first.edges[-1]
    assert legend_texts(figure) == [
        "all lines",
        "line 1",
        "line 2",
        "applied",
        "critical 4.5 mA/cm²",
    ]


def test_rare_hot_spots_are_seen_on_a_logarithmic_axis():
    # a crest at 0.9 of the cusp: the exact factor is 10 (physics.md section 4)
    sharp = solve(trochoid(0.9 * 10 * UM / (2 * math.pi), 10 * UM, points=200), None)
    assert metrics_of(sharp).hot_spot_factor > 4
    assert histogram_figure([sharp], ["line 1"]).axes[0].get_yscale() == "log"


ROWS = [
    {"source": "overhangs", "factor_low": 0.5, "factor_high": 1.0, "reason": None},
    {"source": "threshold", "factor_low": 0.98, "factor_high": 1.03, "reason": None},
    {"source": "method", "factor_low": None, "factor_high": None, "reason": "no boundary"},
]


def test_budget_figure_draws_each_factor_from_one_the_largest_on_top():
    axes = budget_figure(ROWS, 0.05, "image").axes[0]
    lower = {patch.get_y(): patch for patch in axes.patches if patch.get_gid() == "lower"}
    higher = {patch.get_y(): patch for patch in axes.patches if patch.get_gid() == "higher"}
    top, bottom = max(lower), min(lower)
    assert (lower[top].get_x(), lower[top].get_width()) == pytest.approx((0.5, 0.5))
    assert (higher[bottom].get_x(), higher[bottom].get_width()) == pytest.approx((1.0, 0.03))
    assert [label.get_text() for label in axes.get_yticklabels()][-1].startswith("overhangs")
    assert axes.get_xlim()[0] < 0.5 < 1.03 < axes.get_xlim()[1]
    assert any("not formed: method" in text.get_text() for text in axes.texts)


def test_length_figure_draws_what_is_known_and_marks_the_reference():
    rows = [{"length_um": 5.0, "excess": 0.01}, {"length_um": 25.0, "excess": 0.05},
            {"length_um": 50.0, "excess": None}]  # fmt: skip
    axes = length_figure([("section 1", rows)], 25.0).axes[0]
    curve, mark = axes.lines
    assert curve.get_xdata().tolist() == [5.0, 25.0]
    assert curve.get_ydata().tolist() == [0.01, 0.05]
    assert set(mark.get_xdata()) == {25.0}


def test_groups_figure_draws_images_means_and_intervals():
    def image(excess):
        return {"excess": excess, "excess_is_upper_limit": excess < 0.02, "stress_ratio": 3.0}

    row = {"group": "a", "reference_length_um": 25.0, "excess": 0.05, "excess_low": 0.02,
           "excess_high": 0.1, "stress_ratio": 3.0, "stress_ratio_low": None,
           "stress_ratio_high": None}  # fmt: skip
    axes = groups_figure({"a": [image(0.01), image(0.1)]}, [row]).axes[0]
    dots = artists(axes, "image")
    assert [(dot.get_ydata()[0], dot.get_marker()) for dot in dots] == [(0.01, "v"), (0.1, "o")]
    assert artists(axes, "mean")[0].get_ydata()[0] == 0.05
    assert list(artists(axes, "interval")[0].get_ydata()) == [0.02, 0.1]


@pytest.fixture(scope="module")
def micrograph():
    """A layer above a wavy edge, with pores, cut out of a larger image."""
    row, column = np.mgrid[:160, :240]
    noise = 0.02 * np.random.default_rng(1).standard_normal(row.shape)
    solid = row < 100 + 6 * np.sin(column / 15)
    gray = np.where(solid, 0.7, 0.2) + noise
    return Micrograph(np.clip(gray, 0, 1), 0.05 * UM, "layer.tif", "test", (20, 180, 30, 270))


@pytest.fixture(scope="module")
def porous():
    row, column = np.mgrid[:200, :240]
    pores = (row % 40 - 20) ** 2 + (column % 40 - 20) ** 2 < 80
    noise = 0.02 * np.random.default_rng(1).standard_normal(row.shape)
    gray = np.where(pores, 0.2, 0.7) + noise
    return Micrograph(np.clip(gray, 0, 1), 0.05 * UM, "pores.tif", "test", (0, 200, 0, 240))


def test_overlay_draws_the_profiles_over_the_edge_in_the_image(micrograph):
    extraction = extract_profiles(micrograph)
    image = overlay_figure(micrograph, extraction).axes[0]
    assert image.images[0].get_extent() == [29.5, 269.5, 179.5, 19.5]
    colours = set()
    for number in range(1, 2):
        (line,) = artists(image, f"profile {number}")
        columns, rows = line.get_data()
        # the edge as it lies in the image before it was cropped
        edge = 20 + 100 + 6 * np.sin((columns - 30) / 15)
        assert np.sqrt(np.mean((rows - edge) ** 2)) < 1.5
        colours.add(line.get_color())
    assert len(colours) == 1
    numbers = [text.get_text() for text in image.texts if text.get_text().isdigit()]
    assert numbers == ["1"]


def test_overlay_scale_bar_has_the_length_it_names(micrograph):
    image = overlay_figure(micrograph, extract_profiles(micrograph)).axes[0]
    (bar,) = artists(image, "scale bar")
    pixels = np.diff(bar.get_xdata())[0]
    assert length_text(pixels * micrograph.pixel_size) in {text.get_text() for text in image.texts}
    left, right = image.get_xlim()
    assert left < min(bar.get_xdata())
    assert max(bar.get_xdata()) < right


def test_overlay_tells_phases_and_threshold(micrograph):
    extraction = extract_profiles(micrograph)
    figure = overlay_figure(micrograph, extraction)
    _, phases, histogram = figure.axes
    tint = phases.images[1].get_array()[..., 3] > 0
    np.testing.assert_array_equal(tint, extraction.labels == 1)
    (line,) = histogram.get_lines()
    assert line.get_xdata()[0] == extraction.thresholds[0]
    total = histogram.patches[-1].get_data()
    assert total.values.sum() == pytest.approx(100)
    caption = " ".join(text.get_text() for text in figure.axes[0].texts).replace("\n", " ")
    assert "layer.tif; pixel 50 nm (test)" in caption


def test_overlay_shows_labels_and_the_stretches_without_an_edge(micrograph):
    """Labels 0 and 1 in eight bits are not drawn black on black."""
    labels = (micrograph.gray > 0.5) / 255
    image = dataclasses.replace(micrograph, gray=labels)
    extraction = extract_profiles(image)
    (section,) = extraction.profiles
    piece = np.column_stack([section.pixel_columns, section.pixel_rows])[40:60]
    extraction = dataclasses.replace(
        extraction, profiles=(dataclasses.replace(section, doubtful=(piece,)),)
    )
    shown, _, histogram = overlay_figure(image, extraction).axes
    assert shown.images[0].get_clim() == pytest.approx((0, 1 / 255))
    values = histogram.patches[-1].get_data().values
    assert np.flatnonzero(values).tolist() == [0, len(values) - 1]
    (red,) = artists(shown, "doubtful")
    np.testing.assert_array_equal(red.get_xydata(), piece)
    others = {line.get_color() for line in shown.lines if line is not red}
    assert red.get_color() not in others


def test_overlay_draws_sampling_lines_where_they_were_laid(porous):
    extraction = extract_profiles(porous)
    assert extraction.method == "sampling-line"
    image = overlay_figure(porous, extraction).axes[0]
    for number, one in enumerate(extraction.profiles, start=1):
        (line,) = artists(image, f"line {number}")
        row = float(one.profile.metadata["sampling_line_row"])
        assert list(line.get_ydata()) == [row, row]
        # in solid the profile is the line; in void it lies above it
        assert one.pixel_rows.max() == pytest.approx(row, abs=0.6)


def test_saved_picture_has_the_width_of_a_column_and_depends_on_content_alone(tmp_path):
    def draw():
        return budget_figure(ROWS, 0.05, "image")

    for name in ("a.png", "b.png", "a.pdf", "b.pdf", "a.svg", "b.svg"):
        save_figure(draw(), tmp_path / name)
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.width == pytest.approx(89 / 25.4 * 300, abs=1)
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=1)
    for suffix in (".png", ".pdf", ".svg"):
        assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()
    assert len(list(tmp_path.iterdir())) == 6


def test_unknown_picture_format_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"\.png or \.pdf or \.svg"):
        save_figure(budget_figure(ROWS, 0.05, "image"), tmp_path / "a.bmp")
    assert not list(tmp_path.iterdir())


def test_settings_of_the_caller_stay():
    before = dict(matplotlib.rcParams)
    budget_figure(ROWS, 0.05, "image")
    assert dict(matplotlib.rcParams) == before


def test_numbers_are_told_apart():
    assert number_texts([3.0002, 3.0001]) == ["3.00020", "3.00010"]
    assert number_texts([10.3, 0.0123]) == ["10.3", "0.0123"]
    assert number_texts([2.0e-9]) == ["2.00×10⁻⁹"]
    assert number_texts([0.0]) == ["0"]
    assert [length_text(value) for value in (5e-10, 2e-7, 1e-6, 5e-4, 2e-3)] == [
        "0.5 nm",
        "200 nm",
        "1 µm",
        "500 µm",
        "2 mm",
    ]
    assert [round_length(value) for value in (9.99e-6, 1e-6, 3e-7)] == pytest.approx(
        [5e-6, 1e-6, 2e-7]
    )


RANKS_SCRIPT = """
import sys
import numpy as np
from interfacefem.mpi import MPI
from interfacefem.current import CurrentProblem, solve_current
from interfacefem.meshing import MeshSettings, distribute, mesh_profile
from interfacefem.report import gather_potential, potential_figure
from interfacefem.synthetic.profiles import sinusoid

rank = MPI.COMM_WORLD.rank
settings = MeshSettings(interface_edges=100)
mesh = mesh_profile(sinusoid(1e-6, 20e-6), 20e-6, settings) if rank == 0 else None
solution = solve_current(distribute(mesh), CurrentProblem(0.1, 30.0, None))
field = gather_potential(solution)
figure = potential_figure(solution)
assert (field is None) == (figure is None) == (rank > 0)
if rank == 0:
    columns = (field.points.T, field.potential, field.stream_function, field.current_density)
    np.save(sys.argv[1], np.vstack(columns))
"""


@pytest.mark.mpi
def test_gathered_field_is_the_same_on_two_ranks(tmp_path):
    fields = []
    for ranks in (1, 2):
        name = tmp_path / f"{ranks}.npy"
        command = ["mpirun", "-n", str(ranks), sys.executable, "-c", RANKS_SCRIPT, str(name)]
        root = Path(__file__).parents[1]
        done = subprocess.run(command, capture_output=True, text=True, cwd=root, check=False)
        assert done.returncode == 0, done.stderr
        fields.append(np.load(name))
    # nodes are numbered as the ranks own them
    distance, same = cKDTree(fields[0][:2].T).query(fields[1][:2].T)
    assert distance.max() < 1e-15
    scale = np.abs(fields[0]).max(axis=1, keepdims=True)
    np.testing.assert_allclose(fields[1] / scale, fields[0][:, same] / scale, atol=1e-8)
