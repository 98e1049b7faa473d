"""`zkrisk sheet fetch|fold|audit`: the verbs of `sheet` that need a chain; `register(app)` adds them to the noun."""
