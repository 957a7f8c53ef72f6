"""A class of real browsers: two follow a third."""

import contextlib
import csv
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import grave
from tests.browser.latent_map_driver import Pad
from tests.browser.settle import settle
from tests.server import ROOT, running_script
from vae_core.runs.run import FOLDER_VARIABLE

PATIENCE = 40_000
# Entries in the history, and messages to Streamlit's server, which are what reruns a page.
_WATCH = """() => {
    const { send } = WebSocket.prototype;
    window.asked = 0;
    WebSocket.prototype.send = function (data) {
        if (this.url.includes("_stcore")) window.asked += 1;
        return send.call(this, data);
    };
}"""


class Place:
    """A server of its own, since others' rooms are not to be seen here; it can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._running = folder, contextlib.ExitStack()
        self.address = ""
        self.start()

    def start(self) -> None:
        environment = os.environ | {FOLDER_VARIABLE: str(self._folder / "runs")}
        log = self._folder / f"{time.monotonic_ns()}.txt"
        port = int(self.address.rsplit(":", 1)[1]) if self.address else 0
        script = running_script(ROOT / "app.py", ROOT, environment, log, port)
        self.address, self._process = self._running.enter_context(script)

    def kill(self) -> None:
        self._process.kill()
        self.stop()

    def stop(self) -> None:
        self._running.close()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    here = Place(tmp_path_factory.mktemp("rooms"))
    yield here
    here.stop()


class Seat:
    """One browser in the class."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address

    def open(self, path: str = "/") -> "Seat":
        self.page.goto(f"http://{self.address}{path}")
        expect(self.page.get_by_test_id("room-status")).to_be_visible(timeout=PATIENCE)
        return self

    def start(self) -> str:
        """Start a room; gives its code."""
        self.page.get_by_test_id("room-status").click()
        self.page.get_by_test_id("room-start").click()
        expect(self.page.get_by_test_id("room-name")).to_have_text(re.compile(r"^\w{3} \w{3}$"))
        code = self.page.get_by_test_id("room-name").inner_text()
        self.page.keyboard.press("Escape")
        return code

    def join(self, code: str) -> None:
        """Type the code of a room."""
        if not self.page.get_by_test_id("room-code").is_visible():
            self.page.get_by_test_id("room-status").click()
        self.page.get_by_test_id("room-code").fill(code.lower())
        self.page.get_by_test_id("room-code").press("Enter")

    def leave(self) -> None:
        self.page.get_by_test_id("room-status").click()
        self.page.get_by_test_id("room-leave").click()
        expect(self.page.get_by_test_id("room-status")).to_have_text("Classroom")

    def ask(self, question: str, *choices: str) -> None:
        self.page.get_by_test_id("room-ask").click()
        self.page.get_by_test_id("ask-text").fill(question)
        self.page.get_by_test_id("ask-choices").fill("\n".join(choices))
        self.page.keyboard.press("Tab")
        self.page.keyboard.press("Enter")

    def follows(self) -> "Seat":
        expect(self.page.get_by_test_id("stop-following")).to_be_visible(timeout=PATIENCE)
        return self

    @property
    def z(self) -> str:
        return self.page.get_by_test_id("z").first.inner_text()

    def drag(self, start: tuple[float, float], end: tuple[float, float], during: Callable[[], None]) -> None:
        """Drag over the latent plane, between two places as shares of its size; `during` is called at the end of it."""
        box = self.page.get_by_test_id("latent-plane").first.bounding_box()
        at = [(box["x"] + across * box["width"], box["y"] + down * box["height"]) for across, down in (start, end)]
        self.page.mouse.move(*at[0])
        self.page.mouse.down()
        self.page.mouse.move(*at[1], steps=12)
        during()
        self.page.mouse.up()


@pytest.fixture
def seats(new_page: Callable[..., Page], place: Place) -> tuple[Seat, Seat, Seat]:
    """A teacher and two students, one of them at a telephone in the dark, nobody in a room yet."""
    phone = new_page(390, 844, color_scheme="dark", has_touch=True)
    return tuple(Seat(page, place.address) for page in (new_page(fresh=True), new_page(820, 900, fresh=True), phone))


