"""The page that is taken home, as bytes: its policy, its size, what is in it, and how modules become one script."""

import base64
import gzip
import hashlib
import html
import json
import re
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load
from streamlit.testing.v1 import AppTest

from tests.app.app_test_page import opened
from tests.app.runs import COUNT, change_json, make_run
from ui.export import js_bundler
from ui.export.__main__ import main
from ui.export.artifacts import make
from ui.export.standalone_page import page
from ui.pages.latent_map.url import FIELDS, View
from ui.runs import assets, catalogue
from ui.runs.assets import bounds_of
from ui.runs.catalogue import Entry, read_entry
from ui.url_state import schema
from vae_core.runs.run import FOLDER_VARIABLE

FRAME = Path(__file__).parents[2] / "ui" / "server" / "frame.py"
HTML = "</title><script>hacked=1</script><img src=x onerror=hacked=1>"


@pytest.fixture
def entry(tmp_path: Path) -> Entry:
    folder = make_run(tmp_path / "mine", title=HTML)
    change_json(folder / "card.json", command=HTML, data={"name": "digits", "licence": HTML, "source": HTML})
    return read_entry(folder)


@pytest.fixture(scope="module")
def shipped() -> Entry:
    return read_entry(catalogue.ROOT / "models" / "fashion-2d-gaussian")


def script_of(text: str) -> str:
    return re.search(r"<script>(.*?)</script>", text, re.DOTALL)[1]


def parts_of(text: str) -> dict[str, bytes]:
    found = re.findall(r'<script type="text/plain" data-part="([^"]+)">([^<]*)</script>', text)
    return {name: gzip.decompress(base64.b64decode(content)) for name, content in found}


def test_nothing_but_its_own_script_may_run_and_nobody_may_be_asked(entry: Entry) -> None:
    text = page(entry).html.decode()
    policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1])
    rules = {name: words for name, *words in (rule.split() for rule in policy.split(";"))}
    digest = base64.b64encode(hashlib.sha256(script_of(text).encode()).digest()).decode()
    assert rules["default-src"] == ["'none'"]
    assert rules["script-src"] == [f"'sha256-{digest}'", "'wasm-unsafe-eval'"]
    assert "connect-src" not in rules
    assert not any("unsafe-inline" in word or "http" in word for words in rules.values() for word in words)
    assert text.index("Content-Security-Policy") < text.index("<title>")


def test_the_notice_that_the_licence_asks_for_is_in_it(entry: Entry) -> None:
    text = page(entry).html.decode()
    notice = text[text.index("<!--") : text.index("-->")]
    assert (catalogue.ROOT / "LICENSE").read_text().strip() in notice


def test_no_text_of_a_visitor_is_markup(entry: Entry) -> None:
    text = page(entry).html.decode()
    assert HTML not in text
    assert text.count("<script") == 3 + len(parts_of(text)) - 1
    assert "<img" not in text.replace(script_of(text), "")
    facts = json.loads(re.search(r'id="facts">(.*?)</script>', text, re.DOTALL)[1])
    assert facts["model"]["title"] == HTML
    assert facts["model"]["fields"] == schema.describe(FIELDS, View(), bounds_of(entry))


def test_the_parts_are_the_run(shipped: Entry) -> None:
    done = page(shipped)
    parts = parts_of(done.html.decode())
    weights = load((shipped.run.path / "weights.safetensors").read_bytes())
    for part in ("decoder", "encoder"):
        for name, tensor in load(parts[part]).items():
            assert tensor.dtype == np.float16
            np.testing.assert_array_equal(tensor, weights[name])
    np.testing.assert_array_equal(load(parts["codes"])["mu"], load(served_codes(shipped))["mu"])
    pictures = b"".join(parts[f"images/{block}"] for block in range(len(parts) - 3))
    assert pictures == assets.test_images(shipped).tobytes()
    assert (done.pictures, done.of) == (10_000, 10_000)
    assert len(done.html) < 8_000_000
    assert page(shipped).html == done.html


def served_codes(entry: Entry) -> bytes:
    return gzip.decompress(assets.packed_tensors(entry, "codes"))


@pytest.mark.parametrize("megabytes", [3, 5])
def test_it_is_as_large_as_was_asked(shipped: Entry, megabytes: int) -> None:
    done = page(shipped, megabytes=megabytes)
    assert 0.9 * megabytes < len(done.html) / 1e6 < megabytes + 0.1
    assert done.pictures % assets.BLOCK == 0
    codes = load(parts_of(done.html.decode())["codes"])
    assert codes["mu"].shape == (done.pictures, 2)
    assert f"the first {done.pictures:,} of 10,000 test pictures".encode() in done.html


def test_a_view_with_a_picture_that_is_left_out_begins_without_it(shipped: Entry) -> None:
    text = page(shipped, View(z=(0.5, 1.0), x=9999), megabytes=3).html.decode()
    view = json.loads(re.search(r'id="facts">(.*?)</script>', text, re.DOTALL)[1])["view"]
    assert (view["x"], view["z"]) == (None, [0.5, 1.0])


