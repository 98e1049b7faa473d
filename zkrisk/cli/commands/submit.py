"""`zkrisk submit BUNDLE`: simulate, show, ask, and send a bundle."""
