"""`zkrisk bundle show|pack|unpack`: attestations as files, thin and self-contained."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zkrisk.cli.bundle_files import read_bundle, sibling, size_text, write_file
from zkrisk.cli.chain_access import open_chain
from zkrisk.cli.figures import time_text
from zkrisk.cli.output import Line, Outcome, one_line
from zkrisk.cli.render_text import labelled, short_hash
from zkrisk.cli.session import Session
from zkrisk.errors import InputError, UsageError

if TYPE_CHECKING:
    from zkrisk.proof.bundle_model import Bundle
    from zkrisk.sheet import Sheet

app = typer.Typer(rich_markup_mode=None, add_completion=False, no_args_is_help=True, help="Attestations as files.")
File = Annotated[str, typer.Argument(metavar="BUNDLE", help="A bundle file; - is stdin.")]
Out = Annotated[str | None, typer.Option("-o", "--out", metavar="FILE", help="Default beside the bundle.")]


@app.command(name="show")
def show_bundle(context: typer.Context, bundle: File) -> Outcome:
    """What a bundle says. Nothing of it is verified here.

    \b
    zkrisk bundle show trader.zkrisk.json
    zkrisk verify trader.zkrisk.json --rpc URL      to believe it
    """
    from zkrisk.proof.bundle import identifier  # noqa: PLC0415  (--help does without)

    found = read_bundle(bundle)
    name = identifier(found)
    statement = found.statement.model_dump(mode="json", by_alias=True, exclude_none=True)
    packed = found.material is not None
    result = {"identifier": name, "verified": False, "packed": packed, "statement": statement}
    following = None if bundle == "-" else f"zkrisk verify {bundle} --rpc URL"
    return Outcome("bundle-show", result, _lines(found, name), next=following)


def _lines(bundle: Bundle, name: str) -> list[Line]:
    statement = bundle.statement
    subject, context, validity = statement.subject, statement.context, statement.validity
    where = f"{short_hash(subject.account)} on chain {subject.chain_id}, commitment {short_hash(subject.commitment)}"
    lines: list[Line] = [[("NOT VERIFIED", "warn"), ("   these are the sender's words", "")]]
    lines += labelled("id", name)
    lines += labelled("form", f"{statement.kind}, {'packed' if bundle.material else 'thin'}, action {context.action}")
    lines += labelled("who", f"{where}, seq {subject.sequence}")
    if statement.policy is not None:
        origin, version = statement.policy.origin, statement.policy.version
        title = one_line(origin.name) if origin else short_hash(statement.policy.id)
        lines += labelled("policy", f"{title} v{version}, id {short_hash(statement.policy.id)}")
    lines += labelled("circuit", f"{statement.circuit.id}-{statement.circuit.tier}, {statement.setup.key_class} key")
    lines += labelled("as of", f"epoch {context.epoch}, prices of {time_text(validity.proved_epoch_unix)}")
    lines += labelled("level", f"{statement.assurance.level}")
    lines += labelled("until", f"{time_text(validity.expires_at_unix)}; sendable until {time_text(context.deadline)}")
    if bundle.note:
        lines += labelled("note", one_line(bundle.note))
    return lines


@app.command(name="pack")
def pack_bundle(
    context: typer.Context,
    bundle: File,
    *,
    sheet: Annotated[str | None, typer.Option(metavar="FILE", help="The sheet that was proved against.")] = None,
    rpc: Annotated[str | None, typer.Option(metavar="URL", help="Read the sheet there.")] = None,
    deployment: Annotated[str | None, typer.Option(metavar="FILE", help="Default that of the chain.")] = None,
    out: Out = None,
) -> Outcome:
    """Put key and sheet into a bundle, so that it verifies by itself.

    \b
    zkrisk bundle pack trader.zkrisk.json --rpc URL
    zkrisk bundle pack trader.zkrisk.json --sheet sheet.json -o packed.json
    """
    from zkrisk.proof.artifacts import default_artifacts  # noqa: PLC0415  (--help does without)
    from zkrisk.proof.bundle import pack  # noqa: PLC0415

    session: Session = context.obj
    found = read_bundle(bundle)
    key = default_artifacts().instance(found.statement.circuit_kind, found.statement.tier).key()
    packed = pack(found, key, _sheet(session, found, sheet, rpc, deployment))
    return _write(session, packed, _target(bundle, out, "packed"), "self-contained", "--offline")


@app.command(name="unpack")
def unpack_bundle(
    context: typer.Context,
    bundle: File,
    *,
    snarkjs: Annotated[str | None, typer.Option(metavar="DIR", help="Write snarkjs' three files instead.")] = None,
    out: Out = None,
) -> Outcome:
    """Take key and sheet out again; or write what `snarkjs groth16 verify` reads.

    \b
    zkrisk bundle unpack trader.packed.zkrisk.json
    zkrisk bundle unpack trader.packed.zkrisk.json --snarkjs proof/
    """
    from zkrisk.proof.bundle import unpack, unpack_snarkjs  # noqa: PLC0415

    session: Session = context.obj
    found = read_bundle(bundle)
    if snarkjs is not None:
        folder = Path(snarkjs)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"cannot make the folder: {error.strerror}", where=snarkjs) from None
        names = ["verification_key.json", "public.json", "proof.json"]
        there = [name for name in names if os.path.lexists(folder / name)]
        if there:
            session.confirm(f"{snarkjs} has {', '.join(there)}; replace?")
        unpack_snarkjs(found, folder)
        files = " ".join(str(folder / name) for name in names)
        result = {"path": snarkjs, "files": names}
        return Outcome("bundle-unpack", result, [f"wrote {snarkjs}"], next=f"snarkjs groth16 verify {files}")
    return _write(session, unpack(found), _target(bundle, out, "thin"), "thin", "--rpc URL")


def _sheet(session: Session, bundle: Bundle, sheet: str | None, rpc: str | None, deployment: str | None) -> Sheet:
    from zkrisk.sheet import load_sheet  # noqa: PLC0415  (--help does without)

    if sheet is not None:
        return load_sheet(Path(sheet))
    return open_chain(session, rpc, deployment).sheet(bundle.statement.context.epoch)


def _target(bundle: str, out: str | None, kind: str) -> str:
    if out is None and bundle == "-":
        raise UsageError("say where to write: --out FILE, or --out - for stdout", hint="zkrisk bundle --help")
    return out or sibling(bundle, kind)


def _write(session: Session, bundle: Bundle, target: str, form: str, how: str) -> Outcome:
    from zkrisk.proof.bundle import identifier, to_bytes  # noqa: PLC0415  (--help does without)

    content = to_bytes(bundle)
    if target == "-":
        return Outcome("bundle", json.loads(content), raw=True)
    path = write_file(session, target, content)
    result = {
        "path": path,
        "bytes": len(content),
        "identifier": identifier(bundle),
        "form": form.upper().replace("-", "_"),
    }
    text = f"wrote {path}   {size_text(len(content))}, {form}"
    return Outcome("bundle-file", result, [text], next=f"zkrisk verify {path} {how}")
