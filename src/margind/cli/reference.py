"""The reference page of the command line, written from the commands themselves."""

from collections.abc import Iterator

import click

from margind.cli.commands import margind

WIDTH = 100


def cli_reference() -> str:
    """Markdown with every command and its help."""
    parts = ["# Command line\n"]
    for path, command in _commands(margind, ("margind",)):
        parts.append(f"{'#' * min(len(path) + 1, 4)} {' '.join(path)}\n")
        parts.append(f"```text\n{help_text(command, path)}\n```\n")
    return "\n".join(parts)


def help_text(command: click.Command, path: tuple[str, ...]) -> str:
    """What `--help` prints for a command, whatever the terminal's width and the environment."""
    names = ["-h", "--help"]
    context = click.Context(
        command,
        info_name=" ".join(path),
        terminal_width=WIDTH,
        max_content_width=WIDTH,
        help_option_names=names,
    )
    return "\n".join(line.rstrip() for line in command.get_help(context).splitlines())


def _commands(
    command: click.Command, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None, "a listed command is there"
            yield from _commands(below, (*path, name))
