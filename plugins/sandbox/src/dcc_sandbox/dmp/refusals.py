"""The two ways in which the DMP says no."""


class Refused(Exception):
    """A registry error (IHE ITI volume 3, table 4.2.4.1-2): code, and what is wrong."""

    def __init__(self, code: str, context: str) -> None:
        super().__init__(f"{code}: {context}")
        self.code = code
        self.context = context


class Fault(Exception):
    """A SOAP fault: ``Sender`` when the request is wrong, ``Receiver`` when the service fails."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(f"{kind}: {reason}")
        self.kind = kind
        self.reason = reason
