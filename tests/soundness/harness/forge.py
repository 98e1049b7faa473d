"""A dishonest witness generator, derived from the constraints.

Every ``<==`` of an unsimplified circuit defines one wire. The forger finds, once, which constraint defines which wire,
and replays these definitions in order with some wires *forced* to other values: everything that depends on a forced one
follows, as a careful attacker would have it, and only what really contradicts the lie is left violated. Wires that
circom assigns with ``<--`` have no definition; the rules in :func:`_rules` give them their honest value, or the
bits of whatever their range check is asked to hold.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from heapq import heappop, heappush

from harness.constraints import ConstraintSystem, R, component_of
from zkrisk.params import EDWARDS_A, EDWARDS_D, EPHEMERAL_BITS

Values = list[int]
# Inputs of sub-components that are only compared with something computed.
_COMPARED = "main.account.commitment"
_COMPARED_INPUTS = ("commitment", "main.digest", "main.fingerprint", "main.coverage_bps")

# Wires that it reads, wires that it defines, and how.
Step = tuple[frozenset[int], tuple[int, ...], Callable[[Values], Iterable[int]]]


def signed(value: int) -> int:
    """Read a field element as a signed integer, as circom's comparisons do."""
    return value - R if value > R // 2 else value


class Forger:
    """Computes witnesses of one circuit from inputs and lies."""

    def __init__(self, system: ConstraintSystem) -> None:
        self.system = system
        self.inputs = range(1, system.public + system.private_inputs + 1)
        self._steps = _Discovery(system).steps
        self._readers: dict[int, list[int]] = defaultdict(list)
        for position, (needs, _, _) in enumerate(self._steps):
            for wire in needs:
                self._readers[wire].append(position)

    def witness(self, inputs: Mapping[int, int], forced: Mapping[int, int] | None = None) -> Values:
        """Return all wires.

        Args:
            inputs: Wire → value of every input.
            forced: Wire → value that replaces the computed one, inputs included.
        """
        lies = forced or {}
        values = [0] * self.system.wires
        values[0] = 1
        for wire in self.inputs:
            values[wire] = inputs[wire] % R
        for wire, value in lies.items():
            values[wire] = value % R
        for _, wires, compute in self._steps:
            if all(wire in lies for wire in wires):
                continue
            for wire, value in zip(wires, compute(values), strict=True):
                if wire not in lies:
                    values[wire] = value % R
        return values

    def moved(self, values: Values, inputs: Mapping[int, int]) -> dict[int, int]:
        """Return what changes in an honest witness when some inputs do: wire → value, those inputs included.

        Args:
            values: A witness without lies; unchanged on return.
            inputs: Wire → new value.
        """
        found: dict[int, int] = {}
        waiting: list[int] = []
        queued: set[int] = set()
        current = values.copy()

        def note(wire: int, value: int) -> None:
            if value != values[wire]:
                found[wire] = current[wire] = value
                for position in self._readers[wire]:
                    if position not in queued:
                        queued.add(position)
                        heappush(waiting, position)

        for wire, value in inputs.items():
            note(wire, value % R)
        while waiting:
            _, wires, compute = self._steps[heappop(waiting)]
            for wire, value in zip(wires, compute(current), strict=True):
                note(wire, value % R)
        return found

    def by_name(self, inputs: Mapping[str, int], forced: Mapping[str, int] | None = None) -> Values:
        """As :meth:`witness`, with signal names instead of wires."""
        wire_of = self.system.wire_of
        return self.witness(
            {wire_of[name]: value for name, value in inputs.items()},
            {wire_of[name]: value for name, value in (forced or {}).items()},
        )


class _Discovery:
    """Finds the order in which wires become known, starting from the inputs."""

    def __init__(self, system: ConstraintSystem) -> None:
        self.system = system
        self.steps: list[Step] = []
        self._unknown = [set(constraint.wires) for constraint in system.constraints]
        self._uses: dict[int, list[int]] = defaultdict(list)
        for index, constraint in enumerate(system.constraints):
            for wire in constraint.wires:
                self._uses[wire].append(index)
        self._rules = _rules(system)
        self._known: set[int] = set()
        self._ready: list[int] = []
        self._run()

    def _run(self) -> None:
        inputs = set(range(1, self.system.public + self.system.private_inputs + 1))
        # A commitment is compared and never used: known from the start, it would define the hash backwards.
        compared = {wire for wire, name in self.system.names.items() if name.endswith(_COMPARED)} | {
            wire for wire in inputs if self.system.names[wire].endswith(_COMPARED_INPUTS)
        }
        self._ready += [i for i, unknown in enumerate(self._unknown) if len(unknown) == 1]
        self._propagate({0} | inputs - compared, barred=compared)
        self._propagate(inputs & compared, barred=set())
        missing = set(range(self.system.wires)) - self._known
        if missing:
            raise RuntimeError(f"no definition for {[self.system.names[w] for w in sorted(missing)[:5]]}")

    def _propagate(self, given: set[int], barred: set[int]) -> None:
        for wire in given:
            self._learn(wire)
        while self._ready or self._apply_rule():
            if self._ready:
                self._define(self._ready.pop(), barred)

    def _learn(self, wire: int) -> None:
        self._known.add(wire)
        for index in self._uses[wire]:
            self._unknown[index].discard(wire)
            if len(self._unknown[index]) == 1:
                self._ready.append(index)

    def _define(self, index: int, barred: set[int]) -> None:
        constraint = self.system.constraints[index]
        if len(self._unknown[index]) != 1:
            return
        (wire,) = self._unknown[index]
        if wire in barred or wire in constraint.a or wire in constraint.b:
            return
        rest = {w: k for w, k in constraint.c.items() if w != wire}
        needs = frozenset(constraint.wires - {wire})
        self.steps.append((needs, (wire,), _solver(constraint.a, constraint.b, rest, pow(constraint.c[wire], -1, R))))
        self._learn(wire)

    def _apply_rule(self) -> bool:
        for position, (needs, gives, compute) in enumerate(self._rules):
            if needs <= self._known:
                del self._rules[position]
                self.steps.append((frozenset(needs), gives, compute))
                for wire in gives:
                    self._learn(wire)
                return True
        return False


