# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The templates by which a journal describes its entries."""

import string

PLACEHOLDERS = ("origin", "reference", "number", "partner", "salesperson", "narration")


def wrong_placeholder(template):
    """The first thing in braces that is none of the placeholders alone, or None.

    :raises ValueError: when the braces do not match
    """
    for _literal, name, specification, conversion in string.Formatter().parse(template):
        if conversion:
            return f"{name}!{conversion}"
        if specification:
            return f"{name}:{specification}"
        if name is not None and name not in PLACEHOLDERS:
            return name
    return None


def filled_in(template, texts):
    """``template`` with ``{placeholder: text}`` put in, on one line and without doubled spaces.

    Only names are looked up: no attribute or index of anything can be asked for.
    """
    parts = []
    for literal, name, _specification, _conversion in string.Formatter().parse(template):
        parts += [literal, texts[name] if name is not None else ""]
    return " ".join("".join(parts).split())


def lines_filled_in(template, texts):
    """The same of each line of ``template``; lines that give nothing are left out."""
    lines = (filled_in(line, texts) for line in template.splitlines())
    return "\n".join(filter(None, lines))
