"""Rooms on disk, their codes and limits: each against what it promises, from any state that it may be left in."""

import json
import os
import time
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.app.test_room_messages import why_not
from ui.classroom import store
from ui.classroom.protocol import Bucket, Buckets
from ui.classroom.store import LENGTH, LETTERS, Question, ServerPresence, new_code, read_code
from vae_core.runs.run import FOLDER_VARIABLE

A, B = "a" * 16, "b" * 16
ANSWERS = st.dictionaries(st.sampled_from("abcdef"), st.tuples(st.integers(0, 3), st.floats(0, 100)), max_size=6)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    return tmp_path / ".rooms"


def test_a_code_is_read_as_it_is_spoken() -> None:
    code = new_code()
    assert len(code) == LENGTH
    assert set(code) <= set(LETTERS)
    assert not set("0O1ILAEU") & set(LETTERS)
    assert read_code(f" {code[:3].lower()} {code[3:]} ") == read_code(f"{code[:3]}-{code[3:]}") == code


@given(st.text() | st.none() | st.integers() | st.lists(st.text()))
def test_what_is_no_code_is_one_sentence(text: object) -> None:
    sentence = why_not(read_code, text)
    assert len(sentence) < 140
    assert "KXR 4TM" in sentence or "codes never have" in sentence or set(read_code(text)) <= set(LETTERS)


def test_a_letter_that_no_code_has_is_named() -> None:
    assert why_not(read_code, "ABC 123") == "No room has the code ABC123: codes never have 1 or A. Look at it again."


def test_codes_cannot_be_foreseen() -> None:
    letters = Counter("".join(new_code() for _ in range(4000)))
    expected = 4000 * LENGTH / len(LETTERS)  # 857, with a standard deviation of 29
    assert all(abs(count - expected) < 6 * expected**0.5 for count in letters.values())
    assert len(letters) == len(LETTERS)


def test_a_room_is_read_as_it_was_written() -> None:
    room = store.start(A, "tab-one")
    asked = replace(room, view={"page": "", "query": "", "parts": {}}, question=Question(1, "?", ("x", "y")), asked=1)
    before = store.stamp(room.code)
    store.write(asked)
    assert store.find(room.code) == asked
    assert store.stamp(room.code) != before


def test_a_visitor_has_one_room_and_comes_back_to_it() -> None:
    room = store.start(A, "tab-one")
    again = store.start(A, "tab-two")
    assert (again.code, again.lead) == (room.code, "tab-two")
    assert store.start(B, "tab-one").code != room.code
    assert len(store.active_codes()) == 2


def test_there_are_only_so_many_rooms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MOST_ROOMS", 2)
    store.start(A, "tab")
    store.start(B, "tab")
    with pytest.raises(ValueError, match="2 rooms on this server already"):
        store.start("c" * 16, "tab")


def test_a_room_expires_and_leaves_nothing(folder: Path) -> None:
    room = store.start(A, "tab")
    path = folder / room.code / "room.json"
    old = time.time() - store.LEASE_SECONDS - 1
    os.utime(path, (old, old))
    assert store.find(room.code) is None
    store.renew_lease(room.code)
    assert store.find(room.code) == room  # its teacher is there
    store.write(replace(room, made=time.time() - store.LONGEST_SECONDS - 1))
    assert store.find(room.code) is None
    os.utime(path.parent, (old, old))
    assert store.active_codes() == []
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"null", b'{"code": 1}', b"\xff\xfe"])
def test_a_damaged_room_is_no_room(folder: Path, content: bytes) -> None:
    room = store.start(A, "tab")
    (folder / room.code / "room.json").write_bytes(content)
    assert store.find(room.code) is None


def test_a_room_that_has_ended_cannot_be_written() -> None:
    room = store.start(A, "tab")
    store.end(room.code)
    store.end(room.code)
    assert store.stamp(room.code) == (0, 0)
    with pytest.raises(FileNotFoundError):
        store.write(room)
    with pytest.raises(FileNotFoundError):
        store.write_presence(room.code, "one", ServerPresence())


@given(st.lists(st.tuples(ANSWERS, st.booleans(), st.integers(0, 9)), max_size=4))
def test_answers_add_up_over_servers_each_visitor_once(parts: list[tuple[store.Answers, bool, int]]) -> None:
    here = [(ServerPresence(follow, 1, 5, answers), fresh) for answers, fresh, follow in parts]
    stale = (ServerPresence(3, 0, 4, {"z": (0, 1.0)}), True)  # of the question before
    total = store.merge([*here, stale], 5)
    assert total.follow == sum(follow for _, fresh, follow in parts if fresh) + 3
    assert total.answers.keys() == {who for answers, _, _ in parts for who in answers}
    for who, (_, when) in total.answers.items():
        assert when == max(answers[who][1] for answers, _, _ in parts if who in answers)
    assert sum(store.tally(total.answers, 4)) == len(total.answers)


def test_servers_know_of_each_other_and_a_dead_one_keeps_its_answers(folder: Path) -> None:
    code = store.start(A, "tab").code
    here = ServerPresence(7, 2, 1, {"who": (1, 5.0)})
    store.write_presence(code, "one", here)
    (folder / code / "here-torn.json").write_text('{"follow": 3')
    assert store.read_other_servers(code, "one") == []
    assert store.read_other_servers(code, "two") == [(here, True)]
    old = time.time() - 60
    os.utime(folder / code / "here-one.json", (old, old))
    (found,) = store.read_other_servers(code, "two")
    assert store.merge([found], 1) == ServerPresence(0, 0, 1, {"who": (1, 5.0)})
    assert json.loads((folder / code / "here-one.json").read_text()) == asdict(here) | {"answers": {"who": [1, 5.0]}}


@given(st.lists(st.floats(0, 10), max_size=60))
def test_a_bucket_never_gives_more_than_its_size_and_its_rate(waits: list[float]) -> None:
    now = [0.0]
    bucket = Bucket(5, 2, lambda: now[0])
    done = 0
    for wait in waits:
        now[0] += wait
        done += bucket.take()
        assert done <= 5 + 2 * now[0] + 1e-9
    if all(wait >= 0.5 for wait in waits):
        assert done == len(waits)


def test_buckets_are_not_kept_for_ever() -> None:
    buckets = Buckets(1, 0)
    assert buckets.of("x").take()
    assert not buckets.of("x").take()
    for k in range(5000):
        buckets.of(str(k))
    assert len(buckets.held) <= 4096
