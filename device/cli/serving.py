"""A screen in a browser of the same computer: ``tenge wallet serve``, ``tenge pos serve``.

Each visitor gets a process of its own with the screen in it, which asks for its PIN; what this process knows
of PINs is not passed on. Visitors are taken from this computer alone, and from the page served here alone:
any other page in the same browser could otherwise open the line and type.
"""

import os
import shlex
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from device.cli.opening import usage
from faces.language import label

PAGES: Final = Path(__file__).parent / "pages"
SECRETS: Final = ("TENGE_PIN",)
"""What the environment may hold that no visitor shall profit from."""
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
    "img-src 'self' data:; connect-src 'self' {line}; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)

Host = Annotated[str, typer.Option(help="Address to listen on; this computer alone, unless --outside.")]
Outside = Annotated[bool, typer.Option("--outside", help="Let other computers reach it.")]


def loopback_host(host: str) -> bool:
    """Whether this address is reached from this computer alone."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def serve_screen(words: Sequence[str], title: str, host: str, port: int, *, outside: bool) -> None:
    """Serve ``tenge words`` until the process is told to end; wrong usage for a host that is not loopback."""
    if not loopback_host(host) and not outside:
        raise usage("serve.outside", host=host)
    try:
        import textual_serve  # noqa: F401  # an extra: whoever has no use for it need not have it
    except ImportError as error:
        raise usage("usage.browser-extra") from error
    if not port:
        from device.cli.listening import loopback

        with closing(loopback(0)) as free:
            port = int(free.getsockname()[1])
    for name in SECRETS:
        os.environ.pop(name, None)
    typer.echo(label("serve.ready", url=f"http://{host}:{port}"))
    screen_server(shlex.join([sys.executable, "-m", *words]), title, host, port).serve()


def screen_server(command: str, title: str, host: str, port: int) -> Any:
    """The server of one command's screen: own page, own rules of who may visit."""
    import aiohttp_jinja2
    from aiohttp import web
    from textual_serve.server import Server

    line = f"ws://{host}:{port}"
    hosts = {f"{host}:{port}"} | ({f"localhost:{port}"} if loopback_host(host) else set())

    @web.middleware
    async def from_here(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """A name that only leads here (DNS rebinding) and a page that is not ours are sent away."""
        origin = request.headers.get("Origin")
        if request.headers.get("Host", "").lower() not in hosts:
            raise web.HTTPMisdirectedRequest()
        if request.path == "/ws" and origin not in {f"http://{one}" for one in hosts}:
            raise web.HTTPForbidden()
        return await handler(request)

    async def sealed(_request: web.Request, answer: web.StreamResponse) -> None:
        answer.headers["Content-Security-Policy"] = POLICY.format(line=line)
        answer.headers["X-Content-Type-Options"] = "nosniff"

    class ScreenServer(Server):
        """The library's server with these rules."""

        async def _make_app(self) -> web.Application:
            app: web.Application = await super()._make_app()
            words = {"ended": label("serve.session-ended"), "again": label("serve.again")}
            aiohttp_jinja2.get_env(app).globals.update(words)
            app.middlewares.append(from_here)
            app.on_response_prepare.append(sealed)
            return app

        async def on_startup(self, app: web.Application) -> None:
            """Nothing to announce: the command did."""

        def initialize_logging(self) -> None:
            """Errors go where this program's errors go."""

    return ScreenServer(command, host=host, port=port, title=title, templates_path=PAGES)
