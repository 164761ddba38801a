# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields

# What a field must hold when it is required, by its type.
FILLED = {
    "char": "x",
    "text": "x",
    "html": "x",
    "integer": 1,
    "float": 1.0,
    "monetary": 1.0,
    "boolean": True,
    "date": fields.Date.to_date("2026-11-01"),
    "datetime": fields.Datetime.to_datetime("2026-11-01 09:00:00"),
    "json": {},
}


class MinimalRecords:
    """A record of any model, with no more in it than it must have, all of one company."""

    def __init__(self, *known, **values):
        """
        :param known: records that are taken as they are, one of a model
        :param values: ``{model with _ for .: what its record holds besides}``
        """
        self._known = {record._name: record.sudo() for record in known}
        self._values = {name.replace("__", "."): extra for name, extra in values.items()}

    def of(self, model):
        """The record of ``model``: one that is known or there, else a new one."""
        record = self._known.get(model._name) or model.sudo().search([], limit=1, order="id desc")
        if not record or model._transient:  # of a wizard's records each person has his own
            record = model.sudo().create(self._required(model))
        self._known[model._name] = record
        return record.with_env(model.env)

    def _required(self, model):
        extra = self._values.get(model._name, {})
        missing = model.default_get([*model._fields])
        return {
            **{
                name: self._filled(model, field)
                for name, field in model._fields.items()
                if field.required and field.store and not field.compute and name not in missing
            },
            **extra,
        }

    def _filled(self, model, field):
        if field.type == "many2one":
            return self.of(model.env[field.comodel_name]).id
        if field.type == "selection":
            return field.get_values(model.env)[0]
        return FILLED[field.type]
