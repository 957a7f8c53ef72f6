"""Every number that a lesson reveals, against a closed form or an independent computation."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import norm
from streamlit.testing.v1 import AppTest

from ui.lessons.registry import CHECKS, Found, run_check, short
from ui.number_format import fixed
from ui.pages.other_families import shipped_models
from ui.pages.where_p_is_large import dimension, importance_sampling
from ui.pages.where_p_is_large.importance_sampling import draws
from ui.pages.where_p_is_large.q_scale import SAMPLES
from ui.pages.where_p_is_large.selected_x import select_example
from ui.runs import catalogue
from vae_core.models.linear_gaussian import LinearGaussian
from vae_core.models.ppca import as_linear
from vae_core.runs.run import FOLDER_VARIABLE, read_codes

FRAME = Path(__file__).parents[2] / "ui" / "server" / "frame.py"
LINEAR = {"large_model": "fashion-linear", "large_x": "16"}
BERNOULLI = {"large_model": "fashion-2d-bernoulli", "large_x": "16"}
ASKED = {
    "ring_mean": ({}, {}),
    "ring_radius": ({"normal_map": "ring", "normal_z": "3,4"}, {}),
    "quantile": ({"normal_map": "exponential"}, {"z": 1.2}),
    "stretch": ({"normal_map": "ring", "normal_z": "0.3,0.4"}, {}),
    "ks_distance": ({"normal_n": "400"}, {}),
    "kept": ({}, {"data": "digits", "sigma": 0.3, "beta": 2.0}),
    "latent_size": ({"map_model": "fashion-5d"}, {}),
    "norm_of_z": ({"map_model": "fashion-2d-gaussian", "map_z": "3,4"}, {}),
    "rate_of_x": ({"map_model": "fashion-2d-gaussian", "map_x": "17"}, {}),
    "active_units": ({"map_model": "fashion-20d"}, {}),
    "typical_norm": ({"paths_model": "fashion-20d"}, {}),
    "path_norms": ({"paths_model": "fashion-20d", "paths_stops": "0,18"}, {}),
    "iwae_bias": (LINEAR, {"K": 10}),
    "arrives": (LINEAR, {"n": 100}),
    "misses": (LINEAR, {"n": 1000}),
    "sharper_chain": ({}, {"times": 1.5}),
    "linear_vae_memory": ({}, {"s": 1.0, "sigma": 0.5}),
    "score": ({"families_picture": "2"}, {}),
}


@pytest.fixture(autouse=True)
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the shipped models."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))


def found(check: str, params: dict[str, str] | None = None, **settings) -> Found:
    return run_check(check, params or {}, settings)


@pytest.fixture(scope="module")
def linear() -> tuple[LinearGaussian, torch.Tensor]:
    """The shipped linear model in closed form, and its test image 16, float64 [1, P]."""
    chosen = select_example(catalogue.catalogue().runs["fashion-linear"], 16, None, 0)
    return as_linear(chosen.model), chosen.x.double().flatten(1)


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_fills_just_the_placeholders_that_it_promises(check: str) -> None:
    params, settings = ASKED.get(check, (LINEAR, {}))
    answer = run_check(check, params, settings)
    assert set(answer.words) == set(CHECKS[check].fills)
    assert math.isfinite(answer.value)
    assert all(isinstance(word, str) and word for word in answer.words.values())


def test_the_mean_of_the_ring_is_that_of_a_rayleigh_radius() -> None:
    answer = found("ring_mean")
    assert answer.value == pytest.approx(1 + math.sqrt(math.pi / 2) / 10, abs=1e-6)
    assert answer.words["sd"] == fixed(math.sqrt((4 - math.pi) / 2) / 10, 3)


def test_a_point_on_the_ring() -> None:
    answer = found("ring_radius", {"normal_map": "ring", "normal_z": "0.9,1.2"})
    assert answer.value == pytest.approx(1.15)
    assert answer.words["density"] == short(15 * math.exp(-1.125) / (2 * math.pi * 1.15))
    with pytest.raises(ValueError, match="expected the ring"):
        found("ring_radius", {"normal_map": "moons"})


@pytest.mark.parametrize("z", [-2.0, 0.0, 1.3])
def test_quantiles_of_the_line(z: float) -> None:
    assert found("quantile", {"normal_map": "exponential"}, z=z).value == pytest.approx(-norm.logsf(z))
    on_page = {"normal_map": "uniform", "normal_z": str(z)}
    assert found("quantile", on_page).value == pytest.approx(-2 + 4 * norm.cdf(z))


def test_the_stretch_is_what_divides_the_density() -> None:
    z, r = {"normal_z": "0.3,0.4"}, 0.5
    assert found("stretch", {"normal_map": "ring"} | z).value == pytest.approx((1 + r / 10) / (10 * r))
    assert found("stretch", {"normal_map": "gaussian", "normal_lower": "2,1,0.7"} | z).value == pytest.approx(1.4)
    slope = found("stretch", {"normal_map": "uniform", "normal_z": "0.5"})
    assert slope.value == pytest.approx(4 * norm.pdf(0.5))
    with pytest.raises(ValueError, match="drawn or learned"):
        found("stretch", {"normal_map": "learned"})


def test_the_floor_of_a_sample_shrinks_like_one_over_root_n() -> None:
    assert found("ks_distance", {"normal_n": "400"}).value * 20 == pytest.approx(0.8687, rel=0.01)
    assert found("ks_distance", n=10_000).value * 100 == pytest.approx(0.8687, rel=0.01)


def test_the_integral_of_a_linear_model_is_its_closed_form(linear) -> None:
    model, x = linear
    kl = model.kl_posterior_prior(x).item()
    assert found("log_px", LINEAR).value == pytest.approx(model.log_prob(x).item(), abs=1e-3)
    assert found("exp_kl", LINEAR).value == pytest.approx(math.exp(kl), rel=1e-3)
    assert found("elbo_gap", LINEAR).value == pytest.approx(0, abs=1e-4)


def test_the_spot_of_a_normal_posterior_is_an_ellipse(linear) -> None:
    model, x = linear
    mean, covariance = model.posterior(x)
    root = covariance.det().sqrt().item()
    answer = found("spot", LINEAR)
    assert answer.words["log_area"] == fixed(math.log(2 * math.pi * root))
    assert answer.words["plane"] == short(2 * math.pi * math.log(10))
    draws_of_z = np.random.default_rng(0).standard_normal((2_000_000, 2)) - mean.numpy()
    squared = np.einsum("ni,ij,nj->n", draws_of_z, np.linalg.inv(covariance.numpy()), draws_of_z)
    assert answer.value == pytest.approx(1 / np.mean(squared <= -2 * math.log(0.1)), rel=0.03)


def test_how_far_a_z_is_below_the_best(linear) -> None:
    model, x = linear
    best = torch.linalg.lstsq(model.W, (x - model.b).T).solution.T
    fall = (model.decode(best).log_prob(x) - model.decode(torch.zeros_like(best)).log_prob(x)).item()
    assert found("drop", LINEAR | {"large_z": "0,0"}).value == pytest.approx(fall, abs=0.05)


def test_the_gap_at_another_sigma_is_still_a_kl() -> None:
    for sigma in ("0.1", "0.6"):
        words = found("elbo_gap", {"large_x": "3", "large_sigma": sigma}).words
        assert float(words["difference"]) == pytest.approx(float(words["kl"]), abs=2e-3)
        assert float(words["difference"]) > 0


def test_the_share_of_races_is_that_of_real_races(linear) -> None:
    model, x = linear
    generator, races, n = torch.Generator().manual_seed(0), 1000, 100
    z, apart = torch.randn((races, n, 2), generator=generator, dtype=torch.float64), (x - model.b)[0]
    squared = apart @ apart - 2 * z @ (model.W.T @ apart) + ((z @ (model.W.T @ model.W)) * z).sum(-1)  # |x - b - Wz|^2
    log_w = -squared / (2 * model.sigma**2) - len(apart) * math.log(model.sigma * math.sqrt(2 * math.pi))
    share = (log_w.logsumexp(1) - math.log(n) >= model.log_prob(x) - math.log(2)).double().mean().item()
    assert found("arrives", LINEAR, n=n).value == pytest.approx(100 * share, abs=6)
    assert found("arrives", LINEAR, n=100_000).value == 100


def test_both_misses_are_measured_on_the_draws_of_the_page(linear) -> None:
    model, x = linear
    chosen = select_example(catalogue.catalogue().runs["fashion-linear"], 16, None, 0)
    z = torch.from_numpy(draws(chosen, 500)[0].arrays()["prior_z"][:500].copy()).double()
    estimate = (model.decode(z).log_prob(x).logsumexp(0) - math.log(500)).item()
    answer = found("misses", LINEAR, n=500)
    assert float(answer.words["prior_miss"]) == pytest.approx(abs(estimate - model.log_prob(x).item()), abs=2e-3)
    assert answer.value == pytest.approx(-abs(estimate - model.log_prob(x).item()), abs=2e-3)  # the encoder is exact
    assert answer.words["nearer"] == "encoder"


@pytest.mark.slow
def test_the_bias_is_the_gap_at_one_sample_and_falls() -> None:
    gap = found("elbo_gap", BERNOULLI).value
    by_k = {k: found("iwae_bias", BERNOULLI, K=k) for k in (1, 5, 25)}
    assert by_k[1].value == pytest.approx(gap, abs=4 * float(by_k[1].words["error"]))
    assert by_k[1].value > by_k[5].value > by_k[25].value > -4 * float(by_k[25].words["error"])
    assert found("iwae_bias", LINEAR, K=10).value == pytest.approx(0, abs=1e-3)
    with pytest.raises(ValueError, match="K is 0"):
        found("iwae_bias", LINEAR, K=0)


def test_a_lesson_and_the_page_beside_it_say_the_same() -> None:
    """The hopeless prior: the number of samples in 20 dimensions, and the share of races that arrive."""
    page = AppTest.from_file(str(FRAME), default_timeout=120).run().switch_page("../../pages/where_p_is_large.py")
    view = {"large_chapter": "dimension", "large_dimension_d": "20", "large_dimension_sigma": "0.5"}
    for name, value in view.items():
        page.query_params[name] = value
    said = next(metric.value for metric in page.run().metric if metric.label == "The prior needs about")
    assert said == f"{found('dimension_kl', {}, d=20, sigma=0.5).words['samples']} samples" == "4.0 × 10⁶ samples"
    chosen = select_example(catalogue.catalogue().runs["fashion-linear"], 16, None, 0)
    won = importance_sampling.importance_diagnostics(chosen, 100, None)["success"]
    assert found("arrives", LINEAR, n=100).value == 100 * won["share"]
    assert found("arrives", LINEAR, n=100).words["races"] == str(won["races"])


def test_a_narrow_q_has_a_large_khat_and_a_wide_one_none() -> None:
    exact = LINEAR | {"large_mending_q": "encoder's"}
    by_scale = {s: found("khat", exact | {"large_mending_scale": str(s)}) for s in (0.3, 0.5, 0.7, 2.0)}
    for scale in (0.3, 0.5, 0.7):
        assert by_scale[scale].value == pytest.approx(1 - scale**2, abs=0.25)
    assert by_scale[2.0].value < 0
    s = 2.0  # the variance of the weights of a wide normal q is known
    cost = (s**2 / math.sqrt(2 * s**2 - 1)) ** 2
    assert float(by_scale[2.0].words["ess"]) == pytest.approx(SAMPLES / cost, rel=0.1)


def test_the_gap_of_a_turned_model() -> None:
    diagonal = (4 + 0.25) / 2 + 0.25
    gap = math.log(diagonal) - 0.5 * math.log(4.25 * 0.5)
    assert found("turned_gap", {"large_mending_angle": "45"}).value == pytest.approx(gap)
    assert found("turned_gap", {"large_mending_angle": "90"}).value == pytest.approx(0, abs=1e-12)


def test_the_kl_of_many_dimensions_is_that_of_the_page_and_its_mean_that_over_the_models_own_x() -> None:
    generator = torch.Generator().manual_seed(0)
    W = torch.linalg.qr(torch.randn((20, 7), generator=generator, dtype=torch.float64)).Q
    model = LinearGaussian(W, torch.zeros(20, dtype=torch.float64), 0.4)
    mean = model.kl_posterior_prior(model.sample(20_000, generator)[1]).mean().item()
    on_page = {"large_dimension_d": "7", "large_dimension_sigma": "0.4", "large_seed": "3"}
    answer = found("dimension_kl", on_page)
    assert float(answer.words["mean"]) == pytest.approx(mean, rel=0.01)
    assert answer.value == dimension._race(7, 0.4, 0.5, 3).prior.kl
    assert answer.value == found("dimension_kl", {"large_seed": "3"}, d=7, sigma=0.4).value
    with pytest.raises(ValueError, match="d is 0"):
        found("dimension_kl", {}, d=0)


def test_twice_the_sigma_is_four_times_the_beta() -> None:
    assert found("beta_of_sigma", {"large_sigma": "0.6"}).value == pytest.approx(4, rel=1e-6)
    assert found("beta_of_sigma").value == 1
    with pytest.raises(ValueError, match="Bernoulli"):
        found("beta_of_sigma", BERNOULLI)


def test_water_filling_on_the_data_of_a_set() -> None:
    from sklearn.datasets import load_digits

    from ui.runs import assets

    pictures = assets.test_set("digits").images.reshape(len(assets.test_set("digits").images), -1) / 255
    assert pictures.shape[1] == load_digits().data.shape[1]
    eigenvalues, theta = np.linalg.eigvalsh(np.cov(pictures.T, bias=True)), 2 * 0.3**2
    above = eigenvalues[eigenvalues > theta]
    answer = found("kept", None, data="digits", sigma=0.3, beta=2.0)
    assert answer.value == len(above) > 3
    assert answer.words["rate"] == fixed(0.5 * np.log(above / theta).sum(), 1)
    assert answer.words["distortion"] == fixed(np.minimum(eigenvalues, theta).sum(), 1)
    same = found("kept", None, data="digits", sigma=0.3 * math.sqrt(2), beta=1.0)
    assert same == answer


def test_active_units_are_those_of_the_card() -> None:
    runs = catalogue.catalogue().runs
    for name in ("fashion-2d-gaussian", "fashion-10d", "fashion-20d"):
        answer = found("active_units", {"map_model": name})
        assert answer.value == sum(runs[name].run.card["active"])
        assert float(answer.words["rate"]) == pytest.approx(sum(runs[name].run.card["rate_per_dimension"]), abs=0.1)


def test_what_is_seen_on_the_map_is_counted_and_measured() -> None:
    assert found("latent_size", {"map_model": "fashion-5d"}).words == {"size": "5", "pixels": "784"}
    assert found("norm_of_z", {"map_model": "fashion-2d-gaussian", "map_z": "3,-4"}).value == pytest.approx(5)
    with pytest.raises(ValueError, match="drag it on the map"):
        found("norm_of_z", {"map_model": "fashion-2d-gaussian"})
    codes = read_codes(catalogue.catalogue().runs["fashion-2d-gaussian"].run)
    mu, logvar = codes.mu[17].astype(float), codes.logvar[17].astype(float)
    rate = 0.5 * (mu**2 + np.exp(logvar) - 1 - logvar).sum()
    assert found("rate_of_x", {"map_model": "fashion-2d-gaussian", "map_x": "17"}).value == pytest.approx(rate)
    assert found("rate_of_x", {"map_model": "fashion-2d-gaussian"}).value == -1


def test_the_norm_of_draws_and_of_their_midpoint() -> None:
    fifty = found("typical_norm", {}, D=50)
    assert (fifty.words["typical"], fifty.words["midpoint"]) == ("7.036", "4.975")
    assert found("typical_norm", {}, D=1).value == pytest.approx(math.sqrt(2 / math.pi) / math.sqrt(2))
    assert found("typical_norm", {"paths_model": "fashion-5d"}).words["D"] == "5"


def test_the_norms_along_the_paths_of_two_pictures() -> None:
    params = {"paths_model": "fashion-20d", "paths_stops": "0,18"}
    a, b = read_codes(catalogue.catalogue().runs["fashion-20d"].run).mu[[0, 18]].astype(float)
    length = 0.5 * (np.linalg.norm(a) + np.linalg.norm(b))
    straight = np.linalg.norm((a + b) / 2)
    answer = found("path_norms", params)
    assert answer.value == pytest.approx(straight / length)
    assert answer.words["log_ratio"] == fixed((length**2 - straight**2) / 2)
    with pytest.raises(ValueError, match="fewer than two"):
        found("path_norms", {"paths_model": "fashion-20d"})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.5, "0.5"),
        (-3.0, "−3"),
        (799.6, "800"),
        (12345.0, "12,300"),
        (9.8e6, "9.8 × 10⁶"),
        (2e-5, "2.0 × 10⁻⁵"),
        (math.inf, "infinity"),
        (0.0, "0"),
    ],
)
def test_numbers_are_written_for_people(value: float, text: str) -> None:
    assert short(value) == text


def test_sharper_is_slower_for_every_chain_of_the_lesson() -> None:
    ratios = [found("sharper_chain", times=times).value for times in (1.0, 1.5, 2.0)]
    assert ratios[0] == pytest.approx(1)
    assert 1.5 < ratios[1] < ratios[2] / 4, "more than in proportion"
    published = {"0.3": 1485.4, "0.6": 72.53, "1": 10.146, "2": 2.246}
    for noise, steps in published.items():
        assert found("walk_memory", {"families_noise": noise}).value == pytest.approx(steps, rel=1e-4)
    assert found("linear_vae_memory", s=3.0, sigma=0.5).value == pytest.approx(37)
    with pytest.raises(ValueError, match="expected a number and one above 0"):
        found("linear_vae_memory", s=1.0, sigma=0.0)
    assert found("weights_times", {"families_sharpness": "2.5"}).value == 2.5


def test_a_test_picture_is_scored_by_the_shipped_model_and_a_drawn_one_is_not() -> None:
    x = shipped_models.pictures()[4].astype(float)
    on = shipped_models.model("one").conditionals(torch.from_numpy(x)[None])[0].numpy()
    by_hand = np.log(np.where(x == 1, on, 1 - on)).sum()
    assert found("score", {"families_picture": "5"}).value == pytest.approx(by_hand)
    with pytest.raises(ValueError, match="choose one"):
        found("score")
    with pytest.raises(ValueError, match="row by row"):
        found("score", {"families_picture": "5", "families_order": "middle"})


def test_the_mean_of_the_logits_is_no_likelihood() -> None:
    answer = found("mean_of_logits")
    assert answer.value > 1.5
    assert answer.words["right"] == "1.00"
    assert float(answer.words["claimed"].replace("−", "-")) > -math.log(14)
