// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev RFC 9162 consistency proofs over SHA-256.
library Consistency {
    /**
     * @dev Whether the tree (`newSize`, `newRoot`) extends (`oldSize`, `oldRoot`): RFC 9162, 2.1.4.2. Every tree extends
     * the empty one, by an empty proof. Wants oldSize < newSize.
     */
    function verify(
        uint64 oldSize,
        bytes32 oldRoot,
        uint64 newSize,
        bytes32 newRoot,
        bytes32[] calldata proof
    ) internal pure returns (bool) {
        if (oldSize == 0) return proof.length == 0;
        uint256 fn = oldSize - 1;
        uint256 sn = newSize - 1;
        while (fn & 1 == 1) (fn, sn) = (fn >> 1, sn >> 1);
        // An old tree that is a whole subtree of the new one is not repeated in the proof.
        uint256 next = fn == 0 ? 0 : 1;
        if (proof.length < next) return false;
        bytes32 fr = fn == 0 ? oldRoot : proof[0];
        bytes32 sr = fr;
        for (; next < proof.length; ++next) {
            if (sn == 0) return false;
            bytes32 node = proof[next];
            if (fn & 1 == 1 || fn == sn) {
                (fr, sr) = (_parent(node, fr), _parent(node, sr));
                while (fn & 1 == 0 && fn != 0) (fn, sn) = (fn >> 1, sn >> 1);
            } else {
                sr = _parent(sr, node);
            }
            (fn, sn) = (fn >> 1, sn >> 1);
        }
        return sn == 0 && fr == oldRoot && sr == newRoot;
    }

    function _parent(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return sha256(abi.encodePacked(bytes1(0x01), left, right));
    }
}
