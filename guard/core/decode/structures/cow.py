"""CoW Protocol: an order that solvers carry out, https://github.com/cowprotocol/contracts (GPv2Order.sol)"""

from __future__ import annotations

from guard.core.decode.structures.structure import Signing, Structure, coin, someone
from guard.core.intent import Intent, Order, Payout


def _order(signing: Signing) -> Intent:
    message = signing.message
    # The fee is taken on top of what is sold; of a purchase the amount sold is the most that is.
    sold = message["sellAmount"] + message["feeAmount"]
    recipient = someone(message["receiver"]) or signing.signer
    bought = coin(message["buyToken"], message["buyAmount"])
    return Order(
        market=signing.domain.verifying_contract,
        offerer=signing.signer,
        gives=(coin(message["sellToken"], sold),),
        payouts=(Payout(asset=bought, recipient=recipient),),
        taker=None,
        expires_at=message["validTo"],
        form="cow",
    )


STRUCTURES = (
    Structure(
        "d5a25ba2e97094ad7d83dc28a6572da797d6b3e7fc6663bd93efb789fc17e489",
        "Order(address sellToken,address buyToken,address receiver,uint256 sellAmount,uint256 buyAmount,"
        "uint32 validTo,bytes32 appData,uint256 feeAmount,string kind,bool partiallyFillable,"
        "string sellTokenBalance,string buyTokenBalance)",
        _order,
    ),
)
