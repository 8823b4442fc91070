// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Token} from "./Token.sol";

/// A token with EIP-2612: its owner's signature, which costs nothing and leaves no trace, is an approval.
contract PermitToken is Token {
    bytes32 private constant PERMIT =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    constructor(string memory name_, string memory symbol_, uint8 decimals_) Token(name_, symbol_, decimals_) {}

    function permit(
        address owner,
        address spender,
        uint256 value,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        require(block.timestamp <= deadline, "expired");
        _checkSigned(keccak256(abi.encode(PERMIT, owner, spender, value, nonces[owner]++, deadline)), owner, v, r, s);
        _approve(owner, spender, value);
    }
}
