from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from guard.core.features import FeatureKind
from guard.errors import ServiceInvalid
from guard.predict.contract import (
    RouteAnswer,
    RouteRequest,
    UpstreamRequest,
    first_problem,
    read_problem,
    read_route,
)

SENDER = "0x52908400098527886E0F7030069857D2E4169EE7"
RECIPIENT = "0xde709f2102306220921060314715629080e2fb77"
MINIMAL = {"from_address": SENDER, "to_address": RECIPIENT, "transaction_value": 1.5, "gas_price": 20}
VECTOR = [0.0] * 13 + [1.5, 20.0] + [0.0] * 3
ANSWER = {
    "prediction": "Safe",
    "Type": "Safe Transaction",
    "probability": 0.25,
    "source": "external",
    "model": None,
    "features": "contract",
    "request_id": "1",
}


def problem_of(fields: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        RouteRequest.model_validate(fields)
    return first_problem(caught.value)


def test_what_may_be_left_out_becomes_the_sender_false_and_the_contract_vector() -> None:
    assert json.loads(RouteRequest.model_validate(MINIMAL).body()) == {
        "from_address": SENDER,
        "to_address": RECIPIENT,
        "transaction_value": 1.5,
        "gas_price": 20.0,
        "is_contract_interaction": False,
        "acc_holder": SENDER,
        "features": VECTOR,
    }


def test_the_question_to_the_service_has_the_documented_keys_in_the_documented_order() -> None:
    upstream = RouteRequest.model_validate(MINIMAL | {"features": VECTOR}).upstream()
    assert type(upstream) is UpstreamRequest
    assert list(json.loads(upstream.body())) == [
        "from_address",
        "to_address",
        "transaction_value",
        "gas_price",
        "is_contract_interaction",
        "acc_holder",
        "features",
    ]


def test_an_account_vector_goes_through_with_its_token_names() -> None:
    vector = [float(index) for index in range(16)] + ["USDT", ""]
    request = RouteRequest.model_validate(MINIMAL | {"features": vector})
    assert (request.features_kind, json.loads(request.body())["features"]) == (FeatureKind.ACCOUNT, vector)


def test_empty_token_names_still_make_a_contract_vector() -> None:
    request = RouteRequest.model_validate(MINIMAL | {"features": [*VECTOR[:16], "", ""]})
    assert request.features_kind is FeatureKind.CONTRACT


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"features": []}, "features: 0 features were given"),
        ({"features": VECTOR[:17]}, "features: 17 features were given"),
        ({"features": [*VECTOR, 0.0]}, "features: 19 features were given"),
        ({"features": None}, "features: is not a list of 18 features"),
        ({"features": "0" * 18}, "features: is not a list of 18 features"),
        ({"features": [True, *VECTOR[1:]]}, "feature 0 (avg_min_between_sent_tnx) is not a number: bool"),
        ({"features": [None, *VECTOR[1:]]}, "feature 0 (avg_min_between_sent_tnx) is not a number: NoneType"),
        ({"features": ["1", *VECTOR[1:]]}, "feature 0 (avg_min_between_sent_tnx) is not a number: str"),
        ({"features": [[0], *VECTOR[1:]]}, "feature 0 (avg_min_between_sent_tnx) is not a number: list"),
        ({"features": [float("nan"), *VECTOR[1:]]}, "feature 0 (avg_min_between_sent_tnx) is not finite"),
        ({"features": [10**400, *VECTOR[1:]]}, "feature 0 (avg_min_between_sent_tnx) is not finite"),
        ({"features": [0.0] * 18}, "features: number 13 is not the transaction_value"),
        ({"gas_price": 21, "features": VECTOR}, "features: number 14 is not the gas_price"),
        ({"transaction_value": -1}, "transaction_value: "),
        ({"transaction_value": float("inf")}, "transaction_value: "),
        ({"transaction_value": "1"}, "transaction_value: "),
        ({"transaction_value": True}, "transaction_value: "),
        ({"gas_price": None}, "gas_price: "),
        ({"is_contract_interaction": "false"}, "is_contract_interaction: "),
        ({"is_contract_interaction": None}, "is_contract_interaction: "),
        ({"acc_holder": None}, "acc_holder: "),
        ({"acc_holder": "0x1\r\nlevel=INFO verdict=Safe\x1b"}, "acc_holder: not an address: "),
        ({"from_address": "0x52908400098527886E0F7030069857D2E4169Ee7"}, "from_address: the checksum of "),
        ({"to_address": RECIPIENT + " "}, "to_address: not an address: "),
        ({"url": "https://evil.example"}, "url: "),
        ({"__proto__": {}}, "__proto__: "),
    ],
)
def test_a_wrong_field_is_named_and_never_replaced(change: dict[str, Any], problem: str) -> None:
    told = problem_of(MINIMAL | change)
    assert problem in told
    assert told.isprintable()


@pytest.mark.parametrize("name", ["from_address", "to_address", "transaction_value", "gas_price"])
def test_what_may_not_be_left_out_is_named(name: str) -> None:
    fields = {key: value for key, value in MINIMAL.items() if key != name}
    assert problem_of(fields) == f"{name}: Field required"


def test_a_routes_answer_is_read_as_it_stands() -> None:
    assert read_route(json.dumps(ANSWER).encode(), asked=FeatureKind.CONTRACT) == RouteAnswer(
        prediction="Safe",
        Type="Safe Transaction",
        probability=0.25,
        source="external",
        model=None,
        features="contract",
        request_id="1",
    )


@pytest.mark.parametrize(
    "change",
    [
        {"prediction": "Non-Fraud"},
        {"prediction": "safe"},
        {"prediction": "UNKNOWN"},
        {"probability": 1.5},
        {"probability": "0.5"},
        {"probability": True},
        {"source": "elsewhere"},
        {"source": None},
        {"request_id": 1},
        {"features": "account"},
        {"more": 1},
        {"Type": None},
    ],
)
def test_an_answer_that_is_not_the_routes_contract_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ServiceInvalid, match="answered 200 with something that is not its contract: "):
        read_route(json.dumps(ANSWER | change).encode(), asked=FeatureKind.CONTRACT)


@pytest.mark.parametrize("name", list(ANSWER))
def test_an_answer_without_one_of_its_keys_is_refused(name: str) -> None:
    fields = {key: value for key, value in ANSWER.items() if key != name}
    with pytest.raises(ServiceInvalid, match=f"not its contract: {name}: Field required"):
        read_route(json.dumps(fields).encode(), asked=FeatureKind.CONTRACT)


def test_the_services_own_answer_is_not_taken_for_the_routes() -> None:
    with pytest.raises(ServiceInvalid, match="not its contract"):
        read_route(b'{"prediction": "Safe", "Type": "Safe Transaction"}', asked=FeatureKind.CONTRACT)


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b"<html>\x1b[31m", "the service answered 502"),
        (b'{"code": "upstream_invalid"}', "the service answered 502 (upstream_invalid)"),
        (b'{"code": "a b", "detail": "no\\u001b[31m"}', "the service answered 502: no\\x1b[31m"),
        (b'{"code": 1, "detail": ["x"]}', "the service answered 502"),
    ],
)
def test_a_problem_is_told_in_one_escaped_line(body: bytes, line: str) -> None:
    assert read_problem(502, body) == line
