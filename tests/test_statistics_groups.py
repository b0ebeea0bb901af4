# SPDX-License-Identifier: BSD-3-Clause
"""Groups of images: intervals by coverage, tests by how often they cry wolf."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from interfacefem.statistics.comparisons import alike_p, compare_groups, holm, permutation_p
from interfacefem.statistics.groups import (
    SMALLEST,
    degrees_of_freedom,
    group_value,
    images_for,
    t_quantile,
)


def test_a_group_is_its_geometric_mean_with_a_t_interval_of_the_logarithm() -> None:
    values = [0.05, 0.1, 0.4]
    found = group_value(values)
    logs = stats.ttest_1samp(np.log(values), 0.0)
    low, high = np.exp(logs.confidence_interval(0.95))
    assert found.mean == pytest.approx(stats.gmean(values))
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.sd_ln == pytest.approx(np.std(np.log(values), ddof=1))
    assert found.images == 3


def test_one_image_has_no_interval_and_none_no_value() -> None:
    found = group_value([0.2])
    assert (found.mean, found.low, found.high, found.sd_ln) == (
        pytest.approx(0.2),
        None,
        None,
        None,
    )
    assert group_value([None]) is None
    assert group_value([]) is None


def test_upper_limits_are_counted_at_their_limit_and_told() -> None:
    found = group_value([0.1, 0.001, None], [False, True, False])
    assert found.mean == pytest.approx(0.01)
    assert (found.images, found.upper_limits) == (2, 1)
    # a flat surface has no logarithm: it lies below what rounding leaves
    flat = group_value([0.0, 0.0])
    assert (flat.mean, flat.upper_limits) == (pytest.approx(SMALLEST), 2)


@pytest.mark.parametrize("images", [3, 5, 10])
def test_the_interval_covers_the_truth_as_often_as_it_says(images: int) -> None:
    rng = np.random.default_rng(images)
    trials = 2000
    hits = 0
    for logs in 0.7 * rng.standard_normal((trials, images)):
        found = group_value(np.exp(logs).tolist())
        hits += found.low <= 1.0 <= found.high
    assert abs(hits / trials - 0.95) < 3 * math.sqrt(0.95 * 0.05 / trials)


def test_images_for_20_percent_is_where_the_interval_is_that_narrow() -> None:
    assert images_for(0.56) == 39
    for sd in (0.1, 0.56, 0.88):
        count = images_for(sd)
        half = [stats.t.ppf(0.975, n - 1) * sd / math.sqrt(n) for n in (count - 1, count) if n > 1]
        assert half[-1] <= math.log(1.2)
        assert count == 2 or half[0] > math.log(1.2)
    assert images_for(50.0) is None


def test_two_groups_get_welchs_test_and_the_exact_permutation() -> None:
    rng = np.random.default_rng(2)
    first, second = np.exp(rng.standard_normal(5)), np.exp(1.5 + 2 * rng.standard_normal(6))
    found = compare_groups({"a": first.tolist(), "b": second.tolist()})
    (pair,) = found.pairs
    welch = stats.ttest_ind(np.log(second), np.log(first), equal_var=False)
    assert found.p_value == pair.p_value == pytest.approx(welch.pvalue)
    assert (pair.low, pair.high) == pytest.approx(tuple(np.exp(welch.confidence_interval(0.95))))
    assert pair.factor == pytest.approx(stats.gmean(second) / stats.gmean(first))

    def t(a: np.ndarray, b: np.ndarray, axis: int) -> np.ndarray:
        return np.abs(stats.ttest_ind(a, b, equal_var=False, axis=axis).statistic)

    exact = stats.permutation_test(
        (np.log(first), np.log(second)), t, n_resamples=1000, alternative="greater", axis=0
    )
    assert pair.p_permutation == pytest.approx(exact.pvalue)
    assert pair.smallest_p == pytest.approx(1 / 462)
    assert pair.notes == ()


def test_a_design_that_cannot_reach_five_percent_says_so() -> None:
    (pair,) = compare_groups({"a": [1.0, 1.1, 1.2], "b": [5.0, 5.5, 6.0]}).pairs
    assert pair.p_permutation == pytest.approx(0.1)
    assert pair.smallest_p == pytest.approx(0.1)
    assert "3 + 3 images cannot reach p < 0.05" in pair.notes[0]
    assert pair.p_value < 0.01


def test_more_groups_get_welchs_analysis_and_simultaneous_pairs() -> None:
    rng = np.random.default_rng(4)
    groups = {
        name: np.exp(rng.standard_normal(5) + shift)
        for name, shift in zip("abc", (0, 0, 3), strict=True)
    }
    found = compare_groups({name: values.tolist() for name, values in groups.items()})
    assert "Alexander and Govern" in found.test
    logs = [np.log(values) for values in groups.values()]
    assert found.p_value == pytest.approx(stats.alexandergovern(*logs).pvalue)
    given = {name: values.tolist() for name, values in groups.items()}
    some = compare_groups(given, lambda *names: names != ("a", "c"))
    assert [(pair.first, pair.second) for pair in some.pairs] == [("a", "b"), ("b", "c")]
    assert some.pairs[0].low == found.pairs[0].low
    assert [(pair.first, pair.second) for pair in found.pairs] == [
        ("a", "b"), ("a", "c"), ("b", "c")
    ]  # fmt: skip
    for pair in found.pairs:
        a, b = np.log(groups[pair.first]), np.log(groups[pair.second])
        alone = stats.ttest_ind(b, a, equal_var=False)
        low, high = np.exp(alone.confidence_interval(0.95))
        assert pair.low < low < pair.factor < high < pair.high
        assert pair.p_value > alone.pvalue
        # an interval that leaves 1 out and a p below 5 % say the same
        assert (pair.p_value < 0.05) == (not pair.low < 1 < pair.high)


def test_groups_of_one_image_or_without_spread_have_no_common_p() -> None:
    assert alike_p([np.array([1.0]), np.array([1.0, 2.0]), np.array([0.0, 4.0])]) is None
    assert alike_p([np.array([1.0, 1.0]), np.array([1.0, 2.0]), np.array([0.0, 4.0])]) is None


def test_the_degrees_of_a_sum_lie_between_those_of_its_smallest_part_and_of_all() -> None:
    alike = degrees_of_freedom([(1.0, 9), (1.0, 9)])
    assert alike == pytest.approx(18)  # Welch and Satterthwaite
    assert degrees_of_freedom([(1.0, 9), (1e-9, 9)]) == pytest.approx(9)
    # few images: halfway to their own
    assert degrees_of_freedom([(1.0, 2), (1.0, 2)]) == pytest.approx(3)
    assert degrees_of_freedom([(1.0, 2), (0.0, 1)]) == pytest.approx(2)


def test_groups_that_scatter_differently_are_told_from_alike_ones() -> None:
    rng = np.random.default_rng(5)
    wide, narrow = np.exp(3 * rng.standard_normal(6)), np.exp(0.3 * rng.standard_normal(6))
    (pair,) = compare_groups({"a": wide.tolist(), "b": narrow.tolist()}).pairs
    assert "scatter differently" in pair.notes[0]


def test_holm_keeps_the_order_and_multiplies_the_smallest() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.8]) == pytest.approx([1.0, 1.0])


@pytest.mark.parametrize(("images", "least"), [(3, 0.02), (5, 0.04)])
@pytest.mark.parametrize("spread", [(1, 1, 1, 1), (0.5, 1, 1, 2)])
def test_no_test_cries_wolf_under_equal_or_unequal_spread(
    spread: tuple[float, ...], images: int, least: float
) -> None:
    rng = np.random.default_rng(7)
    trials = 1000
    false = np.zeros(2)
    for _ in range(trials):
        groups = [sd * rng.standard_normal(images) for sd in spread]
        parts = [(float(own.var(ddof=1)), images - 1) for own in (groups[0], groups[-1])]
        t = abs(groups[0].mean() - groups[-1].mean()) / math.sqrt(sum(p for p, _ in parts) / images)
        false += [alike_p(groups) < 0.05, t > t_quantile(degrees_of_freedom(parts))]
    # of fewer than five images the t test is on the safe side
    assert (false / trials <= 0.06 + 0.01).all()
    assert (false / trials >= least - 0.01).all()


def test_permutations_of_alike_images_are_at_most_nominal() -> None:
    rng = np.random.default_rng(8)
    found = [permutation_p(*rng.standard_normal((2, 4)))[0] for _ in range(400)]
    for level in (0.05, 0.1, 0.3):
        share = np.mean(np.array(found) <= level)
        assert share <= level + 3 * math.sqrt(level * (1 - level) / 400)
