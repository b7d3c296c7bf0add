// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Amount} from "../src/Permits.sol";
import {Budgets, Limit, Refusal} from "../src/Budgets.sol";
import {TransparencyLog} from "../src/TransparencyLog.sol";
import {Act} from "../src/Permits.sol";
import {Chain, Vm} from "./Chain.sol";
import {Tree} from "./Tree.sol";

contract TransparencyLogTest is Chain {
    bytes32 private constant ID = keccak256("a permit");
    bytes32[] private _leaves;

    function setUp() public {
        _deploy(Amount(1000, 1000, 1));
    }

    function testFuzz_Any_two_sizes_are_joined_by_their_proof(uint8 a, uint8 b, uint256 flip) public {
        uint64 larger = uint64(a) + 2;
        uint64 smaller = 1 + (uint64(b) % (larger - 1));
        for (uint256 i = 0; i < larger; ++i) _leaves.push(keccak256(abi.encode(i)));
        _anchor(smaller, Tree.root(_leaves, 0, smaller), new bytes32[](0));
        bytes32 root = Tree.root(_leaves, 0, larger);
        bytes32[] memory proof = Tree.consistency(_leaves, smaller, larger);

        bytes32 before = proof[flip % proof.length];
        proof[flip % proof.length] ^= bytes32(uint256(1) << (flip & 0xff));
        _refused(larger, root, proof);
        proof[flip % proof.length] = before;
        _refused(larger, root ^ bytes32(uint256(1) << (flip & 0xff)), proof);
        _refused(larger, root, Tree.without(proof));
        _anchor(larger, root, proof);
        _check(log.anchorOf(LOG_ID).root == root && log.anchorOf(LOG_ID).size == larger, "anchor");
    }

    function test_Only_the_logs_account_anchors() public {
        vm.expectPartialRevert(TransparencyLog.TransparencyLogNotTheLog.selector);
        log.anchor(LOG_ID, 1, bytes32(uint256(1)), new bytes32[](0), new TransparencyLog.Charge[](0));
        vm.prank(ACCOUNT);
        vm.expectPartialRevert(TransparencyLog.TransparencyLogNotTheLog.selector);
        log.anchor(bytes32(uint256(7)), 1, bytes32(uint256(1)), new bytes32[](0), new TransparencyLog.Charge[](0));
    }

    function test_A_checkpoint_must_be_larger() public {
        _anchor(5, bytes32(uint256(1)), new bytes32[](0));
        vm.prank(ACCOUNT);
        vm.expectRevert(abi.encodeWithSelector(TransparencyLog.TransparencyLogNotLarger.selector, LOG_ID, 5, 5));
        log.anchor(LOG_ID, 5, bytes32(uint256(1)), new bytes32[](0), new TransparencyLog.Charge[](0));
        vm.prank(ACCOUNT);
        vm.expectPartialRevert(TransparencyLog.TransparencyLogNotLarger.selector);
        log.anchor(LOG_ID, 4, bytes32(uint256(1)), new bytes32[](0), new TransparencyLog.Charge[](0));
    }

    function test_The_first_checkpoint_takes_no_proof_and_an_empty_log_cannot_be_anchored() public {
        _refused(3, bytes32(uint256(1)), new bytes32[](1));
        vm.prank(ACCOUNT);
        vm.expectPartialRevert(TransparencyLog.TransparencyLogNotLarger.selector);
        log.anchor(LOG_ID, 0, bytes32(0), new bytes32[](0), new TransparencyLog.Charge[](0));
    }

    /// @dev Whatever a charge says, the checkpoint is anchored and nothing passes a cap.
    function testFuzz_No_charge_keeps_a_checkpoint_from_being_anchored(
        uint64[4] memory seqs,
        bytes32[4] memory ids,
        Amount[4] memory amounts,
        uint64 size
    ) public {
        if (size == 0) size = 1;
        _issue(ID, Amount(500, 500, 1));
        TransparencyLog.Charge[] memory charges = new TransparencyLog.Charge[](4);
        for (uint256 i = 0; i < 4; ++i) {
            charges[i] = TransparencyLog.Charge(seqs[i], i % 2 == 0 ? ID : ids[i], amounts[i]);
        }
        vm.prank(ACCOUNT);
        log.anchor(LOG_ID, size, bytes32(uint256(1)), new bytes32[](0), charges);
        Amount memory spent = budgets.spentBy(ID, LOG_ID);
        _check(log.anchorOf(LOG_ID).size == size, "anchored");
        _check(spent.rho <= 500 && spent.delta <= 500 && spent.files <= 1, "spent");
    }

    function test_Each_refusal_has_its_reason() public {
        _issue(ID, Amount(1500, 1500, 1));
        _settles(0, keccak256("unknown"), Amount(1, 0, 0), Refusal.UnknownPermit);
        _settles(1, ID, Amount(1501, 0, 0), Refusal.OverPermitCap);
        _settles(2, ID, Amount(0, 1501, 0), Refusal.OverPermitCap);
        _settles(3, ID, Amount(0, 0, 2), Refusal.OverPermitCap);
        _settles(4, ID, Amount(1001, 0, 0), Refusal.OverRegisterLimit);
        _settles(5, ID, Amount(0, 1001, 0), Refusal.OverRegisterLimit);
        _settles(6, ID, Amount(1000, 1000, 1), Refusal.None);
        _settles(7, ID, Amount(1, 0, 0), Refusal.OverRegisterLimit);
        _settles(8, ID, Amount(0, 0, 0), Refusal.None);
        _settles(9, ID, Amount(type(uint64).max, type(uint64).max, type(uint32).max), Refusal.OverPermitCap);
        _vote(1, permits.actSubject(ID, Act.Suspend), true);
        permits.suspend(ID);
        _settles(10, ID, Amount(0, 0, 0), Refusal.PermitSuspended);
        _approve(permits.actSubject(ID, Act.Resume));
        permits.resume(ID);
        vm.warp(block.timestamp + 1001);
        _settles(11, ID, Amount(0, 0, 0), Refusal.PermitExpired);
        _approve(permits.actSubject(ID, Act.Revoke));
        permits.revoke(ID);
        _settles(12, ID, Amount(0, 0, 0), Refusal.PermitRevoked);
    }

    function test_A_charge_outside_the_batch_or_for_an_entry_twice_is_refused() public {
        _issue(ID, Amount(1000, 0, 0));
        _anchor(5, Tree.root(_grow(5), 0, 5), new bytes32[](0));
        TransparencyLog.Charge[] memory charges = new TransparencyLog.Charge[](5);
        charges[0] = TransparencyLog.Charge(4, ID, Amount(1, 0, 0));
        charges[1] = TransparencyLog.Charge(6, ID, Amount(10, 0, 0));
        charges[2] = TransparencyLog.Charge(6, ID, Amount(100, 0, 0));
        charges[3] = TransparencyLog.Charge(5, ID, Amount(100, 0, 0));
        charges[4] = TransparencyLog.Charge(8, ID, Amount(100, 0, 0));
        bytes32 root = Tree.root(_grow(8), 0, 8);
        bytes32[] memory proof = Tree.consistency(_leaves, 5, 8);
        vm.prank(ACCOUNT);
        log.anchor(LOG_ID, 8, root, proof, charges);
        _check(budgets.spentBy(ID, LOG_ID).rho == 10, "spent");
    }

    /// @dev The dearest batch that a client sends, against the gas that it allows (ChainClient.Anchoring.cs), less what the
    /// bytes of the transaction cost.
    function test_A_full_batch_of_first_charges_fits_into_its_gas() public {
        TransparencyLog.Charge[] memory charges = new TransparencyLog.Charge[](256);
        for (uint64 i = 0; i < 256; ++i) {
            charges[i] = TransparencyLog.Charge(i, keccak256(abi.encode(i)), Amount(1, 0, 0));
            _issue(charges[i].permitId, Amount(1, 0, 0));
        }
        vm.cool(address(members));
        vm.cool(address(permits));
        vm.cool(address(budgets));
        vm.cool(address(log));
        vm.prank(ACCOUNT);
        uint256 before = gasleft();
        log.anchor(LOG_ID, 256, bytes32(uint256(1)), new bytes32[](0), charges);
        uint256 used = before - gasleft();
        (, Amount memory spent, ) = budgets.budgetOf(LOG_ID);
        _check(spent.rho == 256, "posted");
        _check(used + 21_000 + 256 * 160 * 16 < 250_000 + 256 * 60_000, "gas");
    }

    function test_A_register_that_the_permit_does_not_name_is_not_charged() public {
        _issue(ID, Amount(1000, 0, 0));
        vm.prank(address(log));
        _check(budgets.charge(keccak256("another log"), ID, Amount(0, 0, 0)) == Refusal.RegisterNotGranted, "reason");
    }

    function test_Nobody_but_the_log_charges() public {
        vm.expectRevert(abi.encodeWithSelector(Budgets.BudgetsNotTheLog.selector, address(this)));
        budgets.charge(LOG_ID, ID, Amount(0, 0, 0));
    }

    function test_A_limit_changes_by_vote_once_and_never_below_what_is_spent() public {
        _issue(ID, Amount(600, 0, 0));
        _settles(0, ID, Amount(600, 0, 0), Refusal.None);
        Limit memory limit = Limit(LOG_ID, Amount(599, 0, 0));
        vm.expectPartialRevert(Budgets.BudgetsNotApproved.selector);
        budgets.changeLimit(limit);
        _approve(budgets.limitSubject(limit));
        vm.expectPartialRevert(Budgets.BudgetsInvalidLimit.selector);
        budgets.changeLimit(limit);
        limit.most.rho = 600;
        _approve(budgets.limitSubject(limit));
        budgets.changeLimit(limit);
        vm.expectPartialRevert(Budgets.BudgetsNotApproved.selector);
        budgets.changeLimit(limit);
    }

    function _grow(uint256 size) private returns (bytes32[] storage) {
        while (_leaves.length < size) _leaves.push(keccak256(abi.encode(_leaves.length)));
        return _leaves;
    }

    /// @dev Anchors one more entry with one charge, and reads the settlement from the event.
    function _settles(uint64 seq, bytes32 id, Amount memory amount, Refusal expected) private {
        TransparencyLog.Charge[] memory charges = new TransparencyLog.Charge[](1);
        charges[0] = TransparencyLog.Charge(seq, id, amount);
        bytes32 root = Tree.root(_grow(seq + 1), 0, seq + 1);
        bytes32[] memory proof = seq == 0 ? new bytes32[](0) : Tree.consistency(_leaves, seq, seq + 1);
        vm.recordLogs();
        vm.prank(ACCOUNT);
        log.anchor(LOG_ID, seq + 1, root, proof, charges);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        Vm.Log memory last = logs[logs.length - 1];
        bool posted = last.topics[0] == TransparencyLog.ChargePosted.selector;
        _check(posted || last.topics[0] == TransparencyLog.ChargeRefused.selector, "event");
        _check((posted ? Refusal.None : abi.decode(last.data, (Refusal))) == expected, "reason");
    }

    function _anchor(uint64 size, bytes32 root, bytes32[] memory proof) private {
        vm.prank(ACCOUNT);
        log.anchor(LOG_ID, size, root, proof, new TransparencyLog.Charge[](0));
    }

    function _refused(uint64 size, bytes32 root, bytes32[] memory proof) private {
        vm.prank(ACCOUNT);
        vm.expectPartialRevert(TransparencyLog.TransparencyLogInconsistent.selector);
        log.anchor(LOG_ID, size, root, proof, new TransparencyLog.Charge[](0));
    }
}
