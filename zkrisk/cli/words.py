"""The words of the command line, with the module of each; imported only when the word is used."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import NamedTuple

from zkrisk.errors import UsageError


class Word(NamedTuple):
    """A top-level word: its module, its verbs when it is a noun, and what it does."""

    module: str
    verbs: tuple[str, ...]
    summary: str


PIPELINE = {
    "risk": Word("risk", (), "metrics, use of each limit, distance to liquidation"),
    "commit": Word("commit", (), "fresh salt, encrypted store, --send to the chain"),
    "prove": Word("prove", (), "check limits, build witness, proof, bundle"),
    "verify": Word("verify", (), "what a counterparty runs; reads, never sends"),
    "submit": Word("submit", (), "simulate, show, ask, send a bundle"),
    "bind": Word("bind", (), "a book to its readers and to what venues signed"),
    "status": Word("status", (), "accounts, expiries, epochs, what is due next"),
}
LOOKS = {
    "whatif": Word("whatif", (), "the metrics before and after a trade"),
    "report": Word("report", (), "one page of HTML, for the owner or for a lender"),
}
DUTIES = {
    "challenge": Word("challenge", (), "ask an account to show that it is healthy"),
    "answer": Word("answer", (), "show that it is, when it is asked"),
    "claim": Word("claim", (), "fetch what was seized, won or given back"),
}
THINGS = {
    "book": Word("book", ("add", "list", "show", "check", "diff", "export", "remove"), "your private books"),
    "sheet": Word(
        "sheet",
        ("build", "fetch", "check", "show", "diff", "fold", "audit", "scenarios"),
        "public prices and scenarios",
    ),
    "policy": Word("policy", ("list", "show", "check", "diff", "register"), "limits to be met"),
    "bundle": Word("bundle", ("show", "pack", "unpack"), "attestations as files"),
    "trust": Word("trust", ("list", "show", "add", "remove", "export"), "a verifier's pins"),
    "store": Word("store", ("info", "backup", "restore", "rekey", "recover"), "the encrypted store"),
    "vault": Word("vault", ("show", "deposit", "repay", "liquidate"), "escrow and credit; needs no proof"),
    "chain": Word(
        "chain", ("start", "deploy", "info", "push", "snapshot", "roll", "venue", "readers", "stop"), "a deployment"
    ),
    "keeper": Word("keeper", ("scan", "run"), "liquidates accounts whose books it may read"),
    "issuer": Word("issuer", ("keygen", "list", "sign", "show"), "what venues and custodians sign"),
    "viewing": Word(
        "viewing",
        ("keygen", "list", "show", "ceremony", "fetch", "partial", "combine", "open"),
        "keys that read encrypted books",
    ),
}
HELP = {
    "init": Word("init", (), "create the store and a first configuration"),
    "demo": Word("demo", (), "the whole story on a local chain"),
    "doctor": Word("doctor", (), "what is missing, with the repair command"),
    "bench": Word("bench", ("prove",), "how long a proof takes on this machine"),
    "config": Word("config", (), "each setting and where it came from"),
    "schema": Word("schema", (), "JSON Schema of COMMAND --json"),
    "completion": Word("completion", (), "bash | zsh | fish | powershell"),
}
WORDS = {**PIPELINE, **LOOKS, **DUTIES, **THINGS, **HELP}

WIDTH = 80
EXAMPLES = """  zkrisk risk book.csv --sheet synthetic:7 --policy lender-a
  zkrisk verify trader.zkrisk.json --rpc URL --expect-assurance SELF_DECLARED"""


def find_word(name: str) -> Word:
    """Look a word up.

    Raises:
        UsageError: There is none; with one suggestion when one is near.
    """
    if name in WORDS:
        return WORDS[name]
    what = "option" if name.startswith("-") else "command"
    near = difflib.get_close_matches(name, WORDS, n=1)
    suggestion = f"zkrisk {near[0]} --help" if near else "zkrisk --help"
    meant = f"; did you mean '{near[0]}'?" if near else ""
    raise UsageError(f"no such {what} '{name}'{meant}", hint=suggestion)


def root_help() -> str:
    """Help of the root: two examples, then all words by group; those in one line explain themselves."""
    lines = ["zkrisk: prove that a secret book meets a risk policy on public prices", EXAMPLES]
    lines += _rows("PIPELINE", PIPELINE)
    lines.append(f"  {'BESIDES':<9}{'   '.join((*LOOKS, *DUTIES))}")
    lines += _rows("THINGS", THINGS)
    lines.append(f"  {'HELP':<9}{'   '.join(HELP)}")
    lines.append("Everywhere: --json -q -v --no-input -y --color --profile --home --version -h")
    return "\n".join(lines)


def _rows(title: str, group: dict[str, Word]) -> Iterator[str]:
    for position, (name, word) in enumerate(group.items()):
        head = f"  {title if position == 0 else '':<9}{name:<11}"
        wide = head + (" | ".join(word.verbs) or word.summary)
        yield wide if len(wide) <= WIDTH else head + "|".join(word.verbs)
