"""Gas of a binding by number of parts and places for readers, and of a challenge and its answer, with real proofs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from zkrisk.book import BookVector
from zkrisk.commitment import Opening, parse_address
from zkrisk.demo.keys import TAG_SECRET, VENUE, venue_key
from zkrisk.demo.scene import Scene
from zkrisk.pipeline_binding import make_binding, prepare_binding, submit_binding
from zkrisk.pipeline_challenge import make_answer, prepare_answer, submit_answer, submit_challenge
from zkrisk.venue import SignedStatement, VenueStatement, account_tag

__all__ = ["bind_gas", "challenge_gas"]

_LOCK_S = 30 * 86_400


def bind_gas(scene: Scene, opening: Opening) -> dict[str, int]:
    """Bind the active commitment with every circuit of the tier, each from the same state; return gas by name."""
    trader = scene.actors["trader"]
    found: dict[str, int] = {}
    for circuit in scene.artifacts.bind_circuits():
        if circuit.tier != scene.universe.tier:
            continue
        with _as_before(scene):
            signed = [_statement(scene, opening, number, circuit.parts) for number in range(circuit.parts)]
            prepared = prepare_binding(scene.chain, scene.artifacts, opening, signed)
            instance = scene.artifacts.bind_instance(circuit)
            request = replace(prepared.request, key_id=instance.key().key_id)
            prepared = replace(prepared, instance=instance, request=request)
            outcome = submit_binding(scene.chain, trader, prepared, make_binding(prepared, opening))
            found[f"bind {circuit.parts} parts, {circuit.readers} readers"] = outcome.gas_used
    return found


def challenge_gas(scene: Scene, opening: Opening) -> dict[str, int]:
    """Challenge the account and answer; it has to owe."""
    with _as_before(scene):
        asked = submit_challenge(scene.chain, scene.actors["mallory"], scene.actors["trader"].address)
        scene.next_epoch()
        scene.new_sheet()
        prepared = prepare_answer(scene.chain, scene.artifacts, opening)
        answered = submit_answer(scene.chain, scene.actors["trader"], prepared, make_answer(prepared, opening))
        return {"challenge": asked.gas_used, "answer": answered.gas_used}


@contextmanager
def _as_before(scene: Scene) -> Iterator[None]:
    """Undo on the chain what happens inside."""
    snapshot = scene.chain.rpc.raw("evm_snapshot", [])
    yield
    scene.chain.rpc.raw("evm_revert", [snapshot])


def _statement(scene: Scene, opening: Opening, number: int, parts: int) -> SignedStatement:
    """One account of several at the venue: every slot is in one of them."""

    def share(lots: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(value if slot % parts == number else 0 for slot, value in enumerate(lots))

    return VenueStatement(
        venue=VENUE,
        account_tag=account_tag(TAG_SECRET, f"account {number}"),
        owner=opening.owner,
        chain=scene.chain.chain_id,
        registry=parse_address(scene.chain.deployment.binder),
        timestamp=scene.chain.block_time(),
        locked_until=scene.chain.block_time() + _LOCK_S,
        vector=BookVector(share(opening.long), share(opening.short)),
    ).sign(venue_key())
