// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Collection} from "./Collection.sol";

/// Stands for the OwnableDelegateProxy that Wyvern made for each of its users: their items are approved to it, and
/// its owner alone says what its code is.
contract UserProxy {
    address public implementation;
    address public owner;

    constructor(address owner_, address implementation_) {
        owner = owner_;
        implementation = implementation_;
    }

    function upgradeTo(address implementation_) external {
        require(msg.sender == owner, "not the owner");
        implementation = implementation_;
    }

    function transferOwnership(address owner_) external {
        require(msg.sender == owner, "not the owner");
        owner = owner_;
    }

    fallback() external payable {
        address target = implementation;
        assembly {
            calldatacopy(0, 0, calldatasize())
            let done := delegatecall(gas(), target, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            if iszero(done) { revert(0, returndatasize()) }
            return(0, returndatasize())
        }
    }

    receive() external payable {}
}

/// Stands for the honest code behind such a proxy: it moves an item for the proxy's owner and nobody else.
contract HonestProxyCode {
    address public implementation;
    address public owner;

    function move(Collection collection, address from, address to, uint256 tokenId) external {
        require(msg.sender == owner, "not the owner");
        collection.transferFrom(from, to, tokenId);
    }
}

/// Stands for the code that a thief talks a user into: the same, and it asks nobody.
contract OpenProxyCode {
    function move(Collection collection, address from, address to, uint256 tokenId) external {
        collection.transferFrom(from, to, tokenId);
    }
}