def a_class(seats: tuple[Seat, Seat, Seat], path: str = "/") -> tuple[Seat, Seat, Seat]:
    """One student types the code, the other opens the link; all have seen the first picture."""
    teacher, ann, bob = seats
    code = teacher.open(path).start()
    ann.open().join(code)
    bob.page.goto(f"http://{bob.address}/?room={code.replace(' ', '')}")
    for student in (ann.follows(), bob.follows()):
        Pad(student.page, student.address).ready()
    expect(teacher.page.get_by_test_id("room-status")).to_contain_text("2 follow", timeout=PATIENCE)
    return teacher, ann, bob


def same_z(teacher: Seat, *students: Seat) -> None:
    for student in students:
        expect(student.page.get_by_test_id("z").first).to_have_text(teacher.z, timeout=PATIENCE)


def test_two_follow_a_drag_one_lets_go_and_comes_back_and_both_follow_to_other_pages(
    seats: tuple[Seat, Seat, Seat],
) -> None:
    teacher, ann, bob = a_class(seats)
    follow_a_drag(teacher, ann, bob)
    let_go_and_come_back(teacher, ann, bob)
    follow_elsewhere(teacher, ann, bob)
    bob.leave()
    expect(teacher.page.get_by_test_id("room-status")).to_contain_text("1 follows")
    bob.page.reload()
    expect(bob.page.get_by_test_id("room-status")).to_contain_text("Class", timeout=PATIENCE)  # who left has left


def follow_a_drag(teacher: Seat, ann: Seat, bob: Seat) -> None:
    """Nothing is asked of the server, and nothing is added to the history."""
    before = teacher.z
    entries = ann.page.evaluate("history.length")
    for student in (ann, bob):
        student.page.evaluate(_WATCH)
    pictures = [Pad(student.page, student.address).picture() for student in (ann, bob)]
    teacher.drag((0.3, 0.3), (0.6, 0.5), during=lambda: same_z(teacher, ann, bob))
    assert teacher.z != before
    for seat in (teacher, ann, bob):
        settle(seat.page)
    same_z(teacher, ann, bob)
    for student, picture in zip((ann, bob), pictures, strict=True):
        assert Pad(student.page, student.address).picture() != picture
        assert student.page.evaluate("window.asked") == 0
    assert ann.page.evaluate("history.length") == entries


def let_go_and_come_back(teacher: Seat, ann: Seat, bob: Seat) -> None:
    """One student explores alone meanwhile."""
    ann.drag((0.7, 0.7), (0.72, 0.7), during=lambda: None)  # touching a control is enough
    expect(ann.page.get_by_test_id("follow-again")).to_be_visible()
    expect(teacher.page.get_by_test_id("room-status")).to_contain_text("1 follows")
    own = ann.z
    teacher.drag((0.3, 0.3), (0.4, 0.6), during=lambda: same_z(teacher, bob))
    expect(ann.page).to_have_url(re.compile("map_z="))  # what was found alone is in the link
    settle(ann.page)
    assert ann.z == own != teacher.z
    ann.page.get_by_test_id("follow-again").click()
    same_z(teacher, ann, bob)
    expect(teacher.page.get_by_test_id("room-status")).to_contain_text("2 follow")


def follow_elsewhere(teacher: Seat, ann: Seat, bob: Seat) -> None:
    """To another model, an image and another page."""
    teacher.page.get_by_role("combobox", name="Model").click()
    teacher.page.get_by_role("option", name="Fashion 10D").first.click()
    for student in (ann, bob):
        expect(student.page).to_have_url(re.compile("map_model="), timeout=PATIENCE)
        expect(student.page.get_by_role("combobox", name="Model")).to_have_value(
            teacher.page.get_by_role("combobox", name="Model").input_value(), timeout=PATIENCE
        )
    teacher.page.get_by_role("button", name="Next image").click()
    Pad(teacher.page, teacher.address).ready()
    same_z(teacher, ann, bob)
    teacher.page.get_by_role("link", name="Anything from a normal").click()
    for student in (ann, bob):
        expect(student.page.get_by_role("heading", level=1, name="Anything from a normal")).to_be_visible(
            timeout=PATIENCE
        )
    morph = teacher.page.get_by_test_id("morph")
    morph.focus()
    for _ in range(10):
        teacher.page.keyboard.press("ArrowLeft")
    for student in (ann, bob):
        expect(student.page.get_by_test_id("morph")).to_have_value(morph.input_value(), timeout=PATIENCE)


