"""Our figures beside those that others printed or compute: what `make conformance` shows and `make test` holds to.

`published` compares published cases whose inputs are at hand, `rules` says by which of our functions; `tails` compares
value at risk and expected shortfall on random series with another library's, which runs in an environment of its own.
"""
