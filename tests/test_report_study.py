# SPDX-License-Identifier: BSD-3-Clause
"""The report of a study says what its numbers say, and nothing that they do not."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from made_up_study import (
    BROKEN,
    CONDITIONS,
    IMAGES,
    LINES,
    STUDY,
    i_ratio,
    stress_ratio,
    write_made_up_study,
)
from scipy import stats
from scipy.stats import gmean
from small_study import rewrite

from interfacefem.commands.app import main
from interfacefem.report.study_comparisons import compared_conditions
from interfacefem.report.study_data import Result, StudyData, read_study_data
from interfacefem.report.study_figures import metric_figure
from interfacefem.report.study_methods import warnings
from interfacefem.report.study_report import write_report
from interfacefem.report.study_statistics import (
    metric_table,
    over_decades,
    points_of,
    reading,
)
from interfacefem.report.study_units import unit_values
from interfacefem.report.style import figure_formats
from interfacefem.statistics.groups import group_value
from interfacefem.study.axes import study_axes
from interfacefem.study.file import ReportSection

I0 = "i0_mA_cm2"


def key_of(line: bytes) -> str:
    return str(json.loads(line[65:])["key"])


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_made_up_study(tmp_path_factory.mktemp("study"))[0]


@pytest.fixture(scope="module")
def data(results: Path) -> StudyData:
    return read_study_data(results)


class Reader(HTMLParser):
    """Checks that elements nest, and gathers links, identifiers and figures."""

    VOID = ("meta", "link", "input", "br", "img", "hr")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.hrefs: list[str] = []
        self.ids: list[str] = []
        self.labels: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        for name, value in attributes:
            if name in ("href", "src", "xlink:href"):
                self.hrefs.append(value or "")
            if name == "id":
                self.ids.append(value or "")
            if name == "aria-label":
                self.labels.append(value or "")

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def page(results: Path) -> str:
    write_report(results, results / "report.html")
    return (results / "report.html").read_text()


@pytest.fixture(scope="module")
def reader(page: str) -> Reader:
    found = Reader()
    found.feed(page)
    assert not found.open
    return found


def image_means(pressure: float, i0: float) -> np.ndarray:
    return np.array(
        [
            1 + gmean([i_ratio(pressure, image, line, i0) - 1 for line in range(1, LINES + 1)])
            for image in range(1, IMAGES + 1)
        ]
    )


def test_factors_and_parameters_are_told_apart(data: StudyData) -> None:
    assert data.factors == ("milling_time_h", "pressure_MPa")
    assert data.same["milling_time_h"] == ("powder",)
    assert (data.against, data.by) == ("pressure_MPa", "milling_time_h")
    assert data.parameters == (I0,)
    # the exchange current density does nothing to the stress
    assert points_of(data, "current") == [{I0: 1.0}, {I0: 10.0}]
    assert points_of(data, "stress") == [{}]


@pytest.mark.parametrize("i0", [1.0, 10.0])
def test_means_and_intervals_are_those_of_images(data: StudyData, i0: float) -> None:
    table = metric_table(data, "i_ratio", {I0: i0})
    assert len(table.conditions) == len(CONDITIONS)
    for condition in table.conditions:
        means = image_means(condition.factors["pressure_MPa"], i0)
        summary = condition.summary
        assert summary is not None
        expected = group_value((means - 1).tolist())
        assert summary.mean == pytest.approx(1 + expected.mean)
        assert (summary.low, summary.high) == pytest.approx((1 + expected.low, 1 + expected.high))
        assert (summary.images, summary.lines) == (IMAGES, IMAGES * LINES)
        assert summary.images_for_20_percent == expected.images_for_20_percent


def test_ratios_are_those_of_windows_where_there_are_any() -> None:
    row = {"i_ratio": 1.3, "excess": 0.1, "hot_spot_factor": 2.0, "stress_ratio": 3.0}
    assert reading(row, "i_ratio") == pytest.approx(1.1)
    assert reading(row, "hot_spot_factor") == 2.0
    assert reading({**row, "excess": None}, "i_ratio") == 1.3
    assert reading(row, "stress_ratio") == 3.0


def test_a_model_of_the_papers_recipe_is_read_whole_and_averaged_as_it_is() -> None:
    row = {"i_ratio": 1.3, "excess": 0.1, "image": "a"}
    assert reading(row, "i_ratio", whole=True) == 1.3
    sections = [(row, 0.1), (row, 0.4)]
    assert unit_values(sections, geometric=True)["a"] == pytest.approx(0.2)
    found = unit_values(sections, geometric=True, arithmetic_sections=True)
    assert found["a"] == pytest.approx(0.25)


def test_images_of_one_sample_are_averaged_before_samples_are(data: StudyData) -> None:
    def sampled(result: Result) -> Result:
        number = int(str(result.row["image"]).split("_")[2].removesuffix(".png"))
        return replace(result, row={**result.row, "sample": "A" if number < 3 else "B"})

    results = tuple(map(sampled, data.results))
    names = (*data.identification, "sample")
    nested = replace(data, results=results, identification=names)
    table = metric_table(nested, "stress_ratio", {})
    condition = table.conditions[0]
    milling, pressure = condition.factors["milling_time_h"], condition.factors["pressure_MPa"]
    means = [
        gmean([stress_ratio(milling, pressure, image, line) for line in range(1, LINES + 1)])
        for image in range(1, IMAGES + 1)
    ]
    expected = group_value([math.sqrt(means[0] * means[1]), means[2]])
    summary = condition.summary
    assert summary.mean == pytest.approx(expected.mean)
    assert (summary.low, summary.high) == pytest.approx((expected.low, expected.high))
    assert (summary.units, summary.images) == (2, 3)
    assert table.trends["pressure_MPa"].images == 2 * len(CONDITIONS)
    # a sample is nothing that conditions differ in
    rows = [result.row for result in results]
    factors = ["powder", "milling_time_h", "sample", "pressure_MPa"]
    axes = study_axes(rows, factors, None, ReportSection(), Path("study.yaml"))
    assert axes.factors == data.factors


def test_conditions_are_compared_with_images_as_units(data: StudyData, page: str) -> None:
    (found,) = compared_conditions(data, [metric_table(data, "i_ratio", {I0: 1.0})])
    pairs = found.comparison.pairs
    assert len(pairs) == 6  # every pair of four conditions
    assert not found.neighbours_only
    means = [image_means(pressure, 1.0) - 1 for _, pressure in CONDITIONS]
    alike = stats.alexandergovern(*np.log(means)).pvalue
    assert found.comparison.p_value == pytest.approx(alike)
    assert pairs[0].factor == pytest.approx(gmean(means[1]) / gmean(means[0]))
    assert "do conditions differ?" in page
    assert all(f"{pair.factor:.4g}" in page for pair in pairs)


def test_an_axis_over_decades_shows_small_excesses_beside_large_ones(data: StudyData) -> None:
    table = metric_table(data, "i_ratio", {I0: 1.0})
    assert not over_decades(table)
    last = table.conditions[-1]
    far = replace(
        last,
        lines=tuple(replace(line, value=100 * line.value) for line in last.lines),
        summary=replace(last.summary, mean=120.0, low=90.0, high=1e9),
    )
    wide = replace(table, conditions=(*table.conditions[:-1], far))
    assert over_decades(wide)
    figure, points = metric_figure(data, wide)
    axes = figure.axes[0]
    heights = axes.transData.transform([(0.0, ratio) for ratio in (1.01, 1.1, 2.0, 11.0)])[:, 1]
    assert np.diff(heights) == pytest.approx(np.full(3, heights[1] - heights[0]))
    bottom, top = axes.get_ylim()
    values = [point.y for point in points]
    # every line is in it, and the interval that ends far above them does not press them together
    assert 1 < bottom < min(values) < max(values) < top < 20 * max(values)


def test_pressure_matters_and_milling_does_not(data: StudyData) -> None:
    table = metric_table(data, "i_ratio", {I0: 1.0})
    pressure, milling = table.trends["pressure_MPa"], table.trends["milling_time_h"]
    assert pressure.concordance == -1.0
    assert pressure.p_falls < 0.01
    geometric = [
        np.exp(np.mean([np.mean(np.log(
            [i_ratio(level, image, line, 1.0) - 1 for line in range(1, LINES + 1)]))
            for image in range(1, IMAGES + 1)]))
        for level in (0.0, 200.0)
    ]  # fmt: skip
    assert pressure.change == pytest.approx(geometric[1] / geometric[0] - 1)
    assert milling.concordance == 0.0
    assert milling.p_any > 0.3
    assert table.effects["pressure_MPa"].low > 0.5
    assert table.effects["milling_time_h"].share == 0.0


def test_cases_shared_by_rows_count_once(data: StudyData) -> None:
    table = metric_table(data, "stress_ratio", {})
    for condition in table.conditions:
        milling, pressure = condition.factors["milling_time_h"], condition.factors["pressure_MPa"]
        values = [
            stress_ratio(milling, pressure, image, line)
            for image in range(1, IMAGES + 1)
            for line in range(1, LINES + 1)
            if (milling, pressure, image, line) != (4.0, 200.0, 1, 5)
        ]
        assert sorted(line.value for line in condition.lines) == pytest.approx(sorted(values))


def test_risk_classes_follow_the_thresholds(data: StudyData) -> None:
    by_point = {
        i0: [condition.risk for condition in metric_table(data, "i_ratio", {I0: i0}).conditions]
        for i0 in (1.0, 10.0)
    }
    # 1.25 and 1.16 at 1 mA/cm2, 1.54 and 1.34 at 10 mA/cm2; thresholds 1.2 and 1.4
    assert by_point[1.0] == ["moderate", "low", "moderate", "low"]
    assert by_point[10.0] == ["high", "moderate", "high", "moderate"]


def test_the_page_holds_together(reader: Reader, results: Path) -> None:
    assert len(reader.ids) == len(set(reader.ids))
    for href in reader.hrefs:
        if href.startswith("#"):
            assert href == "#none" or href[1:] in reader.ids, href
        elif not href.startswith("data:"):
            assert (results / href).is_file(), href


def test_nothing_comes_from_elsewhere(page: str) -> None:
    outside = re.findall(r"(?:src|href|action)\s*=\s*[\"'](?:https?:)?//", page)
    assert outside == []
    assert "@import" not in page
    assert "url(http" not in page


def test_every_line_has_its_case_and_every_point_leads_to_one(
    page: str, reader: Reader, data: StudyData
) -> None:
    cases = [name for name in reader.ids if name.startswith("case-")]
    assert len(cases) == len(CONDITIONS) * IMAGES * LINES
    figure = page[page.index('id="figures"') : page.index('id="conditions"')]
    first = figure[: figure.index("</figure>")]
    assert set(re.findall(r'<a href="#(case-[^"]+)"><title>', first)) == set(cases)


def test_every_image_is_shown_with_its_profiles(page: str, reader: Reader) -> None:
    shown = [label for label in reader.labels if label.startswith("micrograph")]
    assert len(shown) == len(CONDITIONS) * IMAGES
    assert all(f"with {LINES} profiles" in label for label in shown)
    assert page.count("data:image/jpeg;base64,") == len(shown)


def test_what_a_user_wrote_is_text_not_markup(page: str) -> None:
    assert "<b>assumed</b>" in STUDY
    assert "<b>assumed</b>" not in page
    assert "&lt;b&gt;assumed&lt;/b&gt;" in page
    assert BROKEN not in page
    assert BROKEN.replace("<", "&lt;").replace(">", "&gt;") in page


def test_failed_cases_and_notes_are_warned_of(data: StudyData) -> None:
    said = warnings(data)
    assert any(text.startswith("2 rows failed: ") and BROKEN in text for text in said)
    # 12 images x 2 points x first line, and of the stress 12
    assert any(text.startswith("24 of 120 current cases note: the steepest slope") for text in said)


def test_an_unfinished_study_has_a_report_that_says_so(tmp_path: Path) -> None:
    out, plan = write_made_up_study(tmp_path)
    lost = {case.key for _, case in plan.cases[:40]}
    rewrite(out, lambda line: None if key_of(line) in lost else line)
    write_report(out, tmp_path / "elsewhere.html")
    page = (tmp_path / "elsewhere.html").read_text()
    assert re.search(r"The study is not finished: \d+ of 120 rows lack a result", page)
    # links lead to the folder from where the page is
    assert 'href="results/results.csv"' in page


def test_a_study_with_one_result_has_a_report(tmp_path: Path) -> None:
    out, plan = write_made_up_study(tmp_path)
    kept = plan.cases[0][1]
    rewrite(out, lambda line: line if key_of(line) == kept.key else None, which='"kind": "case"')
    data = write_report(out, out / "report.html")
    assert sum(result.row["i_ratio"] is not None for result in data.results) == 1
    page = (out / "report.html").read_text()
    assert "the study is not finished" in page.lower()
    assert page.count('class="case"') == len(CONDITIONS) * IMAGES * LINES


def test_the_command_writes_one_file(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["report", str(results), "--out", str(tmp_path / "r.html"), "--quiet"])
    assert ended.value.code == 0
    assert "118 of 120 rows" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]


def test_figures_of_the_page_are_written_where_they_are_asked_for(
    results: Path, tmp_path: Path
) -> None:
    with figure_formats("pdf"):
        write_report(results, tmp_path / "r.html")
    names = {path.suffix: path.stem for path in (tmp_path / "figures").iterdir()}
    assert names.keys() == {".png", ".pdf", ".csv"}
    assert sum(path.suffix == ".pdf" for path in (tmp_path / "figures").iterdir()) >= 4


def wrong_folders(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    yield tmp_path / "none", "is no folder of a study"
    empty = write_made_up_study(tmp_path)[0]
    rewrite(empty, lambda line: None, which='"kind": "case"')
    yield empty, "holds no result yet"
    study = empty / "study.yaml"
    study.write_text(study.read_text() + "report: {against: temperature}\n")
    (empty / "records" / "x.records").write_text("")
    yield empty, "holds no result yet"
    record = json.loads((empty / "plan.json").read_text())
    record["format"] = 99
    (empty / "plan.json").write_text(json.dumps(record))
    yield empty, "belongs to another version"


def test_wrong_folders_end_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder, said in wrong_folders(tmp_path):
        with pytest.raises(SystemExit) as ended:
            main(["report", str(folder), "--quiet"])
        assert ended.value.code == 2
        error = capsys.readouterr().err
        assert said in error
        assert error.count("\n") == 1
        assert not (folder / "report.html").exists()


def test_axes_can_be_chosen(tmp_path: Path) -> None:
    out, _ = write_made_up_study(tmp_path)
    study = out / "study.yaml"
    text = study.read_text()
    study.write_text(text + "report: {against: powder, by: pressure_MPa}\n")
    data = read_study_data(out)
    assert (data.against, data.by) == ("milling_time_h", "pressure_MPa")
    study.write_text(text + "report: {against: temperature}\n")
    with pytest.raises(SystemExit) as ended:
        main(["report", str(out)])
    assert ended.value.code == 2
