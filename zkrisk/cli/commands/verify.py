"""`zkrisk verify BUNDLE…`: what a counterparty runs; it reads and never sends."""
