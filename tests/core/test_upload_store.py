"""Data sets that were brought: kept whole, read by name, within quotas, deleted by their owner and brought back."""

import io
from pathlib import Path

import numpy as np
import pytest

from tests.sample_uploads import csv, npz
from vae_core import data
from vae_core.data import uploaded
from vae_core.readers.schema import Choices
from vae_core.uploads import store
from vae_core.uploads.sandbox import UploadError

IMAGES = np.random.default_rng(2).integers(0, 256, (50, 6, 5), dtype=np.uint8)


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VAE_LAB_UPLOADS", str(tmp_path / "uploads"))
    return tmp_path / "uploads"


def upload(tmp_path: Path, content: bytes) -> io.BufferedReader:
    (tmp_path / "upload").write_bytes(content)
    return (tmp_path / "upload").open("rb")


@pytest.fixture
def draft(tmp_path: Path) -> store.Draft:
    with upload(tmp_path, npz(images=IMAGES, labels=np.arange(50) % 5)) as file:
        return store.read_draft(file, Choices(), "me")


def test_a_draft_is_kept_and_read_by_name_like_any_other_set(draft: store.Draft, root: Path) -> None:
    mine = store.save(draft, "My digits", "d.npz", "me")
    assert mine.name.startswith("own:my-digits-")
    train, test = (data.load(mine.name, split) for split in ("train", "test"))
    assert (len(train), len(test), train.name, train.classes) == (40, 10, "My digits", ("0", "1", "2", "3", "4"))
    rows = {
        (row.tobytes(), label) for part in (train, test) for row, label in zip(part.images, part.labels, strict=True)
    }
    assert rows == {(row.tobytes(), n % 5) for n, row in enumerate(IMAGES)}
    assert store.list_sets() == [mine]
    assert store.measure_quota("me").bytes == mine.bytes == (root / mine.name[4:] / "arrays.safetensors").stat().st_size
    assert store.measure_quota("you").sets == 0
    assert store.read_contact_sheet(mine.name).startswith(b"\x89PNG")
    with pytest.raises(ValueError, match="no longer kept"):
        store.save(draft, "again", "d.npz", "me")


def test_rows_of_numbers_are_pictures_of_height_one(tmp_path: Path) -> None:
    with upload(tmp_path, csv(["a", "b", "c"], [[n, n % 5, -n] for n in range(50)])) as file:
        mine = store.save(store.read_draft(file, Choices(), "me"), "", "t.csv", "me")
    assert mine.title == "My data"
    assert data.load(mine.name).shape == (1, 1, 3)


def test_nothing_is_looked_at_where_the_disk_is_nearly_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vae_core.io.disk_space.free", lambda folder: 5_000_000)
    with upload(tmp_path, npz(images=IMAGES)) as file, pytest.raises(UploadError, match="nearly full, 5 MB are left"):
        store.read_draft(file, Choices(), "me")


def test_what_was_removed_is_found_again_by_its_owner(tmp_path: Path, draft: store.Draft) -> None:
    place = store.remove(store.save(draft, "Mine", "d.npz", "me").name, "me")
    assert store.list_removed("me", 60) == [place]
    assert store.list_removed("you", 60) == store.list_removed("me", -1) == []


def test_two_sets_of_one_title_never_share_a_name(tmp_path: Path, draft: store.Draft) -> None:
    first = store.save(draft, "<b>Same</b>", "d.npz", "me")
    with upload(tmp_path, npz(images=IMAGES)) as file:
        second = store.save(store.read_draft(file, Choices(), "me"), "<b>Same</b>", "d.npz", "me")
    assert first.name != second.name
    assert first.title == second.title == "<b>Same</b>"


def test_only_its_owner_deletes_a_set_and_brings_it_back(draft: store.Draft) -> None:
    mine = store.save(draft, "Mine", "d.npz", "me")
    with pytest.raises(ValueError, match="another visitor's"):
        store.remove(mine.name, "you")
    place = store.remove(mine.name, "me")
    assert store.list_sets() == []
    with pytest.raises(ValueError, match="may have been deleted"):
        data.load(mine.name)
    with pytest.raises(ValueError, match="another visitor's"):
        store.restore(place, "you")
    assert store.restore(place, "me") == mine
    assert len(data.load(mine.name)) == 40


def test_quotas_are_kept(draft: store.Draft, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "OWNER_BYTES", 100)
    with pytest.raises(ValueError, match="you have 0 MB left"):
        store.save(draft, "Mine", "d.npz", "me")
    monkeypatch.setattr(store, "OWNER_BYTES", 10**6)
    monkeypatch.setattr(store, "ALL_BYTES", 100)
    with pytest.raises(ValueError, match="this server's room"):
        store.save(draft, "Mine", "d.npz", "me")
    monkeypatch.setattr(store, "ALL_BYTES", 10**6)
    monkeypatch.setattr(store, "OWNER_SETS", 0)
    with pytest.raises(ValueError, match="and no more fit"):
        store.save(draft, "Mine", "d.npz", "me")
    assert store.list_sets() == []


def test_drafts_do_not_pile_up(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = npz(images=IMAGES)
    for _ in range(4):
        with upload(tmp_path, content) as file:
            draft = store.read_draft(file, Choices(), "me")
    assert len(list((root / ".drafts").iterdir())) == 2
    monkeypatch.setattr(store, "ALL_DRAFTS", 2)
    with upload(tmp_path, content) as file, pytest.raises(UploadError, match="too many visitors"):
        store.read_draft(file, Choices(), "you")
    store.discard(draft)
    with upload(tmp_path, b"?") as file, pytest.raises(UploadError):
        store.read_draft(file, Choices(), "me")
    assert len(list((root / ".drafts").iterdir())) <= 2


@pytest.mark.parametrize("name", ["own:../x", "own:", "own:A", "own:a/b", "own:.drafts", "own:" + "a" * 99])
def test_a_name_is_never_a_path(name: str) -> None:
    with pytest.raises(ValueError, match="expected own: and a name"):
        data.load(name)


def test_a_folder_that_was_tampered_with_is_refused(draft: store.Draft, root: Path) -> None:
    mine = store.save(draft, "Mine", "d.npz", "me")
    folder = uploaded.folder_of(mine.name)
    whole = (folder / "arrays.safetensors").read_bytes()
    (folder / "arrays.safetensors").write_bytes(whole[:-7])
    with pytest.raises(ValueError, match="cannot be read"):
        data.load(mine.name)
    (folder / "arrays.safetensors").write_bytes(whole)
    text = (folder / "set.json").read_text(encoding="utf-8")
    (folder / "set.json").write_text(text.replace('"count": 50', '"count": 49'), encoding="utf-8")
    with pytest.raises(ValueError, match="not what its description says"):
        data.load(mine.name)
    (folder / "set.json").write_text("{}", encoding="utf-8")
    assert store.list_sets() == []
    with pytest.raises(ValueError, match="cannot be read"):
        data.load(mine.name)
