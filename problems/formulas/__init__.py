"""The language of formulas: text ⇄ tree → value, shape, sympy, Unicode, LaTeX. Standard library
only.
"""
