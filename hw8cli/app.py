"""The commands. Parts are found by file name; a solver is imported only when its command runs."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from problems import parts
from problems.part import InputError, Part
from problems.source import Option, options, question

if TYPE_CHECKING:  # reading about commands needs no page
    from .page import Page

PARTS = parts()
NAMES = {name: part for part in PARTS.values() for name in (part.id, part.command)}
PROBLEMS = {
    "1": "State-space convolution kernels",
    "2": "State-space model in code",
    "3": "Self-supervised linear purification",
    "4": "Ridge attention",
}
STREAMED = ("2", "4f")  # parts that also run from npy files to an npy file, longer than memory
STREAMING = {  # by which options; without a metavar it is a flag
    "output": (
        "--output",
        "PATH.npy",
        "read npy files piece by piece, in flat memory, and write the output here",
    ),
    "input": ("--input", "PATH.npy", "with --output: the file of u; --u @u.npy says the same"),
    "from_state": (
        "--from-state",
        "PATH.npz",
        "with --output: begin from the state that --to-state wrote",
    ),
    "to_state": (
        "--to-state",
        "PATH.npz",
        "with --output: write the state after the last position here",
    ),
    "resume": ("--resume", "", "with --output: go on where an interrupted run stopped"),
    "force": ("--force", "", "with --output: replace what is there, and start anew"),
}
Format = StrEnum("Format", ["table", "json", "markdown", "latex"])
SuiteFormat = StrEnum("SuiteFormat", ["table", "json", "markdown", "latex", "junit", "github"])
Style = Annotated[Format, typer.Option("--format", help="how to write it")]


class PartGroup(TyperGroup):
    """Lists parts by their titles; a part's command is built from its `solve` when asked for."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in NAMES:
            return super().get_command(ctx, cmd_name)
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        part = NAMES[cmd_name]
        set_out = ("\b\n" if "\n" in p or p.startswith(" ") else "" for p in question(part))
        words = "\n\n".join(mark + p for mark, p in zip(set_out, question(part), strict=True))
        app.command(cmd_name, help=words)(part_command(part))
        return typer.main.get_command(app)

    def list_commands(self, ctx: Any) -> list[str]:
        return [*(part.command for part in PARTS.values()), *super().list_commands(ctx)]

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        for number, title in PROBLEMS.items():
            with formatter.section(f"Problem {number}: {title}"):
                formatter.write_dl(
                    [(f"{p.id}  {p.command}", p.title) for p in PARTS.values() if p.id[0] == number]
                )
        with formatter.section("Around them"):
            formatter.write_dl(
                [(name, command.get_short_help_str(100)) for name, command in self.commands.items()]
            )

    def resolve_command(self, ctx: Any, args: Any) -> Any:
        if args[0] not in NAMES and args[0] not in self.commands and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], [*NAMES, *self.commands], 3) or ["list"]
            raise InputError(f"there is no part or command {args[0]!r}: try {', '.join(near)}")
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=PartGroup, rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=False
)


@app.callback(invoke_without_command=True)
def hw8(ctx: typer.Context) -> None:
    """Solve and check a deep-learning homework, and decide whether somebody's answer is right.

    Every part takes your own numbers: hw8 1f --help. Exit codes: 0 holds, 1 does not, 2 bad input,
    3 a crash of ours, 4 undecided, 130 interrupted.
    """
    if ctx.invoked_subcommand is None:
        print(ctx.get_help())


def part_command(part: Part) -> Callable[..., None]:
    """A function whose signature is `solve`'s, in what a user types."""
    wanted = options(part)
    arrays = any(o.kind in ("Scalar", "Vector", "Matrix", "Sequence[Matrix]") for o in wanted)

    def run(**typed: Any) -> None:
        solve_part(part, wanted, typed)

    parameters = [_parameter(option) for option in wanted]
    if arrays:
        parameters.append(
            _flag(
                "floating",
                bool,
                False,
                "--float",
                help="compute in float64: any size, no longer exact",
            )
        )
    if part.id in STREAMED:
        parameters += [
            _streaming(name)
            for name in STREAMING
            if name != "input" or "u" in (o.name for o in wanted)
        ]
    parameters.append(
        _flag("format", Format, Format.table, "--format", help="how to write the report")
    )
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # functions take any attribute
    run.__annotations__ = {}
    return run


def _flag(name: str, kind: Any, default: Any, *flags: str, **settings: Any) -> inspect.Parameter:
    marked = Annotated[kind, typer.Option(*flags, **settings)]
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=marked
    )


