# Each target works by itself on a machine that has git, make and Python ≥ 3.11 with venv.
# PYTHON=python3.12 chooses the interpreter, ARGS="…" reaches the command.
PYTHON ?= python3
BIN := .venv/bin
SYNC := $(BIN)/uv sync --quiet --inexact --all-packages --all-extras

.PHONY: demo test campaigns lint types imports

demo: $(BIN)/uv
	$(SYNC) --no-default-groups
	$(BIN)/dcc demo $(ARGS)

test: $(BIN)/uv
	$(SYNC) --group dev
	$(BIN)/pytest -n auto --dist worksteal -q $(ARGS)

campaigns: $(BIN)/uv
	$(SYNC) --group dev
	$(BIN)/pytest -m campaign -q $(ARGS)

lint: $(BIN)/uv
	$(SYNC) --group dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(BIN)/uv
	$(SYNC) --group dev
	$(BIN)/mypy

imports: $(BIN)/uv
	$(SYNC) --group dev
	$(BIN)/lint-imports

$(BIN)/uv:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
