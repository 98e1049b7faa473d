"""Recomputing every folded point of a deployment, from values alone.

Closes and prices are found again in the feeds, returns are computed from closes, and points are folded here; what the
contract cached is read from raw storage and compared. Nothing is believed because the contract says so: its code is
compared with the compiled one, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from zkrisk.chain.audit_code import code_and_wiring
from zkrisk.chain.audit_feeds import FeedHistory
from zkrisk.chain.client import ChainClient
from zkrisk.chain.events import Event, read_events, read_topics
from zkrisk.chain.policies import folded_values
from zkrisk.chain.sheet_reader import day_label, parse_parameters, unpack_prices
from zkrisk.chain.storage import SheetStorage
from zkrisk.errors import ChainError, KeyMismatch, PolicyMismatch, SheetMismatch
from zkrisk.params import CircuitKind
from zkrisk.proof.folding import add_points, native_fold
from zkrisk.proof.keys import POINT_BYTES, CircuitKey
from zkrisk.sheet import return_row
from zkrisk.witness import SignalSet
from zkrisk.witness.statement import field_element

__all__ = ["AuditReport", "Finding", "audit"]

Progress = Callable[[str, int, int], None]
_MASK32 = (1 << 32) - 1
_MASK64 = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was compared; `problem` is None when it agrees."""

    what: str
    problem: str | None = None


@dataclass
class AuditReport:
    """What an audit found."""

    findings: list[Finding] = field(default_factory=list)

    @property
    def problems(self) -> tuple[Finding, ...]:
        """What does not agree."""
        return tuple(finding for finding in self.findings if finding.problem)

    def count(self, prefix: str) -> int:
        """Number of things compared whose name begins so."""
        return sum(finding.what.startswith(prefix) for finding in self.findings)

    def require(self) -> None:
        """Return when everything agrees.

        Raises:
            SheetMismatch: Something does not; the first is named.
        """
        if self.problems:
            first = self.problems[0]
            raise SheetMismatch(
                f"{len(self.problems)} of {len(self.findings)} do not agree; {first.what}: {first.problem}",
                details={"problems": [f"{finding.what}: {finding.problem}" for finding in self.problems]},
            )

    def compare(self, what: str, computed: bytes, stored: bytes) -> None:
        """Note whether a point agrees."""
        problem = None if computed == stored else f"folds to {computed.hex()[:8]}…, stored is {stored.hex()[:8]}…"
        self.findings.append(Finding(what, problem))

    def note(self, what: str, held: bool, problem: str) -> None:
        """Note whether a condition holds."""
        self.findings.append(Finding(what, None if held else problem))


