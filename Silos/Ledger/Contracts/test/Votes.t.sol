// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {WebAuthn} from "@openzeppelin/contracts/utils/cryptography/WebAuthn.sol";
import {Vote, Votes} from "../src/Votes.sol";
import {Amount} from "../src/Permits.sol";
import {Chain} from "./Chain.sol";

contract VotesTest is Chain {
    function setUp() public {
        _deploy(Amount(0, 0, 0));
    }

    function test_The_signed_bytes_are_the_canonical_json() public view {
        Vote memory vote = Vote(bytes32(uint256(1)), bytes32(uint256(2)), bytes32(0), true);
        bytes memory start = '{"chainId":"31337","contract":"0x';
        bytes memory end =
            '","decision":"approve","member":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE","nonce":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","subject":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAI","type":"vote","version":1}';
        bytes memory got = members.signedBytes(vote);
        _check(got.length == start.length + 40 + end.length, "length");
        for (uint256 i = 0; i < start.length; ++i) _check(got[i] == start[i], "start");
        for (uint256 i = 0; i < end.length; ++i) _check(got[start.length + 40 + i] == end[i], "end");
    }

    function testFuzz_A_vote_counts_once(bytes32 subject, bytes32 nonce, bytes32 other) public {
        Vote memory vote = Vote(_member(1), subject, nonce, true);
        (bytes32 r, bytes32 s) = _sign(1, sha256(members.signedBytes(vote)));
        members.castVote(vote, r, s);
        vm.expectPartialRevert(Votes.VotesAlreadyCast.selector);
        members.castVote(vote, r, s);
        vote.nonce = other;
        (r, s) = _sign(1, sha256(members.signedBytes(vote)));
        vm.expectPartialRevert(Votes.VotesAlreadyCast.selector);
        members.castVote(vote, r, s);
        _check(members.approvals(subject) == 1, "approvals");
    }

    function test_A_nonce_serves_once() public {
        Vote memory vote = Vote(_member(1), bytes32(uint256(5)), bytes32(uint256(7)), true);
        (bytes32 r, bytes32 s) = _sign(1, sha256(members.signedBytes(vote)));
        members.castVote(vote, r, s);
        vote.subject = bytes32(uint256(6));
        (r, s) = _sign(1, sha256(members.signedBytes(vote)));
        vm.expectPartialRevert(Votes.VotesNonceUsed.selector);
        members.castVote(vote, r, s);
    }

    function test_A_rejection_is_recorded_and_not_counted() public {
        _vote(1, bytes32(uint256(5)), false);
        _check(members.approvals(bytes32(uint256(5))) == 0, "approvals");
        _check(members.hasVoted(_member(1), bytes32(uint256(5))), "recorded");
    }

    function testFuzz_Another_key_or_another_text_is_refused(uint8 key, bytes32 flip) public {
        Vote memory vote = Vote(_member(1), bytes32(uint256(5)), bytes32(uint256(7)), true);
        uint256 signer = uint256(key) + 1;
        (bytes32 r, bytes32 s) = _sign(signer, sha256(members.signedBytes(vote)));
        if (signer == 1) {
            if (flip == 0) return;
            vote.subject ^= flip;
        }
        vm.expectPartialRevert(Votes.VotesInvalidSignature.selector);
        members.castVote(vote, r, s);
    }

    function test_Who_is_not_on_the_board_cannot_vote() public {
        Vote memory vote = Vote(_member(SILO), bytes32(uint256(5)), bytes32(uint256(7)), true);
        (bytes32 r, bytes32 s) = _sign(SILO, sha256(members.signedBytes(vote)));
        vm.expectRevert(abi.encodeWithSelector(Votes.VotesNotOnBoard.selector, vote.member));
        members.castVote(vote, r, s);
    }

    function test_A_stranger_cannot_vote_and_nothing_verifies_under_the_empty_key() public {
        Vote memory vote = Vote(bytes32(uint256(77)), bytes32(uint256(5)), bytes32(uint256(7)), true);
        vm.expectPartialRevert(Votes.VotesInvalidSignature.selector);
        members.castVote(vote, bytes32(uint256(1)), bytes32(uint256(1)));
    }

    function test_A_passkey_votes() public {
        Vote memory vote = Vote(_member(1), bytes32(uint256(5)), bytes32(uint256(7)), true);
        members.castVoteWithPasskey(vote, _assertion(1, sha256(members.signedBytes(vote)), 0x05));
        _check(members.approvals(vote.subject) == 1, "approvals");
    }

    function test_A_passkey_that_did_not_verify_its_user_is_refused() public {
        Vote memory vote = Vote(_member(1), bytes32(uint256(5)), bytes32(uint256(7)), true);
        WebAuthn.WebAuthnAuth memory assertion = _assertion(1, sha256(members.signedBytes(vote)), 0x01);
        vm.expectPartialRevert(Votes.VotesInvalidSignature.selector);
        members.castVoteWithPasskey(vote, assertion);
    }

    function _assertion(
        uint256 key,
        bytes32 challenge,
        uint8 flags
    ) private pure returns (WebAuthn.WebAuthnAuth memory assertion) {
        assertion.authenticatorData = abi.encodePacked(sha256("localhost"), flags, uint32(0));
        assertion.clientDataJSON = string.concat(
            '{"type":"webauthn.get","challenge":"',
            Base64.encodeURL(abi.encodePacked(challenge)),
            '","origin":"http://localhost:5080","crossOrigin":false}'
        );
        assertion.typeIndex = 1;
        assertion.challengeIndex = 23;
        (assertion.r, assertion.s) = _sign(
            key,
            sha256(abi.encodePacked(assertion.authenticatorData, sha256(bytes(assertion.clientDataJSON))))
        );
    }
}
