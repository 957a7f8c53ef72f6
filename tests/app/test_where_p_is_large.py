"""The page "Where p(x|z) is large" without a browser: its link, its sentences, and the numbers that the map gets."""

import base64
import gzip
import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.numpy import load, load_file, save_file
from scipy.stats import binomtest
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from tests.app.app_test_page import link_of, opened
from tests.app.asgi import get
from tests.app.runs import COUNT, make_run
from ui.pages.where_p_is_large import chapters, importance_sampling, url
from ui.pages.where_p_is_large import selected_x as chosen_module
from ui.pages.where_p_is_large.component import computed
from ui.pages.where_p_is_large.importance_sampling import STEPS, draws
from ui.pages.where_p_is_large.posterior_grid import energies, posterior_grid
from ui.pages.where_p_is_large.selected_x import Example, select_example
from ui.runs import catalogue
from ui.runs.catalogue import read_entry
from ui.server import array_cache
from ui.server.routes import ROUTES
from ui.url_state.schema import Bounds
from vae_core.estimators import marginal_likelihood, mixture_proposal
from vae_core.estimators.likelihood_matrix import log_prob_of_scores
from vae_core.estimators.pareto import pareto_khat
from vae_core.estimators.quadrature import integrate
from vae_core.estimators.running_estimate import running
from vae_core.runs.run import FOLDER_VARIABLE

