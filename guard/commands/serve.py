"""`guard serve`: the HTTP route on this machine.

What belongs here: the command. What must not: the server (`guard.http.serving`) and the route.
"""

from __future__ import annotations

import signal
from types import FrameType

import click

from guard.core.text import escape_untrusted
from guard.errors import ConfigurationError, MissingExtra
from guard.predict.destination import is_loopback


@click.command("serve", short_help="Serve the predict route on this machine.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=8080,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 takes a free one.",
)
def command(host: str, port: int) -> None:
    """Serve POST /api/predict on this machine, until Ctrl-C or SIGTERM.

    Beside it: /api/health, /api/openapi.json and /docs. Each request is a line of JSON on standard error.

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
      guard serve --port 9000
      TXGUARD_UPSTREAM_URL=embedded guard serve
    """
    from guard.http import create_app
    from guard.http.logs import configure_logs

    try:
        from guard.http.serving import Serving
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"guard serve needs {error.name}, which is not installed", hint='pip install "txguard[serve]"'
        ) from error
    configure_logs()
    app = create_app()
    try:
        serving = Serving(app, host=host, port=port)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"cannot listen on {escape_untrusted(host, limit=80)} port {port}",
            hint="choose another --host or --port; the port may be taken",
        ) from error

    def stop(number: int, frame: FrameType | None) -> None:
        serving.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    for url in serving.urls:
        click.echo(f"listening on {url}/api/predict", err=True)
    if not is_loopback(host):
        click.echo("note: whoever reaches this address can use the route, and with it the service", err=True)
    serving.run()
    click.echo("stopped", err=True)
