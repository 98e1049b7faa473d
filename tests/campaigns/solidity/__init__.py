"""The attacks on the contracts, one a module; tests/campaigns/contracts.py runs them."""
