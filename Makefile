# make run   opens the app            make test   runs every test, the real browser included
# make check looks at style           make bench  prints the speed table (benchmarks/README.md)
# make promises measures every promise of SECURITY.md and docs/promises.md at full length: half an hour

PYTHON ?= python3
PORT ?= 8501
BIN := .venv/bin

.PHONY: run test check bench promises browser nginx

run: .venv/app-installed
	$(BIN)/streamlit run app.py --server.port $(PORT)

# Two files at a time where nothing waits for a browser or a clock, then one after another.
test: .venv/test-installed browser nginx
	$(BIN)/python -m pytest -n 2 --dist loadfile tests/core tests/app tests/test_layering.py
	$(BIN)/python -m pytest tests/browser tests/faults tests/load tests/serving

check: .venv/test-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

bench: .venv/test-installed browser
	$(BIN)/python -m benchmarks

promises: .venv/test-installed nginx
	$(BIN)/python -m tests.promises --write

# Any installed Chromium or Chrome will do; otherwise the package manager's, otherwise Playwright's own.
browser: .venv/test-installed
	@command -v chromium chromium-browser google-chrome >/dev/null || [ -n "$$CHROMIUM" ] \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq chromium >/dev/null; } \
	|| $(BIN)/playwright install chromium

# The tests of deploy/ start nginx on loopback; the package manager has it.
nginx:
	@command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq nginx-light >/dev/null; } \
	|| echo "There is no nginx: the tests in tests/serving will fail. On Debian: apt-get install nginx-light."

.venv/app-installed: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

.venv/test-installed: .venv/app-installed requirements-test.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-test.txt
	touch $@
