// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Members} from "./Members.sol";
import {Amount, Permits, Status} from "./Permits.sol";

/// @dev A register's budget: all that may ever be spent on it, until the board decides otherwise.
struct Limit {
    bytes32 register;
    Amount most;
}

/// @dev Why a charge was not posted. None: it was.
enum Refusal {
    None,
    UnknownPermit,
    PermitSuspended,
    PermitRevoked,
    PermitExpired,
    RegisterNotGranted,
    OverPermitCap,
    OverRegisterLimit,
    NotInBatch
}

/**
 * @dev What may be spent and what was, per register, and per permit and register.
 *
 * Only the {TransparencyLog} that created this contract charges. A charge never reverts: over a cap it changes nothing
 * and says why. Losses add up by basic composition of delta-approximate zCDP (Bun, Steinke, TCC 2016, lemma 2.3).
 */
contract Budgets {
    error BudgetsNotTheLog(address sender);
    error BudgetsNotApproved(bytes32 subject, uint256 approvals, uint256 needed);
    /// @dev A limit below what is already spent.
    error BudgetsInvalidLimit(bytes32 register);

    event LimitChanged(bytes32 indexed register, Amount most);

    Members public immutable members;
    Permits public immutable permits;
    address public immutable log;
    mapping(bytes32 register => Amount) private _limits;
    mapping(bytes32 register => uint64) private _changes;
    mapping(bytes32 register => Amount) private _spent;
    mapping(bytes32 permitId => mapping(bytes32 register => Amount)) private _spentBy;

    constructor(Permits permits_, Limit[] memory limits) {
        permits = permits_;
        members = permits_.members();
        log = msg.sender;
        for (uint256 i = 0; i < limits.length; ++i) _setLimit(limits[i]);
    }

    /// @dev Sets a register's limit to what the quorum of the board approved.
    function changeLimit(Limit calldata limit) external {
        bytes32 subject = limitSubject(limit);
        uint256 count = members.approvals(subject);
        if (count < members.quorum()) revert BudgetsNotApproved(subject, count, members.quorum());
        ++_changes[limit.register];
        _setLimit(limit);
    }

    /// @dev Spends on permit and register, or says why not.
    function charge(bytes32 register, bytes32 permitId, Amount calldata asked) external returns (Refusal) {
        if (msg.sender != log) revert BudgetsNotTheLog(msg.sender);
        (Status status, , , bool granted, Amount memory most) = permits.permitOf(permitId, register);
        if (status == Status.None) return Refusal.UnknownPermit;
        if (status == Status.Suspended) return Refusal.PermitSuspended;
        if (status == Status.Revoked) return Refusal.PermitRevoked;
        if (status == Status.Expired) return Refusal.PermitExpired;
        if (!granted) return Refusal.RegisterNotGranted;
        if (!_fits(_spentBy[permitId][register], asked, most)) return Refusal.OverPermitCap;
        if (!_fits(_spent[register], asked, _limits[register])) return Refusal.OverRegisterLimit;
        _add(_spentBy[permitId][register], asked);
        _add(_spent[register], asked);
        return Refusal.None;
    }

    /// @dev A register's limit, what is spent of it, and how often the board changed it.
    function budgetOf(bytes32 register) external view returns (Amount memory most, Amount memory spent, uint64 changes) {
        return (_limits[register], _spent[register], _changes[register]);
    }

    function spentBy(bytes32 permitId, bytes32 register) external view returns (Amount memory) {
        return _spentBy[permitId][register];
    }

    /// @dev What a vote to change a limit names; it lapses with the next change of that register's limit.
    function limitSubject(Limit calldata limit) public view returns (bytes32) {
        return sha256(abi.encode(bytes32("researchhub/limit"), limit, _changes[limit.register]));
    }

    function _setLimit(Limit memory limit) private {
        Amount memory spent = _spent[limit.register];
        if (!_fits(spent, Amount(0, 0, 0), limit.most)) revert BudgetsInvalidLimit(limit.register);
        _limits[limit.register] = limit.most;
        emit LimitChanged(limit.register, limit.most);
    }

    function _fits(Amount memory spent, Amount memory asked, Amount memory most) private pure returns (bool) {
        return
            uint256(spent.rho) + asked.rho <= most.rho &&
            uint256(spent.delta) + asked.delta <= most.delta &&
            uint256(spent.files) + asked.files <= most.files;
    }

    function _add(Amount storage spent, Amount calldata asked) private {
        spent.rho += asked.rho;
        spent.delta += asked.delta;
        spent.files += asked.files;
    }
}
