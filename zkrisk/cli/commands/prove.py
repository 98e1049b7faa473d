"""`zkrisk prove BOOK`: check the limits, build witness and proof, write a bundle."""
