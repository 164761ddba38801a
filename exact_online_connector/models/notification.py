# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a button tells beside the page."""

SHOWN_ANEW = {"type": "ir.actions.act_window_close"}  # the page, as it is now
LOADED_ANEW = {"type": "ir.actions.client", "tag": "soft_reload"}  # where it is no record's form


def notification(text, kind, then=None):
    """The client action that tells ``text``.

    :param kind: ``success``, ``info``, ``warning`` or ``danger``
    :param then: the action that follows; else the page stays as it was
    """
    params = {"type": kind, "message": text, **({"next": then} if then else {})}
    return {"type": "ir.actions.client", "tag": "display_notification", "params": params}
