"""What each JSON-RPC method does to an account, by its name: the one table that every door shares.

What belongs here: names. What must not: parameters; `guard.core.rpc_request` reads those, of exactly the
methods in SIGNS_OR_SENDS.

    kind_of(method) -> MethodKind      READS          passes untouched
                                       SIGNS_OR_SENDS reviewed
                                       REFUSED        never let through: it signs, sends or changes something
                                                      in a form that nobody here can read
                                       DEVELOPMENT    changes a test node alone, which holds no money
                                       UNKNOWN        in no table: a door that stands between strangers
                                                      refuses it
    is_named_like_a_read(method)       what a door may let pass of UNKNOWN where it serves its own process

Names are compared as they are: another case, white space, a NUL or a look-alike letter makes an UNKNOWN one.

Sources: https://ethereum.github.io/execution-apis/, https://geth.ethereum.org/docs/interacting-with-geth/rpc,
https://docs.otterscan.io/api-docs/ots-api, https://openethereum.github.io/JSONRPC-trace-module,
https://www.erc4337.io/docs, https://docs.flashbots.net/flashbots-auction/advanced/rpc-endpoint,
https://getfoundry.sh/anvil/reference/, https://hardhat.org/hardhat-network/docs/reference,
https://docs.metamask.io/wallet/reference/json-rpc-methods/
"""

from __future__ import annotations

import re
from enum import Enum


class MethodKind(Enum):
    """What a door does with a method."""

    READS = "reads"
    """It changes nothing and signs nothing."""
    SIGNS_OR_SENDS = "signs or sends"
    """It is understood, and reviewed."""
    REFUSED = "refused"
    """It signs, sends or changes what is not understood here."""
    DEVELOPMENT = "development"
    """It commands a test node: time, balances, mining, impersonation."""
    UNKNOWN = "unknown"
    """No table names it."""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


READS = _names(
    """
    eth_accounts eth_baseFee eth_blobBaseFee eth_blockNumber eth_call eth_callMany eth_capabilities
    eth_chainId eth_coinbase eth_config eth_createAccessList eth_estimateGas eth_feeHistory
    eth_fillTransaction eth_gasPrice eth_getAccount eth_getAccountInfo eth_getBalance
    eth_getBlockAccessList eth_getBlockByHash eth_getBlockByNumber eth_getBlockReceipts
    eth_getBlockTransactionCountByHash eth_getBlockTransactionCountByNumber eth_getBundleStats eth_getCode
    eth_getFilterChanges eth_getFilterLogs eth_getHeaderByHash eth_getHeaderByNumber eth_getLogs
    eth_getProof eth_getRawTransactionByBlockHashAndIndex eth_getRawTransactionByBlockNumberAndIndex
    eth_getRawTransactionByHash eth_getStorageAt eth_getStorageValues
    eth_getTransactionByBlockHashAndIndex eth_getTransactionByBlockNumberAndIndex eth_getTransactionByHash
    eth_getTransactionBySenderAndNonce eth_getTransactionCount eth_getTransactionReceipt
    eth_getUncleByBlockHashAndIndex eth_getUncleByBlockNumberAndIndex eth_getUncleCountByBlockHash
    eth_getUncleCountByBlockNumber eth_getUserOperationByHash eth_getUserOperationReceipt eth_getWork
    eth_hashrate eth_maxPriorityFeePerGas eth_mining eth_newBlockFilter eth_newFilter
    eth_newPendingTransactionFilter eth_pendingTransactions eth_protocolVersion eth_requestAccounts
    eth_simulateV1 eth_subscribe eth_supportedEntryPoints eth_syncing eth_uninstallFilter eth_unsubscribe

    admin_datadir admin_nodeInfo admin_peers net_listening net_peerCount net_version rpc_modules
    web3_clientVersion web3_sha3 txpool_content txpool_contentFrom txpool_inspect txpool_status
    personal_ecRecover personal_listAccounts personal_listWallets wallet_getAssets wallet_getCallsStatus
    wallet_getCapabilities wallet_getPermissions wallet_getSession wallet_getSnaps wallet_showCallsStatus

    debug_accountRange debug_getAccessibleState debug_getBadBlocks debug_getModifiedAccountsByHash
    debug_getModifiedAccountsByNumber debug_getRawBlock debug_getRawHeader debug_getRawReceipts
    debug_getRawTransaction debug_storageRangeAt debug_traceBlock debug_traceBlockByHash
    debug_traceBlockByNumber debug_traceCall debug_traceCallMany debug_traceTransaction trace_block
    trace_call trace_callMany trace_filter trace_get trace_replayBlockTransactions trace_replayTransaction
    trace_transaction ots_getApiLevel ots_getBlockDetails ots_getBlockDetailsByHash
    ots_getBlockTransactions ots_getContractCreator ots_getInternalOperations
    ots_getTransactionBySenderAndNonce ots_getTransactionError ots_hasCode ots_searchTransactionsAfter
    ots_searchTransactionsBefore ots_traceTransaction erigon_blockNumber erigon_forks
    erigon_getBlockByTimestamp erigon_getBlockReceiptsByBlockHash erigon_getHeaderByHash
    erigon_getHeaderByNumber erigon_getLatestLogs erigon_getLogs erigon_getLogsByHash
    flashbots_getBundleStatsV2 flashbots_getUserStatsV2 alchemy_getAssetTransfers
    alchemy_getTokenAllowance alchemy_getTokenBalances alchemy_getTokenMetadata
    alchemy_getTransactionReceipts
    """
)
"""Methods that change nothing: filters and subscriptions are the caller's own."""

