"""``zkrisk policy``: limits to be met."""

from __future__ import annotations

from typing import Annotated

import typer

from zkrisk.cli.commands import policy_chain
from zkrisk.cli.figures import age_text, limit_share
from zkrisk.cli.output import Outcome
from zkrisk.fixedpoint import from_scaled
from zkrisk.params import STATEMENTS
from zkrisk.policy import Policy, bundled_policies, disabled_text, load_policy, policy_text
from zkrisk.sheet import load_universe

app = typer.Typer(rich_markup_mode=None, add_completion=False, help="Limits to be met.", no_args_is_help=True)
policy_chain.register(app)

Which = Annotated[str, typer.Argument(metavar="POLICY", help="NAME, or a JSON or TOML file.")]


@app.command(name="list")
def list_policies(context: typer.Context) -> Outcome:
    """Policies that come with zkrisk."""
    found = [load_policy(name) for name in bundled_policies()]
    lines = [f"  {policy.name:<16}v{policy.version:<4}{policy_text(policy)}" for policy in found]
    return Outcome("policy-list", {"policies": [_facts(policy) for policy in found]}, _folded(lines))


@app.command()
def show(context: typer.Context, policy: Which) -> Outcome:
    """One policy in full."""
    found = load_policy(policy)
    lines = [
        f"{found.name} v{found.version}",
        f"  met by     {policy_text(found)}",
        f"  disabled   {disabled_text(found) or 'nothing'}",
        f"  tails      {limit_share(found.confidence_bps)} confidence",
        f"  assurance  {found.min_assurance.name} at least",
        f"  coverage   {from_scaled(found.min_coverage_bps, 2)} % of the assets signed by venues at least",
        f"  lives      {age_text(found.max_age_s)} from the time of the prices",
        f"  {found.sha256}",
    ]
    return Outcome("policy-show", {**_facts(found), **found.canonical()}, _folded(lines))


@app.command()
def check(
    context: typer.Context,
    policy: Which,
    *,
    universe: Annotated[str | None, typer.Option(metavar="NAME", help="NAME or FILE; default the profile's.")] = None,
) -> Outcome:
    """Check that a policy is understood and fits a universe."""
    found = load_policy(policy)
    chosen = load_universe(universe or context.obj.config.settings.universe)
    values = found.public_values(chosen.tier, chosen.sectors)
    line = f"ok  {found.name} v{found.version}: {len(found.enabled)} limits, {len(values)} public values on {chosen.id}"
    return Outcome("policy-check", {**_facts(found), "universe": chosen.id, "public_values": values}, [line])


@app.command()
def diff(context: typer.Context, left: Which, right: Which) -> Outcome:
    """What differs between two policies."""
    flat = [_flat(load_policy(name)) for name in (left, right)]
    changes = [
        {"field": field, "before": flat[0].get(field), "after": flat[1].get(field)}
        for field in sorted(flat[0].keys() | flat[1].keys())
        if flat[0].get(field) != flat[1].get(field)
    ]
    lines = [f"  {change['field']:<28}{change['before']!s:>20}{change['after']!s:>20}" for change in changes]
    return Outcome("policy-diff", {"changes": changes}, lines or ["no difference"])


def _facts(policy: Policy) -> dict[str, object]:
    return {
        "name": policy.name,
        "version": policy.version,
        "text": policy_text(policy),
        "sha256": policy.sha256,
        "enabled": [name.upper() for name in STATEMENTS if policy.is_enabled(name)],
    }


def _flat(policy: Policy) -> dict[str, str]:
    """Fields of the canonical form by dotted name."""
    flat: dict[str, str] = {}
    for name, value in policy.canonical().items():
        if isinstance(value, dict):
            flat.update({f"{name}.{key}": str(item) for key, item in value.items() if item is not None})
        elif value is not None:
            flat[name] = str(value)
    return flat


def _folded(lines: list[str]) -> list[str]:
    """Break lines at their middle dots so that each fits 80 columns."""
    folded: list[str] = []
    for line in lines:
        rest = line
        while len(rest) > 80 and " · " in rest[:80]:
            cut = rest.rindex(" · ", 0, 80)
            folded.append(rest[: cut + 2])
            rest = " " * 13 + rest[cut + 3 :]
        folded.append(rest)
    return folded
