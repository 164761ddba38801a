// License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import { Component, onWillUnmount, xml } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const INTERVAL = 2000; // milliseconds
const TYPED_IN = "input:not([type=checkbox], [type=radio]), textarea, [contenteditable=true]";

/**
 * Reloads the record while it is shown, so that a page follows what the scheduled jobs do. It
 * waits while somebody types or has something unsaved, and stops when the server cannot be reached.
 */
export class ExactLive extends Component {
    static template = xml`<span/>`;
    static props = { ...standardWidgetProps };

    setup() {
        this.timer = setInterval(() => this.reload(), INTERVAL);
        onWillUnmount(() => clearInterval(this.timer));
    }

    async reload() {
        const record = this.props.record;
        if (record.isNew || document.activeElement.matches(TYPED_IN)) {
            return;
        }
        if (await record.isDirty()) {
            return;
        }
        try {
            await record.load();
        } catch (error) {
            clearInterval(this.timer);
            throw error;
        }
    }
}

registry.category("view_widgets").add("exact_live", { component: ExactLive });
