"""Groups of commands: one that loads a command only when it is asked for, one that has a usual command."""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches

import click
from click.shell_completion import CompletionItem

Loader = Callable[[], click.Command]
"""Imports a command. Its name is the command's, its docstring the one line that `--help` shows."""


class LazyGroup(click.Group):
    """Commands in sections. Naming them all imports none of them, so `--help` answers at once."""

    def __init__(self, sections: Mapping[str, Sequence[Loader]], name: str, help: str) -> None:  # noqa: A002 - click's own word
        super().__init__(
            name, help=help, no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]}
        )
        self.sections = sections
        self.loaders = {loader.__name__: loader for loaders in sections.values() for loader in loaders}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the help."""
        return list(self.loaders)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name, imported now."""
        loader = self.loaders.get(cmd_name)
        return None if loader is None else loader()

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments name; for a misspelled one, what it may have been."""
        name = args[0]
        if name not in self.loaders and not name.startswith("-") and not ctx.resilient_parsing:
            meant = get_close_matches(name, self.loaders, n=1)
            hint = f" Did you mean '{meant[0]}'?" if meant else ""
            raise click.UsageError(f"No such command '{name}'.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections, every column of commands equally wide."""
        widest = max(map(len, self.loaders))
        for title, loaders in self.sections.items():
            with formatter.section(title):
                formatter.write_dl(
                    [(loader.__name__.ljust(widest), (loader.__doc__ or "").strip()) for loader in loaders]
                )


class UsualGroup(click.Group):
    """Commands of which one, `usual`, is meant when none is named: `margind price BTCUSDT` shows a price."""

    usual = "show"

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the usual command before arguments that name none; the tab key may still go on to any."""
        if ctx.resilient_parsing and not args:
            return super().parse_args(ctx, args)
        if not (args and (args[0] in self.commands or args[0] in ctx.help_option_names)):
            args = [self.usual, *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands, and what the usual one would take in their place."""
        usual = self.commands[self.usual]
        with usual.make_context(self.usual, [], parent=ctx, resilient_parsing=True) as inner:
            first = next((param for param in usual.params if isinstance(param, click.Argument)), None)
            taken = usual.shell_complete(inner, incomplete)
            if first is not None and not incomplete.startswith("-"):
                taken += first.shell_complete(inner, incomplete)
        return [*super().shell_complete(ctx, incomplete), *taken]
