"""Who may do what: everyone everything on a machine of one's own, and what the table says behind a proxy."""

from pathlib import Path

import pytest
import streamlit as st
from starlette.datastructures import Headers

from ui import roles, visitor
from ui import serving as serving_file
from ui.serving import ACTS, FILE_VARIABLE, serving

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
    assert all(roles.may(act, Headers({})) and roles.may(act) for act in ACTS)
    forged = signed_in("dean@x.edu", "staff")
    assert roles.person(forged).user == "", "no header names anyone where there is no proxy"


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
    assert roles.person(headers).role == role
    assert roles.may("teach", headers) == (role == "teacher")
    assert roles.may("upload", headers) == (role in ("student", "teacher"))


def test_the_sentence_says_who_may_and_who_one_is(proxied: Path) -> None:
    assert roles.why_not("teach", signed_in("ada")) == (
        "Only teachers may lead a room on this server; you are here as a student."
    )
    assert roles.why_not("teach", signed_in("ada", "staff")) == ""
    proxied.write_text('[proxy]\nsecret_file = "secret"\n[may]\ntrain = []\n')
    serving_file.read.cache_clear()
    assert roles.why_not("train", signed_in("ada")) == ("Nobody may train on this server; you are here as a student.")


def test_a_group_of_its_own_for_students_leaves_the_others_visitors(proxied: Path) -> None:
    proxied.write_text('[proxy]\nsecret_file = "secret"\n[roles]\nstudent = ["ml-course"]\n')
    serving_file.read.cache_clear()
    assert roles.person(signed_in("ada", "ml-course")).role == "student"
    assert roles.person(signed_in("eve", "physics")).role == "visitor"


def test_what_is_whose_follows_the_person_from_browser_to_browser(
    proxied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def owner(headers: Headers, cookie: str) -> str:
        context = type("Context", (), {"headers": headers, "cookies": {visitor.COOKIE: cookie}})()
        monkeypatch.setattr(st, "context", context)
        return visitor.owner()

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
    proxied.write_text(text)
    serving_file.read.cache_clear()
    with pytest.raises(ValueError, match="which cannot be used") as refused:
        serving()
    assert words in str(refused.value)
