"""What a browser may say to a room: anything else is one sentence, however it was made."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.room_client import VIEW
from ui.classroom import protocol
from ui.classroom.protocol import read_message, read_question, read_tab, read_view
from ui.classroom.room import Member

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)


def why_not(read: Callable[[Any], object], said: Any) -> str:
    """The sentence with which something is refused, empty if it is not."""
    try:
        read(said)
    except ValueError as error:
        return str(error)
    return ""


def test_a_view_comes_back_as_it_was_said() -> None:
    view = read_view(read_message(json.dumps({"do": "view", **VIEW})))
    assert (view.page, view.query, view.parts) == (VIEW["page"], VIEW["query"], VIEW["parts"])
    assert read_view({"page": "", "query": "", "parts": {}}).page == ""


@pytest.mark.parametrize(
    "patch",
    [
        {"page": "//evil.example"},
        {"page": "javascript:alert(1)"},
        {"page": "../x"},
        {"page": "paths\n"},
        {"page": None},
        {"query": "a=b c"},
        {"query": "a=\u2028"},
        {"query": "a" * 4001},
        {"query": 5},
        {"parts": []},
        {"parts": {"Bad Name": {"of": "", "view": {}}}},
        {"parts": {"x": {"of": "", "view": {}, "more": 1}}},
        {"parts": {"x": {"of": 5, "view": {}}}},
        {"parts": {"x": {"of": "a" * 121, "view": {}}}},
        {"parts": {"x": {"of": "", "view": []}}},
        {"parts": {"x": {"of": "", "view": {"z": [[[[[1]]]]]}}}},
        {"parts": {f"x{chr(97 + k)}": {"of": "", "view": {}} for k in range(7)}},
    ],
)
def test_a_view_that_is_none_is_refused(patch: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="A view"):
        read_view({**VIEW, **patch})


@pytest.mark.parametrize(
    "text", ["", "[]", "5", "{", '{"do": 1}', '{"do": "view", "z": NaN}', "[" * 16000, '{"do": "a", "x": Infinity}']
)
def test_a_message_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="could not be read"):
        read_message(text)


def test_a_message_is_not_long() -> None:
    for text in ("x" * 16_385, "é" * 9_000):
        with pytest.raises(ValueError, match="more than 16384 bytes"):
            read_message(text)


@given(st.dictionaries(st.sampled_from(["page", "query", "parts", "text", "choices", "tab", "on"]), JSON))
def test_nothing_but_a_sentence_comes_of_nonsense(message: dict[str, Any]) -> None:
    flag_and_number = (lambda m: protocol.read_flag(m, "on"), lambda m: protocol.read_number(m, "on"))
    for read in (read_view, read_question, read_tab, *flag_and_number):
        sentence = why_not(read, message)
        assert not sentence or (sentence.endswith(".") and len(sentence) < 120)


def test_a_question_is_plain_lines_of_text() -> None:
    asked = read_question({"text": " Which  n?\n", "choices": ["<b>100</b>", " 1,000"]})
    assert (asked.text, asked.choices) == ("Which n?", ("<b>100</b>", "1,000"))


def test_a_question_without_choices_takes_numbers_that_are_finite_and_not_endless() -> None:
    assert read_question({"text": "How many?", "choices": []}).choices == ()
    for good in (0, -2.5, 1e6, 2**90):
        assert protocol.read_number({"number": good}, "number") == good
    for bad in (True, "5", None, [1], 1e101, float("nan"), float("inf"), 10**4000):
        refused = why_not(lambda said: protocol.read_number(said, "number"), {"number": bad})
        assert refused.startswith("number is a number")


@pytest.mark.parametrize(
    ("text", "choices", "sentence"),
    [
        ("", ["a", "b"], "A question has 1 to 200 letters."),
        ("?" * 201, ["a", "b"], "A question has 1 to 200 letters."),
        ("\u202eevil", ["a", "b"], "A question has 1 to 200 letters."),
        ("?", ["a"], "A question has 2 to 6 choices, or none and is answered with a number."),
        ("?", list("abcdefg"), "A question has 2 to 6 choices, or none and is answered with a number."),
        ("?", ["a", "a "], "Two choices of a question are the same."),
        ("?", ["a", ""], "A choice has 1 to 80 letters."),
        ("?", ["a", 5], "A choice has 1 to 80 letters."),
    ],
)
def test_a_question_that_cannot_be_asked_says_why(text: str, choices: list[Any], sentence: str) -> None:
    with pytest.raises(ValueError) as refused:
        read_question({"text": text, "choices": choices})
    assert str(refused.value) == sentence


def test_who_is_sent_away_is_told_the_first_reason() -> None:
    member = Member("me", "tab", "")
    for sentence in ("The teacher has ended this room.", "This room has ended."):
        member.dismiss(sentence)
    assert json.loads(member.pending["ended"]) == {"ended": "The teacher has ended this room."}
