"""The wire: what the service is asked, what our route takes and what it answers.

What belongs here: the shapes of both contracts and the reading of our own route's answers. What must not:
the network, Flask, and the reading of the service's answers (`reading.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from guard.core.address import Address
from guard.core.features import (
    FEATURE_COUNT,
    FEATURE_NAMES,
    GAS_PRICE_INDEX,
    TOKEN_FEATURE_NAMES,
    VALUE_INDEX,
    Feature,
    FeatureKind,
    FeatureVector,
    check_features,
    contract_vector,
    feature_kind,
)
from guard.core.prediction import PredictionClass, PredictionSource
from guard.core.strict_json import parse_object
from guard.core.text import escape_untrusted
from guard.errors import GuardError, InvalidJson, ServiceInvalid

UNSAFE_TEXT: Final = "Unsafe Transaction"
SAFE_TEXT: Final = "Safe Transaction"

ROUTE_WORDS: Final[Mapping[PredictionClass, Literal["Fraud", "Suspicious", "Safe", "Abstained"]]] = {
    PredictionClass.FRAUD: "Fraud",
    PredictionClass.SUSPICIOUS: "Suspicious",
    PredictionClass.SAFE: "Safe",
    PredictionClass.ABSTAINED: "Abstained",
}
"""How our route says each class; UNKNOWN has no word, for it is never a 200."""

_CODE = re.compile(r"[a-z_]{1,40}")


def _checked_address(text: str) -> Address:
    try:
        return Address.parse(text)
    except GuardError as error:
        raise PydanticCustomError("address", "{problem}", {"problem": error.message}) from error


def _checked_features(features: object) -> FeatureVector:
    if not isinstance(features, list | tuple):
        raise PydanticCustomError("features", "is not a list of 18 features")
    try:
        return check_features(features)
    except GuardError as error:
        raise PydanticCustomError("features", "{problem}", {"problem": error.message}) from error


WireAddress = Annotated[
    str,
    AfterValidator(_checked_address),
    WithJsonSchema({"type": "string", "pattern": "^0x[0-9a-fA-F]{40}$"}),
]
WireFeatures = Annotated[
    tuple[Feature, ...],
    BeforeValidator(_checked_features),
    WithJsonSchema(
        {
            "type": "array",
            "prefixItems": [
                {"type": ["number", "string"] if name in TOKEN_FEATURE_NAMES else "number"}
                for name in FEATURE_NAMES
            ],
            "minItems": FEATURE_COUNT,
            "maxItems": FEATURE_COUNT,
        }
    ),
]


def _without_negative_zero(number: float) -> float:
    return number + 0.0


WireAmount = Annotated[float, Field(ge=0), AfterValidator(_without_negative_zero)]


class _WireModel(BaseModel):
    """Strict, closed and frozen: nothing is converted, nothing unknown is let through."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, frozen=True)


class UpstreamRequest(_WireModel):
    """The body that the external service documents: these seven keys, in this order, and no others."""

    from_address: WireAddress
    """Who pays: 0x and 40 hex digits; the EIP-55 checksum is verified when the case is mixed."""
    to_address: WireAddress
    """Who is paid or called: an address as above."""
    transaction_value: WireAmount
    """Native value, ether."""
    gas_price: WireAmount
    """Gas price, or `maxFeePerGas`, gwei."""
    is_contract_interaction: bool
    """Whether the transaction carries calldata."""
    acc_holder: WireAddress
    """Whose account it is; the service documents it as the sender again."""
    features: WireFeatures
    """18 features: 16 numbers, then 2 numbers or token names."""

    @model_validator(mode="after")
    def _contract_vector_agrees(self) -> UpstreamRequest:
        """Two truths about one amount are none: a contract vector repeats the value and the gas price."""
        if self.features_kind is FeatureKind.CONTRACT:
            for index, name in ((VALUE_INDEX, "transaction_value"), (GAS_PRICE_INDEX, "gas_price")):
                if self.features[index] != getattr(self, name):
                    raise PydanticCustomError("features", f"features: number {index} is not the {name}")
        return self

    @property
    def features_kind(self) -> FeatureKind:
        """Which of the two vectors this is, inferred from its zeros."""
        return feature_kind(self.features)

    def body(self) -> bytes:
        """Return the body as it goes onto the wire."""
        return json.dumps(self.model_dump(mode="json"), allow_nan=False).encode()


