"""What a live view is told of runs, and the moments that it fetches."""

import gzip
import json
import time
from pathlib import Path
from typing import Any, get_args
from urllib.parse import quote

import pytest
from safetensors.numpy import load
from starlette.applications import Starlette

from tests.app.asgi import Answer, get
from tests.app.runs import change_json
from tests.app.training_runs import make_training, record
from ui.pages.train import runs as training
from ui.runs import catalogue
from ui.server import user_cookie
from ui.server.routes import ROUTES
from vae_core.config import ObjectiveName
from vae_core.runs.run import FOLDER_VARIABLE

APP = Starlette(routes=ROUTES)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(catalogue, "ROOT", tmp_path / "elsewhere")
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    training.forget()
    return tmp_path


def body(answer: Answer) -> bytes:
    packed = answer.headers.get("content-encoding") == "gzip"
    return gzip.decompress(answer.body) if packed else answer.body


def told(**asked: int) -> dict[str, Any]:
    query = "&".join(f"run={name}&after={after}" for name, after in asked.items())
    answer = get(APP, f"/lab/live?list=1&{query}")
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    return json.loads(body(answer))


def test_only_the_records_that_are_new_are_told(root: Path) -> None:
    make_training(root / "a", at=40, title="<b>A</b>")
    all_of_it = told(a=0)["live"]["a"]
    assert [line["step"] for line in all_of_it["lines"]] == [10, 20, 30, 40]
    assert [line["step"] for line in told(a=20)["live"]["a"]["lines"]] == [30, 40]
    assert told(a=40)["live"]["a"]["lines"] == []
    assert all_of_it["title"] == "<b>A</b>"
    assert (all_of_it["state"], all_of_it["ended"]) == ("running", False)
    assert [step for step, _ in all_of_it["moments"]] == [0, 10, 40]
    assert all_of_it["notes"] == []


def test_a_training_that_has_moved_says_so(root: Path) -> None:
    make_training(root / "a", resumed="from step 70 on, products are computed by mkl")
    [note] = told(a=0)["live"]["a"]["notes"]
    assert (note["kind"], note["text"]) == ("resumed", "From step 70 on, products are computed by mkl.")


def test_a_heartbeat_that_is_no_number_stops_no_list(root: Path) -> None:
    make_training(root / "odd", heartbeat="soon")
    make_training(root / "b")
    news = told(odd=0, b=0)
    assert {run["id"]: run["state"] for run in news["runs"]} == {"odd": "interrupted", "b": "running"}
    assert news["live"]["odd"]["state"] == "interrupted"
    assert len(news["live"]["b"]["lines"]) == 4


def test_a_visitor_is_told_of_their_own_runs_alone(root: Path) -> None:
    cookie = {user_cookie.COOKIE: "a" * 32}
    me = user_cookie.user_of({}, cookie)
    for name, state, owner in (("a", "running", me), ("b", "done", me), ("c", "done", me), ("d", "running", "other")):
        change_json(make_training(root / name, state) / "request.json", owner=owner)

    def told_to(sent: dict[str, str]) -> list[tuple[str, bool]]:
        header = "; ".join(f"{name}={value}" for name, value in sent.items())
        answer = get(APP, "/lab/own-runs?run=b&run=d", cookie=header)
        return sorted((run["id"], run["under_way"]) for run in json.loads(body(answer))["runs"])

    assert told_to(cookie) == [("a", True), ("b", False)]
    assert told_to({}) == []


def test_the_list_names_every_run_the_newest_first(root: Path) -> None:
    make_training(root / "a", "done")
    time.sleep(0.02)
    make_training(root / "b", "stopped")
    (root / "empty").mkdir()
    (root / "c.tmp-1").mkdir()
    assert [(run["id"], run["state"]) for run in told()["runs"]] == [("b", "stopped"), ("a", "done")]


@pytest.mark.parametrize("name", ["..", "a/b", "%2e%2e%2fa", ".trash", "nowhere", "", "a%00b", "x" * 300])
def test_a_name_that_is_no_run_is_gone_and_never_a_path(root: Path, name: str) -> None:
    make_training(root / "a")
    answer = get(APP, f"/lab/live?run={quote(name)}&after=0")
    assert answer.status == 200
    assert all(run["gone"] for run in json.loads(body(answer))["live"].values())