def _solver(a: dict[int, int], b: dict[int, int], rest: dict[int, int], inverse: int) -> Callable[[Values], Values]:
    """Return the value of the one wire w that makes a·b = rest + k·w, for 1/k = `inverse`."""
    linear = [(wire, -k * inverse % R) for wire, k in rest.items()]
    left, right = list(a.items()), [(wire, k * inverse % R) for wire, k in b.items()]

    def solve(values: Values) -> Values:
        total = 0
        for wire, k in linear:
            total += k * values[wire]
        if left and right:
            total += sum([k * values[wire] for wire, k in left]) * sum([k * values[wire] for wire, k in right])
        return [total]

    return solve


Rule = tuple[set[int], tuple[int, ...], Callable[[Values], Iterable[int]]]


def _rules(system: ConstraintSystem) -> list[Rule]:
    """Return the rules for the signals that circom assigns with ``<--``, found by the names in their component."""
    members: dict[str, dict[str, int]] = defaultdict(dict)
    for wire, name in system.names.items():
        members[component_of(name)][name.rpartition(".")[2]] = wire
    rules: list[Rule] = []
    for path, local in members.items():
        if "tau" in local:
            rules += _quotients(local)
        elif "inverse" in local:
            source = [local["in"]] if "in" in local else [local[f"bit[{i}]"] for i in range(EPHEMERAL_BITS)]
            rules.append((set(source), (local["inverse"],), _inverse(source)))
        elif "in" in local and "out[0]" in local and f"{path}.n2b" not in members:
            bits = tuple(local[f"out[{i}]"] for i in range(sum(name.startswith("out[") for name in local)))
            rules.append(({local["in"]}, bits, _bits(local["in"], len(bits))))
        elif "bit[0]" in local and "in" in local:
            bits = tuple(local[f"bit[{i}]"] for i in range(sum(name.startswith("bit[") for name in local)))
            rules.append(({local["in"]}, bits, _bits(local["in"], len(bits))))
        elif "dividend" in local:
            divisor = _divisor(system, local)
            gives = (local["quotient"], local["remainder"])
            rules.append(({local["dividend"]}, gives, _floor(local["dividend"], divisor)))
        elif "beyond" in local:
            rules.append(({local["loss"], local["t"]}, (local["beyond"],), _beyond(local["loss"], local["t"])))
        elif {"in", "out"} == set(local) and f"{path}.range" in members:
            rules.append(({local["in"]}, (local["out"],), _magnitude(local["in"])))
    return rules


def _quotients(local: Mapping[str, int]) -> list[Rule]:
    """Return the rules for the coordinates of an Edwards addition, or of a doubling, in which gamma is beta."""
    beta, delta, tau = (local[name] for name in ("beta", "delta", "tau"))
    gamma, result = local.get("gamma", beta), "sum" if "sum[0]" in local else "double"
    needs = {beta, gamma, delta, tau}

    def solve(values: Values) -> Values:
        t, top = EDWARDS_D * values[tau], values[delta] + EDWARDS_A * values[beta] - values[gamma]
        return [(values[beta] + values[gamma]) * _reciprocal(1 + t), top * _reciprocal(1 - t)]

    return [(needs, (local[f"{result}[0]"], local[f"{result}[1]"]), solve)]


def _inverse(source: list[int]) -> Callable[[Values], Values]:
    return lambda values: [_reciprocal(sum(values[wire] << i for i, wire in enumerate(source)))]


def _reciprocal(value: int) -> int:
    """Return 1 / value, and 0 for 0."""
    return pow(value, -1, R) if value % R else 0


def _bits(source: int, count: int) -> Callable[[Values], Values]:
    return lambda values: [(values[source] >> i) & 1 for i in range(count)]


def _floor(source: int, divisor: int) -> Callable[[Values], tuple[int, int]]:
    return lambda values: divmod(signed(values[source]), divisor)


def _beyond(loss: int, threshold: int) -> Callable[[Values], Values]:
    return lambda values: [int(signed((values[loss] - values[threshold]) % R) > 0)]


def _magnitude(source: int) -> Callable[[Values], Values]:
    return lambda values: [abs(signed(values[source]))]


def _divisor(system: ConstraintSystem, local: dict[str, int]) -> int:
    """Read a FloorDivide's divisor off the constraint dividend = quotient · divisor + remainder."""
    wanted = {local["dividend"], local["quotient"], local["remainder"]}
    (row,) = (c.c for c in system.constraints if set(c.c) == wanted and not c.a)
    return -row[local["quotient"]] * pow(row[local["dividend"]], -1, R) % R
