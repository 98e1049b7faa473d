"""Passphrases in, and environments that children may see. No secret is ever an argument."""

from __future__ import annotations

import getpass
import os
import stat
import sys
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path

from zkrisk.errors import EnvironmentBroken, InputError, StoreLocked

PASSPHRASE_VARIABLE = "ZKRISK_PASSPHRASE"  # noqa: S105  (a name, no secret)
MAX_SECRET_BYTES = 4096
KEYRING_SERVICE = "zkrisk"
CHILD_VARIABLES = frozenset(
    {
        "PATH",
        "HOME",
        "USER",
        "LOGNAME",
        "SHELL",
        "LANG",
        "LANGUAGE",
        "TERM",
        "TMPDIR",
        "TMP",
        "TEMP",
        "TZ",
        "SYSTEMROOT",
    }
)
Prompt = Callable[[str], str]


def take_passphrase(environ: MutableMapping[str, str]) -> str | None:
    """Read the variable once and remove it, so that no child and no dump of the environment has it."""
    return environ.pop(PASSPHRASE_VARIABLE, None)


def child_environment(environ: MutableMapping[str, str]) -> dict[str, str]:
    """What node, anvil and solc may see: where programs and folders are, the language, and nothing else."""
    return {name: value for name, value in environ.items() if name in CHILD_VARIABLES or name.startswith("LC_")}


def terminal_prompt(text: str) -> str:
    """Ask on the terminal without echo."""
    return getpass.getpass(text, stream=sys.stderr)


@dataclass(slots=True)
class SecretSources:
    """Where a passphrase may come from, in the order of the fields.

    Attributes:
        descriptor: Number of an open file descriptor, as text.
        file: A file that only its owner can read.
        keyring_name: Entry of the system's keyring; None when not opted in.
        variable: Value that `take_passphrase` found.
        prompt: None when there is no terminal, or no question may be asked.
    """

    descriptor: str | None = None
    file: str | None = None
    keyring_name: str | None = None
    variable: str | None = field(default=None, repr=False)
    prompt: Prompt | None = None
    _described: str | None = field(default=None, init=False, repr=False)

    def read(self, command: str, *, label: str = "Passphrase", confirm: bool = False) -> str:
        """Find the passphrase.

        Args:
            command: What the user runs, for the hint.
            label: Of the prompt.
            confirm: Ask twice, when it is a new one.

        Raises:
            StoreLocked: There is none.
            InputError: A source was named and cannot be read.
        """
        if self.descriptor is not None:
            # Read once: a signer's keystore and the store may both ask, and the descriptor is used up.
            self._described = self._described or read_descriptor(self.descriptor)
            return self._described
        if self.file is not None:
            return read_file(Path(self.file))
        found = read_keyring(self.keyring_name) if self.keyring_name else None
        if found is None:
            found = self.variable
        if found is None and self.prompt is not None:
            return ask(self.prompt, label, confirm=confirm)
        if found is None:
            raise StoreLocked(
                "no passphrase given, and there is no terminal to ask on",
                hint=f"zkrisk {command} --passphrase-fd 3 3</run/secrets/zkrisk",
            )
        return found


def read_descriptor(text: str) -> str:
    """Read a secret from an open file descriptor.

    Raises:
        InputError: Not an open descriptor.
    """
    try:
        with os.fdopen(int(text), "rb") as stream:
            return _decode(stream.read(MAX_SECRET_BYTES + 1))
    except (OSError, ValueError):
        raise InputError(
            "--passphrase-fd is not an open file descriptor", hint="add 3</path/of/file and say 3"
        ) from None


def read_file(path: Path) -> str:
    """Read a secret from a file that only its owner can read.

    Raises:
        InputError: It cannot be read, or others can read it.
    """
    try:
        with path.open("rb") as stream:
            mode = stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
            if mode & 0o077:
                raise InputError(
                    f"the passphrase file can be read by others (mode {mode:03o})",
                    where=str(path),
                    hint=f"chmod 600 {path}",
                )
            return _decode(stream.read(MAX_SECRET_BYTES + 1))
    except OSError as error:
        raise InputError(f"the passphrase file cannot be read: {error.strerror}", where=str(path)) from None


def read_keyring(name: str) -> str | None:
    """Ask the system's keyring; None when it is not installed, has no backend or no entry."""
    try:
        import keyring  # noqa: PLC0415  (an optional extra)
        from keyring.errors import KeyringError  # noqa: PLC0415
    except ImportError:
        return None
    try:
        return keyring.get_password(KEYRING_SERVICE, name)
    except KeyringError:
        return None


def write_keyring(name: str, passphrase: str) -> None:
    """Put the passphrase into the system's keyring.

    Raises:
        EnvironmentBroken: It is not installed or has no backend, as on most servers.
    """
    try:
        import keyring  # noqa: PLC0415  (an optional extra)
        from keyring.errors import KeyringError  # noqa: PLC0415
    except ImportError:
        raise EnvironmentBroken("the keyring is not installed", hint="pip install 'zkrisk[keyring]'") from None
    try:
        keyring.set_password(KEYRING_SERVICE, name, passphrase)
    except KeyringError:
        raise EnvironmentBroken("the keyring of this machine cannot be used", hint="use --passphrase-file") from None


def ask(prompt: Prompt, label: str, *, confirm: bool) -> str:
    """Ask on the terminal; twice for a new passphrase.

    Raises:
        StoreLocked: The two differ, or nothing was typed.
    """
    try:
        first = prompt(f"{label}: ")
        if confirm and prompt(f"{label} again: ") != first:
            raise StoreLocked("the two passphrases differ")
    except EOFError:
        raise StoreLocked("no passphrase was typed") from None
    if not first:
        raise StoreLocked("no passphrase was typed")
    return first


def _decode(content: bytes) -> str:
    if len(content) > MAX_SECRET_BYTES:
        raise InputError(f"the passphrase is longer than {MAX_SECRET_BYTES} bytes")
    try:
        return content.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise InputError("the passphrase is not UTF-8 text") from None
