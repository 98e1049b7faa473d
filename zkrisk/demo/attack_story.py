"""Steps 7 to 11: what must fail, fails; by name, in a block, and nothing changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from zkrisk.book import BookVector
from zkrisk.chain.submit import call_of, proof_struct
from zkrisk.commitment import Opening, commit_with, draw_salt, parse_address
from zkrisk.demo.attacks import changed, expect_refusal, malleated
from zkrisk.demo.bind_story import bind
from zkrisk.demo.credit_story import Story, expect
from zkrisk.demo.scene import VAULT
from zkrisk.errors import ExpectationUnmet, PolicyNotMet
from zkrisk.params import Action
from zkrisk.pipeline import make_bundle, prepare_attest, prepare_draw
from zkrisk.proof.bundle_model import Bundle

__all__ = ["attack_story"]

_OVER_LIMIT_USDC: Final = 35_000
_SMALL_USDC: Final = 1_000
_WIDTH: Final = 50


def attack_story(story: Story) -> None:
    """Play steps 7 to 11."""
    epoch = story.scene.chain.newest_epoch()
    before = _state(story, epoch)
    spare = _spare_draw(story)
    _over_limit(story, spare)
    _replay(story)
    _malleated(story)
    fresh = _fresh_attestation(story)
    _stolen(story, fresh)
    _old_epoch(story, fresh)
    _changed(story)
    expect(_state(story, epoch) == before, "no refused transaction changed the trader's account")
    _swapped(story)


def _state(story: Story, epoch: int) -> tuple[Any, ...]:
    """What a refused transaction must not change, interest aside: debts in index units, the leg at one epoch."""
    chain, trader = story.scene.chain, story.trader
    nonces = tuple(
        chain.nonce(trader, action) for action in (Action.ATTEST, Action.UPDATE, Action.DRAW, Action.WITHDRAW)
    )
    return nonces, chain.vault(VAULT).units_of(trader), chain.account(trader), chain.leg(trader, epoch)


def _refused(story: Story, name: str, text: str, error: str, function: Any, *, same_step: bool = False) -> None:
    refused = expect_refusal(story.scene.actors["trader"], function, error)
    _show(story, name, text, refused.message, same_step=same_step)


def _show(story: Story, name: str, text: str, message: str, *, same_step: bool = False) -> None:
    reason = message if len(text) + len(message) < _WIDTH else message.split("(", maxsplit=1)[0]
    shown = f"{text}: {reason}" if text else reason
    story.screen.done(name, shown, "refused", same_step=same_step, error=message)


def _spare_draw(story: Story) -> Bundle:
    """A valid draw that is never sent as it is."""
    scene = story.scene
    prepared = prepare_draw(
        scene.chain, scene.artifacts, story.book, vault_name=VAULT, amount=_SMALL_USDC * 10**6
    )  # fmt: skip
    return make_bundle(prepared, scene.artifacts, story.book)


def _over_limit(story: Story, spare: Bundle) -> None:
    scene, amount = story.scene, _OVER_LIMIT_USDC * 10**6
    story.screen.begin()
    try:
        prepare_draw(scene.chain, scene.artifacts, story.book, vault_name=VAULT, amount=amount)
    except PolicyNotMet as refused:
        limits = refused.details["limits"]
        expect(limits == ["LEVERAGE"], "leverage alone is over its limit")
        _show(story, "over-limit", f"{_OVER_LIMIT_USDC:,} more, unproved", f"{refused.code} (LEVERAGE)")
    else:
        raise ExpectationUnmet("the client would prove a draw that breaks the policy")
    vault = scene.chain.vault(VAULT).contract
    _, request, proof = call_of(spare, scene.chain).args
    function = vault.functions.draw(amount, request, proof)
    _refused(story, "", "forced with a proof of a smaller one", "ProofInvalid", function, same_step=True)


def _replay(story: Story) -> None:
    if story.draw_bundle is None:
        raise ExpectationUnmet("nothing was drawn")
    _refused(story, "replay", "the draw again", "NonceUsed", call_of(story.draw_bundle, story.scene.chain))


def _malleated(story: Story) -> None:
    if story.draw_bundle is None:
        raise ExpectationUnmet("nothing was drawn")
    amount, request, proof = call_of(story.draw_bundle, story.scene.chain).args
    vault = story.scene.chain.vault(VAULT).contract
    function = vault.functions.draw(amount, request, malleated(proof))
    _refused(story, "malleated", "-A, -B, C", "NonceUsed", function)


def _fresh_attestation(story: Story) -> Bundle:
    """A valid attestation that is never sent in time."""
    scene = story.scene
    prepared = prepare_attest(scene.chain, scene.artifacts, story.book, scene.policy_id, lifetime_s=7200)
    return make_bundle(prepared, scene.artifacts, story.book)


def _stolen(story: Story, fresh: Bundle) -> None:
    """Mallory sends the trader's proof, with a book of her own and with a copy of his commitment, both signed for."""
    scene, mallory = story.scene, story.scene.actors["mallory"]
    chain = scene.chain
    size = scene.universe.size
    book = BookVector(long=(10**9, *(0,) * (size - 1)), short=(0,) * size)
    owner, salt = parse_address(mallory.address), draw_salt()
    own = Opening(book, owner, salt, commit_with(book, owner, salt))
    story.screen.begin()
    (policy_id, epoch, _, deadline), proof = call_of(fresh, chain).args
    nonce = chain.nonce(mallory.address, Action.ATTEST)
    function = chain.manager.functions.attest((policy_id, epoch, nonce, deadline), proof)
    mallory.send(chain.manager.functions.commit(own.commitment))
    scene.sign_custody(mallory.address)
    bind(scene, mallory, own)
    _show(story, "stolen", "another account's proof", expect_refusal(mallory, function, "ProofInvalid").message)
    # What she cannot open she cannot give to the keeper either, and without that no proof counts.
    mallory.send(chain.manager.functions.commit(story.book.commitment))
    scene.sign_custody(mallory.address)
    refused = expect_refusal(mallory, function, "ReadersOutdated")
    _show(story, "", "with a copied commitment", refused.message, same_step=True)