def test_a_question_is_answered_in_a_room_that_outlives_its_teachers_reload_and_the_server(
    seats: tuple[Seat, Seat, Seat], place: Place
) -> None:
    teacher, ann, bob = a_class(seats, "/?lesson=what-is-a-vae&lesson_step=2")
    code = teacher.page.get_by_test_id("room-status").inner_text()[:7]
    teacher.page.get_by_test_id("room-ask-lesson").click()
    for student in (ann, bob):
        expect(student.page.get_by_test_id("question")).to_contain_text("How many numbers does the decoder need")
        expect(student.page.get_by_role("button", name="784, one for each pixel")).to_be_visible()
    expect(teacher.page.get_by_test_id("room-ask-lesson")).to_be_hidden()
    ask_and_answer(teacher, ann, bob)
    rows = teacher.page.get_by_test_id("question").get_by_role("listitem")
    teacher.page.reload()
    expect(teacher.page.get_by_test_id("room-ask")).to_be_visible(timeout=PATIENCE)
    expect(teacher.page.get_by_test_id("room-status")).to_contain_text(f"{code} · 2 follow", timeout=PATIENCE)
    place.kill()
    for seat in (teacher, ann, bob):
        expect(seat.page.get_by_test_id("room-status")).to_contain_text("Connection lost", timeout=PATIENCE)
    place.start()
    for student in (ann, bob):
        expect(student.page.get_by_test_id("room-status")).to_contain_text("Following", timeout=PATIENCE)
    expect(teacher.page.get_by_test_id("room-status")).to_contain_text("2 follow", timeout=PATIENCE)
    expect(teacher.page.get_by_test_id("question")).to_contain_text("2 answers. Nobody sees them yet.")
    Pad(teacher.page, teacher.address).ready()
    teacher.drag((0.3, 0.3), (0.6, 0.5), during=lambda: same_z(teacher, ann, bob))
    teacher.page.get_by_role("button", name="Show to the class").click()
    expect(rows.nth(2)).to_contain_text("10,0002")
    expect(ann.page.get_by_test_id("question").locator(".count")).to_have_text(["0", "0", "2"])
    teacher.page.get_by_role("button", name="Remove question").click()
    expect(bob.page.get_by_test_id("question")).to_be_hidden()
    expect(ann.page.get_by_test_id("stop-following")).to_be_visible()  # an answer is no letting go
    guess(teacher, ann, bob)
    teacher.page.get_by_test_id("room-status").click()
    teacher.page.get_by_test_id("room-end").click()
    expect(teacher.page.get_by_role("button", name="Keep it")).to_be_focused()
    teacher.page.get_by_role("button", name="End it").click()
    expect(teacher.page.get_by_test_id("room-panel")).to_contain_text("You have ended this room.")
    for student in (ann, bob):
        expect(student.page.get_by_test_id("room-panel")).to_contain_text("The teacher has ended this room.")
        expect(student.page.get_by_test_id("room-status")).to_contain_text("Class")
        expect(student.page).not_to_have_url(re.compile("room="))


def guess(teacher: Seat, ann: Seat, bob: Seat) -> None:
    """Without choices the class writes numbers, which are a histogram once the teacher shows them."""
    teacher.ask("How many samples will do?")
    for student, number in ((ann, "1000"), (bob, "10")):
        student.page.get_by_test_id("guess").fill(number)
        student.page.get_by_role("button", name="Send", exact=True).click()
    expect(ann.page.get_by_test_id("question")).to_contain_text("Your 1,000 is counted.")
    expect(teacher.page.get_by_test_id("question")).to_contain_text("2 answers. Nobody sees them yet.")
    expect(teacher.page.get_by_test_id("guesses")).to_be_hidden()
    teacher.page.get_by_role("button", name="Show to the class").click()
    for seat in (teacher, ann, bob):
        expect(seat.page.get_by_test_id("guesses")).to_contain_text("half are below 505")
    teacher.page.get_by_role("button", name="Remove question").click()


