# SPDX-License-Identifier: BSD-3-Clause
import numpy as np
import pytest

from interfacefem.statistics.summary import summarize


def test_mean_and_spread() -> None:
    summary = summarize([1.0, 2.0, 3.0, 4.0, 5.0])
    assert summary is not None
    assert summary.mean == 3.0
    assert summary.sd == pytest.approx(np.sqrt(2.5))


def test_interval_of_many_lines_is_the_normal_one() -> None:
    sample = np.random.default_rng(2).normal(10.0, 3.0, size=400)
    summary = summarize(sample)
    half = 1.96 * sample.std(ddof=1) / np.sqrt(400)
    assert summary.ci95_high - summary.mean == pytest.approx(half, rel=0.05)
    assert summary.mean - summary.ci95_low == pytest.approx(half, rel=0.05)


def test_interval_of_five_lines_covers_the_mean_and_never_leaves_the_data() -> None:
    rng = np.random.default_rng(1)
    inside = 0
    for sample in 1 + rng.lognormal(-3.0, 0.5, size=(500, 5)):
        summary = summarize(sample)
        inside += summary.ci95_low <= 1 + np.exp(-3.0 + 0.125) <= summary.ci95_high
        assert sample.min() <= summary.ci95_low < summary.ci95_high <= sample.max()
    # the plain percentile interval reaches 0.79 here
    assert inside / 500 > 0.88


def test_lines_without_a_number_do_not_count() -> None:
    summary = summarize([None, 2.0, None, 4.0])
    assert (summary.mean, summary.n) == (3.0, 2)
    assert summarize([None, None]) is None
    assert summarize([7.0]).sd is None
