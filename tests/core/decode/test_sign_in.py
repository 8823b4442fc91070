from __future__ import annotations

import pytest

from guard.core.decode.sign_in import SignIn, read_sign_in

FIRST = "shop.example wants you to sign in with your Ethereum account:"

# https://eips.ethereum.org/EIPS/eip-4361, its example with another site
WHOLE = f"""{FIRST}
0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2

I accept the terms of service: https://shop.example/tos

URI: https://shop.example/login
Version: 1
Chain ID: 1
Nonce: 32891756
Issued At: 2021-09-30T16:25:24Z"""


@pytest.mark.parametrize(
    ("text", "sign_in"),
    [
        (WHOLE, SignIn(domain="shop.example", chain_id=1)),
        ("https://" + WHOLE, SignIn(domain="shop.example", chain_id=1)),
        (
            FIRST.replace("shop.example", "shop.example:8080"),
            SignIn(domain="shop.example:8080", chain_id=None),
        ),
        (FIRST.replace("shop", "sh\u202eop"), SignIn(domain="sh\\u202eop.example", chain_id=None)),
        (f"{FIRST}\nChain ID: 1\nChain ID: 2", SignIn(domain="shop.example", chain_id=None)),
        (f"{FIRST}\nChain ID: 01", SignIn(domain="shop.example", chain_id=None)),
        (f"{FIRST}\nhere the text departs from the form", SignIn(domain="shop.example", chain_id=None)),
        (f"Hello!\n{WHOLE}", None),
        (" " + FIRST, None),
        (FIRST.replace(" wants", "  wants"), None),
        (FIRST.removesuffix(":"), None),
        (FIRST.replace("shop.example", "shop.example/path"), None),
        (FIRST.replace("shop.example", ""), None),
        ("", None),
    ],
)
def test_the_first_line_tells_a_sign_in_text(text: str, sign_in: SignIn | None) -> None:
    assert read_sign_in(text) == sign_in
