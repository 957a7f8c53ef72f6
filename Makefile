# make run   opens the app            make test   runs every test, the real browser included
# make class opens it to a class in the local network
# make check looks at style           make quick  runs the mathematics, the pages in process and one browser journey
# make bench prints the speed table (benchmarks/README.md)
# make promises measures every promise of SECURITY.md and docs/promises.md at full length: an hour

PYTHON ?= python3
PORT ?= 8501
BIN := .venv/bin
# What is never imported is never compiled: half of the time that installing takes.
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile

.PHONY: run class test quick check bench promises programs browser lock

run: .venv/app-installed
	$(BIN)/streamlit run app.py --server.port $(PORT)

class: .venv/app-installed
	$(BIN)/python -m ui.server.local_network --port $(PORT)

# Two workers, each with a browser and servers of its own; one that has nothing left takes over from the other.
test: browser
	$(BIN)/python -m pytest -n 2 --dist worksteal --durations=10

quick: browser
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow and not promise" \
	tests/core tests/app tests/test_layering.py tests/browser/journeys/test_latent_map.py

check: .venv/test-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

bench: browser
	$(BIN)/python -m benchmarks

promises: browser
	$(BIN)/python -m tests.promises --write

# What tests start beside Python: a browser (any Chromium or Chrome) and the proxy of deploy/. The package manager has
# both, and Playwright has a browser of its own. Most tests take the headless shell where there is one, which is faster.
BROWSER = command -v chromium chromium-browser google-chrome >/dev/null || [ -n "$$CHROMIUM" ]
INSTALL = [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq
programs:
	@missing=""; { $(BROWSER); } || missing="chromium"; \
	command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || missing="$$missing nginx-light"; \
	[ -z "$$missing" ] || { $(INSTALL) $$missing >/dev/null; } \
	|| echo "Tests will fail without: $$missing. On Debian: apt-get install $$missing."
	@command -v chromium-headless-shell >/dev/null || { $(INSTALL) chromium-headless-shell; } >/dev/null 2>&1 \
	|| echo "The browser tests take Chromium itself: chromium-headless-shell, where there is one, needs a third less time."

browser: .venv/test-installed programs
	@{ $(BROWSER); } || $(BIN)/playwright install chromium

# First each package as its hash says, then torch alone is left, of whichever build this machine is to have.
.venv/app-installed: requirements.txt requirements.lock
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) --require-hashes --no-deps -r requirements.lock
	$(PIP) -r requirements.txt
	touch $@

# Every version and hash anew, after a change of requirements.txt; wants uv.
CUDA = cuda-bindings cuda-pathfinder cuda-toolkit nvidia-cublas nvidia-cuda-cupti nvidia-cuda-nvrtc nvidia-cuda-runtime \
	nvidia-cudnn-cu13 nvidia-cufft nvidia-cufile nvidia-curand nvidia-cusolver nvidia-cusparse nvidia-cusparselt-cu13 \
	nvidia-nccl-cu13 nvidia-nvjitlink nvidia-nvshmem-cu13 nvidia-nvtx triton
lock:
	uv pip compile requirements.txt --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock" $(addprefix --no-emit-package ,torch $(CUDA)) -o requirements.lock

.venv/test-installed: .venv/app-installed requirements-test.txt
	$(PIP) -r requirements-test.txt
	touch $@
