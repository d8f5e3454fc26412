# Two commands do everything: `make demo` and `make test`.
PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin
PORT   ?= 8000

.PHONY: demo test install model lint clean

demo: $(VENV)/.installed
	$(BIN)/aisle demo --store .demo --port $(PORT)

test: $(VENV)/.tested .tools/node_modules/axe-core/axe.min.js
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy aisle
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

install: $(VENV)/.installed

model: $(VENV)/.tested
	$(BIN)/aisle demo --store .demo --prepare-only
	$(BIN)/python -m training.build --shop .demo/shop --resolution 96 --steps 560 --run whole --out scratch/train/whole/model
	$(BIN)/python -m training.build --shop .demo/shop --start scratch/train/whole/model --upper --steps 400 --rate 6e-4 --run upper
	$(BIN)/python -m training.calibrate --shop .demo/shop
	$(BIN)/python -m training.fuse --shop .demo/shop
	$(BIN)/python -m training.fuse --shop .demo/shop --network deep
	$(BIN)/python -m training.results --shop .demo/shop
	$(BIN)/python -m training.tagger
	$(BIN)/python -m training.objects
	$(BIN)/python -m training.speech --shop .demo/shop
	$(BIN)/python -m training.speech --language en
	$(BIN)/python -m training.evaluate --shop .demo/shop --write

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/.tested: pyproject.toml $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test,train]'
	touch $@

# The accessibility checker of the browser tests; without npm those tests skip and say so.
.tools/node_modules/axe-core/axe.min.js:
	-npm install --silent --no-save --prefix .tools axe-core@4 && touch $@

clean:
	rm -rf .demo build dist *.egg-info
