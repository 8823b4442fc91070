"""The rules, one a file, and the registry of them all.

What belongs here: the registry. A new rule is a new file and one entry; the order changes nothing.
"""

from __future__ import annotations

from guard.core.rules import (
    account_used_elsewhere,
    chain_mismatch,
    deploy_no_code,
    fee_high,
    funds_insufficient,
    gas_insufficient,
    limit_daily,
    limit_per_transaction,
    model_abstained,
    model_fraud,
    model_silent,
    model_suspicious,
    model_unknown,
    model_witnesses,
    payload_undecoded,
    recipient_burn_address,
    recipient_first_time,
    recipient_lookalike,
    recipient_no_code,
    recipient_token_itself,
    recipient_zero_address,
)
from guard.core.rules.rule import Rule

ALL_RULES: tuple[Rule, ...] = (
    account_used_elsewhere.RULE,
    chain_mismatch.RULE,
    deploy_no_code.RULE,
    fee_high.RULE,
    funds_insufficient.RULE,
    gas_insufficient.RULE,
    limit_daily.RULE,
    limit_per_transaction.RULE,
    model_abstained.RULE,
    model_fraud.RULE,
    model_silent.RULE,
    model_suspicious.RULE,
    model_unknown.RULE,
    model_witnesses.RULE,
    payload_undecoded.RULE,
    recipient_burn_address.RULE,
    recipient_first_time.RULE,
    recipient_lookalike.RULE,
    recipient_no_code.RULE,
    recipient_token_itself.RULE,
    recipient_zero_address.RULE,
)
