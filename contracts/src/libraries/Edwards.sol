// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Params} from "./Params.sol";

/// @title BabyJubJub (EIP-2494): whether a pair of numbers is a key
/// @dev Keys of venues and readers are checked once, when they are registered. The addition law is complete: doubling and adding are the
/// same formula, in projective coordinates, without special cases (Bernstein and others, "Twisted Edwards Curves", 2008, section 6).
library Edwards {
    struct Projective {
        uint256 x;
        uint256 y;
        uint256 z;
    }

    /// @notice Whether (x, y) has canonical coordinates, is on the curve, is not the neutral point and has the subgroup's prime order.
    /// @dev About 400 000 gas.
    function isKey(uint256 x, uint256 y) internal pure returns (bool) {
        if (!isOnCurve(x, y) || x == 0) return false;
        Projective memory total = Projective(0, 1, 1);
        Projective memory step = Projective(x, y, 1);
        for (uint256 left = Params.EDWARDS_ORDER; left != 0; left >>= 1) {
            if (left & 1 == 1) total = _add(total, step);
            step = _add(step, step);
        }
        // The neutral point is (0 : z : z).
        return total.x == 0 && total.y == total.z;
    }

    /// @notice Whether (x, y) satisfies a x² + y² = 1 + d x² y², both below the field's order.
    function isOnCurve(uint256 x, uint256 y) internal pure returns (bool) {
        uint256 r = Params.SCALAR_MODULUS;
        if (x >= r || y >= r) return false;
        uint256 xx = mulmod(x, x, r);
        uint256 yy = mulmod(y, y, r);
        uint256 left = addmod(mulmod(Params.EDWARDS_A, xx, r), yy, r);
        return left == addmod(1, mulmod(Params.EDWARDS_D, mulmod(xx, yy, r), r), r);
    }

    function _add(Projective memory p, Projective memory q) private pure returns (Projective memory sum) {
        uint256 r = Params.SCALAR_MODULUS;
        // All are below r, so nothing underflows.
        unchecked {
            uint256 a = mulmod(p.z, q.z, r);
            uint256 b = mulmod(a, a, r);
            uint256 c = mulmod(p.x, q.x, r);
            uint256 d = mulmod(p.y, q.y, r);
            uint256 e = mulmod(Params.EDWARDS_D, mulmod(c, d, r), r);
            uint256 f = addmod(b, r - e, r);
            uint256 g = addmod(b, e, r);
            uint256 cross = mulmod(addmod(p.x, p.y, r), addmod(q.x, q.y, r), r);
            cross = addmod(cross, r - addmod(c, d, r), r);
            sum.x = mulmod(mulmod(a, f, r), cross, r);
            sum.y = mulmod(mulmod(a, g, r), addmod(d, r - mulmod(Params.EDWARDS_A, c, r), r), r);
            sum.z = mulmod(f, g, r);
        }
    }
}