@pytest.mark.parametrize(
    "query", ["run=a", "run=a&after=-1", "run=a&after=x", "run=a&after=1e3", "&".join(["run=a&after=0"] * 9)]
)
def test_a_wrong_question_is_one_sentence(root: Path, query: str) -> None:
    make_training(root / "a")
    answer = get(APP, f"/lab/live?{query}")
    assert answer.status == 400
    assert answer.body.endswith(b".")


def test_a_torn_line_and_a_broken_status_do_no_harm(root: Path) -> None:
    run = make_training(root / "a")
    with (run / "metrics.jsonl").open("a") as file:
        file.write('{"step": 50, "elb')
    assert told(a=0)["live"]["a"]["lines"][-1]["step"] == 40
    (run / "status.json").write_text("{")
    assert told(a=0)["live"]["a"]["state"] == "interrupted"


def test_a_silent_trainer_is_interrupted_and_the_words_say_what_to_do(root: Path) -> None:
    make_training(root / "a", heartbeat=time.time() - 60)
    news = told(a=0)["live"]["a"]
    assert (news["state"], news["ended"]) == ("interrupted", True)
    assert "press Resume" in news["notes"][0]["text"]


def test_a_failure_says_why_and_what_to_try(root: Path) -> None:
    make_training(
        root / "a", "failed", reason="the loss is no longer a finite number at step 7: try a smaller learning rate"
    )
    (note,) = told(a=0)["live"]["a"]["notes"]
    assert note["text"] == "The loss is no longer a finite number at step 7: try a smaller learning rate."
    make_training(root / "b", "failed", reason="it broke")
    assert "Change the settings" in told(b=0)["live"]["b"]["notes"][0]["text"]


@pytest.mark.parametrize(
    ("rates", "kind", "words"),
    [
        ((0.001, 0.002), "collapse", "z tells the decoder nothing"),
        ((3.0, 0.001, 0.002), "silent", "2 of 3 dimensions"),
        ((12.0, 2.0), "far", "12.0 nats"),
    ],
)
def test_what_the_rates_say_is_said_in_words(root: Path, rates: tuple[float, ...], kind: str, words: str) -> None:
    make_training(root / "a", rates=rates, apart=(2.3, 0.1))
    (note,) = told(a=0)["live"]["a"]["notes"]
    assert note["kind"] == kind
    assert words in note["text"]


def test_narrow_codes_that_fill_the_prior_do_not_leave_it(root: Path) -> None:
    """A high rate alone says only that z tells much: q(z) may still be the prior."""
    make_training(root / "a", rates=(12.0, 2.0), apart=(0.01, 0.0))
    assert told(a=0)["live"]["a"]["notes"] == []
    make_training(root / "b", rates=(12.0, 2.0), apart=())
    assert told(b=0)["live"]["b"]["notes"] == []


def test_a_collapse_names_its_cause(root: Path) -> None:
    flat = (0.001, 0.002)
    make_training(root / "a", rates=flat, model={"sigma": 10.0})
    assert "σ = 10" in told(a=0)["live"]["a"]["notes"][0]["text"]
    make_training(root / "b", rates=flat, train={"objective": "beta", "beta": 50.0})
    assert "β = 50" in told(b=0)["live"]["b"]["notes"][0]["text"]


def test_nothing_is_said_of_the_first_steps(root: Path) -> None:
    make_training(root / "a", rates=(0.001, 0.001), steps=1000)
    assert told(a=0)["live"]["a"]["notes"] == []


def test_a_moment_gives_its_facts_and_parts(root: Path) -> None:
    make_training(root / "a")
    step, token = told(a=0)["live"]["a"]["moments"][1]
    answer = get(APP, f"/lab/moments/a/{step}/{token}/facts.json")
    assert "immutable" in answer.headers["cache-control"]
    facts = json.loads(body(answer))
    assert (facts["id"], facts["step"], facts["latent_dim"]) == ("a", 10, 2)
    for part in ("decoder", "encoder", "codes"):
        tensors = load(body(get(APP, facts[part])))
        assert tensors
    picture = get(APP, facts["images"].replace("{block}", "0"))
    assert len(body(picture)) == facts["count"] * 64
    assert get(APP, facts["images"].replace("{block}", "9")).status == 404