def _old_epoch(story: Story, fresh: Bundle) -> None:
    scene = story.scene
    for _ in range(2):
        scene.next_epoch()
        scene.new_sheet()
    story.screen.begin()
    _refused(story, "old epoch", "", "EpochStale", call_of(fresh, scene.chain))


def _changed(story: Story) -> None:
    """One public value moved by one, in a proof that is valid as it stands: the deadline, then the commitment's leg."""
    scene = story.scene
    bundle = _fresh_attestation(story)
    request, proof = call_of(bundle, scene.chain).args
    (moved,) = changed((request,), (0, 3))
    function = scene.chain.manager.functions.attest(moved, proof)
    _refused(story, "", "one public value + 1", "ProofInvalid", function, same_step=True)
    twisted = proof_struct(bundle.proof.to_bytes())
    function = scene.chain.manager.functions.attest(request, (twisted[2], twisted[1], twisted[0]))
    _refused(story, "", "A and C exchanged", "ProofInvalid", function, same_step=True)


def _swapped(story: Story) -> None:
    """With debt outstanding a better book stays pending, and a proof about it convinces nobody."""
    scene, trader = story.scene, story.scene.actors["trader"]
    chain, size = scene.chain, scene.universe.size
    rich = BookVector(long=(5 * 10**12, *(0,) * (size - 1)), short=(0,) * size)
    owner, salt = parse_address(trader.address), draw_salt()
    better = Opening(rich, owner, salt, commit_with(rich, owner, salt))
    active = chain.account(trader.address).commitment
    trader.send(chain.manager.functions.commit(better.commitment))
    state = chain.account(trader.address)
    expect((state.commitment, state.pending_commitment) == (active, better.commitment), "the new book is pending")
    _refused(story, "", "book swapped", "DebtOutstanding", chain.manager.functions.activatePending(), same_step=True)
    prepared = prepare_attest(chain, scene.artifacts, story.book, scene.policy_id)
    bundle = make_bundle(replace(prepared, commitment=better.commitment), scene.artifacts, better)
    function = call_of(bundle, chain)
    _refused(story, "", "proof about the swapped book", "ProofInvalid", function, same_step=True)
