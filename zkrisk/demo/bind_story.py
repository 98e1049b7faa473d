"""Step 4: a venue signs what the account holds and owes, the trader binds the book to it, the keeper can read it."""

from __future__ import annotations

from collections.abc import Sequence

from zkrisk.chain.transact import Outcome, Transactor
from zkrisk.commitment import Opening, parse_address
from zkrisk.demo.credit_story import Story, expect
from zkrisk.demo.keys import TAG_SECRET, VENUE, venue_key
from zkrisk.demo.scene import Scene
from zkrisk.fixedpoint import from_scaled
from zkrisk.params import BPS, Assurance
from zkrisk.pipeline_binding import make_binding, prepare_binding, submit_binding
from zkrisk.venue import SignedStatement, VenueStatement, account_tag

__all__ = ["bind", "bind_story", "venue_statement"]

_LOCK_S = 30 * 86_400


def bind_story(story: Story) -> None:
    """Play step 4."""
    scene, trader = story.scene, story.scene.actors["trader"]
    story.screen.begin()
    phases: dict[str, float] = {}
    outcome = bind(scene, trader, story.book, [venue_statement(scene, story.book)], phases)
    gas = story.record("bind", outcome)
    state = scene.chain.account(trader.address)
    expect(state.level is Assurance.VENUE_SIGNED and state.coverage_bps == BPS, "the venue signed all of the book")
    words = len(outcome.event("BookBound").args["ciphertext"])
    proof_ms = round(1000 * sum(phases.values()))
    text = f"VENUE_SIGNED, {from_scaled(state.coverage_bps, 2)} % covered, proof {proof_ms} ms"
    story.screen.done("bind", text, gas=gas, proof_milliseconds=proof_ms)
    story.screen.done("", f"ciphertext to the keeper in the log: {words} words", same_step=True, words=words)


def venue_statement(scene: Scene, opening: Opening) -> SignedStatement:
    """What the venue signs about the whole book; newer than the last deposit of escrow."""
    scene.pass_a_second()
    statement = VenueStatement(
        venue=VENUE,
        account_tag=account_tag(TAG_SECRET, f"customer {opening.owner:040x}"),
        owner=opening.owner,
        chain=scene.chain.chain_id,
        registry=parse_address(scene.chain.deployment.binder),
        timestamp=scene.chain.block_time(),
        locked_until=scene.chain.block_time() + _LOCK_S,
        vector=opening.vector,
    )
    return statement.sign(venue_key())


def bind(
    scene: Scene,
    sender: Transactor,
    opening: Opening,
    signed: Sequence[SignedStatement] = (),
    phases: dict[str, float] | None = None,
) -> Outcome:
    """Bind a commitment of the sender; without statements it only gives the book to the keeper."""
    prepared = prepare_binding(scene.chain, scene.artifacts, opening, signed)
    on_progress = None if phases is None else phases.__setitem__
    return submit_binding(scene.chain, sender, prepared, make_binding(prepared, opening, on_progress=on_progress))
