"""Long attacks on the main job: the same code runs for seconds inside `make test` and for hours in `make test-deep`.

A campaign is a module with a command line: `python -m tests.campaigns.NAME --cases N --seed S`.
It prints its seed first, a line of progress now and then, and on a failure the command that replays that failure alone.
What it reached goes to `build/assurance/`, from where `make assurance` reads its table.
"""
