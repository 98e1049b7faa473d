"""``python -m zkrisk.cli``."""

from zkrisk.cli import main

main()
