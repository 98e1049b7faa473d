// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Immutable bytes kept as the code of a contract that cannot run
library Blob {
    /// @notice Thrown when the bytes do not fit a contract. @param length Bytes. @param most Most that fit.
    error BlobTooLong(uint256 length, uint256 most);
    /// @notice Thrown when the contract could not be created.
    error BlobNotWritten();

    /// @dev Most bytes of data: the code size limit less the leading STOP.
    uint256 internal constant MAX_BYTES = 24_575;

    /// @notice Stores bytes behind a STOP byte.
    function write(bytes memory content) internal returns (address blob) {
        if (content.length > MAX_BYTES) revert BlobTooLong(content.length, MAX_BYTES);
        // Creation code that returns all that follows its 11 bytes: the STOP and the content.
        bytes memory creation = abi.encodePacked(hex"600b5981380380925939f300", content);
        assembly ("memory-safe") {
            blob := create(0, add(creation, 32), mload(creation))
        }
        if (blob == address(0)) revert BlobNotWritten();
    }

    /// @notice Copies a range to fresh memory. Bytes behind the end are zero. @return ptr Memory address.
    function copy(address blob, uint256 offset, uint256 length) internal view returns (uint256 ptr) {
        assembly ("memory-safe") {
            ptr := mload(0x40)
            mstore(0x40, add(ptr, and(add(length, 31), not(31))))
            extcodecopy(blob, ptr, add(offset, 1), length)
        }
    }

    /// @notice Copies a range to a memory address that the caller owns.
    function copyTo(address blob, uint256 offset, uint256 length, uint256 ptr) internal view {
        assembly ("memory-safe") {
            extcodecopy(blob, ptr, add(offset, 1), length)
        }
    }

    /// @notice All bytes of a blob.
    function read(address blob) internal view returns (bytes memory content) {
        uint256 length = blob.code.length - 1;
        content = new bytes(length);
        assembly ("memory-safe") {
            extcodecopy(blob, add(content, 32), 1, length)
        }
    }
}