def test_pictures_have_one_address_at_all_moments(root: Path) -> None:
    make_training(root / "a")
    addresses = {
        json.loads(body(get(APP, f"/lab/moments/a/{step}/{token}/facts.json")))["images"]
        for step, token in told(a=0)["live"]["a"]["moments"]
    }
    assert len(addresses) == 1


def test_a_moment_that_is_gone_is_a_sentence(root: Path) -> None:
    run = make_training(root / "a")
    step, token = told(a=0)["live"]["a"]["moments"][0]
    (run / "moments" / "00000000" / "card.json").unlink()
    for address in (
        f"a/{step}/{token}/facts.json",
        f"b/{step}/{token}/facts.json",
        f"a/{step}/{token}/rubbish.safetensors",
    ):
        answer = get(APP, f"/lab/moments/{address}")
        assert answer.status == 404
        assert answer.body.endswith(b".")


def test_a_run_that_is_no_plain_one_has_curves_and_no_map(root: Path) -> None:
    make_training(root / "a", model={"posterior": "full"}, snapshots=())
    news = told(a=0)["live"]["a"]
    assert "full covariance" in news["no_map"]
    assert news["lines"]


def test_the_chart_library_is_served_under_its_hash(root: Path) -> None:
    from ui.components import web_files

    answer = get(APP, web_files.plotly_address())
    assert "immutable" in answer.headers["cache-control"]
    assert body(answer).startswith(b"/**\n* plotly.js")
    assert get(APP, "/lab/charts/0123456789abcdef/plotly.min.js").status == 404


def test_a_run_in_training_is_among_the_models_by_its_newest_moment(root: Path) -> None:
    make_training(root / "a", title="In training")
    make_training(root / "queued", "queued", snapshots=())
    make_training(root / "flow", model={"posterior": "flow"})
    found = catalogue.catalogue()
    assert list(found.runs) == ["a"]
    assert found.runs["a"].run.path.name == "00000040"
    (problem,) = found.problems
    assert "flow" in problem


@pytest.mark.parametrize("state", ["failed", "interrupted"])
def test_a_run_that_ended_before_it_learned_anything_is_no_model(root: Path, state: str) -> None:
    make_training(root / "lost", state, at=0, snapshots=(0,))
    make_training(root / "begun", at=0, snapshots=(0,))
    make_training(root / "later", state, snapshots=(0, 10))
    found = catalogue.catalogue()
    assert list(found.runs) == ["begun", "later"]
    assert found.problems == ()


def test_the_newest_moment_takes_the_place_of_the_one_before(root: Path) -> None:
    run = make_training(root / "a", snapshots=(0,))
    before = catalogue.catalogue().runs["a"]
    from tests.app.runs import make_run
    from vae_core.runs.snapshots import snapshot_path

    change_json(make_run(snapshot_path(run, 90)) / "card.json", sigma=0.5)
    after = catalogue.catalogue().runs["a"]
    assert (before.run.path.name, after.run.path.name) == ("00000000", "00000090")
    assert catalogue.entry_of("a", after.digest) is not None


def test_a_record_is_what_the_view_expects() -> None:
    assert {"step", "seconds", "elbo", "rate", "distortion", "rate_per_dimension"} <= record(20, (1.0,)).keys()


@pytest.mark.parametrize("objective", get_args(ObjectiveName))
def test_every_objective_has_its_maths_and_its_code(root: Path, objective: str) -> None:
    make_training(root / "a", train={"objective": objective}, model={"sigma": 0.5})
    first, later = told(a=0)["live"]["a"], told(a=10)["live"]["a"]
    assert "<math" in first["fold"]["maths"]
    assert "def " in first["fold"]["code"]
    assert "fold" not in later
