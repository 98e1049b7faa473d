"""`zkrisk demo`: the whole story on a local chain."""
