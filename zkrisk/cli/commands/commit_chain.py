"""`zkrisk commit BOOK --send`: the part of `commit` that needs a chain; `send_commitment` is called by the command."""
