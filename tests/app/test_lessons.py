"""Lessons: every shipped one is sound and opens on the real pages, and a bad file is told in plain sentences."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import pytest
import streamlit
from hypothesis import example, given
from hypothesis import strategies as st
from streamlit.material_icon_names import ALL_MATERIAL_ICONS
from streamlit.testing.v1 import AppTest

from tests.app.app_test_page import link_of, opened
from tests.app.runs import make_run
from ui.lessons import lesson_files, navigation
from ui.lessons.__main__ import main
from ui.lessons.lesson import Ask, Choice
from ui.lessons.lesson_files import FOLDER_VARIABLE, SHIPPED, TEMPLATE
from ui.lessons.page_links import PAGES, problems
from ui.lessons.page_links import link_of as written
from ui.lessons.page_links import opened as as_written
from ui.lessons.panel import says
from ui.lessons.parse import MOST_BYTES, from_table, parse, read_file
from vae_core.runs.run import FOLDER_VARIABLE as RUNS_FOLDER

ROOT = Path(__file__).parents[2]
FRAME = str(ROOT / "ui" / "server" / "frame.py")
FILES = sorted(SHIPPED.glob("*.toml"))
SOUND = """
title = "A"
line = "B"
icon = "school"
minutes = 5
[[step]]
page = "where-p-is-large"
text = "Look."
[step.ask]
check = "exp_kl"
reveal = "{kl}"
"""


@pytest.fixture(autouse=True)
def shipped_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(RUNS_FOLDER, str(tmp_path / "no runs"))
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_lesson_and_the_template_are_sound(path: Path) -> None:
    lesson, mistakes = parse(path.read_text(encoding="utf-8"), path.stem)
    assert mistakes == []
    assert 4 <= len(lesson.steps) <= 7
    assert lesson.icon in ALL_MATERIAL_ICONS
    assert any(step.ask and step.ask.question for step in lesson.steps)


def test_the_lessons_are_in_the_order_of_their_files() -> None:
    found = lesson_files.lesson_catalogue()
    assert found.problems == ()
    assert list(found.lessons) == [path.stem[3:] for path in FILES if path.name != TEMPLATE]
    assert len(found.lessons) == 16
    assert next(iter(found.lessons)) == "what-is-a-vae"


@pytest.mark.slow
@pytest.mark.parametrize("name", [path.stem[3:] for path in FILES if path.name != TEMPLATE])
def test_every_view_of_a_lesson_opens_on_the_real_page(name: str) -> None:
    """With its own link, no warning, and the link left as it was opened."""
    lesson = lesson_files.lesson_catalogue().lessons[name]
    test = opened(AppTest.from_file(FRAME, default_timeout=120), {"lesson": name})
    for number, step in enumerate(lesson.steps, 1):
        assert not test.exception, f"step {number}"
        assert [warning.value for warning in test.warning] == [], f"step {number}"
        said = link_of(test)
        assert (said.pop("lesson"), said.pop("lesson_step")) == (name, str(number))
        if step.view is not None:
            plain = {name: value for name, value in said.items() if not name.startswith(("large_dim", "large_mend"))}
            assert plain == as_written(step.page, step.view), f"step {number}"
        assert step.text[:40] in "".join(each.value for each in test.markdown)
        if number < len(lesson.steps):
            test.button(key="lesson_next").click().run()


def app(**params: str) -> AppTest:
    return opened(AppTest.from_file(FRAME, default_timeout=60), params)


def at(lesson: str, step: int, **params: str) -> AppTest:
    """The step of the lesson on its own page, with these entries of the page's link beside its view."""
    test = app(lesson=lesson, lesson_step=str(step))
    test.button(key="lesson_open").click().run()
    for name, value in params.items():
        test.query_params[name] = value
    return test.run() if params else test


def panel(test: AppTest) -> str:
    return "\n".join(each.value for each in [*test.markdown, *test.success, *test.info, *test.warning])


def test_a_step_begins_with_the_settings_of_its_preset() -> None:
    test = at("collapse-can-be-optimal", 6)
    test.toggle(key="train_more").set_value(True).run()
    test.number_input(key="train_sigma").set_value(0.1).run()
    assert test.session_state["train_sigma"] == 0.1
    test.button(key="lesson_back").click().run()
    test.button(key="lesson_next").click().run()
    assert test.session_state["train_preset"] == "collapse"
    assert test.session_state["train_sigma"] == 10


