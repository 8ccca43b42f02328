"""ravine lab."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated, Any

import typer

from ravine.cli.output import plain
from ravine.cli.signals import catch_signals
from ravine.cli.start import prepare

__all__: list[str] = []  # the command line is the interface


def command(
    link: Annotated[
        str | None, typer.Argument(help="A link that somebody shared: the lab begins with its configuration.")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 8765,
    lang: Annotated[str, typer.Option(help="The page's language: en or pl.")] = "en",
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")] = True,
    data: Annotated[Path | None, typer.Option(help="A CSV file to begin with.")] = None,
    target: Annotated[str | None, typer.Option(help="The column of that file to predict.")] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    public: Annotated[
        bool, typer.Option("--public", help="Allow an address that others on the network can reach.")
    ] = False,
) -> None:
    """Open the lab: a live page on which networks learn and update rules race.

    The page is served to this machine alone. Whoever has the address with its token may use it: keep it to yourself.
    What you share is the page's link: it holds the configuration, and whoever gets it opens it in a lab of their own.

    Examples:

    ```
    ravine lab
    ravine lab "http://127.0.0.1:8765/#eyJkYXRhIjp7Im5hbWUiOiJtb29ucyJ9fQ"
    ravine lab --lang pl --data flowers.csv --target species
    ravine lab --host 0.0.0.0 --public --no-browser
    ```
    """
    prepare()
    from ravine.core import RavineError, check_choice
    from ravine.lab import Server, Sessions, configuration_of_link, table_configuration
    from ravine.view import LANGUAGES, translator

    catch_signals()
    check_choice("lab", "language", lang, LANGUAGES)
    if (data is None) != (target is None):
        raise RavineError("lab: --data and --target go together: name the file and the column to predict")
    lab, upload = Sessions(), None
    if data is not None and target is not None:
        try:
            text = data.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise RavineError(f"cannot read {data}: {error}: name a CSV file in UTF-8") from error
        upload = lab.upload(data.name, text, target)
        lab.default = table_configuration(upload)
    if link is not None:
        lab.default = configuration_of_link(link, upload)
    server = Server(lab, host=host, port=port, public=public, language=lang)
    console = plain(wrap=False)
    _ = translator(lang)
    console.print(_("The lab is at {url}").format(url=server.url), markup=False)
    console.print(_("Ctrl-C ends it."), style="dim")
    # The runs end, and what an export has laid down goes, before the process does.
    before = signal.signal(signal.SIGTERM, _terminated)
    try:
        server.run(server.open_browser if browser else lambda: None)
    finally:
        server.close()
        signal.signal(signal.SIGTERM, before)


def _terminated(number: int, frame: Any) -> None:
    raise SystemExit(128 + number)