def _parameter(option: Option) -> inspect.Parameter:
    shown: Any = " and ".join(option.default) or False
    kind = list[str] | None if option.kind.startswith("Sequence") else str | None
    metavar = (
        option.kind.removeprefix("Sequence[").removesuffix("]").upper()
        if "|" not in option.kind
        else option.kind
    )
    return _flag(
        option.name, kind, None, option.flag, help=option.help, show_default=shown, metavar=metavar
    )


def _streaming(name: str) -> inspect.Parameter:
    flag, metavar, words = STREAMING[name]
    if not metavar:
        return _flag(name, bool, False, flag, help=words)
    return _flag(name, str | None, None, flag, help=words, metavar=metavar, show_default=False)


def solve_part(part: Part, wanted: tuple[Option, ...], typed: dict[str, Any]) -> None:
    """Solve, from files to a file where that is asked for, and show the report."""
    asked = [flag for name, (flag, *_) in STREAMING.items() if typed.get(name) not in (None, False)]
    if asked and typed["output"] is None:
        raise InputError(
            f"{asked[0]} goes with --output: say where the output goes, as --output y.npy"
        )
    style, floating = typed.pop("format"), bool(typed.pop("floating", False))
    from .solving import piped, solve

    piped(wanted, typed)
    if asked:
        from .stream import stream

        end(stream(part, wanted, typed), style)
    end(solve(part, wanted, typed, floating), style)


def end(page: Page, style: str) -> NoReturn:
    """Show a page, and leave with its exit code."""
    from .render import show

    raise typer.Exit(show(page, style))


@app.command("list")
def list_parts(format: Style = Format.table) -> None:
    """Every part, its command and its answers in brief."""
    from . import listing

    end(listing.parts(PARTS.values()), format)


@app.command("show")
def show_part(
    part: Annotated[
        str,
        typer.Argument(help="a part's id or command, as 1f", autocompletion=lambda: list(NAMES)),
    ],
    format: Style = Format.table,
) -> None:
    """The question of a part, in our words, and its key."""
    from . import listing

    end(listing.part(named(part)), format)


def named(name: str) -> Part:
    """A part by its id or its command."""
    if name not in NAMES:
        raise InputError(
            f"there is no part {name!r}: give an id from 1a to 4g, or a command of hw8 list"
        )
    return NAMES[name]


@app.command("check-all")
def check_all(
    part: Annotated[
        list[str] | None,
        typer.Option(
            "--part", help="only this part; may be repeated", autocompletion=lambda: list(NAMES)
        ),
    ] = None,
    fail_fast: Annotated[
        bool, typer.Option("--fail-fast", help="stop after the first part that does not hold")
    ] = False,
    junit_xml: Annotated[
        Path | None,
        typer.Option("--junit-xml", help="write JUnit XML here as well", metavar="PATH"),
    ] = None,
    format: Annotated[
        SuiteFormat, typer.Option("--format", help="how to write the outcome")
    ] = SuiteFormat.table,
) -> None:
    """Every proof, check and wrong twin of every part.

    The key is held against the solver; each entry changed, and each wrong twin, must fail a check.
    Exit code 0: all hold; 1: something does not; 3: a solver crashed.
    """
    from . import files, render, suite

    if junit_xml is not None:
        files.refuse("--junit-xml", junit_xml, force=True)
    chosen = [named(name) for name in part] if part else list(PARTS.values())
    outcomes = list(suite.run(list(dict.fromkeys(chosen)), fail_fast))
    page = suite.reported(outcomes)
    if junit_xml is not None:
        files.save("--junit-xml", junit_xml, render.written(page, "junit"))
    end(page, format)


ANSWERS_THEMSELVES = {"ignore_unknown_options": True}  # an answer may begin with a minus
KeyFile = Annotated[
    Path | None,
    typer.Option("--key", help="a key of another homework, as TOML", metavar="KEY.toml"),
]


@app.command(context_settings=ANSWERS_THEMSELVES)
def verify(
    slot: Annotated[
        str | None, typer.Argument(help="a slot, as 4f.output, or a part", show_default=False)
    ] = None,
    answer: Annotated[
        str | None,
        typer.Argument(help="the answer as it was written; - reads it", show_default=False),
    ] = None,
    list_: Annotated[
        bool, typer.Option("--list", help="every slot with its kind, symbols and key")
    ] = False,
    key_file: KeyFile = None,
    format: Style = Format.table,
) -> None:
    """Is this answer right? Exit code 0 correct, 1 incorrect, 4 undecided.

    It shows how the answer was read. Correct says how it is known: the same formula, proved, or
    proved at some sizes with evidence for the others; and what it rests on. Incorrect has a
    counterexample. Undecided has its reason, and the place of what was not read. With a part for a
    slot, all its answers are taken, separated by ;

    \b
    hw8 verify 4f.output "C_t^T A_t q_t"
    hw8 verify 4b "λ I + Σ x_i x_i^T; Σ x_i y_i"
    hw8 verify --list
    """
    from . import verifying

    end(verifying.verify(slot, answer, list_, key_file), format)


