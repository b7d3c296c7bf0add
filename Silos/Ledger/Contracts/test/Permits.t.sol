// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Act, Amount, Cap, Permits, Status, Terms} from "../src/Permits.sol";
import {Chain} from "./Chain.sol";

contract PermitsTest is Chain {
    bytes32 private constant ID = keccak256("a permit");

    function setUp() public {
        _deploy(Amount(1000, 1000, 1));
    }

    function testFuzz_The_votes_bind_the_terms(uint64 rho, uint64 delta, uint32 files, uint64 later) public {
        Terms memory terms = _terms(ID, Amount(5, 6, 7));
        _approve(permits.termsSubject(terms));
        if (rho == 5 && delta == 6 && files == 7 && later == 0) return;
        terms.caps[0].most = Amount(rho, delta, files);
        unchecked {
            terms.notAfter += later;
        }
        vm.expectPartialRevert(Permits.PermitsNotApproved.selector);
        permits.issue(terms);
    }

    function test_A_permit_is_issued_once() public {
        _issue(ID, Amount(5, 6, 7));
        _check(_status(ID) == Status.Active, "active");
        Terms memory terms = _terms(ID, Amount(5, 6, 7));
        vm.expectRevert(abi.encodeWithSelector(Permits.PermitsInvalidStatus.selector, ID, Status.Active));
        permits.issue(terms);
    }

    function test_A_rejection_does_not_count() public {
        Terms memory terms = _terms(ID, Amount(5, 6, 7));
        bytes32 subject = permits.termsSubject(terms);
        _vote(1, subject, true);
        _vote(2, subject, false);
        vm.expectRevert(abi.encodeWithSelector(Permits.PermitsNotApproved.selector, subject, 1, 2));
        permits.issue(terms);
        _vote(3, subject, true);
        permits.issue(terms);
    }

    function test_Terms_of_the_past_without_caps_or_with_one_twice_are_refused() public {
        Terms memory terms = _terms(ID, Amount(5, 6, 7));
        terms.notAfter = uint64(block.timestamp);
        _approve(permits.termsSubject(terms));
        vm.expectPartialRevert(Permits.PermitsInvalidTerms.selector);
        permits.issue(terms);

        terms = Terms(ID, uint64(block.timestamp + 1), new Cap[](0));
        _approve(permits.termsSubject(terms));
        vm.expectPartialRevert(Permits.PermitsInvalidTerms.selector);
        permits.issue(terms);

        terms.caps = new Cap[](2);
        terms.caps[0] = terms.caps[1] = Cap(LOG_ID, Amount(1, 1, 1));
        _approve(permits.termsSubject(terms));
        vm.expectPartialRevert(Permits.PermitsInvalidTerms.selector);
        permits.issue(terms);
    }

    function test_A_permit_expires_after_its_last_second() public {
        _issue(ID, Amount(5, 6, 7));
        vm.warp(block.timestamp + 1000);
        _check(_status(ID) == Status.Active, "last second");
        vm.warp(block.timestamp + 1);
        _check(_status(ID) == Status.Expired, "after");
    }

    function test_Acts_need_their_votes_and_old_votes_lapse() public {
        _issue(ID, Amount(5, 6, 7));
        vm.expectPartialRevert(Permits.PermitsNotApproved.selector);
        permits.suspend(ID);
        _approve(permits.actSubject(ID, Act.Revoke));
        _vote(3, permits.actSubject(ID, Act.Suspend), true);
        permits.suspend(ID);
        _check(_status(ID) == Status.Suspended, "suspended");
        vm.expectPartialRevert(Permits.PermitsNotApproved.selector);
        permits.revoke(ID);
        _vote(1, permits.actSubject(ID, Act.Resume), true);
        vm.expectPartialRevert(Permits.PermitsNotApproved.selector);
        permits.resume(ID);
        _vote(2, permits.actSubject(ID, Act.Resume), true);
        permits.resume(ID);
        _check(_status(ID) == Status.Active, "resumed");
        vm.expectPartialRevert(Permits.PermitsNotApproved.selector);
        permits.suspend(ID);
    }

    function test_A_revoked_permit_stays_revoked() public {
        _issue(ID, Amount(5, 6, 7));
        _approve(permits.actSubject(ID, Act.Revoke));
        permits.revoke(ID);
        _approve(permits.actSubject(ID, Act.Resume));
        vm.expectPartialRevert(Permits.PermitsInvalidStatus.selector);
        permits.resume(ID);
        _approve(permits.actSubject(ID, Act.Suspend));
        vm.expectPartialRevert(Permits.PermitsInvalidStatus.selector);
        permits.suspend(ID);
        _approve(permits.actSubject(ID, Act.Revoke));
        vm.expectPartialRevert(Permits.PermitsInvalidStatus.selector);
        permits.revoke(ID);
        vm.warp(block.timestamp + 2000);
        _check(_status(ID) == Status.Revoked, "revoked, not expired");
    }

    function test_A_suspended_permit_can_be_revoked_and_an_unknown_one_cannot() public {
        _issue(ID, Amount(5, 6, 7));
        _vote(1, permits.actSubject(ID, Act.Suspend), true);
        permits.suspend(ID);
        _approve(permits.actSubject(ID, Act.Revoke));
        permits.revoke(ID);
        _check(_status(ID) == Status.Revoked, "revoked");
        bytes32 unknown = keccak256("unknown");
        _approve(permits.actSubject(unknown, Act.Revoke));
        vm.expectRevert(abi.encodeWithSelector(Permits.PermitsInvalidStatus.selector, unknown, Status.None));
        permits.revoke(unknown);
    }

    function test_Silence_is_no_until_the_quorum_says_otherwise_and_old_votes_lapse() public {
        (bytes32 register, bytes32 dataset) = (keccak256("register"), sha256("dataset"));
        bytes32 subject = permits.silenceSubject(register, dataset, true);
        _vote(1, subject, true);
        vm.expectPartialRevert(Permits.PermitsNotApproved.selector);
        permits.setSilence(register, dataset, true);
        _vote(2, subject, true);
        vm.expectPartialRevert(Permits.PermitsNotApproved.selector);
        permits.setSilence(register, keccak256("another"), true);
        vm.expectPartialRevert(Permits.PermitsNotApproved.selector);
        permits.setSilence(register, dataset, false);
        permits.setSilence(register, dataset, true);
        (bool permitted, uint64 changes) = permits.silenceOf(register, dataset);
        _check(permitted && changes == 1, "permitted");
        vm.expectPartialRevert(Permits.PermitsNotApproved.selector);
        permits.setSilence(register, dataset, true);
        _approve(permits.silenceSubject(register, dataset, false));
        permits.setSilence(register, dataset, false);
        (permitted, changes) = permits.silenceOf(register, dataset);
        _check(!permitted && changes == 2, "no again");
    }
}
