// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Vote} from "../src/Votes.sol";
import {Act, Amount, Permits, Status, Terms} from "../src/Permits.sol";
import {Limit} from "../src/Budgets.sol";
import {TransparencyLog} from "../src/TransparencyLog.sol";
import {Chain} from "./Chain.sol";
import {Tree} from "./Tree.sol";

/// @dev Does at random what a board, a silo and their enemies can do, and keeps its own books.
contract Hands is Chain {
    uint256 public constant PERMITS = 3;
    bytes32[] public subjects;
    uint64 public size;
    mapping(bytes32 subject => uint256) public approved;
    mapping(bytes32 subject => mapping(uint256 key => bool)) private _voted;
    mapping(bytes32 permitId => Amount) private _spentAtRevocation;
    bytes32[] private _leaves;
    uint64 private _ends;

    constructor() {
        _deploy(Amount(1500, 1500, 3));
        _ends = uint64(block.timestamp + 2000);
        for (uint256 i = 1; i < PERMITS; ++i) {
            bytes32 subject = permits.termsSubject(_termsOf(idOf(i)));
            _approve(subject);
            approved[subject] = 2;
            permits.issue(_termsOf(idOf(i)));
        }
    }

    /// @dev A vote on one of the things that can be decided now, and at times the same vote again.
    function vote(uint256 key, uint256 what, uint256 permit, bool twice, uint8 mood) external {
        key = 1 + (key % 4);
        bool approve = mood > 40;
        bytes32 subject = _subject(what, idOf(permit % PERMITS));
        _cast(key, subject, approve);
        if (twice) _cast(key, subject, approve);
    }

    /// @dev Somebody asks for an act, at times after two members agreed on it.
    function act(uint256 what, uint256 permit, bool agreed) external {
        bytes32 id = idOf(permit % PERMITS);
        what %= 5;
        for (uint256 key = 1; agreed && key <= 2; ++key) _cast(key, _subject(what, id), true);
        if (what == 0) try permits.issue(_termsOf(id)) {} catch {}
        if (what == 1) try permits.suspend(id) {} catch {}
        if (what == 2) try permits.resume(id) {} catch {}
        if (what == 3) {
            try permits.revoke(id) {
                _spentAtRevocation[id] = budgets.spentBy(id, LOG_ID);
            } catch {}
        }
        if (what == 4) try budgets.changeLimit(_limit()) {} catch {}
    }

    function anchor(uint8 grows, uint256 permit, uint64[3] calldata seqs, Amount[3] calldata amounts, bool lie) external {
        uint64 next = size + (grows % 4);
        while (_leaves.length < next) _leaves.push(keccak256(abi.encode(_leaves.length)));
        TransparencyLog.Charge[] memory charges = new TransparencyLog.Charge[](3);
        for (uint256 i = 0; i < 3; ++i) {
            Amount memory amount = Amount(amounts[i].rho % 700, amounts[i].delta % 700, amounts[i].files % 2);
            charges[i] = TransparencyLog.Charge(size + (seqs[i] % 4), idOf((permit % PERMITS + i) % PERMITS), amount);
        }
        bytes32 root = next == 0 ? bytes32(0) : Tree.root(_leaves, 0, next);
        lie = lie && size > 0;
        if (lie) root = ~root;
        bytes32[] memory proof = size == 0 || next <= size ? new bytes32[](0) : Tree.consistency(_leaves, size, next);
        vm.prank(ACCOUNT);
        try log.anchor(LOG_ID, next, root, proof, charges) {
            _check(next > size, "anchored, but not larger");
            _check(!lie, "anchored without a proof");
            size = next;
        } catch {}
    }

    /// @dev Time passes, at times beyond the permits' end.
    function wait_(uint8 seconds_) external {
        vm.warp(block.timestamp + (seconds_ % 40));
    }

    function idOf(uint256 permit) public pure returns (bytes32) {
        return keccak256(abi.encode("permit", permit));
    }

    function check() external view {
        Amount memory sum;
        (Amount memory most, Amount memory spent, ) = budgets.budgetOf(LOG_ID);
        for (uint256 i = 0; i < PERMITS; ++i) {
            bytes32 id = idOf(i);
            Amount memory by = budgets.spentBy(id, LOG_ID);
            (Status status, , , , Amount memory cap) = permits.permitOf(id, LOG_ID);
            _check(by.rho <= cap.rho && by.delta <= cap.delta && by.files <= cap.files, "over a permit's cap");
            if (status == Status.Revoked) {
                Amount memory then = _spentAtRevocation[id];
                _check(by.rho == then.rho && by.delta == then.delta && by.files == then.files, "charged after revocation");
            }
            sum = Amount(sum.rho + by.rho, sum.delta + by.delta, sum.files + by.files);
        }
        _check(spent.rho == sum.rho && spent.delta == sum.delta && spent.files == sum.files, "the sums differ");
        _check(spent.rho <= most.rho && spent.delta <= most.delta && spent.files <= most.files, "over the limit");
        _check(log.anchorOf(LOG_ID).size == size, "another size");
        for (uint256 i = 0; i < subjects.length; ++i) {
            _check(members.approvals(subjects[i]) == approved[subjects[i]], "approvals were miscounted");
        }
    }

    function _cast(uint256 key, bytes32 subject, bool approve) private {
        Vote memory v = Vote(_member(key), subject, keccak256(abi.encode(key, subject, gasleft())), approve);
        (bytes32 r, bytes32 s) = _sign(key, sha256(members.signedBytes(v)));
        try members.castVote(v, r, s) {
            _check(key < 4 && !_voted[subject][key], "voted twice, or a stranger did");
            _voted[subject][key] = true;
            if (approve) ++approved[subject];
            subjects.push(subject);
        } catch {}
    }

    function _subject(uint256 what, bytes32 id) private view returns (bytes32) {
        what %= 5;
        if (what == 0) return permits.termsSubject(_termsOf(id));
        if (what == 4) return budgets.limitSubject(_limit());
        return permits.actSubject(id, Act(what - 1));
    }

    function _termsOf(bytes32 id) private view returns (Terms memory terms) {
        terms = _terms(id, Amount(1000, 1500, 2));
        terms.notAfter = _ends;
    }

    function _limit() private view returns (Limit memory) {
        (, , uint64 changes) = budgets.budgetOf(LOG_ID);
        return Limit(LOG_ID, Amount(1200 + (changes % 3) * 500, 1000 + (changes % 2) * 1000, 3));
    }
}

contract Invariants {
    Hands private _hands = new Hands();

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_hands);
    }

    /// @dev Spent is never over a cap or limit, and the sums agree; a log never shrinks; a vote is never counted twice; a
    /// revoked permit is never charged.
    function invariant_The_books_agree() external view {
        _hands.check();
    }
}
