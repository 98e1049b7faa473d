"""The edits of threats C1 and C9 under their own names, so that a reader of the threat list finds them."""

# ruff: noqa: N802 (tests carry the ID of the threat)

from __future__ import annotations

import pytest
from test_circuit_templates import _all, _label, test_edited_witness_refused_by_the_targeted_constraints_alone

__all__ = ["test_C1_quantity_out_of_range_is_refused", "test_C9_selector_beyond_a_bit_is_refused"]

_refused = test_edited_witness_refused_by_the_targeted_constraints_alone
# Imported to be called, not to be collected a second time.
del test_edited_witness_refused_by_the_targeted_constraints_alone


def _of(threat: str):
    return [(group, case) for group, case in _all("CASES") if case.attack.startswith(f"{threat} ")]


@pytest.mark.parametrize(("group", "case"), _of("c1"), ids=_label)
def test_C1_quantity_out_of_range_is_refused(group, case):
    _refused(group, case)


@pytest.mark.parametrize(("group", "case"), _of("c9"), ids=_label)
def test_C9_selector_beyond_a_bit_is_refused(group, case):
    _refused(group, case)
