// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Members} from "../src/Members.sol";
import {Vote, Votes} from "../src/Votes.sol";
import {Amount} from "../src/Permits.sol";
import {Chain} from "./Chain.sol";

contract MembersTest is Chain {
    function setUp() public {
        _deploy(Amount(0, 0, 0));
    }

    function test_The_thumbprint_is_rfc_7638() public view {
        // The P-256 generator (private key 1); computed apart from the RFC's canonical JSON.
        (uint256 x, uint256 y) = vm.publicKeyP256(1);
        _check(
            members.thumbprint(bytes32(x), bytes32(y)) ==
                0xc71d01700fb0328870f1ab580c939eea9786328764946db04470655c732f9743,
            "thumbprint"
        );
    }

    function test_The_deployer_keeps_no_power() public {
        Members.Founder memory new_ = _founder(20, 2);
        vm.expectPartialRevert(Members.MembersNotApproved.selector);
        members.changeMember(new_.x, new_.y, 2, 0);
        vm.expectPartialRevert(Members.MembersNotApproved.selector);
        members.changeQuorum(1);
        Members.Log memory own = Members.Log(bytes32(uint256(1)), _member(SILO), address(this));
        vm.expectPartialRevert(Members.MembersNotApproved.selector);
        members.changeLog(own);
    }

    function test_The_board_admits_a_member_who_then_votes() public {
        Members.Founder memory new_ = _founder(20, 2);
        _approve(members.memberSubject(new_.x, new_.y, 2, 0));
        members.changeMember(new_.x, new_.y, 2, 0);
        bytes32 subject = bytes32(uint256(5));
        _vote(20, subject, true);
        _check(members.approvals(subject) == 1, "approvals");
    }

    function test_Who_left_the_board_no_longer_counts_and_cannot_vote() public {
        bytes32 subject = bytes32(uint256(5));
        _approve(subject);
        Members.Founder memory gone = _founder(1, 0);
        _approve(members.memberSubject(gone.x, gone.y, 0, 0));
        members.changeMember(gone.x, gone.y, 0, 0);
        _check(members.approvals(subject) == 1, "approvals");
        Vote memory vote = Vote(_member(1), bytes32(uint256(6)), bytes32(uint256(7)), true);
        (bytes32 r, bytes32 s) = _sign(1, sha256(members.signedBytes(vote)));
        vm.expectPartialRevert(Votes.VotesNotOnBoard.selector);
        members.castVote(vote, r, s);
    }

    function test_The_board_cannot_shrink_below_its_quorum() public {
        Members.Founder memory gone = _founder(1, 0);
        _approve(members.memberSubject(gone.x, gone.y, 0, 0));
        members.changeMember(gone.x, gone.y, 0, 0);
        gone = _founder(2, 0);
        bytes32 subject = members.memberSubject(gone.x, gone.y, 0, 0);
        _vote(2, subject, true);
        _vote(3, subject, true);
        vm.expectRevert(abi.encodeWithSelector(Members.MembersInvalidQuorum.selector, 2, 1));
        members.changeMember(gone.x, gone.y, 0, 0);
    }

    function test_The_quorum_lies_between_one_and_the_board() public {
        _approve(members.quorumSubject(0));
        vm.expectPartialRevert(Members.MembersInvalidQuorum.selector);
        members.changeQuorum(0);
        _approve(members.quorumSubject(4));
        vm.expectPartialRevert(Members.MembersInvalidQuorum.selector);
        members.changeQuorum(4);
        _approve(members.quorumSubject(3));
        members.changeQuorum(3);
        _check(members.quorum() == 3, "quorum");
    }

    function test_Approvals_of_a_change_lapse_with_the_next_change() public {
        Members.Founder memory new_ = _founder(20, 2);
        _approve(members.memberSubject(new_.x, new_.y, 2, 0));
        _approve(members.quorumSubject(3));
        members.changeQuorum(3);
        vm.expectPartialRevert(Members.MembersNotApproved.selector);
        members.changeMember(new_.x, new_.y, 2, 0);
    }

    function test_A_new_key_takes_over_the_logs_of_the_old() public {
        Members.Founder memory new_ = _founder(20, 8);
        _approve(members.memberSubject(new_.x, new_.y, 8, _member(SILO)));
        members.changeMember(new_.x, new_.y, 8, _member(SILO));
        _check(members.anchorer(LOG_ID) == ACCOUNT, "anchorer");
        _check(members.allLogs()[0].member == _member(20), "log");
        _check(members.rolesOf(_member(SILO)) == 0, "old");
    }

    function test_A_new_key_without_the_role_cannot_take_over_a_log() public {
        Members.Founder memory new_ = _founder(20, 1);
        bytes32 old = _member(SILO);
        _approve(members.memberSubject(new_.x, new_.y, 1, old));
        vm.expectPartialRevert(Members.MembersInvalidLog.selector);
        members.changeMember(new_.x, new_.y, 1, old);
    }

    function test_A_log_whose_key_lost_the_role_is_nobodys() public {
        Members.Founder memory silo = _founder(SILO, 1);
        _approve(members.memberSubject(silo.x, silo.y, 1, 0));
        members.changeMember(silo.x, silo.y, 1, 0);
        _check(members.anchorer(LOG_ID) == address(0), "anchorer");
        _check(members.anchorer(bytes32(uint256(1))) == address(0), "unknown");
    }

    function testFuzz_A_point_off_the_curve_is_no_key(bytes32 x, bytes32 y) public {
        Members.Founder[] memory founders = new Members.Founder[](1);
        founders[0] = Members.Founder(x, y, 2);
        vm.expectRevert(abi.encodeWithSelector(Members.MembersInvalidKey.selector, x, y));
        new Members(founders, new Members.Log[](0), 1);
    }

    function test_Unknown_roles_and_an_unknown_old_key_are_refused() public {
        Members.Founder memory new_ = _founder(20, 2);
        _approve(members.memberSubject(new_.x, new_.y, 16, 0));
        vm.expectPartialRevert(Members.MembersInvalidRoles.selector);
        members.changeMember(new_.x, new_.y, 16, 0);
        _approve(members.memberSubject(new_.x, new_.y, 2, bytes32(uint256(3))));
        vm.expectPartialRevert(Members.MembersUnknown.selector);
        members.changeMember(new_.x, new_.y, 2, bytes32(uint256(3)));
    }
}