class _Audit:
    def __init__(self, chain: ChainClient, keys: Mapping[CircuitKind, CircuitKey], on_progress: Progress) -> None:
        self.chain = chain.pinned() if chain.block == "latest" else chain
        self.keys = keys
        self.report = AuditReport()
        self.progress = on_progress
        self.storage = SheetStorage(chain.rpc, chain.deployment.sheet, self.chain.block)
        self.ring = int(self.chain.read(self.chain.prices.functions.ringEpochs()))
        self.versions = {kind: self.chain.current_key(kind).version for kind in keys}
        self.feeds = FeedHistory(self.chain)
        self.closes: list[tuple[int, ...]] = []
        self.rows: dict[int, bytes] = {}

    def events(self, name: str) -> tuple[Event, ...]:
        return read_events(
            self.chain.rpc, "PriceSheet", self.chain.deployment.sheet, name,
            first_block=self.chain.file.block, last_block=int(self.chain.block),
        )  # fmt: skip

    def run(self) -> AuditReport:
        for finding in code_and_wiring(self.chain):
            self.report.note(*finding)
        for kind, key in self.keys.items():
            if self.chain.current_key(kind).key_id != key.key_id:
                raise KeyMismatch(f"the local key of {key.instance} is not the registered one")
            self.report.compare(f"key blob {kind.name.lower()}", key.blob, self.chain.current_key(kind).blob)
            self.report.compare(f"price tables {kind.name.lower()}", price_tables(key), self.chain.price_tables(kind))
        self._closes()
        self._window()
        self._parameters()
        self._prices()
        self._sheets()
        self._policies()
        return self.report

    def _closes(self) -> None:
        """Find each recorded close again in the feeds."""
        found = self.events("CloseRecorded")
        for index, event in enumerate(found):
            day, ordinal = event.args["day"], event.args["ordinal"]
            recorded = unpack_prices(event.args["closes"], self.chain.universe.size)
            previous = self.closes[-1] if self.closes else None
            expected = self.feeds.closes(day, previous)
            name = f"close {day_label(day)}"
            self.report.note(name, ordinal == index, f"has ordinal {ordinal}")
            self.report.note(name, recorded == expected, "is not the feeds' last round before midnight")
            self.closes.append(recorded)
            self.progress("closes", index + 1, len(found))

    def _returns(self, ordinal: int) -> tuple[int, ...]:
        used = len(self.chain.universe.instruments)
        before, after = self.closes[ordinal - 1], self.closes[ordinal]
        return return_row(before[:used], after[:used], self.chain.universe.size)

    def _row_point(self, ordinal: int) -> bytes:
        """WINDOW point of one return."""
        if ordinal not in self.rows:
            key = self.keys[CircuitKind.COMPLIANCE]
            bases = key.rows[key.parameter_rows + ordinal % key.tier.scenarios]
            self.rows[ordinal] = native_fold(bases, [field_element(value) for value in self._returns(ordinal)])
        return self.rows[ordinal]

    def _window_point(self, ordinal: int) -> bytes:
        count = self.chain.universe.tier.scenarios
        return add_points([self._row_point(number) for number in range(max(1, ordinal - count + 1), ordinal + 1)])

    def _parameters_point(self, kind: CircuitKind, version: int, rows: int) -> bytes:
        content = bytes(self.chain.read(self.chain.prices.functions.parameters(version)))
        values = parse_parameters(content, self.chain.universe).rows()[:rows]
        key = self.keys[kind]
        return native_fold(b"".join(key.rows[:rows]), [field_element(value) for row in values for value in row])

    def _window(self) -> None:
        version, count = self.versions[CircuitKind.COMPLIANCE], self.chain.universe.tier.scenarios
        total = self.storage.window(version)
        ordinal, rows, included = total.tag & _MASK32, total.tag >> 32 & _MASK32, total.tag >> 128 & _MASK32
        stored = self.storage.window_rows(version, count)
        for number in range(ordinal - rows + 1, ordinal + 1):
            self.report.compare(f"window row {number % count}", self._row_point(number), stored[number % count])
        computed = [self._row_point(number) for number in range(ordinal - rows + 1, ordinal + 1)]
        if included:
            needed = self.keys[CircuitKind.COMPLIANCE].parameter_rows
            computed.append(self._parameters_point(CircuitKind.COMPLIANCE, included, needed))
        self.report.compare("window total", add_points(computed), total.point)

    def _parameters(self) -> None:
        current, pending, _ = self.chain.read(self.chain.prices.functions.parametersState())
        for kind, key in self.keys.items():
            for version in (number for number in (current, pending) if number):
                stored = self.storage.parameters(int(kind), self.versions[kind], version)
                name = f"parameters v{version} {kind.name.lower()}"
                complete = stored.tag == key.parameter_rows
                self.report.note(name, complete or version != current, f"{stored.tag} rows are folded")
                self.report.compare(name, self._parameters_point(kind, version, stored.tag), stored.point)

    def _prices(self) -> None:
        """Find the prices of each snapshot again in the feeds; a blocked slot keeps the price before."""
        previous: tuple[int, ...] | None = None
        found = self.events("Snapshot")
        for index, event in enumerate(found):
            prices = unpack_prices(event.args["prices"], self.chain.universe.size)
            latest = self.feeds.prices_at(event.args["timestamp"])
            blocked = event.args["blockedMask"]
            for slot in range(1, len(self.chain.universe.instruments)):
                kept = blocked >> slot & 1 and prices[slot] == (previous[slot] if previous else 0)
                name = f"price {self.chain.universe.symbol_of(slot)} epoch {event.args['epoch']}"
                self.report.note(name, bool(kept) or prices[slot] == latest[slot], "is not the feed's latest round")
            previous = prices
            self.progress("snapshots", index + 1, len(found))

    def _sheets(self) -> None:
        snapshots = {event.args["epoch"]: event for event in self.events("Snapshot")}
        folded = {(event.args["kind"], event.args["epoch"]) for event in self.events("SheetFolded")}
        current = self.chain.read(self.chain.prices.functions.parametersState())[0]
        for kind_code, epoch in sorted(folded):
            kind = CircuitKind(kind_code)
            stored = self.storage.sheet(kind_code, epoch, self.ring)
            tag = stored.tag
            version, parameters = tag >> 64 & _MASK32, tag >> 96 & _MASK32
            if tag & _MASK64 != epoch or version != self.versions[kind] or parameters != current:
                continue
            computed = [self._price_point(kind, snapshots[epoch]), self._complete_parameters(kind, parameters)]
            if kind is CircuitKind.COMPLIANCE:
                computed.append(self._window_point(tag >> 128 & _MASK32))
            self.report.compare(f"sheet {kind.name.lower()} epoch {epoch}", add_points(computed), stored.point)

    def _complete_parameters(self, kind: CircuitKind, version: int) -> bytes:
        return self._parameters_point(kind, version, self.keys[kind].parameter_rows)

    def _price_point(self, kind: CircuitKind, snapshot: Event) -> bytes:
        size = self.chain.universe.size
        values = list(unpack_prices(snapshot.args["prices"], size)[1:])
        if kind is CircuitKind.COMPLIANCE:
            values += [snapshot.args["blockedMask"] >> slot & 1 for slot in range(1, size)]
        points = self.keys[kind].points(SignalSet.PRICES)
        return native_fold(points[: POINT_BYTES * len(values)], values)

    def _policies(self) -> None:
        """Policies are anybody's: their limits are read as the registry has them, whatever a text could say."""
        found = read_topics(
            self.chain.rpc, "PolicyRegistry", self.chain.deployment.policies, "PolicyRegistered",
            first_block=self.chain.file.block, last_block=int(self.chain.block),
        )  # fmt: skip
        points = self.keys[CircuitKind.COMPLIANCE].points(SignalSet.POLICY)
        for policy_id, _ in found:
            stored = self.chain.policy_point(policy_id)
            if stored is not None:
                values = folded_values(self.chain.policy_limits(policy_id), self.chain.universe.tier)
                self.report.compare(self._policy_name(policy_id), native_fold(points, values), stored)

    def _policy_name(self, policy_id: bytes) -> str:
        try:
            policy = self.chain.policy(policy_id).policy
        except (PolicyMismatch, ChainError):
            return f"policy 0x{policy_id.hex()[:12]}…"
        return f"policy {policy.name} v{policy.version}"


def price_tables(key: CircuitKey) -> bytes:
    """Return the sums of the 15 non-empty subsets of each four slots' price points; cash and padding have none."""
    size = key.tier.instruments
    points = bytes(POINT_BYTES) + key.points(SignalSet.PRICES)[: POINT_BYTES * (size - 1)]
    lanes = [points[i : i + POINT_BYTES] for i in range(0, len(points), POINT_BYTES)]
    lanes += [bytes(POINT_BYTES)] * (-size % 4)
    return b"".join(
        add_points([lanes[word + lane] for lane in range(4) if subset >> lane & 1])
        for word in range(0, len(lanes), 4)
        for subset in range(1, 16)
    )


def audit(
    chain: ChainClient, keys: Mapping[CircuitKind, CircuitKey], on_progress: Progress | None = None
) -> AuditReport:
    """Recompute every folded point of a deployment and compare it with storage; `require` on the result raises.

    Args:
        keys: The keys of all kinds, from local artefacts.

    Raises:
        KeyMismatch: A local key is not the registered one.
        ChainError: The chain cannot be read.
    """
    return _Audit(chain, keys, on_progress or (lambda what, done, total: None)).run()
