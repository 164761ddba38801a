// License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import { Component, xml } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** Lines of words and a count, each of which opens the queue items that were counted. */
export class ExactLinks extends Component {
    static template = xml`
        <a t-foreach="links" t-as="link" t-key="link_index" href="#"
            class="o_exact_link d-flex justify-content-between gap-3"
            t-attf-class="text-{{ link.tone }}"
            t-on-click.prevent.stop="() => this.open(link)">
            <span class="text-break" t-esc="link.words"/>
            <span class="fw-bold" t-esc="link.count"/>
        </a>`;
    static props = { ...standardFieldProps };

    setup() {
        this.action = useService("action");
    }

    get links() {
        return JSON.parse(this.props.record.data[this.props.name] || "[]");
    }

    open(link) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: link.words,
            res_model: "exact.sync.queue",
            views: ["list", "kanban", "form", "graph", "pivot"].map((type) => [false, type]),
            domain: link.domain,
            context: link.context,
        });
    }
}

registry.category("fields").add("exact_links", {
    component: ExactLinks,
    supportedTypes: ["text"],
});
