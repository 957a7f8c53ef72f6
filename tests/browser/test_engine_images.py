"""The browser's cache of image blocks, against a stand-in for the server that answers when it is told to."""

import numpy as np
import pytest

# Seven images of shape [1, 2, 2] in blocks of 3; image i holds i, i + 1, i + 2, i + 3. `requests` holds every request
# until it is answered. `until` waits for what has been answered to be taken in.
SET_UP = """() => {
    window.requests = [];
    window.events = [];
    window.fetch = url => new Promise((resolve, reject) => {
        const b = Number(String(url).split("/").at(-1));
        const n = Math.min(3, 7 - 3 * b);
        const data = Uint8Array.from({ length: 4 * n }, (_, i) => 3 * b + (i >> 2) + (i & 3));
        const answer = (body = data) => resolve(new Response(body));
        const fail = status => resolve(new Response("", { status }));
        requests.push({ b, reject, answer, fail });
    });
    window.pause = (ms) => new Promise(resolve => setTimeout(resolve, ms));
    window.until = async holds => { while (!holds()) await pause(1); };
    window.images = engine.images.createImages(
        { images: "lab/images/{block}", block: 3, count: 7, image_shape: [1, 2, 2] },
        { onBlock: (first, end) => events.push([first, end]), onError: error => events.push(error.message) },
    );
}"""


@pytest.fixture
def page(browser, static_url):
    page = browser.new_page()
    page.goto(static_url)
    page.evaluate(
        """async () => {
            window.engine = { images: await import(new URL("engine/images.js", document.baseURI)) };
        }"""
    )
    page.evaluate(SET_UP)
    yield page
    page.close()


def test_get_is_null_until_its_block_has_arrived(page):
    before, events, image, last = page.evaluate(
        """async () => {
            const before = [images.get(4), images.get(5), images.get(6), requests.length];
            requests[0].answer();
            requests[1].answer();
            await until(() => events.length === 2);
            return [before, events, Array.from(images.get(4)), Array.from(images.get(6))];
        }"""
    )
    assert before == [None, None, None, 2]
    assert events == [[3, 6], [6, 7]]
    assert image == [4, 5, 6, 7]
    assert last == [6, 7, 8, 9]


def test_load_and_get_share_one_request(page):
    image, other, requests = page.evaluate(
        """async () => {
            const promises = [images.load(0), images.load(2)];
            images.get(1);
            requests[0].answer();
            const [image, other] = await Promise.all(promises);
            await images.load(1);
            return [Array.from(image), Array.from(other), requests.length];
        }"""
    )
    assert image == [0, 1, 2, 3]
    assert other == [2, 3, 4, 5]
    assert requests == 1


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        ("fail(404)", "Could not load images 3 to 5: the server answered 404."),
        ("reject(new TypeError())", "Could not load images 3 to 5: the connection to the server failed."),
        ("answer('short')", "Could not load images 3 to 5: 5 bytes arrived in place of 12."),
    ],
)
def test_a_failure_is_told_once_and_not_asked_for_at_every_frame(page, failure, sentence):
    events, requests, rejected, image = page.evaluate(
        f"""async () => {{
            for (let frame = 0; frame < 3; frame++) images.get(3);
            requests[0].{failure};
            await until(() => events.length === 1);
            for (let frame = 0; frame < 100; frame++) images.get(3);
            const asked = requests.length;
            const first = images.load(3).catch(error => error.message);
            requests[1].{failure};
            const rejected = await first;
            const second = images.load(3);
            requests[2].answer();
            return [events, asked, rejected, Array.from(await second)];
        }}"""
    )
    assert events == [sentence, [3, 6]]
    assert requests == 1
    assert rejected == sentence
    assert image == [3, 4, 5, 6]


@pytest.mark.parametrize("idle", [True, False])
def test_prefetch_takes_all_blocks_two_at_a_time(page, idle):
    in_flight, order, events = page.evaluate(
        """async idle => {
            let done = false;
            const all = images.prefetchAll({ idle, concurrency: 2 }).then(() => { done = true; });
            const inFlight = [];
            for (let answered = 0; !done; ) {
                await until(() => requests.length - answered === Math.min(2, 3 - answered) || done);
                await pause(20); // in which a third would be asked for
                inFlight.push(requests.length - answered);
                if (requests.length > answered) requests[answered++].answer();
            }
            await all;
            return [Math.max(...inFlight), requests.map(({ b }) => b), events];
        }""",
        idle,
    )
    assert in_flight == 2
    assert order == [0, 1, 2]
    assert sorted(events) == [[0, 3], [3, 6], [6, 7]]


def test_prefetch_goes_on_after_a_failure_and_ends_when_aborted(page):
    events, requests = page.evaluate(
        """async () => {
            const stop = new AbortController();
            const all = images.prefetchAll({ idle: false, concurrency: 1, signal: stop.signal });
            requests[0].fail(500);
            await until(() => requests.length === 2);
            stop.abort();
            requests[1].answer();
            await all;
            return [events, requests.length];
        }"""
    )
    assert events == ["Could not load images 0 to 2: the server answered 500.", [3, 6]]
    assert requests == 2


@pytest.mark.parametrize("i", [-1, 7, 0.5])
def test_an_image_that_is_not_there_is_refused(page, i):
    with pytest.raises(Exception, match="There are images 0 to 6, but no image"):
        page.evaluate("i => images.get(i)", i)


def test_bytes_become_the_values_that_models_see(page):
    values = page.evaluate(
        "() => Array.from(engine.images.toUnit(Uint8Array.from({ length: 256 }, (_, i) => i), new Float32Array(256)))"
    )
    truth = np.arange(256, dtype=np.float32) / np.float32(255)
    np.testing.assert_array_equal(np.array(values, np.float32), truth)