def test_a_prediction_is_kept_beside_what_the_model_says() -> None:
    test = at("the-ring", 3)
    assert test.button(key="lesson_reveal").disabled
    test.radio[0].set_value("On it: 1.00").run()
    test.button(key="lesson_reveal").click().run()
    assert "You said: **On it\\: 1\\.00**" in panel(test)
    assert "The model says: **Just outside\\: about 1\\.1**" in panel(test)
    assert "**1.125**" in panel(test)
    test.button(key="lesson_next").click().run()
    test.button(key="lesson_back").click().run()
    assert "You said: **On it" in panel(test)


def test_who_has_no_idea_sees_the_answer_too() -> None:
    test = at("the-ring", 3)
    test.button(key="lesson_skip").click().run()
    assert "You said" not in panel(test)
    assert "The model says" in panel(test)


def test_a_task_is_done_when_the_view_of_the_page_says_so() -> None:
    test = at("the-ring", 4)
    test.button(key="lesson_check").click().run()
    assert "Drag z farther out" in test.info[0].value
    test.query_params["normal_z"] = "3,2"
    test.run()
    test.button(key="lesson_check").click().run()
    assert "such an x is rare" in test.success[0].value


def test_the_answer_is_about_what_the_page_shows_now() -> None:
    test = at("hopeless-prior", 2)
    test.number_input[0].set_value(50.0).run()
    test.button(key="lesson_reveal").click().run()
    first = panel(test)
    assert "You said: **50 samples**" in first
    assert "KL(p(z|x) ‖ p(z)) = **6.51 nats**" in first
    test.query_params["large_x"] = "17"
    test.run()
    test.button(key="lesson_again").click().run()
    assert "6.51 nats" not in panel(test)


def test_a_check_without_an_answer_is_a_sentence_and_can_be_tried_again() -> None:
    test = at("the-ring", 4, normal_map="moons")
    test.button(key="lesson_check").click().run()
    assert not test.exception
    assert "expected the ring" in test.warning[0].value.replace("\\", "")


def test_a_step_without_a_view_leaves_the_page_as_the_visitor_left_it() -> None:
    test = at("the-ring", 2, normal_seed="7")
    test.button(key="lesson_next").click().run()
    assert link_of(test)["normal_seed"] == "7"
    test.button(key="lesson_back").click().run()
    assert link_of(test)["normal_seed"] == "7"
    test.button(key="lesson_back").click().run()
    assert link_of(test) == {"normal_map": "ring", "normal_t": "0", "lesson": "the-ring", "lesson_step": "1"}


def test_leaving_cleans_the_link_and_keeps_the_view() -> None:
    test = at("the-ring", 2, present="1")
    test.button(key="lesson_leave").click().run()
    assert link_of(test) == {"normal_map": "ring", "present": "1"}
    assert "lesson_next" not in [button.key for button in test.button]


def test_a_step_of_another_page_offers_to_open_it() -> None:
    test = app(lesson="the-gap-is-a-kl", lesson_step="2")
    assert "Where p(x|z) is large" in test.info[0].value.replace("\\", "")
    test.button(key="lesson_open").click().run()
    assert test.title[0].value == "Where p(x|z) is large"
    assert link_of(test)["lesson_step"] == "2"


@pytest.mark.parametrize(
    "params",
    [{"lesson": "nowhere"}, {"lesson": "the-ring", "lesson_step": "99"}, {"lesson": "the-ring", "lesson_step": "<b>"}],
)
def test_a_link_to_what_is_no_lesson_is_a_sentence(params: dict[str, str]) -> None:
    test = app(**params)
    assert not test.exception
    assert "The link" in test.warning[0].value


def test_the_list_starts_each_lesson_and_goes_on_where_it_was_left() -> None:
    test = app()
    test.switch_page("../../pages/lessons.py").run()
    assert not test.exception
    assert not test.warning
    test.button(key="lesson_start_the-ring").click().run()
    test.button(key="lesson_next").click().run()
    test.switch_page("../../pages/lessons.py").run()
    button = test.button(key="lesson_start_the-ring")
    assert button.label == "Go on with lesson 13 at step 2"
    button.click().run()
    assert link_of(test)["lesson_step"] == "2"


@pytest.mark.parametrize(
    ("kept", "label"),
    [
        ('{"the-ring": 3, "gone": 2}', "Go on with lesson 13 at step 3"),
        ('{"the-ring": 900}', "Repeat lesson 13"),  # its file has fewer steps now
        *((kept, "Start lesson 13") for kept in ('{"the-ring": "3"}', '{"the-ring": -1}', "[3]", "{", "[" * 30_000)),
    ],
    ids=lambda value: value[:20],
)
def test_the_list_goes_on_where_an_earlier_visit_ended(monkeypatch: pytest.MonkeyPatch, kept: str, label: str) -> None:
    """The browser's cookie says where; one that somebody has made up is passed over."""
    browser = {"headers": {}, "cookies": {navigation.COOKIE: quote(kept)}, "url": "", "theme": SimpleNamespace(type="")}
    monkeypatch.setattr(streamlit, "context", SimpleNamespace(**browser))
    test = app()
    test.switch_page("../../pages/lessons.py").run()
    assert not test.exception
    assert test.button(key="lesson_start_the-ring").label == label


