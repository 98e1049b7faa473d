# The two commands of a newcomer are `make demo` and `make test`; each sets up what it needs.
PY := .venv/bin/python

.PHONY: help build demo test test-deep assurance conformance lint bench wheel clean

help:
	@echo "make demo    the main job on a local chain, with real proofs"
	@echo "make test    every test; what CI runs"
	@echo "make test-deep  the long attacks, hours; seed and time printed, ARGS='--seed N --only NAME'"
	@echo "make assurance  what the attacks reached: measure, target, reached, command"
	@echo "make conformance  our figures beside published ones and another library's"
	@echo "make bench   constraints, times and gas, to build/bench.json"
	@echo "make wheel   the package for others, installed and tried in an empty environment"
	@echo "make lint    formatting, types of imports, generated files"
	@echo "make build   set-up alone"
	@echo "make clean   remove everything that was built"

build:
	@python3 scripts/setup.py

demo: build
	@$(PY) -m zkrisk.demo

test: build
	@$(PY) scripts/test.py

test-deep: build
	@python3 scripts/setup_assurance.py
	@$(PY) scripts/test_deep.py $(ARGS)

assurance: build
	@$(PY) scripts/assurance.py $(ARGS)

conformance: build
	@python3 scripts/setup_conformance.py
	@$(PY) scripts/conformance.py $(ARGS)

lint: build
	@$(PY) scripts/check.py

bench: build
	@$(PY) scripts/bench.py

wheel: build
	@$(PY) scripts/wheel.py

clean:
	rm -rf .venv node_modules build prover/target contracts/out contracts/cache zkrisk/_prover*.so