FRAME = Path(__file__).parents[2] / "ui" / "server" / "frame.py"
PAGE = "../../pages/where_p_is_large.py"
SHIPPED = Path(__file__).parents[2] / "models" / "fashion-2d-bernoulli"
BOUNDS = Bounds(2, COUNT, 10, 64)


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two runs of the same data, Gaussian and Bernoulli, and one of 5 dimensions, which this page cannot show."""
    monkeypatch.setattr(catalogue, "ROOT", tmp_path / "elsewhere")
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "runs"))
    make_run(tmp_path / "runs" / "a-gaussian", title="Gaussian [digits]")
    make_run(tmp_path / "runs" / "b-bernoulli", "bernoulli")
    make_run(tmp_path / "runs" / "c-five", latent_dim=5)
    for weights in (tmp_path / "runs").glob("*/weights.safetensors"):  # as smooth as trained ones
        tensors = {name: np.asarray(0.3 * value, np.float32) for name, value in load_file(weights).items()}
        if "log_sigma" in tensors:
            tensors["log_sigma"] = np.array(math.log(0.25), np.float32)
        save_file(tensors, weights)
    return tmp_path / "runs"


@pytest.fixture
def app(runs: Path) -> Callable[..., AppTest]:
    """Opens the page by a link."""

    def open_link(**params: str) -> AppTest:
        return opened(AppTest.from_file(str(FRAME), default_timeout=60).run().switch_page(PAGE), params)

    return open_link


@pytest.fixture(params=["gaussian", "bernoulli"])
def chosen(runs: Path, request: pytest.FixtureRequest) -> Example:
    name = {"gaussian": "a-gaussian", "bernoulli": "b-bernoulli"}[request.param]
    return select_example(read_entry(runs / name), 3, None, 7)


def warnings_of(test: AppTest) -> str:
    return " ".join(warning.value for warning in test.warning).replace("\\", "")


def test_the_page_opens_on_the_first_chapter_and_the_first_model_that_the_plane_shows(
    app: Callable[..., AppTest],
) -> None:
    test = app()
    assert not test.exception
    assert not test.warning
    assert test.title[0].value == "Where p(x|z) is large"
    assert test.button_group(key="large_chapter").value == "race"
    assert test.selectbox(key="large_model").options == ["Gaussian [digits]", "b-bernoulli", "c-five"]
    assert link_of(test) == {}


def test_a_link_is_shown_and_left_as_it_is(app: Callable[..., AppTest]) -> None:
    params = {
        "large_model": "a-gaussian",
        "large_x": "7",
        "large_sigma": "0.1",
        "large_n": "2000",
        "large_seed": "3",
        "large_layers": "heat,race",
        "large_depth": "30",
        "large_z": "1,-0.5",
        "large_window": "0,0,2",
    }
    test = app(**params)
    assert not test.exception
    assert not test.warning
    assert link_of(test) == params
    view = test.session_state["large_visit"].given
    assert (view.x, view.sigma, view.n, view.seed) == (7, 0.1, 2000, 3)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"large_model": "d-none"}, "large_model = 'd-none'"),
        ({"large_x": "40"}, "a whole number from 0 to 39"),
        ({"large_sigma": "0.01"}, "a σ from 0.05 to 1"),
        ({"large_sigma": "nan"}, "a σ from 0.05 to 1"),
        ({"large_model": "b-bernoulli", "large_sigma": "0.1"}, "Bernoulli and has no σ"),
        ({"large_n": "0"}, "a whole number from 1 to 100000"),
        ({"large_layers": "heat,cloud"}, "some of heat, prior, posterior, q, race"),
        ({"large_depth": "31"}, "one of 10, 30, 100, 300, 1000, all"),
        ({"large_drawing": "????"}, "32 bytes in base64url"),
        ({"large_chapter": "nine"}, "large_chapter = 'nine'"),
        ({"large_zz": "1"}, "'large_zz'"),
    ],
)
def test_a_link_that_asks_for_what_cannot_be_is_a_sentence(
    app: Callable[..., AppTest], params: dict[str, str], said: str
) -> None:
    test = app(**params)
    assert not test.exception
    assert len(test.warning) == 1
    assert said in warnings_of(test)


def test_another_model_keeps_x_and_forgets_sigma_and_z(app: Callable[..., AppTest]) -> None:
    test = app(large_x="7", large_sigma="0.1", large_z="1,1", large_n="50")
    test.selectbox(key="large_model").set_value("b-bernoulli").run()
    assert not test.exception
    assert link_of(test) == {"large_model": "b-bernoulli", "large_x": "7", "large_n": "50"}


def test_a_later_chapter_gets_the_chosen_x_and_can_change_it(
    app: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Example] = []
    monkeypatch.setattr(chapters, "import_module", lambda name: SimpleNamespace(show=shown.append))
    test = app(large_chapter="mending", large_x="7", large_seed="3")
    assert not test.exception
    assert (shown[-1].key, shown[-1].seed, shown[-1].x.shape) == ("7", 3, (1, 1, 8, 8))
    test.button(key="large_next_x").click().run()
    assert shown[-1].key == "8"
    assert link_of(test)["large_x"] == "8"
    assert link_of(test)["large_chapter"] == "mending"


def test_an_x_that_cannot_be_read_is_a_sentence(app: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(*_: object) -> None:
        raise ValueError("the file is gone")

    monkeypatch.setattr(chosen_module.assets, "test_images", unreadable)
    test = app()
    assert not test.exception
    assert "the file is gone" in warnings_of(test)


def test_without_a_model_of_two_latents_the_page_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "ROOT", tmp_path)
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    test = AppTest.from_file(str(FRAME), default_timeout=60).run().switch_page(PAGE).run()
    assert not test.exception
    assert "two latents" in test.info[0].value


def test_a_view_is_written_and_read_back() -> None:
    view = url.View(x=3, sigma=0.25, n=77, seed=5, layers=("prior",), z=(0.5, -1.25), window=(0.0, 1.0, 2.0))
    params = {p.name: p.kind.write(getattr(view, p.field)) for p in url.FIELDS if getattr(view, p.field) is not None}
    assert url.read(params, BOUNDS, gaussian=True) == (view, [])


def test_a_drawing_reaches_the_model_as_the_browser_shows_it(runs: Path) -> None:
    levels = np.arange(64, dtype=np.uint8) % 16
    text = base64.urlsafe_b64encode((levels[::2] << 4 | levels[1::2]).tobytes()).decode().rstrip("=")
    grey = select_example(read_entry(runs / "a-gaussian"), 0, text, 0)
    assert np.array_equal(grey.x.numpy().ravel(), (levels / 15).astype(np.float32))
    binary = select_example(read_entry(runs / "b-bernoulli"), 0, text, 0)
    assert np.array_equal(binary.x.numpy().ravel(), (levels >= 8).astype(np.float32))
    assert grey.key == binary.key == text


def log_px_z_of(energy: torch.Tensor, chosen: Example) -> torch.Tensor:
    """log p(x|z) under the model's own sigma from what the browser gets."""
    sigma = posterior_grid(chosen).quadrature.sigma
    return log_prob_of_scores(energy if sigma is not None else -energy, sigma, 64)


