"""The reference of the commands, from the parser that reads them: Markdown, a section a command."""

import argparse
import re


def commands_page() -> str:
    """Return a section for each command: what it does, how it is called, each of its options."""
    from neuroep.cli.main import parser

    top = parser()
    (commands,) = (a for a in top._actions if isinstance(a, argparse._SubParsersAction))
    return "\n\n".join(section(command) for command in commands.choices.values())


def section(command: argparse.ArgumentParser) -> str:
    """Return the section of one command."""
    parts = [f"## {command.prog}", prose(command.description or "")]
    parts.append(f"```text\n{usage(command)}\n```")
    for group in command._action_groups:
        rows = [row(action) for action in group._group_actions if shown(action)]
        if rows:
            title = (group.title or "").capitalize()
            parts += [f"**{title}**", "\n".join(["| | |", "| --- | --- |", *rows])]
    if command.epilog:
        parts.append(f"```text\n{command.epilog.strip()}\n```")
    return "\n\n".join(part for part in parts if part)


def usage(command: argparse.ArgumentParser) -> str:
    """Return how a command is called, at most 80 characters a line whatever the terminal."""
    formatter = argparse.HelpFormatter(command.prog, width=80)
    formatter.add_usage(command.usage, command._actions, command._mutually_exclusive_groups, "")
    return formatter.format_help().strip()


def shown(action: argparse.Action) -> bool:
    """Return whether --help shows an argument, and not every command has it."""
    return action.help is not argparse.SUPPRESS and action.dest != "help"


def row(action: argparse.Action) -> str:
    """Return the line of one argument."""
    name = action.metavar or "|".join(map(str, action.choices or [])) or action.dest.upper()
    value = " ".join(name) if isinstance(name, tuple) else name
    if action.nargs in ("+", "*"):
        value += " ..."
    called = [f"{flag} {value}" if action.nargs != 0 else flag for flag in action.option_strings]
    spelled = ", ".join(f"`{one}`" for one in called or [value]).replace("|", "\\|")
    return f"| {spelled} | {said(action)} |"


def said(action: argparse.Action) -> str:
    """Return the help of an argument, with what argparse fills in."""
    values = {key: getattr(value, "__name__", value) for key, value in vars(action).items()}
    return prose((action.help or "") % values)


def prose(text: str) -> str:
    """Return text of a parser as one line of Markdown."""
    text = re.sub(r"\s+", " ", text.replace("%%", "%")).strip()
    return re.sub(r"([*_|<\[\]])", r"\\\1", text)