SIGNS_OR_SENDS = _names(
    """
    eth_sendTransaction eth_signTransaction eth_sendRawTransaction wallet_sendCalls personal_sign eth_sign
    eth_signTypedData eth_signTypedData_v1 eth_signTypedData_v3 eth_signTypedData_v4
    wallet_signAuthorization
    """
)
"""Methods whose parameters are read in exactly one way, and reviewed."""

REFUSED = _names(
    """
    eth_sendRawTransactionSync eth_sendTransactionSync eth_sendRawTransactionConditional
    eth_sendUnsignedTransaction eth_sendBlobTransaction eth_resend eth_cancelTransaction eth_sendBundle
    eth_sendMegabundle eth_sendEndOfBlockBundle eth_sendShareBundle eth_cancelBundle
    eth_sendPrivateTransaction eth_sendPrivateRawTransaction eth_sendPrivateBundle
    eth_cancelPrivateTransaction eth_estimateUserOperationGas eth_sendUserOperation eth_signUserOperation
    eth_signData eth_decrypt eth_getEncryptionPublicKey eth_submitWork eth_submitHashrate eth_sendSlot
    eth_sendRawTransactions eth_sendSignedTransaction eth_sendBackrunTransaction eth_callBundle
    mev_simBundle trace_rawTransaction mev_sendBundle mev_cancelBundle flashbots_setFeeRefundRecipient
    bor_sendRawTransactionConditional pm_sponsorUserOperation pimlico_sendCompressedUserOperation

    personal_sendTransaction personal_signTransaction personal_signAndSendTransaction
    personal_signTypedData personal_unlockAccount personal_lockAccount personal_importRawKey
    personal_newAccount personal_openWallet personal_initializeWallet personal_deriveAccount
    personal_unpair account_new account_import account_export account_signData account_signGnosisSafeTx
    account_signTransaction account_signTypedData parity_composeTransaction parity_postTransaction
    parity_signMessage

    wallet_sendTransaction wallet_signTransaction wallet_signMessage wallet_sign wallet_prepareCalls
    wallet_sendPreparedCalls wallet_grantPermissions wallet_requestExecutionPermissions
    wallet_revokeExecutionPermission wallet_requestPermissions wallet_revokePermissions
    wallet_createSession wallet_revokeSession wallet_invokeMethod wallet_invokeSnap wallet_invokeKeyring
    wallet_requestSnaps wallet_snap wallet_connect wallet_disconnect wallet_addEthereumChain
    wallet_switchEthereumChain wallet_updateEthereumChain wallet_watchAsset wallet_addSubAccount
    wallet_swapAsset wallet_scanQRCode wallet_registerOnboarding wallet_upgradeAccount

    admin_addPeer admin_addTrustedPeer admin_exportChain admin_importChain admin_removePeer
    admin_removeTrustedPeer admin_startHTTP admin_startRPC admin_startWS admin_stopHTTP admin_stopRPC
    admin_stopWS miner_setEtherbase miner_setExtra miner_setGasLimit miner_setGasPrice miner_start
    miner_stop debug_chaindbCompact debug_freezeClient debug_setGCPercent debug_setHead debug_verbosity
    debug_writeMemProfile clique_discard clique_propose engine_exchangeCapabilities
    engine_forkchoiceUpdatedV1 engine_forkchoiceUpdatedV2 engine_forkchoiceUpdatedV3 engine_newPayloadV1
    engine_newPayloadV2 engine_newPayloadV3 engine_newPayloadV4
    """
)
"""Methods that are known to sign, to send or to change something, and that are not understood. Those that try
signed bytes out are among them: whoever is handed those can send them."""

