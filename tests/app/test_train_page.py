"""The page Train without a browser: what its form makes of each setting, and its sentences for what cannot be."""

from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.app.app_test_page import opened
from tests.app.runs import change_json
from tests.app.training_runs import make_training
from ui.pages.library import actions as library
from ui.pages.train import actions, datasets
from ui.pages.train import runs as training
from ui.pages.train.page_state import COMPONENT, PageState
from ui.pages.train.presets import PRESETS
from ui.pages.train.url import View
from ui.runs import catalogue
from ui.server import user_cookie
from vae_core.config import RunConfig
from vae_core.jobs import queue
from vae_core.runs.run import FOLDER_VARIABLE

FRAME = Path(__file__).parents[2] / "ui" / "server" / "frame.py"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of runs, in which no trainer is started."""
    monkeypatch.setattr(catalogue, "ROOT", tmp_path / "elsewhere")
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "runs"))
    monkeypatch.setattr(queue, "schedule", lambda root: None)
    training.forget()
    return tmp_path / "runs"


@pytest.fixture
def page(root: Path) -> Callable[..., AppTest]:
    def open_link(before: dict[str, str] | None = None, **params: str) -> AppTest:
        test = AppTest.from_file(str(FRAME), default_timeout=60)
        test.switch_page("../../pages/train.py")
        for name, value in (before or {}).items():  # what the visit holds already
            test.session_state[name] = value
        return opened(test, params)

    return open_link


def press(test: AppTest) -> AppTest:
    return test.button(key="train_start").click().run()


def only_run(root: Path) -> tuple[Path, RunConfig]:
    (run,) = [child for child in root.iterdir() if (child / "config.json").is_file()]
    return run, training.config_of(run)


def said(test: AppTest) -> str:
    return "\n".join(e.value for e in [*test.markdown, *test.caption, *test.error, *test.warning]).replace("\\", "")


def test_train_queues_a_run_of_the_form_and_the_link_names_it(page: Callable[..., AppTest], root: Path) -> None:
    test = page()
    assert not test.exception
    assert "estimated from the number of operations" in said(test)
    test.selectbox(key="train_data").set_value("digits")
    test.number_input(key="train_latent_dim").set_value(3)
    test.number_input(key="train_steps").set_value(700)
    press(test.run())
    assert not test.exception
    run, config = only_run(root)
    assert (config.data.name, config.model.latent_dim, config.train.steps) == ("digits", 3, 700)
    assert config.model.image_shape == (1, 8, 8)
    assert queue.read_status(run).state == "queued"
    assert queue.describe_job(run)["title"] == "Digits, 3 latents, Good"
    assert test.query_params["run"] in (run.name, [run.name])


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_can_be_trained_and_says_what_will_be_seen(
    page: Callable[..., AppTest], root: Path, preset: str
) -> None:
    test = page()
    test.button(key=f"train_preset_{preset}").click().run()
    assert not test.exception
    assert PRESETS[preset].seen in "\n".join(caption.value for caption in test.caption)
    press(test)
    assert PRESETS[preset].name in queue.describe_job(only_run(root)[0])["title"]


def test_the_presets_differ_in_what_they_teach(page: Callable[..., AppTest], root: Path) -> None:
    configs = {}
    for preset in PRESETS:
        test = page()
        test.button(key=f"train_preset_{preset}").click().run()
        press(test)
        configs[preset] = training.config_of(root / test.session_state["train_visit"].view.run)
    assert configs["collapse"].model.sigma == 10
    assert configs["beta"].train.objective == "beta"
    assert configs["sigma"].model.sigma < 0.05
    assert configs["autoencoder"].train.objective == "autoencoder"
    assert len(set(map(repr, configs.values()))) == len(PRESETS)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"data": "digits", "arch": "conv", "hidden": "8, 16, 32, 64"}, "multiples of 16"),
        ({"hidden": "wide"}, "hidden layers"),
        ({"objective": "iwae", "sigma_how": "optimal"}, "sigma is 'optimal'"),
        ({"objective": "free-bits", "posterior": "flow"}, "one level"),
        ({"top_dim": 2, "prior": "vamp"}, "two levels"),
        ({"lr": 0.0}, "lr is 0"),
    ],
)
def test_what_cannot_be_trained_is_one_sentence_before_it_starts(
    page: Callable[..., AppTest], settings: dict[str, object], words: str
) -> None:
    test = page()
    for name, value in settings.items():
        test.session_state[f"train_{name}"] = value
    test.run()
    assert not test.exception
    assert len(test.error) == 1
    assert words in test.error[0].value.replace("\\", "")
    assert test.button(key="train_start").disabled


def test_a_full_queue_is_a_sentence(page: Callable[..., AppTest], root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "MOST_QUEUED", 1)
    test = press(page())
    press(test)
    assert not test.exception
    assert "queue is full" in test.session_state["train_visit"].refusal
    assert len([child for child in root.iterdir() if (child / "config.json").is_file()]) == 1


def test_all_settings_reach_the_run(page: Callable[..., AppTest], root: Path) -> None:
    test = page()
    test.session_state["train_more"] = True
    chosen = {
        "data": "digits",
        "likelihood": "bernoulli",
        "binarize": "threshold",
        "objective": "beta",
        "beta": 4.0,
        "warmup": 50,
        "hidden": "32 16",
        "activation": "relu",
        "batch_size": 20,
        "lr": 0.002,
        "seed": 5,
        "posterior": "full",
        "device": "cpu",
        "title": "<b>Mine</b>",
    }
    for name, value in chosen.items():
        test.session_state[f"train_{name}"] = value
    press(test.run())
    run, config = only_run(root)
    assert config.model.hidden == (32, 16)
    assert (config.model.likelihood, config.model.sigma, config.data.binarize) == ("bernoulli", None, "threshold")
    assert (config.model.posterior, config.model.activation) == ("full", "relu")
    train = config.train
    assert (train.objective, train.beta, train.warmup, train.batch_size) == ("beta", 4.0, 50, 20)
    assert (train.lr, train.seed, train.device) == (0.002, 5, "cpu")
    assert queue.describe_job(run)["title"] == "<b>Mine</b>"


def set_more(test: AppTest) -> AppTest:
    """Open "More settings" and change some, as a visitor would."""
    test.toggle(key="train_more").set_value(True).run()
    test.selectbox(key="train_objective").set_value("iwae").run()
    test.number_input(key="train_samples").set_value(5)
    test.number_input(key="train_lr").set_value(0.004)
    test.text_input(key="train_title").set_value("Mine")
    return test.run()


def as_set(root: Path) -> bool:
    run, config = only_run(root)
    train = config.train
    return (train.objective, train.samples, train.lr, queue.describe_job(run)["title"]) == ("iwae", 5, 0.004, "Mine")


def test_more_settings_are_kept_while_they_are_folded(page: Callable[..., AppTest], root: Path) -> None:
    test = set_more(page())
    test.toggle(key="train_more").set_value(False).run()
    test.number_input(key="train_steps").set_value(50).run()
    press(test.run())
    assert as_set(root)
    assert only_run(root)[1].train.steps == 50


def test_data_that_are_gone_are_said_to_be_gone_and_others_are_chosen(page: Callable[..., AppTest], root: Path) -> None:
    test = page(before={"train_data": "own:deleted-in-another-tab"})
    assert "The data that you chose are gone" in said(test)
    assert test.selectbox(key="train_data").value == datasets.dataset_names()[0]
    assert "are gone" not in said(test.run())


def test_data_of_a_run_that_lie_elsewhere_are_not_read(
    page: Callable[..., AppTest], root: Path, tmp_path: Path
) -> None:
    make_training(root / "mine", "done", at=100)
    elsewhere = str(tmp_path / "secret.npz")
    change_json(root / "mine" / "config.json", data={"name": elsewhere, "binarize": "none"})
    test = page(before=dict.fromkeys(("train_data", "train_parent_data"), elsewhere) | {"train_parent": "mine"})
    assert "is not offered here" in said(test)
    assert test.button(key="train_start").disabled


def test_the_form_is_kept_while_another_page_is_open(page: Callable[..., AppTest], root: Path) -> None:
    test = page(train_preset="collapse")
    test.selectbox(key="train_data").set_value("digits")
    test.number_input(key="train_steps").set_value(50)
    set_more(test.run())
    test.switch_page("../../pages/lessons.py").run()
    test.query_params.clear()  # as the list of pages does
    test.switch_page("../../pages/train.py").run()
    assert test.session_state["train_preset"] == "collapse"
    assert test.number_input(key="train_lr").value == 0.004
    press(test)
    assert as_set(root)
    config = only_run(root)[1]
    assert (config.data.name, config.train.steps, config.model.sigma) == ("digits", 50, 10)


def test_a_link_to_another_preset_is_followed_after_another_page(page: Callable[..., AppTest]) -> None:
    test = set_more(page())
    test.switch_page("../../pages/lessons.py").run()
    test.switch_page("../../pages/train.py")
    opened(test, {"train_preset": "beta"})
    assert test.session_state["train_preset"] == "beta"
    assert (test.session_state["train_objective"], test.session_state["train_beta"]) == ("beta", 20)


def test_settings_of_a_run_come_back_into_the_form_and_name_their_parent(
    page: Callable[..., AppTest], root: Path
) -> None:
    make_training(root / "old", "done", rates=(1.0, 2.0, 3.0), model={"sigma": 0.5}, train={"seed": 9, "lr": 0.01})
    test = page(run="old")
    from ui.pages.train import form

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(form.st, "session_state", test.session_state)
        form.fill_from(training.config_of(root / "old"), "old")
    test.run()
    assert not test.exception
    assert "settings are those of old" in said(test)
    test.checkbox(key="train_from").set_value(True).run()
    test.switch_page("../../pages/lessons.py").run()
    test.switch_page("../../pages/train.py").run()
    assert test.checkbox(key="train_from").value
    test.checkbox(key="train_from").set_value(False)
    test.number_input(key="train_steps").set_value(50)
    press(test.run())
    (new,) = [run for run in root.iterdir() if run.name != "old" and (run / "config.json").is_file()]
    config = training.config_of(new)
    assert (config.model.latent_dim, config.model.sigma, config.train.seed) == (3, 0.5, 9)
    assert queue.describe_job(new)["parent"] == "old"


def test_a_link_to_a_run_is_kept_and_one_that_makes_no_sense_is_a_sentence(
    page: Callable[..., AppTest], root: Path
) -> None:
    make_training(root / "mine")
    test = page(run="mine", train_step="10", train_by="seconds")
    assert not test.exception
    assert not test.warning
    view = test.session_state["train_visit"].view
    assert (view.run, view.step, view.by) == ("mine", 10, "seconds")
    test = page(run="mine", train_step="soon", train_color="red")
    assert len(test.warning) == 2


def test_earlier_runs_on_this_machine_make_the_estimate(page: Callable[..., AppTest], root: Path) -> None:
    import socket

    make_training(root / "earlier", "done", at=100, images_per_second=500.0, host=socket.gethostname())
    assert "the speed of an earlier run here" in said(page())


def test_a_link_may_name_a_preset_and_a_chosen_preset_is_in_the_link(page: Callable[..., AppTest]) -> None:
    test = page(train_preset="collapse")
    assert not test.warning
    assert test.session_state["train_preset"] == "collapse"
    assert test.number_input(key="train_latent_dim").value == 5
    test.button(key="train_preset_sigma").click().run()
    assert test.query_params["train_preset"] in ("sigma", ["sigma"])
    test.button(key="train_preset_good").click().run()
    assert "train_preset" not in test.query_params
    test.query_params["train_preset"] = "beta"  # an edited address
    test.run()
    assert test.session_state["train_preset"] == "beta"
    assert test.session_state["train_beta"] == 20
    assert len(page(train_preset="best").warning) == 1


def test_a_bare_link_shows_the_newest_run_of_the_visitor_else_the_shipped_training(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert training.default_run("me") is None
    make_training(catalogue.ROOT / "shipped_trainings" / training.SHIPPED, "done", at=100, title="Shipped")
    make_training(root / "of-another", "done", at=100)
    assert training.default_run("me") == training.SHIPPED
    mine = make_training(root / "mine", "done", at=100)
    change_json(mine / "request.json", owner="me")
    training.forget()
    assert training.default_run("me") == "mine"
    assert training.default_run("other") == training.SHIPPED


def test_the_shipped_training_is_shown_to_a_newcomer_beside_the_form(page: Callable[..., AppTest], root: Path) -> None:
    shipped = make_training(catalogue.ROOT / "shipped_trainings" / training.SHIPPED, "done", at=100)
    test = page()
    assert not test.exception
    assert [each.value for each in test.header] == ["Train your own"]
    assert test.session_state["train_visit"].view.run is None  # the link stays bare
    press(test)
    assert [each.label for each in test.expander][:1] == ["Train another model"]
    assert shipped.is_dir()


@pytest.mark.parametrize("act", ["pause", "stop", "resume", "rewind", "delete", "again"])
def test_nothing_can_be_done_to_the_shipped_training(
    page: Callable[..., AppTest], root: Path, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    from ui.pages.train import actions, page_state

    shipped = make_training(catalogue.ROOT / "shipped_trainings" / training.SHIPPED, "done", at=100)
    before = sorted(path.read_bytes() for path in shipped.rglob("*.json"))
    visit = page_state.PageState(page_state.View(), page_state.View(), {}, [])
    monkeypatch.setattr(actions, "current", lambda: visit)
    monkeypatch.setattr(actions.st, "session_state", {page_state.COMPONENT: {"act": {"act": act, "run": shipped.name}}})
    actions.asked()
    assert visit.refusal == "This training comes with the app: it can only be looked at."
    assert sorted(path.read_bytes() for path in shipped.rglob("*.json")) == before


@pytest.mark.parametrize("sent", [{"act": ["pause"], "run": "a"}, {"act": {}, "run": "a"}, {"act": "pause", "run": 3}])
def test_a_button_that_the_page_does_not_have_is_one_sentence(sent: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    visit = PageState(View(), View(), {}, [])
    monkeypatch.setattr(actions, "current", lambda: visit)
    monkeypatch.setattr(st, "session_state", {COMPONENT: {"act": sent}})
    actions.asked()
    assert visit.refusal == "This page does not know that button: reload it."


def test_a_heartbeat_that_is_no_number_leaves_the_page_as_it_is(page: Callable[..., AppTest], root: Path) -> None:
    make_training(root / "odd", heartbeat="soon")
    test = page(run="odd")
    assert not test.exception
    press(test)
    assert len(list(root.glob("*/config.json"))) == 2


def test_anothers_run_is_not_deleted_although_the_act_itself_is_sent(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a machine without a sign-in, where a browser is known by its cookie."""
    cookies = {user_cookie.COOKIE: "a" * 32}
    visit = PageState(View(), View(), {}, [])
    monkeypatch.setattr(actions, "current", lambda: visit)
    monkeypatch.setattr(st, "session_state", {COMPONENT: {"act": {"act": "delete", "run": "one"}}})
    monkeypatch.setattr(st, "context", type("Context", (), {"headers": {}, "cookies": cookies})())
    request = make_training(root / "one", "stopped") / "request.json"
    change_json(request, owner="another")
    actions.asked()
    assert visit.refusal == "This training is another visitor's: only its owner may delete it."
    library.remove_run("one", "One")
    assert request.is_file()
    change_json(request, owner=user_cookie.current_user())
    actions.asked()
    assert visit.refusal == ""
    assert not request.exists()
