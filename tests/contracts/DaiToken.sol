// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Token} from "./Token.sol";

/// A token with the permit of DAI, older than EIP-2612: a flag and no amount, so that every permit is unlimited.
contract DaiToken is Token {
    bytes32 private constant PERMIT =
        keccak256("Permit(address holder,address spender,uint256 nonce,uint256 expiry,bool allowed)");

    constructor(string memory name_, string memory symbol_, uint8 decimals_) Token(name_, symbol_, decimals_) {}

    function permit(
        address holder,
        address spender,
        uint256 nonce,
        uint256 expiry,
        bool allowed,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        require(expiry == 0 || block.timestamp <= expiry, "expired");
        require(nonce == nonces[holder]++, "bad nonce");
        _checkSigned(keccak256(abi.encode(PERMIT, holder, spender, nonce, expiry, allowed)), holder, v, r, s);
        _approve(holder, spender, allowed ? type(uint256).max : 0);
    }
}