def test_the_best_z_is_better_than_any_of_a_grid(chosen: Example) -> None:
    """The scale of the map begins at the best z, not at the best node of the quadrature."""
    found, scores = posterior_grid(chosen), posterior_grid(chosen).quadrature.scores[:, 0]
    nodes = -scores if found.quadrature.sigma is None else scores
    z = found.quadrature.z[nodes.argmin()].float() + torch.cartesian_prod(*[torch.linspace(-0.2, 0.2, 101)] * 2)
    with torch.inference_mode():
        grid = energies(chosen.model, chosen.x, z)
    assert found.least <= nodes.min().item() + 1e-5
    assert found.least == pytest.approx(grid.min().item(), rel=2e-3)


def test_the_numbers_of_the_identity_add_up(chosen: Example) -> None:
    """E_q log p(x|z) by quadrature over q and the closed rate; KL(q || p(z|x)) and log p(x) by quadrature over z."""
    q, found = chosen.model.encode(chosen.x), posterior_grid(chosen)
    expected = log_px_z_of(torch.tensor(found.expected, dtype=torch.float64), chosen)
    elbo = expected.item() - q.kl().item()
    exact = integrate(chosen.model, chosen.x, q=q)
    assert found.expected_error < 1e-3 * abs(found.expected)
    assert elbo + exact.kl_from(q).item() == pytest.approx(exact.log_px.item(), abs=0.02)


def test_the_races_weights_are_those_of_the_core(chosen: Example) -> None:
    """Same seed, same z, same log w, for each racer; a longer race of the prior begins with the shorter one."""
    n = 500
    found = importance_sampling.log_weights(chosen, n, posterior_grid(chosen).quadrature.sigma)
    generator = torch.Generator().manual_seed(chosen.seed)
    z, prior = marginal_likelihood.prior_log_weights(chosen.model, chosen.x, STEPS[0], generator)
    encoder = marginal_likelihood.encoder_log_weights(chosen.model, chosen.x, STEPS[0], generator)[1]
    assert torch.allclose(found["prior"], prior[:n, 0].double(), atol=1e-3, rtol=1e-5)
    assert torch.allclose(found["encoder"], encoder[:n, 0].double(), atol=1e-3, rtol=1e-5)
    made = mixture_proposal.weigh_each(chosen.model, chosen.x, STEPS[0], generator)[0]
    assert torch.allclose(found["mixture"], made.log_w[:n], atol=1e-3, rtol=1e-5)
    sent = draws(chosen, n)[0].arrays()
    assert np.array_equal(sent["mixture_z"], made.z.numpy()[: len(sent["mixture_z"])].astype(np.float32))
    assert np.allclose(sent["prior_z"], z[:, 0].numpy()[: len(sent["prior_z"])])
    longer = draws(chosen, STEPS[0] + 1)[0].arrays()
    assert np.allclose(longer["prior_energy"][: STEPS[0]], sent["prior_energy"], rtol=1e-4)


@pytest.mark.parametrize("n", [1000, 20_000])
def test_the_proposal_made_for_x_arrives_within_its_error_under_any_sigma(chosen: Example, n: int) -> None:
    """Made under the model's own sigma, it is wider than need be under a smaller one, and as right."""
    own = posterior_grid(chosen).quadrature.sigma
    for sigma in (None,) if own is None else (own, 0.5 * own):
        race = running(importance_sampling.log_weights(chosen, n, sigma or own)["mixture"])
        truth = importance_sampling.at_sigma(posterior_grid(chosen), sigma).log_px.item()
        assert race.stderr[-1] < 0.1
        assert abs(race.log_px[-1].item() - truth) < 5 * race.stderr[-1].item() + 1e-3


