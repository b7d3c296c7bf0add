// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Members} from "./Members.sol";

/// @dev Privacy loss and files: rho in nano (1e-9) of zCDP, delta in atto (1e-18), released files.
struct Amount {
    uint64 rho;
    uint64 delta;
    uint32 files;
}

/// @dev The most that a permit may spend on one register.
struct Cap {
    bytes32 register;
    Amount most;
}

/// @dev What the board votes upon: `permitId` is SHA-256 of the permit document, `notAfter` its last second (unix).
struct Terms {
    bytes32 permitId;
    uint64 notAfter;
    Cap[] caps;
}

enum Status {
    None,
    Active,
    Suspended,
    Revoked,
    Expired
}

/// @dev What can be done to an issued permit; part of the subject voted upon.
enum Act {
    Suspend,
    Resume,
    Revoke
}

/**
 * @dev Data permits, in force only with {Members-quorum} approvals of the board on exactly these terms.
 *
 * One board member can suspend; resuming and revoking need the quorum again; a revoked permit stays revoked. Votes on an
 * act name the permit's count of acts so far, so that none carries over to the next one.
 */
contract Permits {
    error PermitsNotApproved(bytes32 subject, uint256 approvals, uint256 needed);
    error PermitsInvalidStatus(bytes32 permitId, Status status);
    /// @dev The end lies in the past, no cap is given, or a register is capped twice.
    error PermitsInvalidTerms(bytes32 permitId);

    event PermitIssued(bytes32 indexed permitId, uint64 notAfter, Cap[] caps);
    event PermitSuspended(bytes32 indexed permitId);
    event PermitResumed(bytes32 indexed permitId);
    event PermitRevoked(bytes32 indexed permitId);
    event SilenceChanged(bytes32 indexed register, bytes32 indexed dataset, bool permits);

    struct Permit {
        Status status;
        uint64 notAfter;
        uint64 acts;
    }

    struct Granted {
        bool granted;
        Amount most;
    }

    /// @dev Whether silence permits, and how often the board changed that.
    struct Silence {
        bool permits;
        uint64 changes;
    }

    Members public immutable members;
    mapping(bytes32 permitId => Permit) private _permits;
    mapping(bytes32 permitId => mapping(bytes32 register => Granted)) private _caps;
    mapping(bytes32 register => mapping(bytes32 dataset => Silence)) private _silences;

    constructor(Members members_) {
        members = members_;
    }

    function issue(Terms calldata terms) external {
        Permit storage permit = _permits[terms.permitId];
        if (permit.status != Status.None) revert PermitsInvalidStatus(terms.permitId, statusOf(terms.permitId));
        _requireApprovals(termsSubject(terms), members.quorum());
        if (terms.notAfter <= block.timestamp || terms.caps.length == 0) revert PermitsInvalidTerms(terms.permitId);
        permit.status = Status.Active;
        permit.notAfter = terms.notAfter;
        for (uint256 i = 0; i < terms.caps.length; ++i) {
            Granted storage cap = _caps[terms.permitId][terms.caps[i].register];
            if (cap.granted) revert PermitsInvalidTerms(terms.permitId);
            cap.granted = true;
            cap.most = terms.caps[i].most;
        }
        emit PermitIssued(terms.permitId, terms.notAfter, terms.caps);
    }

    /// @dev Takes one board member's approval.
    function suspend(bytes32 permitId) external {
        _act(permitId, Act.Suspend, 1, Status.Active, Status.Suspended);
        emit PermitSuspended(permitId);
    }

    function resume(bytes32 permitId) external {
        _act(permitId, Act.Resume, members.quorum(), Status.Suspended, Status.Active);
        emit PermitResumed(permitId);
    }

    function revoke(bytes32 permitId) external {
        Status before = _permits[permitId].status == Status.Suspended ? Status.Suspended : Status.Active;
        _act(permitId, Act.Revoke, members.quorum(), before, Status.Revoked);
        emit PermitRevoked(permitId);
    }

    /// @dev Sets whether patients of `register` who decided nothing count as permitting the use of `dataset` (SHA-256 of its
    /// name there), as the quorum approved. Until it did, silence is no.
    function setSilence(bytes32 register, bytes32 dataset, bool permits) external {
        _requireApprovals(silenceSubject(register, dataset, permits), members.quorum());
        Silence storage silence = _silences[register][dataset];
        silence.permits = permits;
        ++silence.changes;
        emit SilenceChanged(register, dataset, permits);
    }

    function silenceOf(bytes32 register, bytes32 dataset) external view returns (bool permits, uint64 changes) {
        Silence storage silence = _silences[register][dataset];
        return (silence.permits, silence.changes);
    }

    /// @dev What a vote on silence names; it lapses with the next change for that dataset.
    function silenceSubject(bytes32 register, bytes32 dataset, bool permits) public view returns (bytes32) {
        uint64 changes = _silences[register][dataset].changes;
        return sha256(abi.encode(bytes32("researchhub/silence"), register, dataset, permits, changes));
    }

    function statusOf(bytes32 permitId) public view returns (Status) {
        Permit storage permit = _permits[permitId];
        if (permit.status == Status.None || permit.status == Status.Revoked) return permit.status;
        return block.timestamp > permit.notAfter ? Status.Expired : permit.status;
    }

    /// @dev Status now, last second, acts so far, and the most it may spend on `register` (nothing if not granted).
    function permitOf(
        bytes32 permitId,
        bytes32 register
    ) external view returns (Status status, uint64 notAfter, uint64 acts, bool granted, Amount memory most) {
        Permit storage permit = _permits[permitId];
        Granted storage cap = _caps[permitId][register];
        return (statusOf(permitId), permit.notAfter, permit.acts, cap.granted, cap.most);
    }

    /// @dev What a vote to issue names: these terms and no others.
    function termsSubject(Terms calldata terms) public pure returns (bytes32) {
        return sha256(abi.encode(terms));
    }

    /// @dev What a vote to suspend, resume or revoke names: the act next to be done on this permit.
    function actSubject(bytes32 permitId, Act act) public view returns (bytes32) {
        return sha256(abi.encode(bytes32("researchhub/permit"), permitId, act, _permits[permitId].acts));
    }

    function _act(bytes32 permitId, Act act, uint256 needed, Status from, Status to) private {
        Permit storage permit = _permits[permitId];
        if (permit.status != from) revert PermitsInvalidStatus(permitId, permit.status);
        _requireApprovals(actSubject(permitId, act), needed);
        permit.status = to;
        ++permit.acts;
    }

    function _requireApprovals(bytes32 subject, uint256 needed) private view {
        uint256 count = members.approvals(subject);
        if (count < needed) revert PermitsNotApproved(subject, count, needed);
    }
}
