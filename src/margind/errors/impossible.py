"""What our own control door answers when something cannot be done."""


class Impossible(Exception):
    """A control request that cannot be carried out; nothing has changed.

    `code` is a word for programs (`unknown_account`), the text a sentence for people, `http_status` the
    status that fits.
    """

    def __init__(self, code: str, message: str, http_status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.http_status = http_status
