// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";
import {Votes} from "./Votes.sol";

/**
 * @dev Who takes part: organisations, board members, witnesses and logs, each a P-256 key without a name.
 *
 * A member's id is its key's RFC 7638 thumbprint. The founders come with the constructor; from then on every change
 * needs {quorum} approvals of the board, and whoever deployed has no say. A member who left keeps its key here, so that
 * old signatures can still be checked.
 */
contract Members is Votes {
    uint8 public constant ORGANISATION = 1;
    uint8 public constant BOARD = 2;
    uint8 public constant WITNESS = 4;
    uint8 public constant LOG = 8;

    struct Founder {
        bytes32 x;
        bytes32 y;
        uint8 roles;
    }

    /// @dev A log: SHA-256 of its origin, the member whose key signs its checkpoints, the account that anchors them.
    struct Log {
        bytes32 logId;
        bytes32 member;
        address account;
    }

    error MembersInvalidKey(bytes32 x, bytes32 y);
    error MembersInvalidRoles(uint8 roles);
    error MembersInvalidLog(bytes32 logId);
    /// @dev The board would be too small to ever decide again, or the quorum would be 0.
    error MembersInvalidQuorum(uint256 quorum, uint256 board);
    error MembersUnknown(bytes32 member);
    error MembersNotApproved(bytes32 subject, uint256 approvals, uint256 quorum);

    event MemberChanged(bytes32 indexed member, bytes32 x, bytes32 y, uint8 roles);
    event LogChanged(bytes32 indexed logId, bytes32 indexed member, address account);
    event QuorumChanged(uint256 quorum);

    uint256 public quorum;
    /// @dev Changes made so far; part of every change's subject, so that votes on an older state lapse.
    uint64 public changes;
    uint256 private _boardSize;
    bytes32[] private _memberIds;
    bytes32[] private _logIds;
    mapping(bytes32 member => Founder) private _members;
    mapping(bytes32 logId => Log) private _logs;

    constructor(Founder[] memory founders, Log[] memory logs, uint256 quorum_) {
        for (uint256 i = 0; i < founders.length; ++i) _setMember(founders[i].x, founders[i].y, founders[i].roles);
        for (uint256 i = 0; i < logs.length; ++i) _setLog(logs[i]);
        _setQuorum(quorum_);
    }

    /// @dev Admits a key, changes its roles, or with roles 0 sends it away. `replaces` (0 for none) is an old key of the
    /// same member: it loses its roles, and its logs pass to the new key.
    function changeMember(bytes32 x, bytes32 y, uint8 roles, bytes32 replaces) external {
        _requireQuorum(memberSubject(x, y, roles, replaces));
        bytes32 member = _setMember(x, y, roles);
        if (replaces != 0) _replace(replaces, member);
        _setQuorum(quorum);
    }

    function changeLog(Log calldata log) external {
        _requireQuorum(logSubject(log));
        _setLog(log);
    }

    function changeQuorum(uint256 quorum_) external {
        _requireQuorum(quorumSubject(quorum_));
        _setQuorum(quorum_);
    }

    function memberSubject(bytes32 x, bytes32 y, uint8 roles, bytes32 replaces) public view returns (bytes32) {
        return sha256(abi.encode(bytes32("researchhub/member"), x, y, roles, replaces, changes));
    }

    function logSubject(Log calldata log) public view returns (bytes32) {
        return sha256(abi.encode(bytes32("researchhub/log"), log, changes));
    }

    function quorumSubject(uint256 quorum_) public view returns (bytes32) {
        return sha256(abi.encode(bytes32("researchhub/quorum"), quorum_, changes));
    }

    /// @dev RFC 7638 thumbprint of an EC P-256 key.
    function thumbprint(bytes32 x, bytes32 y) public pure returns (bytes32) {
        return
            sha256(
                abi.encodePacked(
                    '{"crv":"P-256","kty":"EC","x":"',
                    Base64.encodeURL(abi.encodePacked(x)),
                    '","y":"',
                    Base64.encodeURL(abi.encodePacked(y)),
                    '"}'
                )
            );
    }

    function keyOf(bytes32 member) public view override returns (bytes32, bytes32) {
        return (_members[member].x, _members[member].y);
    }

    function rolesOf(bytes32 member) public view returns (uint8) {
        return _members[member].roles;
    }

    function onBoard(bytes32 member) public view override returns (bool) {
        return rolesOf(member) & BOARD != 0;
    }

    /// @dev The account that may anchor this log; nobody's (0) if it is unknown or its key has lost the role.
    function anchorer(bytes32 logId) external view returns (address) {
        Log storage log = _logs[logId];
        return rolesOf(log.member) & LOG != 0 ? log.account : address(0);
    }

    /// @dev Everybody who ever was a member, in order of admission; roles 0 means gone.
    function allMembers() external view returns (Founder[] memory list) {
        list = new Founder[](_memberIds.length);
        for (uint256 i = 0; i < list.length; ++i) list[i] = _members[_memberIds[i]];
    }

    function allLogs() external view returns (Log[] memory list) {
        list = new Log[](_logIds.length);
        for (uint256 i = 0; i < list.length; ++i) list[i] = _logs[_logIds[i]];
    }

    function _requireQuorum(bytes32 subject) private {
        uint256 count = approvals(subject);
        if (count < quorum) revert MembersNotApproved(subject, count, quorum);
        ++changes;
    }

    function _setMember(bytes32 x, bytes32 y, uint8 roles) private returns (bytes32 member) {
        if (!P256.isValidPublicKey(x, y)) revert MembersInvalidKey(x, y);
        if (roles > (ORGANISATION | BOARD | WITNESS | LOG)) revert MembersInvalidRoles(roles);
        member = thumbprint(x, y);
        if (_members[member].x == 0) _memberIds.push(member);
        if (onBoard(member)) --_boardSize;
        if (roles & BOARD != 0) ++_boardSize;
        _members[member] = Founder(x, y, roles);
        emit MemberChanged(member, x, y, roles);
    }

    function _replace(bytes32 old, bytes32 member) private {
        Founder memory gone = _members[old];
        if (gone.roles == 0 || old == member) revert MembersUnknown(old);
        _setMember(gone.x, gone.y, 0);
        for (uint256 i = 0; i < _logIds.length; ++i) {
            Log memory log = _logs[_logIds[i]];
            if (log.member == old) _setLog(Log(log.logId, member, log.account));
        }
    }

    function _setLog(Log memory log) private {
        if (log.account == address(0) || rolesOf(log.member) & LOG == 0) revert MembersInvalidLog(log.logId);
        if (_logs[log.logId].account == address(0)) _logIds.push(log.logId);
        _logs[log.logId] = log;
        emit LogChanged(log.logId, log.member, log.account);
    }

    function _setQuorum(uint256 quorum_) private {
        if (quorum_ == 0 || quorum_ > _boardSize) revert MembersInvalidQuorum(quorum_, _boardSize);
        if (quorum_ == quorum) return;
        quorum = quorum_;
        emit QuorumChanged(quorum_);
    }
}
