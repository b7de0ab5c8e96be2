"""The one error that a user's input can cause."""


class InputError(ValueError):
    """Something the user supplied cannot be used.

    The message is one line that names the file (or design) and the field, so that the command
    line can print it as it is and leave with exit code 2.
    """
