"""How figures are written: no digit that the error does not leave, no error of zero, sums that add up."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui import number_format
from vae_core.estimators.binomial import share_stderr


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (4.3712, 0.03, "4.37 ± 0.03"),
        (4.3712, 0.13, "4.37 ± 0.13"),
        (4.3712, 0.096, "4.37 ± 0.10"),
        (-229.3123, 0.5, "−229.3 ± 0.5"),
        (32_097.0, 7_100.0, "32000 ± 7000"),
        (0.00001, 0.02, "0.00 ± 0.02"),
        (1.5, math.inf, "1.50, error unknown"),
        (1.5, None, "1.50, error unknown"),
        (100.0, 0.0, "100.00"),
    ],
)
def test_a_figure_ends_where_its_error_begins(value, error, text):
    assert number_format.measured(value, error) == text


@given(st.floats(-1e4, 1e4), st.floats(1e-5, 1e3))
def test_what_is_written_is_within_half_of_the_error_and_not_much_nearer(value, error):
    text = number_format.measured(value, error).replace("−", "-")
    found, said = map(float, text.split(" ± "))
    assert abs(found - value) <= 0.51 * error
    assert said == pytest.approx(error, rel=0.3)
    assert len(re.sub(r"[-.]|^0+", "", f"{said:g}".replace("0.", ""))) <= 4


def test_a_share_is_told_from_none_and_all():
    assert [number_format.share(p) for p in (0.37, 0.049, 8e-6, 0.9991, 0, 1)] == [
        "37 %",
        "5 %",
        "0.0008 %",
        "99.91 %",
        "0 %",
        "100 %",
    ]


@given(st.integers(0, 50), st.integers(1, 50))
def test_the_error_of_a_share_is_that_of_laplace_s_estimate(won, more):
    races = won + more
    p, n = (won + 1) / (races + 2), races + 2
    assert share_stderr(won / races, races) == pytest.approx(math.sqrt(p * (1 - p) / (n + 1)))


@pytest.mark.parametrize(
    ("log_n", "error", "text"),
    [
        (math.log(12), 0, "12"),
        (math.log(4321), 0, "4,300"),
        (10.38, 0.22, "32,000"),
        (10.38, 0.4, "32,000"),
        (10.38, 1.0, "30,000"),
        (math.log(99_999), 0, "100,000"),
        (math.log(9_999_999), 0, "1.0 × 10⁷"),
        (16.09, 0, "9.7 × 10⁶"),
        (100.0, 0.9, "3 × 10⁴³"),
        (0.0, 0, "1"),
        (-3.0, 0, "0"),
    ],
)
def test_a_number_of_samples_has_the_digits_that_its_kl_leaves(log_n, error, text):
    assert number_format.many(log_n, error) == text


@given(st.lists(st.floats(0, 1000), min_size=2, max_size=4))
def test_parts_add_up_as_they_are_written(parts):
    shown = number_format.adding(parts, 3)
    assert f"{sum(round(part * 1000) for part in shown) / 1000:.3f}" == f"{round(sum(parts), 3):.3f}"
    assert all(abs(a - b) <= 0.0005 * len(parts) + 1e-9 for a, b in zip(shown, parts, strict=True))


def test_a_bound_on_an_error_is_one_digit():
    assert [number_format.within(e) for e in (0.0042, 3.1e-5, 0, 12.0)] == [
        "0.004",
        "0.00003",
        "less than 0.000001",
        "10",
    ]
