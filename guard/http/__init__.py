"""The HTTP route `POST /api/predict` as a Flask application, used by `api/predict.py` and by `guard serve`.

What belongs here: HTTP: bodies, statuses, headers, problems. What must not: asking a witness
(`guard.predict`), and anything that loads web3.
"""

from guard.http.app import create_app

__all__ = ["create_app"]
