// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Collection} from "./Collection.sol";

/// Stands for Seaport 1.5: it fills an order that its offerer signed, on exactly the terms that were signed. Only
/// whole orders of ERC-721 items for ether are known; counters, zones and conduits are signed and not obeyed.
contract Market {
    struct OfferItem {
        uint8 itemType;
        address token;
        uint256 identifierOrCriteria;
        uint256 startAmount;
        uint256 endAmount;
    }

    struct ConsiderationItem {
        uint8 itemType;
        address token;
        uint256 identifierOrCriteria;
        uint256 startAmount;
        uint256 endAmount;
        address payable recipient;
    }

    struct OrderParameters {
        address offerer;
        address zone;
        OfferItem[] offer;
        ConsiderationItem[] consideration;
        uint8 orderType;
        uint256 startTime;
        uint256 endTime;
        bytes32 zoneHash;
        uint256 salt;
        bytes32 conduitKey;
        uint256 totalOriginalConsiderationItems;
    }

    struct Order {
        OrderParameters parameters;
        bytes signature;
    }

    string private constant OFFER_TYPE =
        "OfferItem(uint8 itemType,address token,uint256 identifierOrCriteria,uint256 startAmount,uint256 endAmount)";
    string private constant CONSIDERATION_TYPE =
        "ConsiderationItem(uint8 itemType,address token,uint256 identifierOrCriteria,uint256 startAmount,uint256 endAmount,address recipient)";
    string private constant ORDER_TYPE =
        "OrderComponents(address offerer,address zone,OfferItem[] offer,ConsiderationItem[] consideration,uint8 orderType,uint256 startTime,uint256 endTime,bytes32 zoneHash,uint256 salt,bytes32 conduitKey,uint256 counter)";

    mapping(address => uint256) public getCounter;
    mapping(bytes32 => bool) public isFilled;

    function fulfillOrder(Order calldata order, bytes32) external payable returns (bool) {
        OrderParameters calldata terms = order.parameters;
        require(block.timestamp >= terms.startTime && block.timestamp < terms.endTime, "not open");
        bytes32 orderHash = _hash(terms);
        require(!isFilled[orderHash], "filled");
        isFilled[orderHash] = true;
        _checkSigned(orderHash, terms.offerer, order.signature);
        uint256 left = msg.value;
        for (uint256 i = 0; i < terms.consideration.length; i++) {
            require(terms.consideration[i].itemType == 0, "ether only");
            left -= terms.consideration[i].startAmount;
            (bool done,) = terms.consideration[i].recipient.call{value: terms.consideration[i].startAmount}("");
            require(done, "not paid");
        }
        require(left == 0, "too much ether");
        for (uint256 i = 0; i < terms.offer.length; i++) {
            require(terms.offer[i].itemType == 2, "ERC-721 only");
            Collection(terms.offer[i].token).transferFrom(
                terms.offerer, msg.sender, terms.offer[i].identifierOrCriteria
            );
        }
        return true;
    }

    function _hash(OrderParameters calldata terms) private view returns (bytes32) {
        bytes memory offers;
        for (uint256 i = 0; i < terms.offer.length; i++) {
            offers = abi.encodePacked(offers, keccak256(abi.encode(keccak256(bytes(OFFER_TYPE)), terms.offer[i])));
        }
        bytes memory payments;
        for (uint256 i = 0; i < terms.consideration.length; i++) {
            payments = abi.encodePacked(
                payments, keccak256(abi.encode(keccak256(bytes(CONSIDERATION_TYPE)), terms.consideration[i]))
            );
        }
        return keccak256(
            bytes.concat(
                abi.encode(
                    keccak256(abi.encodePacked(ORDER_TYPE, CONSIDERATION_TYPE, OFFER_TYPE)),
                    terms.offerer,
                    terms.zone,
                    keccak256(offers),
                    keccak256(payments),
                    terms.orderType
                ),
                abi.encode(
                    terms.startTime,
                    terms.endTime,
                    terms.zoneHash,
                    terms.salt,
                    terms.conduitKey,
                    getCounter[terms.offerer]
                )
            )
        );
    }

    function _checkSigned(bytes32 orderHash, address offerer, bytes calldata signature) private view {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Seaport"),
                keccak256("1.5"),
                block.chainid,
                address(this)
            )
        );
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", domain, orderHash));
        require(signature.length == 65 && offerer != address(0), "bad signature");
        address signer = ecrecover(digest, uint8(signature[64]), bytes32(signature[:32]), bytes32(signature[32:64]));
        require(signer == offerer, "bad signature");
    }
}
