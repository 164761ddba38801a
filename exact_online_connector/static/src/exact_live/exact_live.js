// License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import { Component, onWillUnmount, xml } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const INTERVAL = 2000; // milliseconds

/** Reloads the form while it is shown, so that a page follows what the scheduled jobs do. */
export class ExactLive extends Component {
    static template = xml`<span/>`;
    static props = { ...standardWidgetProps };

    setup() {
        this.timer = setInterval(() => this.reload(), INTERVAL);
        onWillUnmount(() => clearInterval(this.timer));
    }

    async reload() {
        const record = this.props.record;
        if (record.isNew || (await record.isDirty())) {
            return;
        }
        await record.model.load();
    }
}

registry.category("view_widgets").add("exact_live", { component: ExactLive });
