# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from .explanations import GAP

LONGEST = 90  # of a title, in characters


class ExactOperation(models.AbstractModel):
    """The causes of what preflight holds back, in a few words: titles of what waits for one."""

    _name = "exact.operation"
    _inherit = ["exact.operation"]

    @api.model
    def _cause_label(self, record, finding):
        """The title of all that the cause of ``finding`` holds up, ``record`` among it."""
        labels = self._cause_labels(finding.mend.display_name if finding.mend else "?")
        return labels.get(finding.cause) or self._anonymous(record, finding.text)

    @api.model
    def _anonymous(self, record, text):
        """A sentence without what only concerns the one record, fit for a title."""
        text = text.replace(self._label(record), GAP) if record.exists() else text
        return text if len(text) <= LONGEST else f"{text[:LONGEST - 1].rstrip()}{GAP}"

    @api.model
    def _cause_labels(self, name):
        """``{cause: title}``

        :param name: of the record that mends the cause
        """
        return {
            "account_without_gl_account": self.env._("GL account missing for account %s", name),
            "bill_without_file": self.env._("Bill without file"),
            "bill_without_reference": self.env._("Bill without reference"),
            "cash_basis": self.env._("Tax %s is due on payment", name),
            "contact_not_linked": self.env._("Contact not linked"),
            "contact_vat_number": self.env._("VAT number not valid"),
            "contact_without_name": self.env._("Contact without name"),
            "cost_center_blocked": self.env._("Cost centre of %s is blocked in Exact", name),
            "cost_center_gone": self.env._("Cost centre of %s is no longer in Exact", name),
            "cost_unit_blocked": self.env._("Cost unit of %s is blocked in Exact", name),
            "cost_unit_gone": self.env._("Cost unit of %s is no longer in Exact", name),
            "entry_not_deductible": self.env._("Partly deductible VAT in a miscellaneous entry"),
            "file_empty": self.env._("Empty file"),
            "file_of_refused_type": self.env._("File of a type that Exact does not take"),
            "file_too_large": self.env._("File too large"),
            "gl_account_blocked": self.env._("GL account of %s is blocked in Exact", name),
            "gl_account_gone": self.env._("GL account of %s is no longer in Exact", name),
            "gl_account_of_another_division": self.env._("Other administration: account %s", name),
            "grids_without_tax": self.env._("Tax grids without tax"),
            "journal_blocked": self.env._("Journal of %s is blocked in Exact", name),
            "journal_currency": self.env._("Currency refused by the journal of %s", name),
            "journal_gone": self.env._("Journal of %s is no longer in Exact", name),
            "journal_not_mapped": self.env._("Journal missing for %s", name),
            "journal_of_another_division": self.env._("Other administration: journal %s", name),
            "journal_of_wrong_type": self.env._("Journal of %s is of another type", name),
            "journal_without_vat": self.env._("Journal of %s takes no VAT", name),
            "line_without_partner": self.env._("Line without contact"),
            "line_without_tax": self.env._("No VAT code for lines without tax"),
            "lines_not_supported": self.env._("Lines that cannot be sent"),
            "made_by_odoo": self.env._("Entries that Odoo makes by itself"),
            "no_amounts": self.env._("No amounts"),
            "no_contact": self.env._("No contact"),
            "number_taken": self.env._("Number already in Exact Online"),
            "number_too_long": self.env._("Number too long"),
            "out_of_balance": self.env._("Lines do not add up to nothing"),
            "payment_condition_blocked": self.env._("Payment condition of %s is blocked", name),
            "payment_condition_gone": self.env._("Payment condition of %s is gone", name),
            "payment_condition_of_another_division": self.env._(
                "Other administration: term %s", name
            ),
            "period_closed": self.env._("Period closed in Exact Online"),
            "period_closed_asks": self.env._("Period closed: book it in the first open one?"),
            "period_unknown": self.env._("Year not created in Exact Online"),
            "relation_not_alive": self.env._("Contact blocked or deleted in Exact"),
            "several_currencies": self.env._("Several currencies"),
            "several_rates": self.env._("Several exchange rates"),
            "several_taxes": self.env._("Several percentages on one line"),
            "tax_lines_without_base": self.env._("Tax without its base"),
            "tax_mismatch": self.env._("VAT code of tax %s computes something else", name),
            "tax_on_other_side": self.env._("Tax of the other side"),
            "tax_on_vat_account": self.env._("Tax on a VAT account"),
            "tax_without_code": self.env._("VAT code missing for tax %s", name),
            "vat_code_blocked": self.env._("VAT code of %s is blocked in Exact", name),
            "vat_code_gone": self.env._("VAT code of %s is no longer in Exact", name),
            "vat_code_of_another_division": self.env._("Other administration: tax %s", name),
            "vat_does_not_land": self.env._("VAT does not land to the cent"),
            "withholding": self.env._("Withholding tax that cannot be sent"),
        }