def test_the_last_step_leads_to_the_next_lesson() -> None:
    test = at("the-ring", 6)
    test.button(key="lesson_after").click().run()
    assert link_of(test)["lesson"] == "inverse-of-f-after-phi"


def test_a_teachers_own_lesson_is_on_the_shelf_and_a_broken_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    (tmp_path / "20-mine.toml").write_text(SOUND)
    (tmp_path / "21-broken.toml").write_text("title = 3")
    (tmp_path / "22-the-ring.toml").write_text(SOUND)
    found = lesson_files.lesson_catalogue()
    assert list(found.lessons)[-1] == "mine"
    assert len(found.problems) == 2
    assert "21-broken.toml" in found.problems[0]
    assert "another one has its name" in found.problems[1]


def test_a_lesson_is_there_once_its_model_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    (tmp_path / "20-mine.toml").write_text(changed('text = "Look."', 'text = "Look."\nview = { large_model = "mine" }'))
    assert "large_model = 'mine', which is not here" in lesson_files.lesson_catalogue().problems[0]
    make_run(tmp_path / "runs" / "mine")
    monkeypatch.setenv(RUNS_FOLDER, str(tmp_path / "runs"))
    assert list(lesson_files.lesson_catalogue().lessons)[-1] == "mine"


def test_an_editors_lock_on_a_lesson_is_no_lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    (tmp_path / "20-mine.toml").write_text(SOUND)
    (tmp_path / ".#20-mine.toml").symlink_to("someone@somewhere.1234")  # as Emacs does while it is edited
    found = lesson_files.lesson_catalogue()
    assert (list(found.lessons)[-1], found.problems) == ("mine", ())


def test_a_lesson_that_is_gone_is_named_and_the_others_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    (tmp_path / "20-mine.toml").write_text(SOUND)
    (tmp_path / "21-gone.toml").symlink_to(tmp_path / "nowhere")
    found = lesson_files.lesson_catalogue()
    assert list(found.lessons)[-1] == "mine"
    assert "21-gone.toml" in found.problems[0]


def changed(old: str, new: str) -> str:
    assert old in SOUND
    return SOUND.replace(old, new)


