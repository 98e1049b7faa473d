"""`zkrisk status [ACCOUNT]`: commitments, attestations and credit, and what is due next."""