def test_weights_are_rounded_and_it_says_so(entry: Entry, shipped: Entry) -> None:
    said = b"rounded to half precision"
    assert said in page(entry).html
    assert said not in page(shipped).html
    assert page(entry).pictures == COUNT


def test_without_its_data_a_run_has_a_page_without_pictures(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "mine")
    values = json.loads((folder / "config.json").read_text())
    change_json(folder / "config.json", data=values["data"] | {"name": "unknown"})
    done = page(read_entry(folder))
    assert done.pictures == 0
    assert set(parts_of(done.html.decode())) == {"decoder", "encoder", "codes"}


@pytest.mark.parametrize("megabytes", [0, -1, 51, float("nan")])
def test_a_size_out_of_bounds_is_refused(entry: Entry, megabytes: float) -> None:
    with pytest.raises(ValueError, match="expected 1 to 50"):
        page(entry, megabytes=megabytes)


def test_what_cannot_be_made_is_refused(entry: Entry) -> None:
    with pytest.raises(ValueError, match="'film' cannot be made"):
        make(entry, "film")


@pytest.mark.slow
def test_onnx_is_made_by_another_process_and_tells_the_difference(entry: Entry) -> None:
    made = make(entry, "onnx")
    assert made.content[:4] == b"PK\x03\x04"
    assert re.search(r"opset 17.*largest difference is \d\.\d × 10⁻[⁴-⁹]\.", made.words)


@pytest.mark.slow
def test_onnx_of_a_run_that_is_gone_is_one_sentence(entry: Entry) -> None:
    (entry.run.path / "weights.safetensors").unlink()
    with pytest.raises(ValueError, match=r"^weights\.safetensors is missing in mine$"):
        make(entry, "onnx")


def test_the_dialog_makes_what_is_chosen_in_the_view_that_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "ROOT", tmp_path / "elsewhere")
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    make_run(tmp_path / "mine", title=HTML)
    asked: list[tuple] = []
    monkeypatch.setattr("ui.export.dialog.make", lambda *given: (asked.append(given), make(*given))[1])
    test = opened(AppTest.from_file(str(FRAME), default_timeout=60), {"map_z": "0.5,1", "map_overlays": ""})
    test.button(key="map_export").click().run()
    assert not test.exception
    (entry, what, view, megabytes), *_ = asked
    assert (entry.id, what, view.z, view.overlays, megabytes) == ("mine", "page", (0.5, 1.0), (), 8)
    assert any("all 40 test pictures" in element.value for element in test.markdown)
    test.session_state["export_what"] = "codes"
    test.button(key="map_export").click().run()
    assert asked[-1][1:3] == ("codes", None)

    def refuse(*_: object) -> None:
        raise ValueError("codes.safetensors is <b>torn</b>")

    monkeypatch.setattr("ui.export.dialog.make", refuse)
    test.button(key="map_export").click().run()
    assert [error.value for error in test.error] == [r"It cannot be made\: codes\.safetensors is \<b\>torn\<\/b\>\."]


MODULES = {
    "a.js": 'import { two as second, one } from "./b.js";\nimport start from "./sub/c.js";\n'
    "export default start(one);\n",
    "b.js": "/** A comment. */\nexport const one = 1;\nexport async function two() {}\nexport class Three {}\n",
    "sub/c.js": 'import {\n  one,\n} from "../b.js";\nexport default start;\nfunction start(n) { return n + one; }\n',
}


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(js_bundler, "WEB", tmp_path)
    (tmp_path / "sub").mkdir()
    for name, text in MODULES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_modules_become_functions_in_the_order_of_their_need(modules: Path) -> None:
    text = js_bundler.script("a.js")
    assert re.findall(r"^// (\S+)", text, re.MULTILINE) == ["b.js", "sub/c.js", "a.js"]
    assert "const { two: second, one } = m0;" in text
    assert "return { default: start(one) };" in text
    assert "return { one, two, Three };" in text
    assert "A comment" not in text


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('export * from "./b.js";', "cannot be put into one script"),
        ('import * as b from "./b.js";', "cannot be put into one script"),
        ("export { one };", "cannot be put into one script"),
        ('const late = await import("./b.js");', "cannot be put into one script"),
        ("const here = import.meta.url;", "cannot be put into one script"),
        ('import { one } from "./none.js";', "there is no module none.js"),
        ('import { one } from "./a.js";', "without a circle"),
    ],
)
def test_what_the_bundle_does_not_know_is_refused(modules: Path, line: str, sentence: str) -> None:
    (modules / "a.js").write_text(f"{line}\n")
    with pytest.raises(ValueError, match=re.escape(sentence)):
        js_bundler.script("a.js")


def test_the_command_line_writes_a_page(entry: Entry, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "page.html"
    assert main([str(entry.run.path), "--out", str(out)]) == 0
    assert out.read_bytes() == page(entry).html
    assert main([str(entry.run.path), "--out", str(out)]) == 2
    assert main([str(tmp_path / "nothing"), "--out", str(tmp_path / "b.html")]) == 2
    assert capsys.readouterr().err.count("\n") == 2
    assert not (tmp_path / "b.html").exists()
