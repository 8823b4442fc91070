"""`guard serve`: the HTTP route and the page on this machine.

What belongs here: the command. What must not: the server (`guard.http.serving`) and the route.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING

import click

from guard.core.text import escape_untrusted
from guard.errors import ConfigurationError, MissingExtra
from guard.predict.destination import is_loopback

if TYPE_CHECKING:
    from guard.http.desk import Desk
    from guard.http.serving import Serving

_SPARE_S = 5.0
_METRICS_HOST = "127.0.0.1"


@click.command("serve", short_help="Serve the predict route and the send page on this machine.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=8080,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 takes a free one.",
)
@click.option(
    "--metrics-port",
    type=click.IntRange(0, 65535),
    help="Port on 127.0.0.1 for Prometheus metrics; 0 takes a free one. Without it there are none.",
)
@click.option(
    "--allow-host",
    "allowed",
    multiple=True,
    metavar="NAME",
    help="Answer under this name too (the Host header of a proxy in front); may be given again.",
)
def command(host: str, port: int, metrics_port: int | None, allowed: tuple[str, ...]) -> None:
    """Serve POST /api/predict and the send page on this machine, until Ctrl-C or SIGTERM.

    Beside them: /api/health, /api/openapi.json and /docs. Each request is a line of JSON on standard error.

    On a loopback address, without a proxy in front, the page makes full reviews too, with the node, lists,
    contacts and journal that the wallet's settings name, and answers what `guard approve` would. It does so
    for whoever opens the address that is printed: it holds a token, which is new at each start.

    \b
    Settings, all from the environment:
      TXGUARD_UPSTREAM_URL           the service, or `embedded`
      TXGUARD_UPSTREAM_TIMEOUT_S     seconds for one exchange with it (25)
      TXGUARD_CACHE_TTL_S            seconds an answer is kept (300)
      TXGUARD_RATE_LIMIT             for one caller: 120 (a minute), or 10/s
      TXGUARD_API_KEYS               keys, one of which a caller must show
      TXGUARD_ALLOWED_ORIGINS        origins of pages that may ask
      TXGUARD_CLIENT_ADDRESS_HEADER  where a proxy tells the caller's address

    \b
    Examples:
      guard serve
      ETH_RPC_URL=http://127.0.0.1:8545 guard serve
      guard serve --port 9000 --metrics-port 9464
      TXGUARD_UPSTREAM_URL=embedded guard serve
    """
    with _listening(host, port, metrics_port, allowed) as (serving, opened):

        def stop(number: int, frame: FrameType | None) -> None:
            serving.stop()

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        for url in serving.urls:
            click.echo(f"listening on {url}/api/predict", err=True)
        click.echo(f"the page: {serving.urls[0]}/{opened.fragment}", err=True)
        for note in opened.notes:
            click.echo(f"note: {note}", err=True)
        serving.run()
    click.echo("stopped", err=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """What is served beside the route."""

    desk: Desk | None = None
    """The desk; None on an address that others can reach, or where a part of it is not installed."""
    notes: tuple[str, ...] = ()
    """What there is to say about it."""

    @property
    def fragment(self) -> str:
        """The end of the page's address, which no browser sends anywhere."""
        return "" if self.desk is None else f"#token={self.desk.token}"


@contextlib.contextmanager
def _listening(
    host: str, port: int, metrics_port: int | None, allowed: Sequence[str]
) -> Iterator[tuple[Serving, _Opened]]:
    """Bind the route with the page, and metrics where they are asked for; close the metrics in the end."""
    try:
        from guard.http.metrics import MetricsListener, MetricsObserver
        from guard.http.serving import Serving
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"guard serve needs {error.name}, which is not installed", hint='pip install "txguard[serve]"'
        ) from error
    from guard.http.hosts import allowed_hosts, check_hosts
    from guard.http.logs import LogObserver, configure_logs
    from guard.http.served import served_app
    from guard.predict.settings import read_settings

    configure_logs()
    opened = _opened(host, has_proxy=bool(allowed))
    metrics = None if metrics_port is None else MetricsObserver()
    app = served_app(
        observers=(LogObserver(),) if metrics is None else (LogObserver(), metrics), desk=opened.desk
    )
    # Whoever is being answered when a stop comes is answered.
    longest_stop_s = read_settings(os.environ).upstream_timeout_s + _SPARE_S
    with contextlib.ExitStack() as stack:
        if metrics is not None and metrics_port is not None:
            metrics.watch_in_flight(app)
            with _refused(_METRICS_HOST, metrics_port, "--metrics-port"):
                listener = stack.enter_context(
                    contextlib.closing(MetricsListener(metrics, port=metrics_port))
                )
            click.echo(f"metrics on {listener.url}", err=True)
        with _refused(host, port, "--host or --port"):
            serving = Serving(app, host=host, port=port, longest_stop_s=longest_stop_s)
        names = allowed_hosts(host, int(serving.urls[0].rpartition(":")[2]), allowed)
        if names is not None:
            check_hosts(app, names)
        yield serving, opened


def _opened(host: str, *, has_proxy: bool) -> _Opened:
    """Return the desk of this machine's settings, or why there is none."""
    from guard.desk_wiring import build_desk
    from guard.http.desk import Desk, new_token
    from guard.wiring import read_settings

    if not is_loopback(host) or has_proxy:
        # A token in plain http is anybody's on the way, and what is this machine's own stays on it.
        return _Opened(
            notes=(
                "whoever reaches this address can use the route, and with it the service; the page makes "
                "the smaller check alone",
            )
        )
    smaller = "the page makes the smaller check alone"
    try:
        parts = build_desk(read_settings())
    except MissingExtra as error:
        return _Opened(notes=(f"{smaller}: {error.message} ({error.hint})",))
    desk = Desk(
        token=new_token(),
        questions=parts.questions,
        handover=parts.handover,
        reason=parts.reason,
        chain_id=parts.chain_id,
    )
    return _Opened(desk=desk, notes=() if parts.reason is None else (f"{smaller}: {parts.reason}",))


@contextlib.contextmanager
def _refused(host: str, port: int, options: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"cannot listen on {escape_untrusted(host, limit=80)} port {port}",
            hint=f"choose another {options}; the port may be taken",
        ) from error
