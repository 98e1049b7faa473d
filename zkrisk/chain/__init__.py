"""The only package that talks to a chain. Its modules import web3; import them when a chain is really asked."""
