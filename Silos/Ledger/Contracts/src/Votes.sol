// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";
import {WebAuthn} from "@openzeppelin/contracts/utils/cryptography/WebAuthn.sol";

/// @dev What a board member signs: yes or no to the 32 bytes that name what is voted upon.
struct Vote {
    bytes32 member;
    bytes32 subject;
    bytes32 nonce;
    bool approve;
}

/**
 * @dev Votes signed off the chain and verified on it.
 *
 * The signed text is rebuilt here byte by byte (RFC 8785 canonical JSON), so the chain believes nobody who relays a
 * vote. It names chain and contract: a vote cannot be carried to another deployment. A member votes once on a subject;
 * whoever wants to vote anew needs a new subject, which is why the subjects of repeatable acts contain a counter.
 */
abstract contract Votes {
    /// @dev The signature does not fit the vote and the member's key (or its s is in the upper half).
    error VotesInvalidSignature(bytes32 member, bytes32 subject);
    error VotesAlreadyCast(bytes32 member, bytes32 subject);
    error VotesNonceUsed(bytes32 member, bytes32 nonce);
    error VotesNotOnBoard(bytes32 member);

    event VoteCast(bytes32 indexed subject, bytes32 indexed member, bytes32 nonce, bool approve);

    mapping(bytes32 subject => bytes32[]) private _approvers;
    mapping(bytes32 member => mapping(bytes32 subject => bool)) private _voted;
    mapping(bytes32 member => mapping(bytes32 nonce => bool)) private _usedNonce;

    /// @dev Records a vote signed with a P-256 key file: `r`, `s` over SHA-256 of {signedBytes}, s in the lower half.
    function castVote(Vote calldata vote, bytes32 r, bytes32 s) external {
        (bytes32 x, bytes32 y) = keyOf(vote.member);
        if (!P256.verify(sha256(signedBytes(vote)), r, s, x, y)) {
            revert VotesInvalidSignature(vote.member, vote.subject);
        }
        _record(vote);
    }

    /// @dev Records a vote signed with a passkey: the challenge is SHA-256 of {signedBytes}, the user was verified.
    function castVoteWithPasskey(Vote calldata vote, WebAuthn.WebAuthnAuth calldata assertion) external {
        (bytes32 x, bytes32 y) = keyOf(vote.member);
        if (!WebAuthn.verify(abi.encodePacked(sha256(signedBytes(vote))), assertion, x, y)) {
            revert VotesInvalidSignature(vote.member, vote.subject);
        }
        _record(vote);
    }

    /// @dev The canonical bytes that a vote's signature covers.
    function signedBytes(Vote calldata vote) public view returns (bytes memory) {
        return
            abi.encodePacked(
                '{"chainId":"',
                Strings.toString(block.chainid),
                '","contract":"',
                Strings.toHexString(address(this)),
                '","decision":"',
                vote.approve ? "approve" : "reject",
                '","member":"',
                Base64.encodeURL(abi.encodePacked(vote.member)),
                '","nonce":"',
                Base64.encodeURL(abi.encodePacked(vote.nonce)),
                '","subject":"',
                Base64.encodeURL(abi.encodePacked(vote.subject)),
                '","type":"vote","version":1}'
            );
    }

    /// @dev How many approved `subject` who are on the board today: who left no longer counts.
    function approvals(bytes32 subject) public view returns (uint256 count) {
        bytes32[] storage approvers = _approvers[subject];
        for (uint256 i = 0; i < approvers.length; ++i) {
            if (onBoard(approvers[i])) ++count;
        }
    }

    function hasVoted(bytes32 member, bytes32 subject) external view returns (bool) {
        return _voted[member][subject];
    }

    /// @dev The P-256 key of a member past or present; (0, 0), which verifies nothing, for a stranger.
    function keyOf(bytes32 member) public view virtual returns (bytes32 x, bytes32 y);

    function onBoard(bytes32 member) public view virtual returns (bool);

    function _record(Vote calldata vote) private {
        if (!onBoard(vote.member)) revert VotesNotOnBoard(vote.member);
        if (_voted[vote.member][vote.subject]) revert VotesAlreadyCast(vote.member, vote.subject);
        if (_usedNonce[vote.member][vote.nonce]) revert VotesNonceUsed(vote.member, vote.nonce);
        _voted[vote.member][vote.subject] = true;
        _usedNonce[vote.member][vote.nonce] = true;
        if (vote.approve) _approvers[vote.subject].push(vote.member);
        emit VoteCast(vote.subject, vote.member, vote.nonce, vote.approve);
    }
}
