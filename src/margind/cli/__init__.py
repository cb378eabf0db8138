"""The command line."""


def main() -> None:
    """Run the command `margind` with the arguments of this process."""
    from margind.cli.commands import margind

    margind(prog_name="margind")
