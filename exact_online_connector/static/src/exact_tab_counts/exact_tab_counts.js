// License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import { Component, useEffect, useRef, xml } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const TABS = ["todo", "valid", "ignored", "exact_only", "duplicate"];

/** Shows beside the title of each tab of a step how many rows it holds. */
export class ExactTabCounts extends Component {
    static template = xml`<span t-ref="root" class="d-none" t-esc="counts.join()"/>`;
    static props = { ...standardWidgetProps };

    setup() {
        this.root = useRef("root");
        useEffect(
            (...counts) => this.show(counts),
            () => this.counts
        );
    }

    get counts() {
        return TABS.map((name) => this.props.record.data[`${name}_count`]);
    }

    show(counts) {
        const step = this.root.el?.closest(".o_exact_step");
        if (!step) {
            return; // the page has just gone on to another step
        }
        TABS.forEach((name, index) => {
            const tab = step.querySelector(`.nav-link[name$="_${name}"]`);
            if (tab) { // only contacts have duplicates
                tab.dataset.count = counts[index];
            }
        });
    }
}

registry.category("view_widgets").add("exact_tab_counts", { component: ExactTabCounts });