def ask_and_answer(teacher: Seat, ann: Seat, bob: Seat) -> None:
    """The answers are counted for the teacher alone, and one may be changed."""
    hostile = "<img src=x onerror='window.run = 1'>"
    teacher.ask("Which n is <script>window.run = 1</script> enough?", "100", hostile, "10,000")
    for student in (ann, bob):
        expect(student.page.get_by_test_id("question")).to_contain_text("<script>")
        expect(student.page.get_by_test_id("room-news")).to_contain_text("Question: Which n")
        expect(student.page.get_by_role("button", name="10,000")).to_be_visible()
    ann.page.get_by_role("button", name="10,000").click()
    expect(ann.page.get_by_test_id("question")).to_contain_text("Your answer is counted")
    bob.page.get_by_role("button", name="100", exact=True).focus()
    bob.page.keyboard.press("Enter")
    question = teacher.page.get_by_test_id("question")
    expect(question).to_contain_text("2 answers. Nobody sees them yet.")
    expect(question.locator(".count")).to_have_count(0)  # the projector shows the teacher's screen
    with teacher.page.expect_download() as download:
        teacher.page.get_by_role("button", name="Save (CSV)").click()
    with Path(download.value.path()).open(newline="") as file:
        assert [row[1:] for row in csv.reader(file)][1:] == [["100", "1"], [hostile, "0"], ["10,000", "1"]]
    teacher.page.get_by_role("button", name="Show to me alone").click()
    rows = question.get_by_role("listitem")
    for row, count in enumerate((1, 0, 1)):
        expect(rows.nth(row)).to_contain_text(re.compile(rf"{count}$"))
    expect(bob.page.get_by_role("listitem").first).not_to_contain_text("1001")
    assert bob.page.get_by_test_id("question").locator(".count").count() == 0
    bob.page.get_by_role("button", name="10,000").click()
    expect(rows.nth(2)).to_contain_text(re.compile("2$"))
    teacher.page.get_by_role("button", name="Close answers").click()
    expect(ann.page.get_by_test_id("question")).to_contain_text("Answers are closed.")
    expect(ann.page.get_by_role("button", name="10,000")).to_have_count(0)
    teacher.page.get_by_role("button", name="Open again").click()
    expect(ann.page.get_by_role("button", name="10,000")).to_be_visible()
    for seat in (teacher, ann, bob):
        assert seat.page.evaluate("window.run") is None
        assert grave(seat.page) == []
        assert seat.page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")


def test_a_student_types_a_wrong_code_by_keyboard_and_goes_from_room_to_room(seats: tuple[Seat, Seat, Seat]) -> None:
    first, second, student = seats
    student.open()
    expect(student.page.get_by_test_id("share")).to_be_visible()
    for _ in ("past the header", "share", "class"):  # on a phone the list of keys has no button
        student.page.keyboard.press("Tab")
    expect(student.page.get_by_test_id("room-status")).to_be_focused()
    student.page.keyboard.press("Enter")
    expect(student.page.get_by_test_id("room-code")).to_be_focused()
    for typed, sentence in (("abc", "received 'ABC'"), ("BBB BBB", "There is no room with this code.")):
        student.page.get_by_test_id("room-code").fill(typed)
        student.page.keyboard.press("Enter")
        expect(student.page.get_by_test_id("room-panel").get_by_role("alert")).to_contain_text(sentence)
    student.page.keyboard.press("Escape")
    expect(student.page.get_by_test_id("room-panel")).to_be_hidden()
    expect(student.page.get_by_test_id("room-status")).to_be_focused()
    codes = [seat.open().start() for seat in (first, second)]
    for seat, text in ((first, "First?"), (second, "Second?")):
        seat.ask(text, "yes", "no")
    question = student.page.get_by_test_id("question")
    student.join(codes[0])
    expect(question).to_contain_text("First?")
    student.page.get_by_role("button", name="Close the question").click()
    expect(question).to_be_hidden()
    student.leave()
    student.join(codes[1])  # whose question has the same number
    expect(question).to_be_visible()
    expect(question).to_contain_text("Second?")
    student.page.goto(f"http://{student.address}/?room={codes[0].replace(' ', '')}")
    expect(question).to_contain_text("First?", timeout=PATIENCE)
    student.page.reload()
    expect(question).to_contain_text("First?", timeout=PATIENCE)
    student.leave()
    student.page.reload()
    expect(student.page.get_by_test_id("room-status")).to_have_text("Classroom", timeout=PATIENCE)
