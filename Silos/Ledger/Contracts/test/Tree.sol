// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev RFC 9162 2.1.1 and 2.1.4.1, recursively and slowly, straight from the text, over leaf hashes.
library Tree {
    function root(bytes32[] memory leaves, uint256 from, uint256 to) internal pure returns (bytes32) {
        if (to - from == 1) return leaves[from];
        uint256 middle = from + _split(to - from);
        return sha256(abi.encodePacked(bytes1(0x01), root(leaves, from, middle), root(leaves, middle, to)));
    }

    function consistency(bytes32[] memory leaves, uint256 old, uint256 size) internal pure returns (bytes32[] memory) {
        return _sub(leaves, old, 0, size, true);
    }

    function without(bytes32[] memory proof) internal pure returns (bytes32[] memory shorter) {
        shorter = new bytes32[](proof.length - 1);
        for (uint256 i = 0; i < shorter.length; ++i) shorter[i] = proof[i];
    }

    function _sub(
        bytes32[] memory leaves,
        uint256 m,
        uint256 from,
        uint256 to,
        bool whole
    ) private pure returns (bytes32[] memory) {
        if (m == to - from) {
            bytes32[] memory one = new bytes32[](whole ? 0 : 1);
            if (!whole) one[0] = root(leaves, from, to);
            return one;
        }
        uint256 k = _split(to - from);
        return
            m <= k
                ? _append(_sub(leaves, m, from, from + k, whole), root(leaves, from + k, to))
                : _append(_sub(leaves, m - k, from + k, to, false), root(leaves, from, from + k));
    }

    function _append(bytes32[] memory list, bytes32 last) private pure returns (bytes32[] memory longer) {
        longer = new bytes32[](list.length + 1);
        for (uint256 i = 0; i < list.length; ++i) longer[i] = list[i];
        longer[list.length] = last;
    }

    function _split(uint256 n) private pure returns (uint256 k) {
        k = 1;
        while (k * 2 < n) k *= 2;
    }
}