@app.command(context_settings=ANSWERS_THEMSELVES)
def equal(
    left: Annotated[str, typer.Argument(help="an expression", show_default=False)],
    right: Annotated[str, typer.Argument(help="another", show_default=False)],
    where: Annotated[
        str,
        typer.Option(
            "--where",
            help="their symbols, as K: n×d, A: n×n symmetric, q: d, λ > 0, l: integer >= 1, d < n",
        ),
    ] = "",
    format: Style = Format.table,
) -> None:
    """Are two expressions equal? Exit code 0 if they are, 1 if not, 4 undecided.

    For all sizes, integers from their least values on, and reals, as --where declares them, where
    both sides are defined. Letters that it does not declare are inferred, and named in the verdict.

    \b
    hw8 equal "(K K^T + λ I)^-1 K" "K (K^T K + λ I)^-1" --where "K: n×d, λ > 0"
    hw8 equal "n (n+1)/2" "sum_{i=1}^n i" --where "n: integer >= 0"
    hw8 equal "u^T A v" "v^T A u" --where "A: n×n symmetric, u: n, v: n"
    """
    from . import verifying

    end(verifying.equal(left, right, where), format)


@app.command()
def grade(
    file: Annotated[
        str, typer.Argument(help="JSON lines or CSV of answers; - reads them", show_default=False)
    ],
    key_file: KeyFile = None,
) -> None:
    """Judge a file of answers: one JSON line each on standard output, a summary on standard error.

    A row has id, answer, and slot, or part, or part and slot; or a reference of its own, with its
    kind and where if they are needed. Letters that nobody declared are inferred where a reference
    is given. A row that cannot be read is undecided. Exit code 0 whatever the verdicts.

    \b
    echo '{"id": 1, "slot": "3c.interval", "answer": "[1, 4]"}' | hw8 grade -
    echo '{"id": 2, "reference": "(a+b)^2", "answer": "a^2 + 2ab + b^2"}' | hw8 grade -
    """
    from . import grading

    raise typer.Exit(grading.grade(file, key_file))


@app.command()
def audit(
    source: Annotated[
        bool, typer.Option("--source", help="the report that hw8 began with")
    ] = False,
    format: Style = Format.table,
) -> None:
    """A report's seventeen rows beside the truth, with counterexamples where they part."""
    from . import auditing

    if not source:
        raise InputError("audit takes --source: the report that hw8 began with")
    end(auditing.audit(), format)


@app.command()
def bench(
    suite: Annotated[
        str | None,
        typer.Argument(
            help="kernel, forward, attention or verify; all four if left out", show_default=False
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            help="where to save it as JSON",
            metavar="PATH",
            show_default="hw8-bench-<date>T<time>.json",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="replace the file if it exists")] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="tiny sizes, in seconds: does every race run?")
    ] = False,
    format: Style = Format.table,
) -> None:
    """Race what hw8 computes against the peers that are installed, on one thread.

    Peers are scipy, torch, JAX and Math-Verify.

    Ratios are the peer's time over ours, the median of rounds in turn; a fraction is of the rate of
    a large matrix product in the same rounds. All four take a few minutes. Exit code 0, slower than
    wanted or not; 1 if a result differs from a peer's.
    """
    from .bench import run as racing

    end(racing.bench(suite, output, force, quick), format)


@app.command("check-key")
def check_key(
    file: Annotated[Path, typer.Argument(help="a key as TOML", show_default=False)],
    format: Style = Format.table,
) -> None:
    """Is a key consistent: every right text accepted, every twin refuted, every symbol used?

    Exit code 0 if it is, 1 with the faults if not, 2 where the file is no key. A table [part.slot]
    has kind and right, and may have where, also, assuming, facts, form and twins.

    \b
    hw8 export-key > key.toml
    hw8 check-key key.toml
    hw8 verify --key key.toml 3c "[1, 4]"
    """
    from . import verifying

    end(verifying.check_key(file), format)


@app.command("export-key")
def export_key() -> None:
    """The built-in key as TOML, to begin one of your own from."""
    from problems.answers.key import homework, to_toml

    print(to_toml(homework()))


def run(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code; raises what the command raises."""
    with typer.main.get_command(app).make_context(
        "hw8", list(sys.argv[1:] if arguments is None else arguments)
    ) as ctx:
        ctx.command.invoke(ctx)
    return 0