def test_where_the_encoder_misses_mass_the_proposal_made_for_x_does_not() -> None:
    """Test image 144: nearly all of p(z|x) is at a mode where q never draws, and the weights from q do not tell."""
    chosen = select_example(read_entry(SHIPPED), 144, None, 0)
    truth = posterior_grid(chosen).quadrature.log_px.item()
    found = importance_sampling.log_weights(chosen, 1000, None)
    judged = importance_sampling.importance_diagnostics(chosen, 1000, None)
    encoder, mixture = (running(found[name]) for name in ("encoder", "mixture"))
    assert max(judged["khat"][name] for name in ("encoder", "mixture")) < judged["threshold"]
    assert truth - encoder.log_px[-1].item() > max(1, 20 * encoder.stderr[-1].item())
    assert abs(mixture.log_px[-1].item() - truth) < 5 * mixture.stderr[-1].item() < 0.1


def test_pareto_k_is_that_of_the_cores_weights(chosen: Example) -> None:
    found = importance_sampling.importance_diagnostics(chosen, 300, None)
    weights = importance_sampling.log_weights(chosen, 300, found["sigma"])
    for racer, log_w in weights.items():
        assert found["khat"][racer] == pytest.approx(pareto_khat(log_w[:, None]).item(), abs=1e-6)
    assert weights.keys() == found["khat"].keys() == {"prior", "encoder", "mixture"}
    assert found["threshold"] == pytest.approx(1 - 1 / math.log10(300))
    few = importance_sampling.importance_diagnostics(chosen, 10, None)["khat"]
    assert few == {"prior": None, "encoder": None, "mixture": None}


def test_how_often_a_race_of_one_arrives_is_the_priors_mass_where_it_would(chosen: Example) -> None:
    """With one sample the estimate is p(x|z): it arrives with the prior's probability of p(x|z) >= p(x) / 2."""
    exact = posterior_grid(chosen).quadrature
    log_ratio = (exact.log_px_z - exact.log_px)[:, 0]
    mass = (exact.log_posterior()[:, 0] - log_ratio).exp()
    truth = float(mass[log_ratio >= math.log(0.5)].sum())
    races = 1000
    share = importance_sampling.share_that_arrive(exact, 1, races, seed=0)
    assert binomtest(round(share * races), races, min(1.0, truth)).pvalue > 1e-4


def test_the_prior_arrives_when_its_samples_are_a_few_nats_past_the_kl(runs: Path) -> None:
    """Chatterjee and Diaconis 2018: exp(KL + 3) samples suffice most of the time, exp(KL - 3) seldom do."""
    exact = importance_sampling.at_sigma(
        posterior_grid(select_example(read_entry(runs / "a-gaussian"), 3, None, 0)), 0.05
    )
    kl = exact.kl_posterior_prior().item()
    few, many = (importance_sampling.share_that_arrive(exact, round(math.exp(kl + t)), 500, seed=1) for t in (-3, 3))
    assert few < 0.3
    assert many > 0.9


def test_a_smaller_sigma_costs_the_prior_more(runs: Path) -> None:
    exact = posterior_grid(select_example(read_entry(runs / "a-gaussian"), 3, None, 0))
    costs = [importance_sampling.at_sigma(exact, sigma).kl_posterior_prior().item() for sigma in (1.0, 0.3, 0.05)]
    assert costs == sorted(costs)


def test_arrays_are_fetched_once_from_an_address_that_never_changes(chosen: Example) -> None:
    data = computed(chosen, 100, None)
    again = computed(chosen, 200, None)
    assert data["lattice"]["address"] == again["lattice"]["address"]
    assert data["race"]["address"] == again["race"]["address"]
    routes = Starlette(routes=ROUTES)
    answer = get(routes, data["lattice"]["address"])
    assert answer.status == 200
    assert "immutable" in answer.headers["cache-control"]
    nodes = load(gzip.decompress(answer.body))
    assert len(nodes["energy"]) == len(nodes["z"]) == len(nodes["split"])
    assert get(routes, "/lab/arrays/nothing").status == 404


def test_kept_arrays_stay_within_their_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(array_cache, "_kept", type(array_cache._kept)())
    packs = [array_cache.pack({"a": np.random.default_rng(k).random(1000).astype(np.float32)}) for k in range(3)]
    monkeypatch.setattr(array_cache, "MOST_BYTES", 2 * max(len(pack.content) for pack in packs))
    for pack in packs:
        array_cache.put(pack)
    assert [array_cache.get(pack.digest) is None for pack in packs] == [True, False, False]
