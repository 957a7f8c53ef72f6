"""The page Library without a browser: its cards, quotas, deletions, settings, and what several files become."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.testing.v1 import AppTest

from tests.app.app_test_page import opened
from tests.app.runs import make_run
from tests.app.training_runs import make_training, write
from tests.malicious_uploads import model
from tests.read_only_folder import make_read_only
from tests.sample_uploads import encoded, noise, npy, npz, zipped
from ui.pages.library import example
from ui.pages.library.actions import default_config
from ui.pages.library.combine_files import combine, left_out, source_of, title_of
from ui.pages.train import runs as training
from ui.server import user_cookie
from vae_core import data
from vae_core.config import ModelConfig
from vae_core.data.uploaded import training_count
from vae_core.io import disk_space
from vae_core.jobs import queue
from vae_core.readers.read import read
from vae_core.readers.schema import Choices, Preview
from vae_core.runs.run import FOLDER_VARIABLE
from vae_core.uploads import store
from vae_core.uploads.sandbox import UploadError

FRAME = Path(__file__).parents[2] / "ui" / "server" / "frame.py"
ME, OTHER = "me", "other"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Empty folders of runs and uploads, in which no trainer is started; the visitor is ME."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "runs"))
    monkeypatch.setenv("VAE_LAB_UPLOADS", str(tmp_path / "uploads"))
    monkeypatch.setattr(queue, "schedule", lambda root: None)
    monkeypatch.setattr(user_cookie, "current_user", lambda: ME)
    training.forget()
    return tmp_path


@pytest.fixture
def page(root: Path) -> Callable[[], AppTest]:
    def open_page(**params: str) -> AppTest:
        training.forget()
        test = AppTest.from_file(str(FRAME), default_timeout=60)
        test.switch_page("../../pages/library.py")
        return opened(test, params)

    return open_page


def kept(root: Path, title: str, owner: str) -> str:
    (root / "upload").write_bytes(npz(images=np.random.default_rng(0).integers(0, 256, (40, 6, 6), dtype=np.uint8)))
    with (root / "upload").open("rb") as upload:
        return store.save(store.read_draft(upload, Choices(), owner), title, "d.npz", owner).name


def texts(test: AppTest) -> str:
    assert not test.exception
    kinds = (test.markdown, test.caption, test.info, test.error, test.success, test.warning)
    return "\n".join(element.value for kind in kinds for element in kind).replace("\\", "")


def tab(test: AppTest, name: str) -> AppTest:
    test.session_state["lib_tab"] = name
    return test.run()


def button(test: AppTest, key: str):
    return next((button for button in test.button if button.key == key), None)


def test_empty_shelves_say_what_to_do(page: Callable[[], AppTest]) -> None:
    test = page()
    assert "There is no imported data set yet. Drop a file above." in texts(test)
    assert "Fashion-MNIST" in texts(test)
    assert "Nothing is waiting or training." in texts(tab(test, "Trainings"))
    assert "No model has been trained or imported here yet." in texts(tab(test, "Models"))


def test_a_card_says_what_it_is_and_only_its_owner_may_delete_it(
    root: Path, page: Callable[[], AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, theirs = kept(root, "<b>Mine</b>", ME), kept(root, "Theirs", OTHER)
    test = page()
    said = texts(test)
    assert "**<b>Mine</b>**" in said
    assert "40 pictures of 6 × 6, grey" in said
    assert "1 of at most 20 data sets" in test.get("progress")[0].proto.text
    assert "Theirs" not in said
    test.toggle[0].set_value(True).run()
    assert "another visitor's" in texts(test)
    assert button(test, f"lib_delete_{theirs}") is None
    button(test, f"lib_delete_{mine}").click().run()
    assert "Mine</b> is deleted." in texts(test)
    assert [each.name for each in store.list_sets()] == [theirs]
    with monkeypatch.context() as full:
        full.setattr(store, "OWNER_SETS", 0)
        button(test, "lib_undo").click().run()
    assert "delete one first" in texts(test)
    button(test, "lib_undo").click().run()  # the way back is still there
    assert "Mine</b> is back." in texts(test)
    assert {each.name for each in store.list_sets()} == {mine, theirs}
    assert button(test, "lib_undo") is None


def test_undo_is_there_after_a_reload_for_what_is_in_the_trash(root: Path, page: Callable[[], AppTest]) -> None:
    name = kept(root, "Mine", ME)
    button(page(), f"lib_delete_{name}").click().run()
    test = page()
    assert "Mine is deleted." in texts(test)
    button(test, "lib_undo").click().run()
    assert "Mine is back." in texts(test)
    assert button(page(), "lib_undo") is None


def test_on_a_full_disk_a_deleted_run_is_gone_and_no_undo_is_offered(
    root: Path, page: Callable[[], AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(make_run(root / "runs" / "large", title="Large") / "request.json", {"title": "Large", "owner": ME})
    monkeypatch.setattr(queue, "free", lambda folder: 1000)
    test = tab(page(), "Models")
    button(test, "lib_remove_large").click().run()
    assert "Large is deleted for good, since the disk of this server is nearly full." in texts(test)
    assert button(test, "lib_undo") is None


def test_what_was_deleted_in_another_tab_is_named_at_the_next_click(root: Path, page: Callable[[], AppTest]) -> None:
    theirs, mine = kept(root, "Theirs", OTHER), kept(root, "Mine", ME)
    test = page()
    test.toggle[0].set_value(True).run()
    store.remove(theirs, OTHER)
    button(test, f"lib_train_{theirs}").click().run()
    assert "Deleted in another tab, or by the owner: Theirs." in texts(test)
    store.remove(mine, ME)
    button(test, f"lib_train_{mine}").click().run()
    assert "Mine is deleted." in texts(test)  # with Undo, as where one has deleted it here
    assert "Deleted in another tab" not in texts(test)


def test_a_file_that_the_server_no_longer_has_is_said_to_be_lost(page: Callable[[], AppTest]) -> None:
    test = page()
    chooser = test.file_uploader[0]
    state = WidgetState(id=chooser.proto.id)
    state.file_uploader_state_value.uploaded_file_info.add(file_id="before", name="faces.zip", size=9)
    assert "The server no longer has one of the files shown here" in texts(test._run(WidgetStates(widgets=[state])))


def test_training_from_a_card_queues_a_run_of_this_visitor(root: Path, page: Callable[[], AppTest]) -> None:
    name = kept(root, "Mine", ME)
    test = page()
    button(test, f"lib_train_{name}").click().run()
    (run,) = (path for path in (root / "runs").iterdir() if (path / "config.json").is_file())
    config, described = training.config_of(run), queue.describe_job(run)
    assert (config.data.name, config.model.image_shape, config.model.latent_dim) == (name, (1, 6, 6), 2)
    assert described["owner"] == ME
    assert described["title"] == "Mine, 2 latents"


def test_one_visitor_keeps_so_many_runs_and_no_more(
    root: Path, page: Callable[[], AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = kept(root, "Mine", ME)
    monkeypatch.setattr(training, "MOST_OF_ONE", 0)
    test = page()
    button(test, f"lib_train_{name}").click().run()
    assert "You have 0 models and trainings, which is as many as fit" in texts(test)
    assert not (root / "runs").exists() or not list((root / "runs").glob("*/config.json"))


def test_one_visitor_keeps_so_many_bytes_of_runs_and_no_more(
    root: Path, page: Callable[[], AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = kept(root, "Mine", ME)
    for folder, owner, size in (("mine", ME, 10_000), ("theirs", OTHER, 90_000)):
        run = make_training(root / "runs" / folder, "stopped")
        write(run / "request.json", {"owner": owner})
        (run / "more").write_bytes(bytes(size))
    held = disk_space.size(root / "runs" / "mine")
    monkeypatch.setattr(training, "MOST_BYTES_OF_ONE", held)
    test = page()
    button(test, f"lib_train_{name}").click().run()
    assert "Your models and trainings take 0.0 GB, as much as fits: delete one in the Library" in texts(test)
    assert len(list((root / "runs").glob("*/config.json"))) == 2
    monkeypatch.setattr(training, "MOST_BYTES_OF_ONE", held + 1)
    button(test, f"lib_train_{name}").click().run()
    assert len(list((root / "runs").glob("*/config.json"))) == 3


def test_the_example_for_those_without_data_reads_as_pictures_in_classes(root: Path) -> None:
    packed = example.zip_of_faces()
    assert packed == example.zip_of_faces()
    found = read(io.BytesIO(packed), Choices())
    faces = data.load("pixel-faces", "train")
    assert sorted(found.preview.classes) == sorted(faces.classes)
    given = zip(faces.labels[: example.COUNT], faces.images[: example.COUNT], strict=True)
    taken = zip(found.labels, found.images, strict=True)
    pictures = sorted((found.preview.classes[k], image.tobytes()) for k, image in taken)
    assert pictures == sorted((faces.classes[k], image.tobytes()) for k, image in given)


def test_models_and_trainings_have_cards_with_their_owner(root: Path, page: Callable[[], AppTest]) -> None:
    write(make_run(root / "runs" / "mine", title="A model") / "request.json", {"owner": ME})
    write(make_run(root / "runs" / "theirs", title="B model") / "request.json", {"owner": OTHER})
    running = make_training(root / "runs" / "running", title="C training")
    stopped = make_training(root / "runs" / "stopped", "stopped", title="D training")
    write(stopped / "request.json", {"owner": ME, "title": "D training"})
    test = page()
    said = texts(tab(test, "Models"))
    assert "A model" in said
    assert "yours" in said
    assert "shipped" in said
    assert "B model" not in said
    assert button(test, "lib_remove_mine")
    assert button(test, "lib_remove_theirs") is None
    test.toggle(key="lib_models_all").set_value(True).run()
    assert "B model" in texts(test)
    assert button(test, "lib_remove_theirs") is None
    button(test, "lib_remove_mine").click().run()
    assert not (root / "runs" / "mine").exists()
    said = texts(tab(test, "Trainings"))
    assert "step 40 of 100" in said
    assert button(test, f"lib_remove_{stopped.name}")
    assert button(test, f"lib_remove_{running.name}") is None
    button(test, "lib_undo").click().run()
    assert (root / "runs" / "mine").exists()


@pytest.mark.parametrize(
    ("shape", "count"), [((1, 8, 8), 40), ((3, 32, 32), 500), ((3, 64, 64), 5000), ((1, 1, 4), 150), ((1, 1, 1), 60)]
)
def test_settings_are_sound_for_any_data(shape: tuple[int, int, int], count: int) -> None:
    config = default_config(Preview("pictures", count, shape), "own:x", 2)
    assert config.model == ModelConfig(shape, 2, hidden=config.model.hidden, sigma="optimal")
    assert 1000 <= config.train.steps <= 4000
    assert config.train.batch_size <= training_count(Preview("pictures", count, shape))


class File(io.BytesIO):
    """A file as Streamlit hands it over."""

    def __init__(self, name: str, content: bytes = b"x") -> None:
        super().__init__(content)
        self.name = name


def test_no_measure_is_promised_for_a_decoder_alone(page: Callable[[], AppTest]) -> None:
    test = page()
    test.session_state["lib_as"] = "model"
    content = model({"data": "digits"})  # a set that is on every server
    test.run().file_uploader[0].set_value(("mine.zip", content, "application/zip")).run()
    assert "The file has no encoder. The points will be draws from the prior, and no ELBO is shown." in texts(test)
    assert "measured" not in texts(test)
    assert "not on this server" not in texts(test)


def test_several_pictures_become_one_archive_whose_folders_are_their_own() -> None:
    files = [File("set/cat/a.png"), File("set/cat/../../b.PNG"), File("set\\dog\\a.jpg"), File("set/readme.txt")]
    with combine(files) as whole, zipfile.ZipFile(whole) as archive:
        assert archive.namelist() == ["set/cat/00000.png", "set/cat/00001.png", "set/dog/00002.jpg"]
    assert title_of(files) == "set"
    assert source_of(files) == "4 files"
    assert title_of([File("My waves.csv")]) == "My waves"
    with combine([File("a.csv", b"1,2")]) as whole:
        whole.seek(0)
        assert whole.read() == b"1,2"


def test_a_table_beside_pictures_is_left_out_and_said_to_be(page: Callable[[], AppTest]) -> None:
    files = [(f"{n}.png", encoded(each), "image/png") for n, each in enumerate(noise(40, 8, 8))]
    test = page()
    test.file_uploader[0].set_value(files).run()
    assert "left out" not in texts(test)
    test.file_uploader[0].set_value([*files, ("labels.csv", b"name,class", "text/csv")]).run()
    assert "1 of the 41 files is left out: beside pictures or arrays, nothing else is used." in texts(test)
    assert "40 pictures of 8 × 8, grey" in texts(test)
    assert left_out([File("a.csv")]) == left_out([File("a.csv"), File("b.npz")]) == ""


def test_each_guess_about_a_table_can_be_changed(page: Callable[[], AppTest]) -> None:
    rows = "\n".join(f"{n}\t{n % 9 + 1},{651 + n}\t{n % 7}\t{'ab'[n % 2]}" for n in range(60))
    test = page()
    test.file_uploader[0].set_value(("pay.data", f"\tpay\tage\tkind\n{rows}".encode(), "")).run()
    said = texts(test)
    assert "60 rows of 2 numbers" in said
    assert "Left out, since it only names the rows: column 1." in said
    assert "'1,651' in pay is read as 1651; it could also have a decimal mark" in said
    assert test.multiselect(key="lib_left_out").value == ["column 1"]
    assert test.selectbox(key="lib_labels").options == ["automatic: kind", "none", "age", "kind"]
    test.selectbox(key="lib_marks").select("decimal").run()
    assert "'1,651' in pay is read as 1.651" in texts(test)
    test.multiselect(key="lib_left_out").set_value([]).run()
    assert "60 rows of 3 numbers" in texts(test)
    test.multiselect(key="lib_left_out").set_value(["column 1", "pay", "age"]).run()
    assert "no column of numbers is left" in texts(test)
    test.multiselect(key="lib_left_out").set_value(["pay"]).run()  # the way back is there
    assert "60 rows of 2 numbers" in texts(test)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("table.xlsx", zipped({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}), "it is an Excel workbook"),
        ("weights.pt", zipped({"archive/data.pkl": b"x"}), "it is a PyTorch file"),
        ("data.parquet", b"PAR1\x15\x04" + bytes(99), "it is a Parquet file"),
    ],
)
def test_the_chooser_takes_any_file_and_the_sentence_says_what_it_is(
    name: str, content: bytes, sentence: str, page: Callable[[], AppTest]
) -> None:
    test = page()
    assert list(test.file_uploader[0].proto.type) == []  # those that the browser offers: AppTest itself checks none
    test.file_uploader[0].set_value((name, content, "application/octet-stream")).run()
    assert f"{name} cannot be used: {sentence}" in texts(test)


def test_a_read_only_folder_is_named_as_the_reason(
    root: Path, page: Callable[[], AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = kept(root, "Mine", ME)
    make_read_only(root, monkeypatch)
    test = page()
    test.file_uploader[0].set_value(("table.csv", b"x,y\n1,2\n" * 40, "text/csv")).run()
    said = "this server may not write into the folder where it keeps such things: tell who runs it."
    assert f"table.csv cannot be used: {said}" in texts(test)
    button(test, f"lib_train_{mine}").click().run()
    assert f"T{said[1:]}" in texts(test)


def test_several_arrays_are_chosen_together() -> None:
    files = [File("images.npy", npy(noise(40, 8, 8))), File("labels.npy", npy(np.arange(40) % 2)), File("notes.txt")]
    with combine(files) as whole, zipfile.ZipFile(whole) as archive:
        assert archive.namelist() == ["images.npy", "labels.npy"]
    assert left_out(files).startswith("1 of the 3 files is left out")


def test_what_cannot_go_together_is_refused() -> None:
    with pytest.raises(UploadError, match="choose one archive"):
        combine([File("a.csv"), File("b.npz")])
    with pytest.raises(UploadError, match="27 MiB together, expected at most 25"):
        combine([File("a.png", bytes(14 << 20)), File("b.png", bytes(13 << 20))])
