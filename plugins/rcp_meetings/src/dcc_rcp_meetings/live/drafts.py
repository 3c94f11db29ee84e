"""What protects a text that the network has not taken yet, on the computer where it was typed.

The page keeps it in the storage of its tab, encrypted (AES-GCM) with a key that only the server
gives, to the same person, while they are signed in. What stays after a sign-out cannot be read.
"""

import base64
import hashlib
import hmac

from dcc_core.api import Page

_PURPOSE = "rcp_meetings/draft/"


def draft_key(page: Page) -> str:
    """Return the key of the visitor's drafts, in base64.

    Derived from the secret of the deployment and the account; where a demonstration has no secret,
    from the session, and a draft then lasts no longer than it.
    """
    secret = page.site.runtime.settings.secret_key
    origin = secret.get_secret_value() if secret else page.visitor.session_key
    message = f"{_PURPOSE}{page.visitor.actor.account_id}".encode()
    return base64.b64encode(hmac.digest(origin.encode(), message, hashlib.sha256)).decode()
