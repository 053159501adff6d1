"""`audit --source`: what a student's report says one language model answered, and what is true. The rows are data of ours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from problems.answers import Verdict, decide

from .page import Line, Page, Style, Table
from .verifying import STYLES, told


@dataclass(frozen=True, slots=True)
class Claim:
    """One formula of the report: held against a slot, or against a reference of its own."""

    text: str
    slot: str
    reference: str = ""
    kind: str = ""
    where: str = ""
    truth: str = ""  # in words, where the claim is about more than the slot asks

    def verdict(self) -> Verdict:
        if self.reference:
            return decide(
                self.slot, self.text, reference=self.reference, kind=self.kind, where=self.where
            )
        return decide(self.slot, self.text)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the report: the part, how it was marked, the final answers, and claims made on the way."""

    part: str
    marked: str
    answers: tuple[Claim, ...] = ()
    beside: tuple[Claim, ...] = field(default=())


SOURCE = (
    Row("1a", "one-shot", (Claim("K_0 = D, K_l = C A^(l-1) B", "1a.kernel"),)),
    Row(
        "1b",
        "one-shot",
        (Claim("(0, 1.5, 1.2, 0.96, 0.768)", "1b.scalar"), Claim("(0, 1, 0.7, 0.51)", "1b.2d")),
    ),
    Row(
        "1c",
        "one-shot",
        (Claim("O(log L)", "1c.convolution"), Claim("O(L)", "1c.recurrence")),
        (
            Claim(
                "O(L)",
                "1c.recurrence",
                "O(log L)",
                "complexity",
                truth="the recursion is not inherently sequential: an associative scan of (A, B u_k) has O(log L) levels",
            ),
        ),
    ),
    Row(
        "1d",
        "minor correction",
        (Claim("C A^M A^(r-1) B", "1d.block"), Claim("O(log L)", "1d.depth")),
        (
            Claim("O(L n^2)", "1d.work", truth="the n³ log L of the squarings is left out"),
            Claim(
                "O(log L)",
                "1d.depth",
                "O(L)",
                "complexity",
                truth="the halves are not parallel if the right one waits for the left call to return A^τ: depth 2L − 1",
            ),
            Claim(
                "Q",
                "source",
                "P",
                "matrix_expr",
                "P: s×d, Q: m×e",
                truth="Ψ(τ) has d columns, the block put under it τd: they do not stack",
            ),
        ),
    ),
    Row(
        "1e",
        "extensive correction",
        (Claim("K_l = sum_{i=1}^n C_i B_i λ_i^(l-1)", "1e.kernel"), Claim("O(n L)", "1e.work")),
    ),
    Row(
        "1f",
        "minor correction",
        (
            Claim("I + ((1 + ‖p‖²)^L - 1) p p^T", "1f.power"),
            Claim(
                "K_l = (a - b) + b γ^(l-1), a = C B, b = (C p)(p^T B), γ = 1 + ‖p‖²", "1f.kernel"
            ),
        ),
    ),
    Row("2", "N/A"),
    Row(
        "3a",
        "one-shot",
        (Claim("(0, 2, 0.001, 1)", "3a.losses"), Claim("λ > 0.001", "3a.threshold")),
    ),
    Row(
        "3b",
        "one-shot",
        (Claim("W = U diag(σ_i²/(σ_i² + λ)) U^T", "3b.encoder"),),
        (
            Claim(
                "λ < ∞",
                "source",
                "λ > 0",
                "interval",
                truth="λ > 0 is required: at λ = 0 and a singular X Xᵀ the minimiser is not unique, and −σ_m² is the end",
            ),
        ),
    ),
    Row("3c", "one-shot", (Claim("λ ∈ [1, 4]", "3c.interval"),)),
    Row("4a", "one-shot", (Claim("m' = (n m + x_{n+1})/(n + 1)", "4a.update"),)),
    Row(
        "4b",
        "one-shot",
        (
            Claim("λ I + sum_{i=1}^n x_i x_i^T", "4b.gram"),
            Claim("sum_{i=1}^n y_i x_i", "4b.moment"),
        ),
    ),
    Row("4c", "one-shot", (Claim("O(n d^2)", "4c.cost"),)),
    Row("4d", "one-shot", (Claim("λ, keys, values, queries", "4d.gradients"),)),
    Row("4e", "one-shot", (Claim("O(d^2)", "4e.cost"),)),
    Row(
        "4f",
        "one-shot",
        (
            Claim(
                "A_t = A_{t-1} - (A_{t-1} k_t)(k_t^T A_{t-1})/(1 + k_t^T A_{t-1} k_t)", "4f.inverse"
            ),
            Claim("C_t = C_{t-1} + k_t v_t^T", "4f.cross"),
            Claim("A_t C_t^T q_t", "4f.output"),
            Claim("O(n d^2)", "4f.cost"),
        ),
        (
            Claim(
                "A_t C_t q_t",
                "4f.output",
                truth="an earlier line of it, which its final line contradicts",
            ),
        ),
    ),
    Row("4g", "one-shot", (Claim("K (K^T K + λ I)^(-1) q", "4g.weights"),)),
)


Judged = tuple[Claim, Verdict]
COLUMNS: dict[str, Style] = {"part": "name", "report": "", "it says": "", "hw8": "", "why": ""}


def audit() -> Page:
    """The report beside the truth; exit code 1 where anything is refuted."""
    rows: list[tuple[str | Line, ...]] = []
    data, refuted = [], False
    for row in SOURCE:
        answers, beside = (
            [(c, c.verdict()) for c in claims] for claims in (row.answers, row.beside)
        )
        refuted |= any(v.verdict == "incorrect" for _, v in answers + beside)
        data.append(
            {
                "part": row.part,
                "report": row.marked,
                "answers": _told(answers),
                "claims": _told(beside),
            }
        )
        rows += _lines(row, answers, beside)
    return Page({"rows": data}, (Table(COLUMNS, tuple(rows)),), 1 if refuted else 0)


def _lines(
    row: Row, answers: list[Judged], beside: list[Judged]
) -> Iterator[tuple[str | Line, ...]]:
    if not answers:
        yield row.part, row.marked, "not answered", "", "in code: hw8 2 runs it five ways"
    for place, (claim, verdict) in enumerate(answers + beside):
        head = (row.part, row.marked) if place == 0 else ("", "")
        right = verdict.holds_if and f"right {verdict.holds_if}"
        why = "; ".join(filter(None, (claim.truth, verdict.counterexample, verdict.hint, right)))
        text = f"{'' if place < len(answers) else 'on the way: '}{claim.slot.partition('.')[2] or 'claim'}: {claim.text}"
        yield (
            *head,
            text,
            Line(verdict.verdict, STYLES[verdict.verdict]),
            why or "; ".join(verdict.assuming),
        )


def _told(claims: list[Judged]) -> list[dict[str, object]]:
    return [
        {"slot": c.slot, "answer": c.text, "truth": c.truth or None, **told(v)} for c, v in claims
    ]
