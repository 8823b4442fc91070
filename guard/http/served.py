"""The application as `guard serve` serves it: the route, the page, and on this machine the desk.

What belongs here: which of them are there. What must not: any of their paths.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask

from guard.http.app import create_app
from guard.http.desk import Desk, add_desk
from guard.http.observation import Observer
from guard.http.pages import add_pages, page_folder


def served_app(*, observers: Sequence[Observer], desk: Desk | None) -> Flask:
    """Return the application; raises ConfigurationError for settings or files that cannot be used."""
    app = create_app(observers=observers, has_desk=desk is not None)
    add_pages(app, page_folder())
    if desk is not None:
        add_desk(app, desk)
    return app
