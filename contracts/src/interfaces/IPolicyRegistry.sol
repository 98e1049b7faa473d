// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @notice The limits of a policy, in basis points, each below 2^20.
/// @param enabledMask Bit per statement: 0 health, 1 leverage, 2 position, 3 sector, 4 hhi, 5 var, 6 expected_shortfall, 7 stress.
/// @param confidenceBps Confidence level of statements 4 and 5, below 10 000.
/// @param maxAgeSeconds Longest life of an attestation, counted from its snapshot's time.
/// @param minAssurance Lowest assurance level: 1 self-declared, 2 custodian-signed, 3 venue-signed.
/// @param minCoverageBps Least share of the book's assets that venues signed, basis points; 0 asks for none.
/// @param sectorMaxBps One limit a sector (K entries).
struct Limits {
    uint8 enabledMask;
    uint32 healthMinBps;
    uint32 leverageMaxBps;
    uint32 positionMaxBps;
    uint32 hhiMaxBps;
    uint32 varMaxBps;
    uint32 expectedShortfallMaxBps;
    uint32 stressMaxBps;
    uint16 confidenceBps;
    uint32 maxAgeSeconds;
    uint8 minAssurance;
    uint16 minCoverageBps;
    uint32[] sectorMaxBps;
}

/// @title Policies: public limits that anybody may write down and nobody may change
interface IPolicyRegistry {
    /// @notice Emitted when a policy is registered. @param version Counts the owner's policies of that name, from 1.
    event PolicyRegistered(
        bytes32 indexed policyId, address indexed owner, string name, uint32 version, Limits limits
    );
    /// @notice Emitted when a policy's point is folded for a compliance key version.
    event PolicyFolded(bytes32 indexed policyId, uint32 indexed keyVersion);

    /// @notice Thrown for a name that is empty or longer than 64 bytes.
    error NameInvalid(uint256 length);
    /// @notice Thrown when no statement is enabled.
    error PolicyEmpty();
    /// @notice Thrown for a limit of 2^20 or more. @param index Place in the POLICY set after the enabled bits.
    error LimitOutOfRange(uint256 index, uint256 value);
    /// @notice Thrown for a confidence level that is not below 10 000, or 0.
    error ConfidenceOutOfRange(uint256 value);
    /// @notice Thrown for a maximum age of zero.
    error MaxAgeInvalid(uint256 value);
    /// @notice Thrown for an assurance level that does not exist.
    error AssuranceInvalid(uint256 value);
    /// @notice Thrown for a coverage above 10 000.
    error CoverageInvalid(uint256 value);
    /// @notice Thrown when there is not one limit a sector.
    error SectorCountMismatch(uint256 count, uint256 expected);
    /// @notice Thrown for a policy that is not registered.
    error PolicyUnknown(bytes32 policyId);
    /// @notice Thrown when the policy's point is not folded for the current key version.
    error PolicyNotFolded(bytes32 policyId, uint32 folded, uint32 current);

    /// @notice Registers a policy of the sender. Immutable afterwards; a new version has a new id.
    /// @return policyId keccak256(abi.encode(POLICY_DOMAIN, chainId, this, owner, name, version)), POLICY_DOMAIN = keccak256("zkrisk.policy.v1").
    function register(string calldata name, Limits calldata limits) external returns (bytes32 policyId);

    /// @notice Folds the policy for the current compliance key. Anyone; does nothing when it is folded.
    function fold(bytes32 policyId) external;

    /// @notice The id that owner, name and version have here.
    function policyIdOf(address owner, string calldata name, uint32 version) external view returns (bytes32);

    /// @notice Newest version of an owner's policy of that name, 0 when none.
    function latestVersion(address owner, string calldata name) external view returns (uint32);

    /// @notice Limits of a policy.
    function limitsOf(bytes32 policyId) external view returns (Limits memory);

    /// @notice Owner, name and version of a policy.
    function policyInfo(bytes32 policyId) external view returns (address owner, string memory name, uint32 version);

    /// @notice The values of the POLICY set in the order of the public signals.
    function policyValues(bytes32 policyId) external view returns (uint256[] memory);

    /// @notice Age, assurance and coverage demanded. Reverts PolicyUnknown.
    function terms(bytes32 policyId)
        external
        view
        returns (uint32 maxAgeSeconds, uint8 minAssurance, uint16 minCoverageBps);

    /// @notice The policy's point under a key version, with its terms. Reverts PolicyUnknown, PolicyNotFolded.
    function policyPoint(bytes32 policyId, uint32 keyVersion)
        external
        view
        returns (uint256 x, uint256 y, uint32 maxAgeSeconds, uint8 minAssurance, uint16 minCoverageBps);

    /// @notice floor((10 000 − confidence)·S / 10 000): scenario losses that may exceed the value at risk.
    function tailCount(uint16 confidenceBps) external view returns (uint256);

    /// @notice (10 000 − confidence)·S.
    function tailMass(uint16 confidenceBps) external view returns (uint256);
}
