"""A room over its WebSocket: one teacher, a class, and those who would like to be the teacher."""

import asyncio
import errno
import json
import math
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.app import asgi
from tests.room_client import VIEW, Tab, serving_rooms
from ui.classroom import hub, routes, store
from ui.classroom.protocol import Buckets
from ui.classroom.room import MESSAGES_A_SECOND, MOST_MESSAGES, Member, RoomState
from ui.server import permissions
from ui.server.deployment import FILE_VARIABLE
from vae_core.runs.run import FOLDER_VARIABLE

QUESTION = {"text": "Which n?", "choices": ["100", "1,000"]}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving_rooms() as address:
        yield address


@pytest.fixture
def address(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where rooms are served, none of which is there yet."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    monkeypatch.setattr(routes, "_wrong_codes", Buckets(20, 0))
    monkeypatch.setattr(routes, "_starts", Buckets(6, 0))
    return server


def in_class(address: str, scene: Callable[[Tab, Tab, Tab], Awaitable[None]]) -> None:
    """Play a scene with a teacher, whose room is open, and two students who are in it."""

    async def play() -> None:
        async with Tab(address) as teacher, Tab(address) as ann, Tab(address) as bob:
            code = await teacher.start()
            await ann.join(code)
            await bob.join(code)
            await scene(teacher, ann, bob)

    asgi.run(play())


@pytest.mark.slow
def test_students_see_what_the_teacher_sees_and_the_teacher_counts_them(address: str) -> None:
    async def scene(teacher: Tab, ann: Tab, bob: Tab) -> None:
        await teacher.say("view", **VIEW)
        for tab in (ann, bob):
            view = await tab.until(lambda heard: heard.get("view"))
            assert {name: view[name] for name in VIEW} == VIEW
            assert 0 <= view["spread"] <= 6
            assert tab.heard["room"]["leads"] is tab.heard["room"]["owns"] is False
            assert "here" not in tab.heard
            assert "link" not in tab.heard["room"]
        assert "view" not in teacher.heard
        assert teacher.heard["room"]["link"] == f"http://{address}/?room={teacher.heard['room']['code']}"
        await teacher.until(lambda heard: heard["here"] == {"follow": 2, "explore": 0})
        await bob.say("follow", on=False)
        await teacher.until(lambda heard: heard["here"] == {"follow": 1, "explore": 1})

    in_class(address, scene)


def test_a_quiet_room_says_that_it_is_alive(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(hub.INTERVALS, "keep-alive", 0.05)

    async def scene(teacher: Tab, ann: Tab, bob: Tab) -> None:
        for _ in range(3):
            for tab in (teacher, ann, bob):
                assert await tab.until(lambda heard: heard.pop("alive", None), 2)

    in_class(address, scene)


def test_one_who_comes_hears_how_often_there_will_be_a_sign_of_life(address: str) -> None:
    async def scene(teacher: Tab, ann: Tab, bob: Tab) -> None:
        for tab in (teacher, ann, bob):
            assert await tab.until(lambda heard: heard["alive"], 2) == hub.INTERVALS["keep-alive"] == 10

    in_class(address, scene)


def test_one_who_comes_late_sees_what_is_shown_now(address: str) -> None:
    async def scene(teacher: Tab, ann: Tab, bob: Tab) -> None:
        for n in range(5):
            await teacher.say("view", **VIEW | {"query": f"n={n}"})
        await teacher.say("ask", **QUESTION)
        await ann.until(lambda heard: heard.get("question"))
        async with Tab(address) as late:
            await late.join(teacher.heard["room"]["code"])
            await late.until(lambda heard: heard["view"]["query"] == "n=4" and heard["question"]["text"] == "Which n?")

    in_class(address, scene)


def test_a_question_is_answered_once_by_each_and_shown_when_the_teacher_shows_it(address: str) -> None:
    async def scene(teacher: Tab, ann: Tab, bob: Tab) -> None:
        await teacher.say("ask", **QUESTION)
        for tab in (ann, bob):
            await tab.until(lambda heard: heard.get("question"))
            await tab.say("answer", question=1, choice=0)
        await teacher.until(lambda heard: heard.get("tally") == [2, 0])
        await bob.say("answer", question=1, choice=1)
        await teacher.until(lambda heard: heard["tally"] == [1, 1])
        await bob.until(lambda heard: (heard.get("question") or {}).get("mine") == 1)
        assert "tally" not in ann.heard | bob.heard
        await teacher.say("close", on=True)
        await ann.until(lambda heard: not heard["question"]["open"])
        await ann.say("answer", question=1, choice=1)
        assert await ann.until(lambda heard: heard.get("sorry")) == "This question is closed."
        await teacher.say("show", on=True)
        assert await ann.until(lambda heard: heard.get("tally")) == [1, 1]
        await teacher.say("ask", text="And now?", choices=["a", "b", "c"])
        await ann.until(lambda heard: heard["question"]["id"] == 2 and heard["question"]["mine"] is None)
        await teacher.until(lambda heard: heard["tally"] == [0, 0, 0])
        await teacher.say("clear")
        await ann.until(lambda heard: heard["question"] is None)

    in_class(address, scene)


def test_a_question_without_choices_collects_numbers(address: str) -> None:
    async def scene(teacher: Tab, ann: Tab, bob: Tab) -> None:
        await teacher.say("ask", text="How many samples?", choices=[])
        await ann.until(lambda heard: heard.get("question"))
        await ann.say("answer", question=1, choice=0)
        assert await ann.until(lambda heard: heard.get("sorry")) == "number is a number from -1e+100 to 1e+100."
        await ann.say("answer", question=1, number=1000)
        await bob.say("answer", question=1, number=2.5)
        await teacher.until(lambda heard: heard.get("tally") == [2.5, 1000])
        await ann.say("answer", question=1, number=1)
        await teacher.until(lambda heard: heard["tally"] == [1, 2.5])
        await ann.until(lambda heard: heard["question"]["mine"] == 1)
        assert "tally" not in ann.heard | bob.heard
        await teacher.say("show", on=True)
        assert await bob.until(lambda heard: heard.get("tally")) == [1, 2.5]

    in_class(address, scene)


def test_a_class_throws_darts_each_one_and_in_order(address: str) -> None:
    async def scene(teacher: Tab, ann: Tab, bob: Tab) -> None:
        await teacher.say("throw", aim="prior")
        for number, tab in enumerate((bob, ann)):
            asked = await tab.until(lambda heard: heard.get("question"))
            assert (asked["aim"], asked["mine"], asked["choices"]) == ("prior", None, ["Throw"])
            await tab.say("answer", question=1, choice=0)
            await tab.until(lambda heard, number=number: heard["question"]["mine"] == number)
            assert await teacher.until(lambda heard, n=number: heard["tally"] == [n + 1] and heard["tally"])
        await bob.say("answer", question=1, choice=0)
        assert await bob.until(lambda heard: heard.get("sorry")) == "You have thrown your dart of this round."
        assert await ann.until(lambda heard: heard.get("tally")) == [2]
        await teacher.say("throw", aim="encoder")
        await bob.until(lambda heard: heard["question"]["aim"] == "encoder" and heard["question"]["mine"] is None)
        await teacher.until(lambda heard: heard["tally"] == [0])
        await teacher.say("throw", aim="the wall")
        assert "prior or encoder" in await teacher.until(lambda heard: heard.get("sorry"))

    in_class(address, scene)


def test_a_student_comes_back_to_their_answer(address: str) -> None:
    async def scene(teacher: Tab, ann: Tab, bob: Tab) -> None:
        await teacher.say("ask", **QUESTION)
        await ann.until(lambda heard: heard.get("question"))
        await ann.say("answer", question=1, choice=1)
        await ann.until(lambda heard: (heard.get("question") or {}).get("mine") == 1)
        async with Tab(address, ann.cookie) as again:
            await again.join(teacher.heard["room"]["code"])
            await again.until(lambda heard: (heard.get("question") or {}).get("mine") == 1)

    in_class(address, scene)


def test_answers_outlast_a_moment_with_nobody_there(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(hub.INTERVALS, "presence", 0.05)

    async def play() -> None:
        async with Tab(address) as teacher, Tab(address) as ann:
            code = await teacher.start()
            await ann.join(code)
            await teacher.say("ask", **QUESTION)
            await ann.until(lambda heard: heard.get("question"))
            await ann.say("answer", question=1, choice=1)
            await teacher.until(lambda heard: heard.get("tally") == [0, 1])
        while code in hub.HUB.rooms:
            await asyncio.sleep(0.005)
        async with Tab(address, teacher.cookie) as again, Tab(address, ann.cookie) as student:
            again.tab = teacher.tab
            await again.join(code)
            await again.until(lambda heard: heard.get("tally") == [0, 1])
            await student.join(code)
            await student.until(lambda heard: (heard.get("question") or {}).get("mine") == 1)
            await asyncio.sleep(0.2)  # a few intervals of the presence file
            assert len(store.answers_of(code, hub.HUB.server, 1)) == 1
            assert store.answers_of(code, hub.HUB.server, 2) == {}

    asgi.run(play())


def test_an_answer_leaves_the_followers_on_other_servers_counted(address: str) -> None:
    state, ann = RoomState(store.start("a" * 16, "teacher-tab"), "one"), Member("b" * 16, "student-tab", "")
    state.change(question=store.Question(1, "?", ("x", "y")), asked=1)
    state.enter(ann)
    state.merge_server_counts([(store.ServerPresence(follow=5, explore=2), True)])
    state.answer(ann, 1)
    assert (state.total.follow, state.total.explore) == (6, 2)


def test_a_full_disk_is_a_sentence(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(room: store.Room) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store, "write", write)

    async def play() -> None:
        async with Tab(address) as teacher:
            await teacher.say("start", tab=teacher.tab)
            assert "could not keep this" in await teacher.until(lambda heard: heard.get("refused"), 2)

    asgi.run(play())


@pytest.mark.parametrize(
    "message",
    [
        {"do": "view", **VIEW},
        {"do": "ask", **QUESTION},
        {"do": "throw", "aim": "prior"},
        {"do": "close", "on": True},
        {"do": "show", "on": True},
        {"do": "clear"},
        {"do": "end"},
        {"do": "lead"},
        {"do": "start"},
        {"do": "nothing known"},
        {"do": "answer", "question": 1, "choice": 2},
        {"do": "answer", "question": 1, "choice": -1},
        {"do": "answer", "question": 1, "choice": True},
        {"do": "answer", "question": 0, "choice": 0},
        {"do": "follow", "on": "yes"},
        {"no": "act"},
        {"do": "view", **VIEW, "lead": "me", "owner": "me"},
    ],
)
def test_a_student_changes_nothing_but_their_own_part(address: str, message: dict[str, Any]) -> None:
    async def scene(teacher: Tab, ann: Tab, bob: Tab) -> None:
        await teacher.say("view", **VIEW)
        await teacher.say("ask", **QUESTION)
        await ann.until(lambda heard: heard.get("view") and heard.get("question"))
        room = store.find(teacher.heard["room"]["code"])
        await ann.shout(json.dumps(message))
        sentence = await ann.until(lambda heard: heard.get("sorry"))
        assert sentence.endswith(".")
        assert len(sentence) < 120
        assert store.find(room.code) == room
        assert ann.heard["room"]["leads"] is False

    in_class(address, scene)


@pytest.mark.parametrize("text", [b"\x00\xff", "x" * 20_000, "[" * 15_000, "\x00", '{"do": "view"' + " " * 100_000])
def test_noise_harms_nobody(address: str, text: str | bytes) -> None:
    async def scene(teacher: Tab, ann: Tab, bob: Tab) -> None:
        await ann.shout(text)
        await ann.until(lambda heard: heard.get("sorry") or heard.get("ended") or heard.get("closed"))
        await teacher.say("view", **VIEW)
        await bob.until(lambda heard: heard.get("view"))

    in_class(address, scene)


def test_one_who_sends_without_end_waits_and_nobody_else(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[tuple[str, float]] = []
    act = routes.act

    def counted(state: RoomState, member: Member, message: dict[str, Any]) -> None:
        done.append((member.tab, time.monotonic()))
        act(state, member, message)

    monkeypatch.setattr(routes, "act", counted)

    def times_of(tab: Tab) -> list[float]:
        return [at for who, at in done if who == tab.tab]

    async def scene(teacher: Tab, ann: Tab, bob: Tab) -> None:
        (member,) = (each for each in hub.HUB.rooms[teacher.heard["room"]["code"]].members if each.tab == ann.tab)
        flood = asyncio.create_task(shout_on(ann))
        try:
            while len(times_of(ann)) < MOST_MESSAGES + 3:
                await asyncio.sleep(0.005)
            for n in range(5):  # while her line stands still
                await teacher.say("view", **VIEW | {"query": f"n={n}"})
                await bob.until(lambda heard, n=n: heard["view"]["query"] == f"n={n}")
            times = times_of(ann)
            assert len(times) <= MOST_MESSAGES + MESSAGES_A_SECOND * (times[-1] - times[0]) + 2
        finally:
            flood.cancel()
            member.bucket.size = member.bucket.level = math.inf  # or the end would wait for all that she has sent

    async def shout_on(tab: Tab) -> None:
        while True:
            await tab.shout('{"do": "follow", "on": true}')
            await asyncio.sleep(0)

    in_class(address, scene)


def test_one_who_sends_much_in_one_message_is_sent_away(address: str) -> None:
    async def scene(teacher: Tab, ann: Tab, bob: Tab) -> None:
        await ann.shout("x" * 20_000)
        assert "too many messages" in await ann.until(lambda heard: heard.get("ended"))
        await ann.until(lambda heard: heard.get("closed"))

    in_class(address, scene)


def test_the_teacher_leads_from_one_tab(address: str) -> None:
    async def scene(teacher: Tab, ann: Tab, bob: Tab) -> None:
        async with Tab(address, teacher.cookie) as second:
            await second.join(teacher.heard["room"]["code"])
            told = second.heard["room"]
            assert (told["code"], told["owns"], told["leads"]) == (teacher.heard["room"]["code"], True, False)
            assert told.keys().isdisjoint({"link", "path"})
            await second.say("view", **VIEW)
            assert await second.until(lambda heard: heard.get("sorry"))
            await second.say("lead")
            await second.until(lambda heard: heard["room"]["leads"])
            await teacher.until(lambda heard: not heard["room"]["leads"])
            await second.say("view", **VIEW)
            await teacher.until(lambda heard: heard.get("view"))

    in_class(address, scene)


def test_the_teacher_comes_back_after_a_reload(address: str) -> None:
    async def play() -> None:
        cookie = secrets.token_urlsafe(24)
        async with Tab(address, cookie) as teacher:
            code = await teacher.start()
            await teacher.say("ask", **QUESTION)
            await teacher.until(lambda heard: heard.get("question"))
        async with Tab(address, cookie) as again:
            again.tab = teacher.tab
            await again.join(code)
            assert again.heard["room"]["leads"]
            await again.until(lambda heard: heard["question"]["text"] == "Which n?")

    asgi.run(play())


def test_an_ended_room_tells_everyone_and_is_gone(address: str) -> None:
    async def scene(teacher: Tab, ann: Tab, bob: Tab) -> None:
        await teacher.say("end")
        for tab in (ann, bob):
            assert await tab.until(lambda heard: heard.get("ended")) == "The teacher has ended this room."
            await tab.until(lambda heard: heard.get("closed"))
        async with Tab(address) as late:
            await late.join(teacher.heard["room"]["code"])
            assert "no room with this code" in late.heard["refused"]

    in_class(address, scene)


def test_codes_cannot_be_tried_one_after_the_other(address: str) -> None:
    async def play() -> None:
        for n in range(22):
            async with Tab(address) as guess:
                await guess.join("BBBBBB")
                assert ("Too many wrong codes" in guess.heard["refused"]) == (n >= 20)
                await guess.until(lambda heard: heard.get("closed"))

    asgi.run(play())


def test_wrong_codes_are_counted_by_who_is_signed_in(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "s" * 40
    (tmp_path / "secret").write_text(secret)
    (tmp_path / "serving.toml").write_text('[proxy]\nsecret_file = "secret"\n[roles]\nteacher = ["staff"]\n')
    monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / "serving.toml"))

    def tab(user: str, groups: str = "") -> Tab:
        sent = {"X-Forwarded-User": user, "X-Forwarded-Groups": groups, permissions.SECRET_HEADER: secret}
        return Tab(address, headers=sent)

    async def play() -> None:
        async with tab("tea", "staff") as teacher:
            code = await teacher.start()
            for wrong in ["BBBBBB"] * 20 + [code]:
                async with tab("ann") as ann:
                    await ann.join(wrong)
            assert "Too many wrong codes came from you." in ann.heard["refused"]
            async with tab("ben") as ben:
                await ben.join(code)
                assert ben.heard["room"]["code"] == code, "of the same address"

    asgi.run(play())


def test_who_may_not_teach_starts_no_room(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def why_not(act: str, headers: Any) -> str:
        asked.append((act, headers["host"]))
        return "Only teachers may lead a room on this server. Your role here is student."

    monkeypatch.setattr(permissions, "refusal", why_not)

    async def play() -> None:
        async with Tab(address) as student:
            await student.say("start", tab=student.tab)
            assert "Only teachers" in await student.until(lambda heard: heard.get("refused"))

    asgi.run(play())
    assert asked == [("teach", address)]
    assert store.active_codes() == []


def test_without_cookies_one_follows_but_neither_starts_nor_answers(address: str) -> None:
    async def scene(teacher: Tab, ann: Tab, bob: Tab) -> None:
        await teacher.say("view", **VIEW)
        await teacher.say("ask", **QUESTION)
        async with Tab(address, None) as bare, Tab(address, None) as other:
            await bare.join(teacher.heard["room"]["code"])
            await bare.until(lambda heard: heard.get("view") and heard.get("question"))
            await bare.say("answer", question=1, choice=0)
            assert "cookie" in await bare.until(lambda heard: heard.get("sorry"))
            await other.say("start", tab=other.tab)
            assert "cookie" in await other.until(lambda heard: heard.get("refused"))

    in_class(address, scene)
