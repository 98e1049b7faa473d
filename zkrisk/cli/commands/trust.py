"""`zkrisk trust list|show|add|remove|export`: a verifier's pins, kept outside of every bundle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkrisk.cli.bundle_files import write_file
from zkrisk.cli.figures import age_text, day_text
from zkrisk.cli.output import Line, Outcome
from zkrisk.cli.session import Session
from zkrisk.errors import NotFound, UsageError

if TYPE_CHECKING:
    from zkrisk.proof.trust import Entry, TrustStore

app = typer.Typer(rich_markup_mode=None, add_completion=False, no_args_is_help=True, help="A verifier's pins.")
LISTS = ("circuits", "chains", "custodians", "venues", "revocations")


def trust_folder(session: Session) -> Path:
    """Folder of the pins: the setting, else the home."""
    named = session.config.settings.trust
    return Path(named).expanduser() if named else session.home


def read_trust(session: Session) -> TrustStore:
    """Read the pins; those that come with zkrisk when there are none of one's own."""
    from zkrisk.proof.trust import load_trust  # noqa: PLC0415  (--help does without)

    return load_trust(trust_folder(session))


@app.command(name="list")
def list_entries(context: typer.Context) -> Outcome:
    """All pins with the age of the store."""
    session: Session = context.obj
    store = read_trust(session)
    now = session.now_unix()
    lines: list[Line] = [f"trust store of {day_text(store.updated_unix)}, {age_text(store.age_s(now))} old"]
    counts = {name: getattr(store, name) for name in LISTS}
    for name, entries in counts.items():
        lines += [f"  {name[:-1]:<12}{entry.identity}  {_name(entry)}".rstrip() for entry in entries]
    if not store.entries():
        lines.append("  nothing is pinned: online the registry's key counts, offline a key must be pinned or local")
    result = {"updated_unix": store.updated_unix, "entries": [_row(name, e) for name in LISTS for e in counts[name]]}
    return Outcome("trust-list", result, lines, warnings=[("TRUST_STALE", text) for text in store.warnings(now)])


@app.command(name="show")
def show_entry(
    context: typer.Context, identity: Annotated[str, typer.Argument(help="Key id, chain id or address.")]
) -> Outcome:
    """One pin with all its fields."""
    session: Session = context.obj
    store = read_trust(session)
    found = [_row(name, e) for name in LISTS for e in getattr(store, name) if e.identity.lower() == identity.lower()]
    if not found:
        raise NotFound("the trust store has no such entry", hint="zkrisk trust list")
    lines = [f"  {name:<20}{value}" for row in found for name, value in sorted(row.items())]
    return Outcome("trust-show", {"entries": found}, lines)


@app.command(name="add")
def add_entry(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help=f"One of {', '.join(LISTS)}.")],
    fields: Annotated[list[str] | None, typer.Argument(metavar="FIELD=VALUE...")] = None,
    *,
    deployment: Annotated[str | None, typer.Option(metavar="FILE", help="Pin its chain and contracts.")] = None,
) -> Outcome:
    """Pin a key, chain, custodian or venue, or revoke one.

    \b
    zkrisk trust add circuits circuit=healthy-micro key_id=0x.. class=CEREMONY
    zkrisk trust add chains name=local --deployment deployment-31337.json
    """
    from zkrisk.proof.trust import parse_entry  # noqa: PLC0415  (--help does without)

    session: Session = context.obj
    given = _fields(fields or [])
    if deployment is not None:
        given = {**_pins_of(Path(deployment)), **given}
    if kind == "revocations":
        given.setdefault("at_unix", session.now_unix())
    entry = parse_entry(kind, given)
    store = read_trust(session).add(entry, session.now_unix())
    store.save(trust_folder(session))
    return Outcome("trust-add", _row(kind, entry), [f"added to {kind}: {entry.identity}  {_name(entry)}".rstrip()])


@app.command(name="remove")
def remove_entry(
    context: typer.Context, identity: Annotated[str, typer.Argument(help="Key id, chain id or address.")]
) -> Outcome:
    """Remove a pin or a revocation.

    \b
    zkrisk trust remove 31337
    zkrisk trust remove 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --yes
    """
    session: Session = context.obj
    store = read_trust(session).remove(identity, session.now_unix())
    session.confirm(f"stop using what the trust store says about {identity}?")
    store.save(trust_folder(session))
    return Outcome("trust-remove", {"identity": identity}, [f"removed: {identity}"])


@app.command(name="export")
def export_store(
    context: typer.Context,
    *,
    out: Annotated[str | None, typer.Option("-o", "--out", metavar="FILE", help="Default stdout.")] = None,
) -> Outcome:
    """The whole store as a file for another verifier's home."""
    from zkrisk.book.files import canonical_bytes  # noqa: PLC0415  (--help does without)

    session: Session = context.obj
    document = read_trust(session).to_dict()
    if out is None or out == "-":
        return Outcome("trust-export", document, raw=True)
    path = write_file(session, out, canonical_bytes(document) + b"\n")
    return Outcome("trust-export", {"path": path}, [f"wrote {path}"])


def _fields(pairs: list[str]) -> dict[str, Any]:
    """Read ``field=value``; a dot makes a field of a field."""
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise UsageError("a field is written FIELD=VALUE", hint="zkrisk trust add --help")
        target = found
        *parents, last = name.split(".")
        for parent in parents:
            target = target.setdefault(parent, {})
        target[last] = int(value) if name.endswith(("_unix", "chain_id")) and value.isdecimal() else value
    return found


def _pins_of(path: Path) -> dict[str, Any]:
    from zkrisk.chain.deployment import DeploymentFile  # noqa: PLC0415  (--help does without)

    file = DeploymentFile.load(path)
    contracts = {name: getattr(file.contracts, name) for name in ("registry", "sheet", "policies", "manager", "vaults")}
    return {"chain_id": file.chain_id, "contracts": contracts}


def _row(name: str, entry: Entry) -> dict[str, Any]:
    return {"kind": name, **entry.model_dump(mode="json", by_alias=True, exclude_none=True)}


def _name(entry: Entry) -> str:
    dumped = entry.model_dump(mode="json", by_alias=True)
    return " ".join(str(dumped[key]) for key in ("circuit", "class", "name", "id", "reason") if dumped.get(key))
