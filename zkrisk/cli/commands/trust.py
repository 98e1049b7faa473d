"""`zkrisk trust list|show|add|remove|export`: a verifier's pins, kept outside of every bundle."""