BAD = [
    ("", "no title"),
    ("title = ", "no TOML"),
    ("a = " + "[" * 5000, "TOML"),
    (changed('title = "A"', 'title = ""'), "title"),
    (changed('title = "A"', f'title = "{"A" * 61}"'), "61 letters"),
    (changed('line = "B"', "line = [1]"), "line"),
    (changed('icon = "school"', 'icon = "<b>"'), "icon"),
    (changed("minutes = 5", "minutes = 0"), "minutes = 0"),
    (changed("minutes = 5", "minutes = true"), "minutes = True"),
    (changed("minutes = 5", "minutes = 5.5"), "minutes = 5.5"),
    (changed("minutes = 5", "minutes = 5\nauthor = 3"), "'author'"),
    (SOUND.split("[[step]]")[0], "no step"),
    (SOUND.split("[[step]]")[0] + "step = 3", "step = 3"),
    (SOUND.split("[[step]]")[0] + '[[step]]\npage = "paths"\ntext = "a"\n' * 13, "13 of step"),
    (changed('page = "where-p-is-large"', ""), "no page"),
    (changed('page = "where-p-is-large"', 'page = "library"'), "'library'"),
    (changed('page = "where-p-is-large"', 'page = "paths"'), "expected the page where-p-is-large"),
    (changed('text = "Look."', ""), "no text"),
    (changed('text = "Look."', 'text = "{kl}"'), "{kl}"),
    (changed('text = "Look."', 'text = "a } b"'), "stray brace"),
    (changed('text = "Look."', 'text = "Look."\nview = 3'), "view = 3"),
    (changed('text = "Look."', 'text = "Look."\nview = { large_x = 100000 }'), "large_x"),
    (changed('text = "Look."', 'text = "Look."\nview = { large_x = [1] }'), "large_x"),
    (changed('text = "Look."', 'text = "Look."\nview = { zoom = 1 }'), "'zoom'"),
    (changed('text = "Look."', 'text = "Look."\nview = { lesson = "x" }'), "'lesson'"),
    (changed('text = "Look."', 'text = "Look."\nview = { large_model = "gone" }'), "'gone'"),
    (changed('text = "Look."', 'text = "Look."\nview = { large_mending_scale = 0.55 }'), "large_mending_scale"),
    (changed('text = "Look."', 'text = "Look."\nview = { large_dimension_d = 2.5 }'), "a whole number"),
    (changed('text = "Look."', 'text = "Look."\nview = { large_dimension_sigma = 7.0 }'), "from 0.05 to 1.0"),
    (changed('check = "exp_kl"', 'check = "exp"'), "check = 'exp'"),
    (changed('check = "exp_kl"', ""), "no check"),
    (changed('check = "exp_kl"', 'check = "exp_kl"\nsettings = { n = 3 }'), "setting 'n', expected none"),
    (changed('check = "exp_kl"', 'check = "iwae_bias"'), "without its setting 'K'"),
    (changed('check = "exp_kl"', 'check = "iwae_bias"\nsettings = { K = "a" }'), "K = 'a'"),
    (changed('check = "exp_kl"', 'check = "iwae_bias"\nsettings = { K = inf }'), "K = inf"),
    (changed('reveal = "{kl}"', ""), "no reveal"),
    (changed('reveal = "{kl}"', 'reveal = "{rate}"'), "{rate}"),
    (changed('reveal = "{kl}"', 'reveal = "{kl.real}"'), "{kl.real}"),
    (changed('reveal = "{kl}"', 'reveal = "{kl!r}"'), "{kl!r}"),
    (changed('reveal = "{kl}"', 'reveal = "{kl:>9999999999}"'), "{kl:>9999999999}"),
    (changed('reveal = "{kl}"', 'reveal = "{0}"'), "{0}"),
    (changed('reveal = "{kl}"', 'reveal = "{}"'), "{}"),
    (changed('reveal = "{kl}"', 'reveal = "a"\nquestion = "Is x in {0, 1}?"\nunit = "b"'), "{0, 1}"),
    (changed('reveal = "{kl}"', 'reveal = "a"\nquestion = "Is x in {?"\nunit = "b"'), "stray brace"),
    (changed('reveal = "{kl}"', 'reveal = "a"\nquestion = "b"'), "without choices"),
    (changed('reveal = "{kl}"', 'reveal = "a"\nunit = "b"'), "no question"),
    (changed('reveal = "{kl}"', 'reveal = "a"\nquestion = "b"\nunit = ""'), "unit"),
    (changed('reveal = "{kl}"', 'reveal = "a"\nquestion = "b"\nchoices = [{ text = "c" }]'), "1 of choices"),
    (
        changed('reveal = "{kl}"', 'reveal = "a"\nquestion = "b"\nchoices = [{ text = "c" }, { text = "d" }]'),
        "'c' and 'd'",
    ),
    (
        changed('reveal = "{kl}"', 'reveal = "a"\nquestion = "b"\nchoices = [{ text = "c", to = 1 }, { from = 1 }]'),
        "choice 2",
    ),
    (
        changed(
            'reveal = "{kl}"', 'reveal = "a"\nquestion = "b"\nchoices = [{ text = "c", to = nan }, { text = "d" }]'
        ),
        "to = nan",
    ),
    (changed("[step.ask]", '[step.task]\nsay = "a"\ndone = "b"\nnot_yet = "c"'), "'reveal'"),
    (SOUND + '[step.task]\nsay = "a"\ncheck = "exp_kl"\ndone = "b"\nnot_yet = "c"', "both an ask and a task"),
    (
        SOUND.split("[step.ask]")[0] + '[step.task]\nsay = "{kl}"\ncheck = "exp_kl"\ndone = "b"\nnot_yet = "c"',
        "a say with the placeholder {kl}",
    ),
    (
        SOUND.split("[step.ask]")[0]
        + '[step.task]\nsay = "a"\ncheck = "exp_kl"\nfrom = 2\nto = 1\ndone = "b"\nnot_yet = "c"',
        "the smaller first",
    ),
]


@pytest.mark.parametrize(("text", "word"), BAD, ids=range(len(BAD)))
def test_a_bad_lesson_is_told_in_sentences(text: str, word: str) -> None:
    lesson, mistakes = parse(text, "x")
    assert lesson is None
    assert any(word in sentence for sentence in mistakes), mistakes
    assert all(sentence.endswith(".") and "\n" not in sentence.strip() for sentence in mistakes)


def test_the_sound_one_is_sound() -> None:
    assert parse(SOUND, "x")[1] == []


def values() -> st.SearchStrategy:
    plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from([*PAGES])
    return st.recursive(plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4))


