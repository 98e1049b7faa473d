"""`zkrisk policy register`: the verb of `policy` that needs a chain; `register(app)` adds it to the noun."""
