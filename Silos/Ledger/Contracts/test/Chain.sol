// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Vote} from "../src/Votes.sol";
import {Members} from "../src/Members.sol";
import {Act, Amount, Cap, Permits, Status, Terms} from "../src/Permits.sol";
import {Budgets, Limit} from "../src/Budgets.sol";
import {TransparencyLog} from "../src/TransparencyLog.sol";

/// @dev The cheat codes of forge that these tests use.
interface Vm {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function signP256(uint256 privateKey, bytes32 digest) external pure returns (bytes32 r, bytes32 s);
    function publicKeyP256(uint256 privateKey) external pure returns (uint256 x, uint256 y);
    function prank(address sender) external;
    function warp(uint256 timestamp) external;
    function expectPartialRevert(bytes4 selector) external;
    function expectRevert(bytes calldata data) external;
    function cool(address account) external;
    function recordLogs() external;
    function getRecordedLogs() external returns (Log[] memory);
}

/// @dev A deployment with a board of three (quorum two), one silo's log, and hands to sign with.
abstract contract Chain {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint256 private constant N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551;
    uint256 internal constant SILO = 9;
    bytes32 internal constant LOG_ID = keccak256("a log");
    address internal constant ACCOUNT = address(0x5110);

    Members internal members;
    Permits internal permits;
    Budgets internal budgets;
    TransparencyLog internal log;
    uint256 private _nonce;

    function _deploy(Amount memory limit) internal {
        vm.warp(1_000_000);
        Members.Founder[] memory founders = new Members.Founder[](4);
        for (uint256 i = 0; i < 3; ++i) founders[i] = _founder(i + 1, 2);
        founders[3] = _founder(SILO, 8 | 1);
        Members.Log[] memory logs = new Members.Log[](1);
        logs[0] = Members.Log(LOG_ID, _id(SILO, founders[3]), ACCOUNT);
        members = new Members(founders, logs, 2);
        permits = new Permits(members);
        Limit[] memory limits = new Limit[](1);
        limits[0] = Limit(LOG_ID, limit);
        log = new TransparencyLog(permits, limits);
        budgets = log.budgets();
    }

    function _founder(uint256 key, uint8 roles) internal pure returns (Members.Founder memory) {
        (uint256 x, uint256 y) = vm.publicKeyP256(key);
        return Members.Founder(bytes32(x), bytes32(y), roles);
    }

    function _member(uint256 key) internal view returns (bytes32) {
        (uint256 x, uint256 y) = vm.publicKeyP256(key);
        return members.thumbprint(bytes32(x), bytes32(y));
    }

    function _sign(uint256 key, bytes32 digest) internal pure returns (bytes32 r, bytes32 s) {
        (r, s) = vm.signP256(key, digest);
        if (uint256(s) > N / 2) s = bytes32(N - uint256(s));
    }

    function _vote(uint256 key, bytes32 subject, bool approve) internal {
        Vote memory vote = Vote(_member(key), subject, keccak256(abi.encode("nonce", ++_nonce)), approve);
        (bytes32 r, bytes32 s) = _sign(key, sha256(members.signedBytes(vote)));
        members.castVote(vote, r, s);
    }

    function _approve(bytes32 subject) internal {
        _vote(1, subject, true);
        _vote(2, subject, true);
    }

    function _terms(bytes32 permitId, Amount memory most) internal view returns (Terms memory) {
        Cap[] memory caps = new Cap[](1);
        caps[0] = Cap(LOG_ID, most);
        return Terms(permitId, uint64(block.timestamp + 1000), caps);
    }

    function _issue(bytes32 permitId, Amount memory most) internal {
        Terms memory terms = _terms(permitId, most);
        _approve(permits.termsSubject(terms));
        permits.issue(terms);
    }

    function _status(bytes32 permitId) internal view returns (Status) {
        return permits.statusOf(permitId);
    }

    function _id(uint256, Members.Founder memory founder) private returns (bytes32) {
        // The thumbprint is computed on the chain, and before Members stands there is nobody to ask.
        Members.Founder[] memory one = new Members.Founder[](1);
        one[0] = Members.Founder(founder.x, founder.y, 2);
        return new Members(one, new Members.Log[](0), 1).thumbprint(founder.x, founder.y);
    }

    function _check(bool holds, string memory message) internal pure {
        require(holds, message);
    }
}
