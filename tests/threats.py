"""What must come out of each attack on the route (A) and on its client (B), by the number that tests name.

A test about a line begins its docstring with the number, such as "A3 A4: ..."; `test_threats.py` sees that no
line is without one.
"""

from __future__ import annotations

LINES = {
    "A1": "a good question is a 200 of exactly the documented keys; the service is asked once",
    "A2": "what is no JSON object is 400 with a fixed code and no parser's text; the service is not asked",
    "A3": "a length that is absent, wrong, or larger than what comes ends in 411, 400 or a closed connection",
    "A4": "a body above 64 KiB, chunked or not, is 413 without reading the rest",
    "A5": "another number of features than 18 is 422 and never filled up",
    "A6": "a feature that is no finite number is refused, never converted",
    "A7": "a key of the caller's own is refused and moves nothing",
    "A8": "no target and no header moves the question to another host",
    "A9": "another method is 405 with Allow; no origin is allowed that the settings do not name",
    "A10": "a redirecting service is 502, and the second host gets no byte",
    "A11": "a dripping service is 504 soon after the deadline, which is one for the whole exchange",
    "A12": "an encoded or endless answer is 502, inflates nothing, and costs at most 32 MiB",
    "A13": "any other nonsense of the service is 502, and none of its text is passed on",
    "A14": "a hundred calls into a cold start: few connections, the others told when to come back, all ended",
    "A15": "depth, long numbers, lone surrogates and other encodings are 400, and the process lives",
    "A16": "a forged field is one escaped line in the answer and nothing in the log",
    "A17": "every answer is JSON, nosniff and no-store; a problem tells a number and no more",
    "B1": "Fraud in any case and with white space around it is FRAUD",
    "B2": "look-alike letters, invisible ones, other words and other types are UNKNOWN",
    "B3": "Non-Fraud with Mildly Unsafe is SUSPICIOUS, and its confidence is the probability of fraud",
    "B4": "Non-Fraud with a safe text is SAFE, below 50 % SUSPICIOUS",
    "B5": "a confidence in any other form is unknown, and the prediction still counts",
    "B6": "type or Type alone is enough; with neither, Non-Fraud is SUSPICIOUS",
    "B7": "a key that is given twice is UNKNOWN, in either order",
    "B8": "a long silence is waited through with one question, told, and can be left with nothing signed",
    "B9": "a refused connection is tried again; once a byte of the question has left, never",
    "B10": "drips and floods end by the deadline and cost at most 32 MiB",
    "B11": "no certificate but a right one, no plain http beyond loopback, nothing that turns this off",
    "B12": "proxies, .netrc and key logs of the environment are ignored; no Authorization is sent",
    "B13": "whatever the service writes is one escaped line of at most 512 characters",
    "B14": "an answer is reused for exactly the same question, and an error is never kept",
}
