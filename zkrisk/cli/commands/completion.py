"""``zkrisk completion``: a script on stdout; no start-up file is edited."""

from __future__ import annotations

from typing import Annotated

import typer

from zkrisk.cli.output import Outcome
from zkrisk.cli.session import Session
from zkrisk.cli.words import PIPELINE, WORDS
from zkrisk.errors import UsageError, ZkRiskError
from zkrisk.policy import bundled_policies
from zkrisk.store import StoreIndex

app = typer.Typer(rich_markup_mode=None, add_completion=False)

SCRIPTS = {
    "bash": """_zkrisk() {
  local IFS=$'\\n'
  COMPREPLY=($(zkrisk completion words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _zkrisk zkrisk""",
    "zsh": """#compdef zkrisk
_zkrisk() {
  local -a found
  found=("${(@f)$(zkrisk completion words -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -a found || _files
}
compdef _zkrisk zkrisk""",
    "fish": """function _zkrisk
  zkrisk completion words -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null
end
complete -c zkrisk -a '(_zkrisk)'""",
    "powershell": """Register-ArgumentCompleter -Native -CommandName zkrisk -ScriptBlock {
  param($word, $tree, $position)
  $typed = @($tree.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })
  if (-not $word) { $typed += '' }
  zkrisk completion words -- @typed 2>$null
}""",
}
WITH_BOOK = frozenset({"risk", "commit", "prove", "bind", "answer"})
WITH_BOOK_AFTER_VERB = frozenset({"show", "check", "diff", "export", "remove"})


@app.command(name="completion")
def completion(
    context: typer.Context,
    shell: Annotated[str, typer.Argument(metavar="SHELL", help="bash, zsh, fish or powershell.")],
    typed: Annotated[list[str] | None, typer.Argument(hidden=True)] = None,
) -> Outcome:
    """Print a completion script.

    \b
    source <(zkrisk completion bash)
    zkrisk completion fish > ~/.config/fish/completions/zkrisk.fish
    """
    if shell == "words":
        found = candidates(context.obj, typed or [""])
        return Outcome("completion", {"words": found}, found)
    if shell not in SCRIPTS:
        raise UsageError(f"no completion for '{shell}'", hint="zkrisk completion bash|zsh|fish|powershell")
    return Outcome("completion", {"shell": shell, "script": SCRIPTS[shell]}, [SCRIPTS[shell]])


def candidates(session: Session, typed: list[str]) -> list[str]:
    """What may follow; book names come from the index, which needs no passphrase.

    Args:
        session: For the index.
        typed: Words so far, the last one being typed.
    """
    *before, last = typed
    if not before:
        found = list(WORDS)
    elif before[-1] == "--policy":
        found = list(bundled_policies())
    elif _wants_book(before):
        found = _books(session)
    elif len(before) == 1 and before[0] in WORDS and before[0] not in PIPELINE:
        found = list(WORDS[before[0]].verbs)
    else:
        found = []
    return [word for word in found if word.startswith(last)]


def _wants_book(before: list[str]) -> bool:
    if len(before) == 1:
        return before[0] in WITH_BOOK
    return before[0] == "book" and before[1] in WITH_BOOK_AFTER_VERB


def _books(session: Session) -> list[str]:
    """Names, or nothing when the store cannot be read: a completion never complains."""
    try:
        if not StoreIndex.exists(session.home):
            return []
        with session.open_index() as index:
            return [info.name for info in index.books()]
    except ZkRiskError:
        return []
