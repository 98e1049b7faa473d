# The two commands of a newcomer are `make demo` and `make test`; each sets up what it needs.
PY := .venv/bin/python

.PHONY: help build demo test lint bench clean

help:
	@echo "make demo    the main job on a local chain, with real proofs"
	@echo "make test    every test; what CI runs"
	@echo "make bench   constraints, times and gas, to build/bench.json"
	@echo "make lint    formatting, types of imports, generated files"
	@echo "make build   set-up alone"
	@echo "make clean   remove everything that was built"

build:
	@python3 scripts/setup.py

demo: build
	@$(PY) -m zkrisk.demo

test: build
	@$(PY) scripts/test.py

lint: build
	@$(PY) scripts/check.py

bench: build
	@$(PY) scripts/bench.py

clean:
	rm -rf .venv node_modules build prover/target contracts/out contracts/cache zkrisk/_prover*.so
