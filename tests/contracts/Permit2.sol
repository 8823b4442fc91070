// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Token} from "./Token.sol";

/// Stands for Uniswap's Permit2: whoever has once approved it can lose any such token by one signature.
/// Same signatures of functions, same type strings, same domain; nonces are simple sets where Permit2 has bitmaps.
contract Permit2 {
    struct TokenPermissions {
        address token;
        uint256 amount;
    }

    struct PermitTransferFrom {
        TokenPermissions permitted;
        uint256 nonce;
        uint256 deadline;
    }

    struct PermitBatchTransferFrom {
        TokenPermissions[] permitted;
        uint256 nonce;
        uint256 deadline;
    }

    struct SignatureTransferDetails {
        address to;
        uint256 requestedAmount;
    }

    struct PermitDetails {
        address token;
        uint160 amount;
        uint48 expiration;
        uint48 nonce;
    }

    struct PermitSingle {
        PermitDetails details;
        address spender;
        uint256 sigDeadline;
    }

    struct PermitBatch {
        PermitDetails[] details;
        address spender;
        uint256 sigDeadline;
    }

    struct PackedAllowance {
        uint160 amount;
        uint48 expiration;
        uint48 nonce;
    }

    struct AllowanceTransferDetails {
        address from;
        address to;
        uint160 amount;
        address token;
    }

    struct TokenSpenderPair {
        address token;
        address spender;
    }

    string private constant DETAILS_TYPE =
        "PermitDetails(address token,uint160 amount,uint48 expiration,uint48 nonce)";
    string private constant PERMISSIONS_TYPE = "TokenPermissions(address token,uint256 amount)";
    bytes32 private constant DETAILS = keccak256(bytes(DETAILS_TYPE));
    bytes32 private constant PERMISSIONS = keccak256(bytes(PERMISSIONS_TYPE));

    mapping(address => mapping(address => mapping(address => PackedAllowance))) public allowance;
    mapping(address => mapping(uint256 => bool)) public isUsed;

    event Approval(
        address indexed owner, address indexed token, address indexed spender, uint160 amount, uint48 expiration
    );
    event Lockdown(address indexed owner, address token, address spender);

    function approve(address token, address spender, uint160 amount, uint48 expiration) external {
        _allow(msg.sender, token, spender, amount, expiration);
    }

    function permit(address owner, PermitSingle calldata given, bytes calldata signature) external {
        require(block.timestamp <= given.sigDeadline, "expired");
        bytes32 typeHash = keccak256(
            abi.encodePacked("PermitSingle(PermitDetails details,address spender,uint256 sigDeadline)", DETAILS_TYPE)
        );
        _checkSigned(
            keccak256(abi.encode(typeHash, _hash(given.details), given.spender, given.sigDeadline)), owner, signature
        );
        _permit(owner, given.spender, given.details);
    }

    function permit(address owner, PermitBatch calldata given, bytes calldata signature) external {
        require(block.timestamp <= given.sigDeadline, "expired");
        bytes32 typeHash = keccak256(
            abi.encodePacked("PermitBatch(PermitDetails[] details,address spender,uint256 sigDeadline)", DETAILS_TYPE)
        );
        bytes memory hashes;
        for (uint256 i = 0; i < given.details.length; i++) hashes = abi.encodePacked(hashes, _hash(given.details[i]));
        _checkSigned(
            keccak256(abi.encode(typeHash, keccak256(hashes), given.spender, given.sigDeadline)), owner, signature
        );
        for (uint256 i = 0; i < given.details.length; i++) _permit(owner, given.spender, given.details[i]);
    }

    function transferFrom(address from, address to, uint160 amount, address token) external {
        _pull(from, to, amount, token);
    }

    function transferFrom(AllowanceTransferDetails[] calldata transfers) external {
        for (uint256 i = 0; i < transfers.length; i++) {
            _pull(transfers[i].from, transfers[i].to, transfers[i].amount, transfers[i].token);
        }
    }

    function lockdown(TokenSpenderPair[] calldata pairs) external {
        for (uint256 i = 0; i < pairs.length; i++) {
            allowance[msg.sender][pairs[i].token][pairs[i].spender].amount = 0;
            emit Lockdown(msg.sender, pairs[i].token, pairs[i].spender);
        }
    }

    function permitTransferFrom(
        PermitTransferFrom calldata given,
        SignatureTransferDetails calldata wanted,
        address owner,
        bytes calldata signature
    ) external {
        bytes32 typeHash = keccak256(
            abi.encodePacked(
                "PermitTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline)",
                PERMISSIONS_TYPE
            )
        );
        _use(owner, given.nonce, given.deadline);
        _checkSigned(
            keccak256(abi.encode(typeHash, _hash(given.permitted), msg.sender, given.nonce, given.deadline)),
            owner,
            signature
        );
        _take(owner, given.permitted, wanted);
    }

    function permitTransferFrom(
        PermitBatchTransferFrom calldata given,
        SignatureTransferDetails[] calldata wanted,
        address owner,
        bytes calldata signature
    ) external {
        bytes32 typeHash = keccak256(
            abi.encodePacked(
                "PermitBatchTransferFrom(TokenPermissions[] permitted,address spender,uint256 nonce,uint256 deadline)",
                PERMISSIONS_TYPE
            )
        );
        bytes memory hashes;
        for (uint256 i = 0; i < given.permitted.length; i++) {
            hashes = abi.encodePacked(hashes, _hash(given.permitted[i]));
        }
        _use(owner, given.nonce, given.deadline);
        _checkSigned(
            keccak256(abi.encode(typeHash, keccak256(hashes), msg.sender, given.nonce, given.deadline)), owner, signature
        );
        require(given.permitted.length == wanted.length, "lengths differ");
        for (uint256 i = 0; i < wanted.length; i++) _take(owner, given.permitted[i], wanted[i]);
    }

    function DOMAIN_SEPARATOR() public view returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,uint256 chainId,address verifyingContract)"),
                keccak256("Permit2"),
                block.chainid,
                address(this)
            )
        );
    }

    function _allow(address owner, address token, address spender, uint160 amount, uint48 expiration) private {
        PackedAllowance storage allowed = allowance[owner][token][spender];
        allowed.amount = amount;
        allowed.expiration = expiration == 0 ? uint48(block.timestamp) : expiration;
        emit Approval(owner, token, spender, amount, expiration);
    }

    function _permit(address owner, address spender, PermitDetails calldata details) private {
        require(allowance[owner][details.token][spender].nonce++ == details.nonce, "bad nonce");
        _allow(owner, details.token, spender, details.amount, details.expiration);
    }

    function _pull(address from, address to, uint160 amount, address token) private {
        PackedAllowance storage allowed = allowance[from][token][msg.sender];
        require(block.timestamp <= allowed.expiration, "expired");
        if (allowed.amount != type(uint160).max) allowed.amount -= amount;
        require(Token(token).transferFrom(from, to, amount), "transfer failed");
    }

    function _use(address owner, uint256 nonce, uint256 deadline) private {
        require(block.timestamp <= deadline, "expired");
        require(!isUsed[owner][nonce], "used");
        isUsed[owner][nonce] = true;
    }

    function _take(address owner, TokenPermissions calldata permitted, SignatureTransferDetails calldata wanted)
        private
    {
        require(wanted.requestedAmount <= permitted.amount, "too much");
        require(Token(permitted.token).transferFrom(owner, wanted.to, wanted.requestedAmount), "transfer failed");
    }

    function _hash(PermitDetails calldata details) private pure returns (bytes32) {
        return keccak256(abi.encode(DETAILS, details.token, details.amount, details.expiration, details.nonce));
    }

    function _hash(TokenPermissions calldata permitted) private pure returns (bytes32) {
        return keccak256(abi.encode(PERMISSIONS, permitted.token, permitted.amount));
    }

    function _checkSigned(bytes32 structHash, address owner, bytes calldata signature) private view {
        require(signature.length == 65 && owner != address(0), "bad signature");
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", DOMAIN_SEPARATOR(), structHash));
        address signer = ecrecover(digest, uint8(signature[64]), bytes32(signature[:32]), bytes32(signature[32:64]));
        require(signer == owner, "bad signature");
    }
}