KEYS = st.sampled_from(
    [
        "title",
        "line",
        "icon",
        "minutes",
        "step",
        "page",
        "text",
        "view",
        "ask",
        "task",
        "check",
        "settings",
        "reveal",
        "question",
        "choices",
        "unit",
        "from",
        "to",
        "say",
        "done",
        "not_yet",
        "large_x",
        "K",
    ]
)


@given(st.dictionaries(KEYS, values(), max_size=8))
@example({"title": "a", "line": "b", "icon": "school", "minutes": 1, "step": [{"page": "paths", "text": "a"}]})
def test_any_table_is_a_lesson_or_has_mistakes(raw: dict) -> None:
    lesson, mistakes = from_table(raw, "x")
    assert (lesson is None) == bool(mistakes)


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
def test_any_text_is_a_lesson_or_has_mistakes(text: str) -> None:
    lesson, mistakes = parse(text, "x")
    assert (lesson is None) == bool(mistakes)


@pytest.mark.parametrize("name", ["x.txt", "My Lesson.toml", "../up.toml", "1-.toml"])
def test_a_file_of_another_name_is_refused(tmp_path: Path, name: str) -> None:
    lesson, (mistake,) = read_file(tmp_path / name.replace("/", "_"))
    assert lesson is None
    assert "expected a name like" in mistake


def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    assert "cannot be read" in read_file(tmp_path / "1-gone.toml")[1][0]
    (tmp_path / "1-bytes.toml").write_bytes(b"\xff\xfe")
    assert "UTF-8" in read_file(tmp_path / "1-bytes.toml")[1][0]
    (tmp_path / "1-large.toml").write_text("#" * (MOST_BYTES + 1))
    assert "100,001 bytes" in read_file(tmp_path / "1-large.toml")[1][0]


def test_what_the_model_says_is_in_the_words_of_the_choices() -> None:
    choices = (Choice("low", float("-inf"), 1.0), Choice("high", 2.0, float("inf")))
    ask = Ask("x", {}, "", "?", choices)
    assert [says(ask, value) for value in (0.0, 1.0, 2.0)] == ["low", "none of these", "high"]
    assert says(Ask("x", {}, "", "?", (), "nats"), 1234.0) == "1,230 nats"


def test_a_view_is_written_as_its_page_writes_it() -> None:
    assert as_written("anything-from-a-normal", {"normal_map": "bimodal", "normal_n": 1000}) == {}
    assert written({"normal_t": 0.0}) == {"normal_t": "0.0"}
    assert as_written("anything-from-a-normal", {"normal_t": 0.0}) == {"normal_t": "0"}
    assert problems("train", {"train_preset": "good"}) == []


def test_the_command_says_every_mistake_and_what_the_checks_find(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "1-good.toml", tmp_path / "2-bad.toml"
    good.write_text(SOUND)
    bad.write_text(SOUND.replace("exp_kl", "exp").replace("Look.", "{a}"))
    assert main(["check", str(good), str(bad)]) == 1
    said = capsys.readouterr()
    assert "1-good.toml: sound, 1 step." in said.out
    assert "exp_kl = " in said.out
    assert len([line for line in said.err.splitlines() if "2-bad.toml" in line]) == 2


def test_the_command_lists_what_the_checks_fill_in() -> None:
    command = [sys.executable, "-m", "ui.lessons", "list"]
    listed = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=ROOT)
    assert listed.returncode == 0
    assert "fills: {kl}, {samples}" in listed.stdout


@pytest.mark.slow
def test_a_prediction_is_told_whether_it_was_right() -> None:
    test = app(lesson="what-is-a-vae", lesson_step="2")
    test.radio[0].set_value("2").run()
    test.button(key="lesson_reveal").click().run()
    assert "Right." in panel(test)
    test = app(lesson="what-is-a-vae", lesson_step="2")
    test.radio[0].set_value("784, one for each pixel").run()
    test.button(key="lesson_reveal").click().run()
    assert "Not quite." in panel(test)


@pytest.mark.slow
@pytest.mark.parametrize(("said", "verdict"), [(710.0, "Right."), (50.0, "Not quite."), (None, "")])
def test_a_number_is_right_within_a_tenth(said: float | None, verdict: str) -> None:
    test = at("hopeless-prior", 2)
    if said is None:
        test.button(key="lesson_skip").click().run()
    else:
        test.number_input[0].set_value(said).run()
        test.button(key="lesson_reveal").click().run()
    text = panel(test)
    assert "The model says" in text
    assert [each in text for each in ("Right.", "Not quite.")] == [verdict == "Right.", verdict == "Not quite."]
