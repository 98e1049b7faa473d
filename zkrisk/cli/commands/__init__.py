"""One file a command; each has a Typer `app` whose functions return an Outcome."""