class RouteRequest(UpstreamRequest):
    """What our route takes: the service's format, where the last three may be left out.

    Left out, they are false, the sender, and the contract vector. `null` is not left out.
    """

    is_contract_interaction: bool = False
    acc_holder: WireAddress = Field(default_factory=lambda given: given.get("from_address", ""))
    features: WireFeatures = Field(
        default_factory=lambda given: contract_vector(
            given.get("transaction_value", 0.0), given.get("gas_price", 0.0)
        )
    )

    def upstream(self) -> UpstreamRequest:
        """Return the documented question, of allow-listed fields alone, in its one spelling.

        A contract vector may be given with 0 or with an empty string in its token places. They say the same,
        and a service that stores what it is asked must not be asked it twice.
        """
        fields = {name: getattr(self, name) for name in UpstreamRequest.model_fields}
        if self.features_kind is FeatureKind.CONTRACT:
            fields["features"] = contract_vector(self.transaction_value, self.gas_price)
        return UpstreamRequest(**fields)


class RouteAnswer(_WireModel):
    """What our route answers with status 200."""

    prediction: Literal["Fraud", "Suspicious", "Safe", "Abstained"]
    """What the witness said, in the route's words."""
    Type: str
    """The witness's own text, escaped and cut at 512 characters, or one of the two documented texts."""
    probability: float | None = Field(ge=0, le=1)
    """Probability of fraud; null where it cannot be told."""
    source: Literal["external", "embedded", "cache"]
    """Which witness spoke."""
    model: str | None
    """The model's name and version, where the witness tells it."""
    features: Literal["contract", "account"]
    """Which vector was asked about."""
    request_id: str
    """The route's own number of this request."""

    @property
    def prediction_class(self) -> PredictionClass:
        """The class behind the word."""
        return next(kind for kind, word in ROUTE_WORDS.items() if word == self.prediction)

    @property
    def prediction_source(self) -> PredictionSource:
        """The source behind the word."""
        return PredictionSource(self.source)


def read_route(body: bytes, *, asked: FeatureKind) -> RouteAnswer:
    """Read the body of a 200 of our own route, to a question with a vector of the kind `asked`.

    Raises ServiceInvalid for anything that is not exactly the route's contract, an answer about the other
    vector included.
    """
    try:
        answer = RouteAnswer.model_validate(parse_object(body))
    except InvalidJson as error:
        raise _not_its_contract(error.message) from error
    except ValidationError as error:
        raise _not_its_contract(first_problem(error)) from error
    if answer.features != asked.value:
        raise _not_its_contract(f"it speaks of the {answer.features} vector")
    return answer


def _not_its_contract(problem: str) -> ServiceInvalid:
    return ServiceInvalid(f"the service answered 200 with something that is not its contract: {problem}")


def read_problem(status: int, body: bytes) -> str:
    """Return what a route's answer other than 200 says, as one escaped line; its body may be anything."""
    line = f"the service answered {status}"
    try:
        problem: Mapping[str, Any] = parse_object(body)
    except InvalidJson:
        return line
    code, detail = problem.get("code"), problem.get("detail")
    if isinstance(code, str) and _CODE.fullmatch(code):
        line += f" ({code})"
    if isinstance(detail, str) and detail:
        line += f": {escape_untrusted(detail, limit=200)}"
    return line


def first_problem(error: ValidationError) -> str:
    """Return the first thing that is wrong, as one escaped line that begins with the field's name."""
    # The default of a field that depends on a wrong one is not filled in; that alone says nothing new.
    problems = [item for item in error.errors() if item["type"] != "default_factory_not_called"]
    first = problems[0]
    field = ".".join(str(part) for part in first["loc"])
    line = f"{field}: {first['msg']}" if field else first["msg"]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return escape_untrusted(line, limit=300) + more
