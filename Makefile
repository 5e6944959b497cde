# make run    set up what is missing, then fill the demonstration form in a private display
# make test   set up what the tests need, then all tests: unit, with a model, with a display
# make check  ruff, pyright, the import law, unit tests (no display, no network, no model)
# make wheel  the wheel, in dist/

.PHONY: run test check unit model display bench wheel clean
.DEFAULT_GOAL := run
BIN := .venv/bin
# Programs of the environment (node's npm among them) come before the system's.
export PATH := $(CURDIR)/$(BIN):$(PATH)

run:
	@sh scripts/setup.sh run
	@$(BIN)/python scripts/demo.py

test: unit model display

unit:
	@sh scripts/setup.sh dev
	$(BIN)/pytest -n auto -m "not display and not model"

model:
	@sh scripts/setup.sh dev
	$(BIN)/pytest -m "model and not display"

display:
	@sh scripts/setup.sh dev
	$(BIN)/pytest -n 2 --dist loadfile -m display

check:
	@sh scripts/setup.sh dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto -m "not display and not model"

wheel:
	@sh scripts/setup.sh run
	rm -rf build
	$(BIN)/python -m pip wheel -q --no-deps --wheel-dir dist .

clean:
	rm -rf build dist .venv .setup.lock
