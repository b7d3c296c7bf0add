// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Members} from "./Members.sol";
import {Amount, Permits} from "./Permits.sol";
import {Budgets, Limit, Refusal} from "./Budgets.sol";
import {Consistency} from "./Consistency.sol";

/**
 * @dev The newest checkpoint of every log, each proven to extend the one before, and the settling of charges.
 *
 * A checkpoint is refused for its sender, its size or its consistency proof, and for nothing else: no charge in a batch,
 * whatever it says, keeps the batch from being anchored. Each is settled by itself, as posted or refused with a reason.
 * The register that a log's charges are booked on is the log's own id.
 */
contract TransparencyLog {
    /// @dev `seq` is the entry's place in the log, from 0; it lies in the batch being anchored, in ascending order, so
    /// that no entry is ever charged twice.
    struct Charge {
        uint64 seq;
        bytes32 permitId;
        Amount amount;
    }

    struct Anchor {
        uint64 size;
        uint64 blockNumber;
        bytes32 root;
    }

    error TransparencyLogNotTheLog(bytes32 logId, address sender);
    error TransparencyLogNotLarger(bytes32 logId, uint64 size, uint64 offered);
    error TransparencyLogInconsistent(bytes32 logId, uint64 size, uint64 offered);

    event CheckpointAnchored(bytes32 indexed logId, uint64 size, bytes32 root);
    event ChargePosted(bytes32 indexed logId, uint64 indexed seq, bytes32 indexed permitId, Amount amount);
    event ChargeRefused(bytes32 indexed logId, uint64 indexed seq, bytes32 indexed permitId, Refusal reason);

    Members public immutable members;
    Budgets public immutable budgets;
    mapping(bytes32 logId => Anchor) private _anchors;

    /// @dev Creates the {Budgets} that only this log charges.
    constructor(Permits permits, Limit[] memory limits) {
        members = permits.members();
        budgets = new Budgets(permits, limits);
    }

    /// @dev Anchors the checkpoint (`size`, `root`) and settles the charges of the entries that it adds. `proof` is the
    /// RFC 9162 consistency proof from the anchored size; empty for a log's first checkpoint.
    function anchor(
        bytes32 logId,
        uint64 size,
        bytes32 root,
        bytes32[] calldata proof,
        Charge[] calldata charges
    ) external {
        if (members.anchorer(logId) != msg.sender) revert TransparencyLogNotTheLog(logId, msg.sender);
        Anchor storage last = _anchors[logId];
        uint64 oldSize = last.size;
        if (size <= oldSize) revert TransparencyLogNotLarger(logId, oldSize, size);
        if (!Consistency.verify(oldSize, last.root, size, root, proof)) {
            revert TransparencyLogInconsistent(logId, oldSize, size);
        }
        (last.size, last.blockNumber, last.root) = (size, uint64(block.number), root);
        emit CheckpointAnchored(logId, size, root);
        _settle(logId, oldSize, size, charges);
    }

    /// @dev The newest checkpoint of a log; size 0 before the first.
    function anchorOf(bytes32 logId) external view returns (Anchor memory) {
        return _anchors[logId];
    }

    function _settle(bytes32 logId, uint64 next, uint64 size, Charge[] calldata charges) private {
        for (uint256 i = 0; i < charges.length; ++i) {
            Charge calldata charge = charges[i];
            Refusal reason = Refusal.NotInBatch;
            if (charge.seq >= next && charge.seq < size) {
                next = charge.seq + 1;
                reason = budgets.charge(logId, charge.permitId, charge.amount);
            }
            if (reason == Refusal.None) emit ChargePosted(logId, charge.seq, charge.permitId, charge.amount);
            else emit ChargeRefused(logId, charge.seq, charge.permitId, reason);
        }
    }
}
