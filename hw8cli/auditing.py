"""`audit --source`: what a student's report says one language model answered, and what is true.

The rows are data of ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from problems import parts
from problems.answers import Verdict, decide

from .page import Line, Page, Style, Table
from .verifying import STYLES, told


@dataclass(frozen=True)
class Claim:
    """A formula that the report gives for a slot; `truth` says in words what the slot cannot.

    Where it is about more than a slot asks it has a `reference` of its own.
    """

    slot: str
    text: str
    truth: str = ""
    reference: str = ""
    kind: str = ""
    where: str = ""

    def verdict(self) -> Verdict:
        if not self.reference:
            return decide(self.slot, self.text)
        return decide(
            self.slot, self.text, reference=self.reference, kind=self.kind, where=self.where
        )


MARKED = {  # the others: one-shot
    **{"1d": "minor correction", "1e": "extensive correction", "1f": "minor correction"},
    "2": "N/A",
}
FINAL = (
    Claim("1a.kernel", "K_0 = D, K_l = C A^(l-1) B"),
    Claim("1b.scalar", "(0, 1.5, 1.2, 0.96, 0.768)"),
    Claim("1b.2d", "(0, 1, 0.7, 0.51)"),
    Claim("1c.convolution", "O(log L)"),
    Claim("1c.recurrence", "O(L)"),
    Claim("1d.block", "C A^M A^(r-1) B"),
    Claim("1d.depth", "O(log L)"),
    Claim("1e.kernel", "K_l = sum_{i=1}^n C_i B_i λ_i^(l-1)"),
    Claim("1e.work", "O(n L)"),
    Claim("1f.power", "I + ((1 + ‖p‖²)^L - 1) p p^T"),
    Claim("1f.kernel", "K_l = (a - b) + b γ^(l-1), a = C B, b = (C p)(p^T B), γ = 1 + ‖p‖²"),
    Claim("3a.losses", "(0, 2, 0.001, 1)"),
    Claim("3a.threshold", "λ > 0.001"),
    Claim("3b.encoder", "W = U diag(σ_i²/(σ_i² + λ)) U^T"),
    Claim("3c.interval", "λ ∈ [1, 4]"),
    Claim("4a.update", "m' = (n m + x_{n+1})/(n + 1)"),
    Claim("4b.gram", "λ I + sum_{i=1}^n x_i x_i^T"),
    Claim("4b.moment", "sum_{i=1}^n y_i x_i"),
    Claim("4c.cost", "O(n d^2)"),
    Claim("4d.gradients", "λ, keys, values, queries"),
    Claim("4e.cost", "O(d^2)"),
    Claim("4f.inverse", "A_t = A_{t-1} - (A_{t-1} k_t)(k_t^T A_{t-1})/(1 + k_t^T A_{t-1} k_t)"),
    Claim("4f.cross", "C_t = C_{t-1} + k_t v_t^T"),
    Claim("4f.output", "A_t C_t^T q_t"),
    Claim("4f.cost", "O(n d^2)"),
    Claim("4g.weights", "K (K^T K + λ I)^(-1) q"),
)
ON_THE_WAY = {
    "1c": (
        Claim(
            "1c.recurrence",
            "O(L)",
            "the recursion is not inherently sequential: "
            "an associative scan of (A, B u_k) has O(log L) levels",
            "O(log L)",
            "complexity",
        ),
    ),
    "1d": (
        Claim("1d.work", "O(L n^2)", "the n³ log L of the squarings is left out"),
        Claim(
            "1d.depth",
            "O(log L)",
            "the halves are not parallel if the right one waits for the left call to return A^τ: "
            "depth 2L − 1",
            "O(L)",
            "complexity",
        ),
        Claim(
            "source",
            "Q",
            "Ψ(τ) has d columns, the block put under it τd: they do not stack",
            "P",
            "matrix_expr",
            "P: s×d, Q: m×e",
        ),
    ),
    "3b": (
        Claim(
            "source",
            "λ < ∞",
            "λ > 0 is required: at λ = 0 and a singular X Xᵀ the minimiser is not unique, "
            "and −σ_m² is the end",
            "λ > 0",
            "interval",
        ),
    ),
    "4f": (
        Claim(
            "4f.output", "A_t C_t q_t", "an earlier line of it, which its final line contradicts"
        ),
    ),
}
Judged = tuple[Claim, Verdict]
COLUMNS: dict[str, Style] = {"part": "name", "report": "", "it says": "", "hw8": "", "why": ""}


def audit() -> Page:
    """The report beside the truth; exit code 1 where anything is refuted."""
    rows: list[tuple[str | Line, ...]] = []
    data, refuted = [], False
    for part in parts():
        marked = MARKED.get(part, "one-shot")
        final = [(c, c.verdict()) for c in FINAL if c.slot.startswith(f"{part}.")]
        beside = [(c, c.verdict()) for c in ON_THE_WAY.get(part, ())]
        refuted |= any(v.verdict == "incorrect" for _, v in final + beside)
        told_of = {"answers": _told(final), "claims": _told(beside)}
        data.append({"part": part, "report": marked, **told_of})
        rows += _lines(part, marked, final, beside)
    return Page({"rows": data}, (Table(COLUMNS, tuple(rows)),), 1 if refuted else 0)


def _lines(
    part: str, marked: str, final: list[Judged], beside: list[Judged]
) -> Iterator[tuple[str | Line, ...]]:
    if not final:
        yield part, marked, "not answered", "", "in code: hw8 2 runs it five ways"
    for place, (claim, verdict) in enumerate(final + beside):
        head = (part, marked) if place == 0 else ("", "")
        right = verdict.holds_if and f"right {verdict.holds_if}"
        why = "; ".join(filter(None, (claim.truth, verdict.counterexample, verdict.hint, right)))
        name = claim.slot.partition(".")[2] or "claim"
        text = f"{'' if place < len(final) else 'on the way: '}{name}: {claim.text}"
        mark = Line(verdict.verdict, STYLES[verdict.verdict])
        yield *head, text, mark, why or "; ".join(verdict.assuming)


def _told(claims: list[Judged]) -> list[dict[str, object]]:
    return [
        {"slot": c.slot, "answer": c.text, "truth": c.truth or None, **told(v)} for c, v in claims
    ]
