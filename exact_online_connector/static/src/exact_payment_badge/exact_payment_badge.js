// License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import { Component, markup } from "@odoo/owl";
import { localization } from "@web/core/l10n/localization";
import { usePopover } from "@web/core/popover/popover_hook";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { BadgeField, badgeField } from "@web/views/fields/badge/badge_field";

class ExactPaymentStory extends Component {
    static template = "exact_online_connector.ExactPaymentStory";
    static props = {
        story: Object, // markup of the server, which escapes what Exact says
        onMore: { type: Function, optional: true },
        close: Function,
    };
}

/** A badge that is a button: it opens the short story of why a document is (not) paid in Exact. */
export class ExactPaymentBadge extends BadgeField {
    static template = "exact_online_connector.ExactPaymentBadge";

    setup() {
        super.setup();
        const position = localization.direction === "rtl" ? "bottom-end" : "bottom-start";
        this.popover = usePopover(ExactPaymentStory, {
            position,
            popoverClass: "o_exact_payment_story",
            role: "dialog",
        });
        this.orm = useService("orm");
        this.action = useService("action");
    }

    async onClick(ev) {
        if (this.popover.isOpen) {
            this.popover.close();
            return;
        }
        const button = ev.currentTarget;
        const { resModel, resId } = this.props.record;
        const told = await this.orm.call(resModel, "exact_payment_story", [resId]);
        this.popover.open(button, {
            story: markup(told.story),
            onMore: told.settlement_id ? () => this.openSettlement(told.settlement_id) : undefined,
        });
    }

    /** In a list, Enter and Space would act on the row. */
    onKeydown(ev) {
        if (ev.key === "Enter" || ev.key === " ") {
            ev.stopPropagation();
        }
    }

    openSettlement(id) {
        this.popover.close();
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "exact.settlement",
            res_id: id,
            views: [[false, "form"]],
        });
    }
}

registry.category("fields").add("exact_payment_badge", {
    ...badgeField,
    component: ExactPaymentBadge,
    supportedTypes: ["selection"],
});
