"""A risk report on a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from zkrisk.cli.figures import (
    bar,
    day_text,
    headroom_text,
    limit_share,
    limit_times,
    move_text,
    ordinal,
    share_text,
    status_word,
    times_text,
    use_text,
)
from zkrisk.cli.output import Line
from zkrisk.fixedpoint import from_scaled
from zkrisk.metrics import Direction, Distance, LimitCheck, Ratio, RiskReport, Status
from zkrisk.metrics.text import minus, money_text
from zkrisk.policy import Policy

WIDTH = 80
NAME_WIDTH = 24
NONE = "\N{EN DASH}"
STYLES = {"ok": "ok", "WARN": "warn", "FAIL": "fail"}
Row = tuple[str, str, str, LimitCheck | None]


def risk_lines(
    name: str, report: RiskReport, policy: Policy | None, *, columns: int, positions: bool, stress_names: Sequence[str]
) -> list[Line]:
    """All lines of the screen.

    Args:
        name: Of the book.
        report: What to show.
        policy: The one that the report was checked against.
        columns: Of the terminal; from 120 on the bars are wider, the facts the same.
        positions: Show the positions too.
        stress_names: Stress rows to show besides the worst.
    """
    lines: list[Line] = [*_title(name, report, policy), ""]
    lines += [*_bars(report, 36 if columns < 120 else 76), ""]
    lines += [*_table(report, policy, stress_names), ""]
    lines += _distances(report, policy)
    lines += _summary(report, policy)
    return [*lines, "", *_positions(report)] if positions else lines


def _title(name: str, report: RiskReport, policy: Policy | None) -> Iterator[Line]:
    sheet = report.sheet
    left = f"{name} · {len(report.positions)} positions · sheet {day_text(sheet.as_of_unix)} (epoch {sheet.epoch})"
    yield _both_ends(left, "PRIVATE: your screen")
    mark = "synthetic prices: DEMO" if sheet.synthetic else ""
    yield _both_ends(f"policy {policy.name} v{policy.version}" if policy else "no policy", mark)


def _both_ends(left: str, right: str) -> str:
    room = WIDTH - 1 - len(right)
    return f"{left:<{room}} {right}" if len(left) <= room else f"{left}\n{right:>{WIDTH}}"


def _bars(report: RiskReport, width: int) -> Iterator[Line]:
    cents = {key: int(value) for key, value in report.values.to_dict().items()}
    rows = (("Assets", "assets"), ("after haircuts", "after_haircuts"), ("Debt", "debt"), ("Equity", "equity"))
    whole = max(cents[f"{key}_cents"] for _, key in rows)
    for label, key in rows:
        value = cents[f"{key}_cents"]
        yield f"  {label:<15}{money_text(value):>16}   {bar(value, whole, width)}"


def _table(report: RiskReport, policy: Policy | None, stress_names: Sequence[str]) -> Iterator[Line]:
    yield f"  {'metric':<{NAME_WIDTH}}{'now':>10}{'limit':>12}{'use':>10}{'':>6}{'headroom':>12}"
    yield _row(_health_row(report, policy))
    yield _row(
        (
            "gross leverage",
            times_text(report.gross_leverage, rounds_up=True, suffix="x"),
            "times",
            _check(report, "leverage"),
        )
    )
    yield _row(("net leverage", minus(times_text(report.net_leverage, rounds_up=True, suffix="x")), "times", None))
    for statement, label in (("position", "largest position"), ("sector", "largest sector")):
        yield _row(_concentration_row(report, statement, label))
    check = _check(report, "hhi")
    if check is not None and check.enabled:
        yield _row(("HHI of gross values", times_text(report.hhi, rounds_up=True), "ratio", check))
    yield from _tail_rows(report, policy)
    yield from _stress_rows(report, stress_names)


def _health_row(report: RiskReport, policy: Policy | None) -> Row:
    return ("health factor", times_text(report.health_factor, rounds_up=False), "ratio", _check(report, "health"))


def _concentration_row(report: RiskReport, statement: str, label: str) -> Row:
    check = _check(report, statement)
    if check is not None:
        subject, ratio = check.subject, check.measured
    elif statement == "position":
        subject, ratio = report.largest_position
    else:
        subject, ratio = max(report.sectors, key=_size, default=(None, Ratio.tagged(Status.EMPTY)))
    shown = f"{label} ({subject})" if subject and ratio.is_defined else label
    return (shown[:NAME_WIDTH], share_text(ratio), "share", check)


def _tail_rows(report: RiskReport, policy: Policy | None) -> Iterator[Line]:
    for line in report.tails:
        own = policy is not None and line.confidence_bps == policy.confidence_bps
        level = limit_share(line.confidence_bps).removesuffix(".0 %").removesuffix(" %")
        var, shortfall = _check(report, "var"), _check(report, "expected_shortfall")
        yield _row((f"VaR {level} % 1d loss", minus(share_text(line.var_share)), "share", var if own else None))
        name = f"ES {level} % 1d loss"
        yield _row((name, minus(share_text(line.shortfall_share)), "share", shortfall if own else None))


def _stress_rows(report: RiskReport, names: Sequence[str]) -> Iterator[Line]:
    if not report.stresses:
        return
    worst, *others = report.stresses
    yield _row(("worst stress loss", minus(share_text(worst.share)), "share", _check(report, "stress")))
    text, joint = f"     {worst.name}", "; then "
    for line in others[:2] if worst.share.is_defined else ():
        longer = f"{text}{joint}{line.name} {minus(share_text(line.share))}"
        if len(longer) <= WIDTH:
            text, joint = longer, ", "
    yield text[:WIDTH]
    for line in report.stresses:
        if line.stress_id in names:
            yield _row((f"  {line.name}"[:NAME_WIDTH], minus(share_text(line.share)), "share", None))


def _row(row: Row) -> Line:
    name, now, kind, check = row
    start = f"  {name:<{NAME_WIDTH}}{now:>10}"
    if check is None or not check.enabled:
        return f"{start}{NONE:>12}{NONE:>10}{'':>6}{NONE:>12}"
    bound = "≥" if check.statement == "health" else "≤"
    limit = check.limit_bps or 0
    text = limit_share(limit) if kind == "share" else limit_times(limit, "x" if kind == "times" else "")
    word = status_word(holds=check.holds, use_bps=check.use_bps)
    headroom = headroom_text(check.headroom_bps, kind)
    return [
        (f"{start}{bound:>4}{text:>8}{use_text(check.use_bps):>10}  ", ""),
        (f"{word:<4}", STYLES[word]),
        (f"{headroom:>12}", ""),
    ]


def _check(report: RiskReport, statement: str) -> LimitCheck | None:
    return None if report.verdict is None else report.verdict[statement]


def _size(item: tuple[str, Ratio]) -> int:
    return item[1].scaled_up(10**9) if item[1].is_defined else -1


def _distances(report: RiskReport, policy: Policy | None) -> Iterator[Line]:
    if any(distance.common.status is Status.NO_DEBT for distance in report.distances):
        yield "  no debt: there is nothing to liquidate"
        return
    falls = all(distance.common_direction is Direction.FALL for distance in report.distances)
    yield f"  If all risky assets {'fall' if falls else 'move'} together"
    for distance in report.distances:
        what = "liquidation (1.00)"
        if distance.level_bps != 10_000:
            what = f"health factor reaches the policy limit {limit_times(distance.level_bps)}"
        line = f"     {_move(distance.common, distance.common_direction):>7}  {what}"
        yield line + _nearest(distance) if distance.level_bps == 10_000 else line


def _nearest(distance: Distance) -> str:
    if distance.nearest_symbol is None or not distance.nearest.is_defined:
        return ""
    move = _move(distance.nearest, distance.nearest_direction)
    return f"{'':<4}nearest single asset: {distance.nearest_symbol} {move}"


def _move(ratio: Ratio, direction: Direction) -> str:
    if not ratio.is_defined:
        return "reached" if ratio.status is Status.ALREADY_BELOW else "never"
    return move_text(ratio, "\N{MINUS SIGN}" if direction is Direction.FALL else "+")


def _summary(report: RiskReport, policy: Policy | None) -> Iterator[Line]:
    tail = next((t for t in report.tails if policy and t.confidence_bps == policy.confidence_bps), report.tails[0])
    convention = f"VaR: {ordinal(tail.order)} largest of {len(report.losses)} daily losses, no interpolation."
    verdict = report.verdict
    if verdict is None:
        yield f"  {convention}"
        return
    enabled = [check for check in verdict.limits if check.enabled]
    held = sum(check.holds for check in enabled)
    style = "ok" if verdict.holds else "fail"
    yield [("  ", ""), (f"{held} of {len(enabled)} limits hold.", style), (f"  {convention}", "")]
    if not verdict.equity_positive:
        yield [("  FAIL", "fail"), ("  equity is not positive: no compliance proof exists", "")]
    if verdict.blocked_held:
        yield [("  FAIL", "fail"), (f"  blocked at this epoch, but held: {', '.join(verdict.blocked_held)}", "")]


def _positions(report: RiskReport) -> Iterator[Line]:
    universe = report.sheet.universe
    yield f"  {'instrument':<14}{'long':>18}{'short':>18}{'net value':>18}{'share':>10}"
    for line in report.positions:
        decimals = universe.decimals_of(universe.slot_of(line.symbol))
        long, short = (_units(lots, decimals) for lots in (line.long_lots, line.short_lots))
        yield f"  {line.symbol:<14}{long:>18}{short:>18}{money_text(line.net_cents):>18}{share_text(line.share):>10}"


def _units(lots: int, decimals: int) -> str:
    text = format(from_scaled(lots, decimals), ",f")
    return text.rstrip("0").rstrip(".") if "." in text else text