DEVELOPMENT = _names(
    """
    anvil_addBalance anvil_addBlobs anvil_autoImpersonateAccount anvil_dealERC20 anvil_dropAllTransactions
    anvil_dropTransaction anvil_dumpState anvil_enableTraces anvil_getAutomine anvil_getIntervalMining
    anvil_impersonateAccount anvil_impersonateSignature anvil_increaseTime anvil_loadState anvil_metadata
    anvil_mine anvil_mineDetailed anvil_nodeInfo anvil_removeBlockTimestampInterval
    anvil_removePoolTransactions anvil_reorg anvil_reset anvil_revert anvil_rollback anvil_setAutomine
    anvil_setBalance anvil_setBlockGasLimit anvil_setBlockTimestampInterval anvil_setBlockhash
    anvil_setChainId anvil_setCode anvil_setCoinbase anvil_setERC20Allowance anvil_setIntervalMining
    anvil_setLoggingEnabled anvil_setMinGasPrice anvil_setNextBlockBaseFeePerGas
    anvil_setNextBlockTimestamp anvil_setNonce anvil_setRpcUrl anvil_setStorageAt anvil_setTime
    anvil_snapshot anvil_stopImpersonatingAccount evm_addAccount evm_increaseTime evm_mine
    evm_mine_detailed evm_removeAccount evm_revert evm_reset testing_timeTravel evm_setAccountBalance
    evm_setAccountCode evm_setAccountNonce evm_setAccountStorageAt evm_setAutomine evm_setBlockGasLimit
    evm_setIntervalMining evm_setNextBlockTimestamp evm_setTime evm_snapshot hardhat_addCompilationResult
    hardhat_dropTransaction hardhat_getAutomine hardhat_getStackTraceFailuresCount
    hardhat_impersonateAccount hardhat_intervalMine hardhat_metadata hardhat_mine hardhat_reset
    hardhat_setBalance hardhat_setCode hardhat_setCoinbase hardhat_setLoggingEnabled
    hardhat_setMinGasPrice hardhat_setNextBlockBaseFeePerGas hardhat_setNonce hardhat_setPrevRandao
    hardhat_setStorageAt hardhat_stopImpersonatingAccount
    """
)
"""Commands to a test node (anvil, Hardhat, Ganache). None of them signs or sends; what an impersonated
account then sends goes by eth_sendTransaction, and is reviewed as everybody's."""

_TABLES = {
    **dict.fromkeys(READS, MethodKind.READS),
    **dict.fromkeys(SIGNS_OR_SENDS, MethodKind.SIGNS_OR_SENDS),
    **dict.fromkeys(REFUSED, MethodKind.REFUSED),
    **dict.fromkeys(DEVELOPMENT, MethodKind.DEVELOPMENT),
}
_LIKE_A_READ = re.compile(
    r"(?!.*(Raw|Bundle|Sign|Send))[a-z][a-z0-9]{1,15}_(get|estimate|trace|search|is|has)[A-Z][A-Za-z0-9]{0,60}"
)


def kind_of(method: object) -> MethodKind:
    """Return what the tables say of a method; UNKNOWN for what is no text too."""
    return _TABLES.get(spelled(method), MethodKind.UNKNOWN) if isinstance(method, str) else MethodKind.UNKNOWN


def spelled(method: str) -> str:
    """Return the letters that a node is sent, whatever a subclass of text says it is equal to."""
    return str.__str__(method)


def is_named_like_a_read(method: object) -> bool:
    """Say whether a method that no table names is called as nodes call questions, such as `bor_getAuthor`.

    Good enough inside one process, whose own code asks; no ground for letting a stranger's request through.
    """
    return (
        isinstance(method, str)
        and kind_of(method) is MethodKind.UNKNOWN
        and _LIKE_A_READ.fullmatch(method) is not None
    )
