"""Who may do what: everyone everything on a machine of one's own, and what the table says behind a proxy."""

from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from starlette.datastructures import Headers
from streamlit.testing.v1 import AppTest

from tests.app.app_test_page import opened
from tests.app.training_runs import make_training
from ui.pages.train import actions, runs
from ui.pages.train.page_state import COMPONENT, PageState
from ui.pages.train.url import View
from ui.server import deployment as serving_file
from ui.server import permissions, user_cookie
from ui.server.deployment import ACTS, FILE_VARIABLE, current_deployment
from vae_core.jobs import queue

SECRET = "a-secret-that-only-the-proxy-and-the-replicas-know"


@pytest.fixture
def proxied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A server behind a proxy; the file that says so."""
    (tmp_path / "secret").write_text(SECRET + "\n")
    file = tmp_path / "serving.toml"
    file.write_text('[proxy]\nsecret_file = "secret"\n[roles]\nteacher = ["staff", "deans"]\n')
    monkeypatch.setenv(FILE_VARIABLE, str(file))
    return file


def signed_in(user: str, groups: str = "", secret: str = SECRET) -> Headers:
    sent = {"x-forwarded-user": user, "x-forwarded-groups": groups, "x-vae-lab-proxy": secret}
    return Headers({name: value for name, value in sent.items() if value})


def test_the_one_at_the_machine_may_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FILE_VARIABLE, raising=False)
    assert all(permissions.may(act, Headers({})) and permissions.may(act) for act in ACTS)
    forged = signed_in("dean@x.edu", "staff")
    assert permissions.person(forged).user == "", "no header names anyone where there is no proxy"


@pytest.mark.parametrize(
    ("headers", "role"),
    [
        (signed_in("ada", "staff"), "teacher"),
        (signed_in("ada", "guests, deans"), "teacher"),
        (signed_in("ada", "guests;staff"), "teacher"),
        (signed_in("ada", "staff2"), "student"),
        (signed_in("ada"), "student"),
        (signed_in("", "staff"), "visitor"),
        (signed_in("ada", "staff", secret=""), "visitor"),
        (signed_in("ada", "staff", secret=SECRET + "x"), "visitor"),
        (signed_in("ada", "staff", secret="ü" * 40), "visitor"),
        (signed_in("a" * 400, "staff"), "visitor"),
        (Headers({}), "visitor"),
    ],
)
def test_a_role_comes_from_the_proxy_alone(headers: Headers, role: str, proxied: Path) -> None:
    assert permissions.person(headers).role == role
    assert permissions.may("teach", headers) == (role == "teacher")
    assert permissions.may("upload", headers) == (role in ("student", "teacher"))


def test_the_sentence_says_who_may_and_who_one_is(proxied: Path) -> None:
    assert permissions.refusal("teach", signed_in("ada")) == (
        "Only teachers may lead a room on this server. Your role here is student."
    )
    assert permissions.refusal("teach", signed_in("ada", "staff")) == ""
    proxied.write_text('[proxy]\nsecret_file = "secret"\n[may]\ntrain = []\n', encoding="utf-8")
    serving_file.read.cache_clear()
    assert permissions.refusal("train", signed_in("ada")) == (
        "Nobody may train on this server. Your role here is student."
    )


def test_a_group_of_its_own_for_students_leaves_the_others_visitors(proxied: Path) -> None:
    proxied.write_text('[proxy]\nsecret_file = "secret"\n[roles]\nstudent = ["ml-course"]\n', encoding="utf-8")
    serving_file.read.cache_clear()
    assert permissions.person(signed_in("ada", "ml-course")).role == "student"
    assert permissions.person(signed_in("eve", "physics")).role == "visitor"


def test_what_is_whose_follows_the_person_from_browser_to_browser(
    proxied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def owner(headers: Headers, cookie: str) -> str:
        context = type("Context", (), {"headers": headers, "cookies": {user_cookie.COOKIE: cookie}})()
        monkeypatch.setattr(st, "context", context)
        return user_cookie.current_user()

    first, second = "c" * 32, "d" * 32
    assert owner(signed_in("ada"), first) == owner(signed_in("ada"), second)
    assert owner(signed_in("ada"), first) != owner(signed_in("eve"), first)
    assert owner(signed_in("ada", secret="no"), first) == owner(Headers({}), first)
    assert "ada" not in owner(signed_in("ada"), first)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "proxy has no secret_file"),
        ('[proxy]\nsecret_file = "missing"\n', "No such file"),
        ('[proxy]\nsecret_file = "short"\n', "holds 5 letters, expected at least 32"),
        ('[proxy]\nsecret = "x"\n', "proxy has secret = 'x'"),
        ('[proxy]\nsecret_file = "secret"\n[may]\nfly = ["teacher"]\n', "fly is"),
        ('[proxy]\nsecret_file = "secret"\n[may]\nteach = ["dean"]\n', "teach is"),
        ('[proxy]\nsecret_file = "secret"\n[may]\nteach = "teacher"\n', "teach is"),
        ('[proxy]\nsecret_file = "secret"\n[roles]\nvisitor = ["x"]\n', "visitor is"),
        ('[proxy]\nsecret_file = "secret"\n[other]\n', "it has other"),
        ("[proxy\n", "Expected"),
    ],
)
def test_a_file_that_is_wrong_opens_nothing(text: str, words: str, proxied: Path) -> None:
    (proxied.parent / "short").write_text("short")
    proxied.write_text(text, encoding="utf-8")
    serving_file.read.cache_clear()
    with pytest.raises(ValueError, match="which cannot be used") as refused:
        current_deployment()
    assert words in str(refused.value)


@pytest.fixture
def page(proxied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Opens a page as someone whom the proxy has signed in, on a server with one run of nobody and no trainer."""
    monkeypatch.setenv("VAE_LAB_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("VAE_LAB_UPLOADS", str(tmp_path / "uploads"))
    monkeypatch.setattr(queue, "schedule", lambda root: None)
    make_training(tmp_path / "runs" / "old", "stopped", title="An old one")

    def open_page(name: str, headers: Headers) -> AppTest:
        runs.forget()
        context = type("Context", (), {"headers": headers, "cookies": {}})()
        monkeypatch.setattr(st, "context", context)
        test = AppTest.from_file(str(Path(__file__).parents[2] / "ui" / "server" / "frame.py"), default_timeout=60)
        test.switch_page(f"../../pages/{name}.py")
        test.session_state["lib_tab"] = "Trainings"
        return opened(test, {})

    return open_page


def pressed(test: AppTest, key: str) -> AppTest:
    test.button(key=key).click().run()
    assert not test.exception
    return test


def test_the_library_says_what_may_not_be_done_and_offers_none_of_it(page: Callable[..., AppTest]) -> None:
    test = page("library", signed_in(""))
    assert any("Only students and teachers may import data" in said.value for said in test.markdown)
    assert not test.get("file_uploader")
    assert not [button for button in test.button if button.label == "Delete"]
    assert page("library", signed_in("ada")).get("file_uploader")


def test_only_teachers_delete_what_is_nobodys(page: Callable[..., AppTest], tmp_path: Path) -> None:
    student = page("library", signed_in("ada"))
    assert not [button for button in student.button if button.label == "Delete"]
    teacher = page("library", signed_in("tea", "staff"))
    pressed(teacher, "lib_remove_old")
    assert not (tmp_path / "runs" / "old").exists()
    pressed(teacher, "lib_undo")
    assert (tmp_path / "runs" / "old").is_dir()


def test_train_is_a_button_for_those_who_may_and_an_act_for_nobody_else(
    page: Callable[..., AppTest], tmp_path: Path
) -> None:
    visitor_page = page("train", signed_in(""))
    assert visitor_page.button(key="train_start").disabled
    assert any("Only students and teachers may train" in said.value for said in visitor_page.caption)
    with pytest.raises(ValueError, match="Only students and teachers may train on this server"):
        actions.submit(runs.config_of(tmp_path / "runs" / "old"), "Mine", "mine")
    student = page("train", signed_in("ada"))
    assert not student.button(key="train_start").disabled
    name = actions.submit(runs.config_of(tmp_path / "runs" / "old"), "Mine", "mine")
    assert queue.describe_job(tmp_path / "runs" / name)["owner"] == user_cookie.current_user()


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        (signed_in(""), "Only students and teachers may"),
        (signed_in("ada"), "Only teachers may change what belongs to others"),
        (signed_in("tea", "staff"), ""),
    ],
)
def test_the_buttons_of_a_run_are_its_owners_and_the_teachers(
    page: Callable[..., AppTest], headers: Headers, words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page("train", headers)
    visit = PageState(View(), View(), {}, [])
    monkeypatch.setattr(actions, "current", lambda: visit)
    monkeypatch.setattr(st, "session_state", {COMPONENT: {"act": {"act": "resume", "run": "old"}}})
    actions.asked()
    assert visit.refusal.startswith(words)
    assert bool(visit.refusal) == bool(words)
    assert queue.read_status(tmp_path / "runs" / "old").state == ("stopped" if words else "queued")
