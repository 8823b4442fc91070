"""The flags that several commands share.

What belongs here: flags, their settings and their help. What must not: how a flag is made, and which setting
wins (`options.py`).
"""

from __future__ import annotations

from pathlib import Path

import click

from guard.core.features import FeatureKind
from guard.core.prediction import Required
from guard.defaults import DEFAULT_CONFIRMATIONS, DEFAULT_RECEIPT_TIMEOUT_S, DEFAULT_TIMEOUT_S
from guard.history_wiring import DEFAULT_RATE, MAX_RATE, SOURCES
from wallet.options import SIGNER_TIMEOUT_S, ChainId, Seconds, WholeNumber, combine, option

output_options = combine(
    option("--json", "as_json", is_flag=True, help="One object on standard output, errors included."),
    option("-q", "--quiet", is_flag=True, help="Say nothing but the result and errors."),
    option("-v", "--verbose", is_flag=True, help="Show the facts behind every finding."),
)

node_option = option("--rpc-url", setting="rpc_url", metavar="URL", help="The Ethereum node to ask.")

keystore_dir_option = option(
    "--keystore-dir", setting="keystore_dir", type=click.Path(path_type=Path), help="The folder of key files."
)

account_options = combine(
    option("--account", setting="account", metavar="NAME", help="The account that pays, by its name."),
    option(
        "--keystore",
        setting="keystore",
        type=click.Path(path_type=Path),
        help="The key file of the account that pays, instead of --account.",
    ),
    keystore_dir_option,
    option("--from", "sender", setting="sender", metavar="ADDRESS", help="The address that pays."),
)

signing_options = combine(
    option(
        "--password-file",
        setting="password_file",
        type=click.Path(path_type=Path),
        help="A file (mode 0600) or a descriptor (/dev/fd/N) that holds the password, instead of a prompt.",
    ),
    option(
        "--signer",
        setting="signer",
        metavar="URL",
        help="A program that signs, instead of a key file: clef+http://…, clef+unix:///…/clef.ipc or "
        "web3signer+http://…; with --from, and without a password.",
    ),
    option(
        "--signer-timeout",
        setting="signer_timeout",
        type=Seconds(min=0.1, max=3600),
        default=SIGNER_TIMEOUT_S,
        show_default=True,
        help="Seconds to wait for --signer, where a person may have to approve.",
    ),
)

transaction_options = combine(
    option(
        "--chain", setting="chain", type=ChainId(), metavar="ID", help="The chain id; the node's if left out."
    ),
    option("--nonce", type=WholeNumber(), help="The nonce; the node's next if left out."),
    option(
        "--gas-limit",
        setting="gas_limit",
        type=WholeNumber(),
        help="Units of gas; estimated if left out.",
    ),
    option("--gas-price", setting="gas_price", metavar="AMOUNT", help="The most a unit of gas may cost."),
    option(
        "--priority-gas-price",
        setting="priority_gas_price",
        metavar="AMOUNT",
        help="The proposer's part of it; alone, it takes the place of the one that the node suggests.",
    ),
    option("--legacy", is_flag=True, help="Pay for gas by a single price (type 0)."),
)

payment_options = combine(
    option("--value", metavar="AMOUNT", help="How much: 0.1ether, 5gwei, 1wei; a bare integer means wei."),
    option("--data", metavar="0x…", help="Calldata."),
    option(
        "--call", "signature", metavar="SIGNATURE", help='Build calldata: "transfer(address,uint256)" ARG…'
    ),
    transaction_options,
)

guard_options = combine(
    option(
        "--predict-url",
        setting="predict_url",
        metavar="URL|embedded",
        help="The predict route to ask, or the shipped model; left out, the route's code runs here.",
    ),
    option(
        "--predict-timeout",
        setting="predict_timeout",
        type=Seconds(min=0.1, max=3600),
        default=DEFAULT_TIMEOUT_S,
        show_default=True,
        help="Seconds to wait for all evidence together.",
    ),
    option(
        "--predict-key-file",
        setting="predict_key_file",
        type=click.Path(path_type=Path),
        help="A file with the key that the predict route asks for.",
    ),
    option(
        "--policy",
        setting="policy",
        type=click.Path(path_type=Path),
        help="The policy file, or one of personal, treasury, agent.",
    ),
    option(
        "--predictors",
        "predict_predictors",
        setting="predict.predictors",
        metavar="NAMES",
        help="The witnesses to ask: external, embedded, or external,embedded.",
    ),
    option(
        "--predict-require",
        setting="predict.require",
        type=click.Choice([required.value for required in Required]),
        default=Required.ANY.value,
        show_default=True,
        help="Of two witnesses, whose silence leaves no verdict.",
    ),
    option(
        "--predict-features",
        setting="predict.features",
        type=click.Choice([kind.value for kind in FeatureKind]),
        default=FeatureKind.CONTRACT.value,
        show_default=True,
        help="What the external service is asked about: this payment, or the recipient's history.",
    ),
    option(
        "--history-source",
        setting="history.source",
        type=click.Choice(SOURCES),
        default="auto",
        show_default=True,
        help="Where accounts' histories come from.",
    ),
    option(
        "--history-url", setting="history.url", metavar="URL", help="The API of an explorer to ask for them."
    ),
    option(
        "--history-chain-id",
        "history_chain_id",
        setting="history.chain_id",
        type=WholeNumber(),
        help="The chain that the explorer serves.",
    ),
    option(
        "--history-rate",
        setting="history.rate",
        type=click.FloatRange(min=0, min_open=True, max=MAX_RATE),
        default=DEFAULT_RATE,
        show_default=True,
        help="Questions to the explorer a second.",
    ),
    option(
        "--history-api-key-file",
        setting="history.api_key_file",
        type=click.Path(path_type=Path),
        help="A file (mode 0600) that holds the explorer's key.",
    ),
)


waiting_options = combine(
    option("--async", "no_wait", is_flag=True, help="Do not wait for a block."),
    option(
        "--receipt-timeout",
        setting="receipt_timeout",
        type=Seconds(min=0.1),
        default=DEFAULT_RECEIPT_TIMEOUT_S,
        show_default=True,
        help="Seconds to wait for a block.",
    ),
    option(
        "--confirmations",
        setting="confirmations",
        type=click.IntRange(1, 10_000),
        default=DEFAULT_CONFIRMATIONS,
        show_default=True,
        help="Blocks, its own included, after which an end is final.",
    ),
)

answer_options = combine(
    option("-y", "--yes", is_flag=True, help="Answer the ordinary question; never a warning or a block."),
    option("--no-input", is_flag=True, help="Ask nothing, as if no terminal were there."),
)

content_options = combine(
    option(
        "--chain", setting="chain", type=ChainId(), metavar="ID", help="The chain id; the node's if left out."
    ),
    option("--dry-run", is_flag=True, help="The verdict only; nothing is asked or signed."),
)

replacement_options = combine(
    option("--account", setting="account", metavar="NAME", help="The account that signed, by its name."),
    option(
        "--keystore",
        setting="keystore",
        type=click.Path(path_type=Path),
        help="The key file of the account that signed, instead of --account.",
    ),
    keystore_dir_option,
    node_option,
    guard_options,
    signing_options,
    waiting_options,
    answer_options,
)
