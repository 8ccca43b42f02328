"""Links that hold a configuration, as the page writes them: behind the "#", base64url of compact JSON."""

from __future__ import annotations

import base64
import binascii

from ravine.core import RavineError
from ravine.lab._configuration import Configuration, configuration
from ravine.lab.limits import LIMITS
from ravine.lab.requests import decoded
from ravine.lab.uploads import Upload

__all__ = ["configuration_of_link", "link_of"]


def link_of(made: Configuration, origin: str = "http://127.0.0.1:8765") -> str:
    """The link that opens *made* in the lab at *origin*; `configuration_of_link` reads it whatever the origin.

    >>> configuration_of_link(link_of(Configuration(seed=3))).seed
    3
    """
    text = made.model_dump_json().encode()
    return f"{origin}/#{base64.urlsafe_b64encode(text).decode().rstrip('=')}"


def configuration_of_link(link: str, upload: Upload | None = None) -> Configuration:
    """The configuration in *link*, a whole address or what stands behind its "#".

    A link holds no table: where its data are one, *upload* is taken in its place.

    >>> configuration_of_link("http://127.0.0.1:8765/?lang=pl#eyJkYXRhIjp7Im5hbWUiOiJtb29ucyJ9fQ").data.name
    'moons'
    >>> configuration_of_link("http://127.0.0.1:8765/")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: link: no configuration can be read from it: copy the whole link once more
    """
    text = link.strip().rpartition("#")[2]
    unreadable = RavineError("link: no configuration can be read from it: copy the whole link once more")
    if len(text) > 2 * LIMITS.body:
        raise unreadable
    try:
        values = decoded(base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        # A RavineError is a ValueError: what is no JSON ends here, too.
        raise unreadable from error
    made = configuration(values)
    own = made.data.name.startswith("upload:")
    if own and upload is None:
        raise RavineError(
            "link: the link's data are a table, which a link does not hold: bring it again with --data and --target"
        )
    if upload is None:
        return made
    if not own:
        raise RavineError(
            f"link: the link's data are {made.data.name!r}, and no table of your own: leave --data and --target out"
        )
    return made.model_copy(update={"data": made.data.model_copy(update={"name": f"upload:{upload.id}"})})
