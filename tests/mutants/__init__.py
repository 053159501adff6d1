"""Mechanical faults: one change a mutant, and whether the project's own checks see it.

`python -m tests.mutants` breaks formulas one at a time and runs the judge on each; `… steps`
replaces the value of one step at a time. What is broken is in `changes`, where in `places`, who
judges in `judges`.
"""
