"""What a command works with: flags, settings, screen, clock, and the store when it asks for it."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platformdirs import user_config_path as platform_config_path
from platformdirs import user_data_path

from zkrisk.cli.flags import GlobalFlags
from zkrisk.cli.output import Outcome, Screen, printable_lines
from zkrisk.cli.progress import Progress
from zkrisk.cli.secrets import SecretSources, terminal_prompt
from zkrisk.config import Config, load_config, user_config_path
from zkrisk.errors import Declined

if TYPE_CHECKING:
    from zkrisk.store import Store, StoreIndex


@dataclass
class Session:
    """One run of the program. Only this and `run` touch the process.

    Attributes:
        flags: Global flags.
        words: Command line without global flags, for hints.
        environ: Variables, the passphrase already taken out.
        passphrase: What the variable held.
        screen: Where to write.
        warned: Endpoints that were complained about; once each.
    """

    flags: GlobalFlags
    words: list[str]
    environ: dict[str, str]
    passphrase: str | None = field(repr=False)
    screen: Screen
    overrides: dict[str, Any] = field(default_factory=dict)
    warned: set[str] = field(default_factory=set)

    @property
    def user_file(self) -> Path:
        """The user's configuration file."""
        return user_config_path(self.environ, platform_config_path("zkrisk") / "config.toml")

    @cached_property
    def config(self) -> Config:
        """Settings with their origins."""
        flags = {"home": self.flags.home, "profile": self.flags.profile, "no_input": self.flags.no_input or None}
        return load_config({**flags, **self.overrides}, self.environ, folder=Path.cwd(), user_file=self.user_file)

    @property
    def home(self) -> Path:
        """Folder of the store, the trust file and the logs."""
        named = self.config.settings.home
        return Path(named).expanduser() if named else user_data_path("zkrisk")

    def made_home(self) -> Path:
        """The home, for what is written there before there is a store: others cannot look into it."""
        from zkrisk.store.create import make_home  # noqa: PLC0415  (0.2 s that --help need not pay)

        make_home(self.home)
        return self.home

    @property
    def can_ask(self) -> bool:
        """Whether a question reaches a person."""
        terminal = sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()
        return terminal and not self.config.settings.no_input

    @cached_property
    def progress(self) -> Progress:
        """Phases on stderr."""
        moving = sys.stderr.isatty() and not self.environ.get("CI") and self.environ.get("TERM") != "dumb"
        return Progress(sys.stderr, is_moving=moving, is_quiet=self.flags.quiet)

    def now_unix(self) -> int:
        """The clock."""
        return int(time.time())

    @cached_property
    def _sources(self) -> SecretSources:
        return SecretSources(
            descriptor=self.flags.passphrase_fd,
            file=self.flags.passphrase_file,
            keyring_name=str(self.home) if self.config.settings.keyring else None,
            variable=self.passphrase,
            prompt=terminal_prompt if self.can_ask else None,
        )

    def secret_sources(self) -> SecretSources:
        """Where the passphrase of the store may come from."""
        return self._sources

    def open_store(self) -> Store:
        """Open the store with the passphrase."""
        from zkrisk.store import Store, StoreIndex  # noqa: PLC0415  (0.2 s that --help need not pay)

        StoreIndex.at(self.home).close()
        command = " ".join(self.words)
        return Store.open(self.home, self.secret_sources().read(command), clock=self.now_unix)

    def open_index(self) -> StoreIndex:
        """Open the part of the store that needs no passphrase."""
        from zkrisk.store import StoreIndex  # noqa: PLC0415  (0.2 s that --help need not pay)

        return StoreIndex.at(self.home, clock=self.now_unix)

    def confirm(self, question: str) -> None:
        """Ask a yes-or-no question on the terminal; ``--yes`` answers it.

        Raises:
            Declined: The answer is no, or nobody can be asked.
        """
        if self.flags.yes:
            return
        if self._answer(f"{question} [y/N] ").strip().lower() not in ("y", "yes"):
            raise Declined("declined; nothing was changed")

    def confirm_by_typing(self, what: str, word: str) -> None:
        """Ask for a word to be typed; ``--yes`` does not answer this.

        Raises:
            Declined: Something else was typed, or nobody can be asked.
        """
        if self._answer(f"{what}\ntype '{word}' to go on: ").strip() != word:
            raise Declined("declined; nothing was changed")

    def finish(self, outcome: Outcome) -> int:
        """Show the outcome; returns the exit code."""
        from zkrisk.cli.show import show_outcome  # noqa: PLC0415  (shown once, at the end)

        return show_outcome(self, outcome)

    def _answer(self, text: str) -> str:
        if not self.can_ask:
            raise Declined(
                "a question must be answered, and there is no terminal to ask on", hint="add --yes where allowed"
            )
        sys.stderr.write(printable_lines(text))
        sys.stderr.flush()
        return sys.stdin.readline()


def take_environment() -> dict[str, str]:
    """Copy of the environment."""
    return dict(os.environ)
