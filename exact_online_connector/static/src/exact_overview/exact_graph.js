// License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import { registry } from "@web/core/registry";
import { cookie } from "@web/core/browser/cookie";
import { getColor } from "@web/core/colors/colors";
import {
    JournalDashboardGraphField,
    journalDashboardGraphField,
} from "@web/views/fields/journal_dashboard_graph/journal_dashboard_graph_field";

/** The graph of Odoo's own dashboards, with a legend and a second series beside the first. */
export class ExactGraphField extends JournalDashboardGraphField {
    getBarChartConfig() {
        const config = super.getBarChartConfig();
        config.data.datasets.push(
            ...this.data.slice(1).map((series, index) => ({
                label: series.key,
                data: series.values.map((point) => point.value),
                backgroundColor: getColor(index + 1, cookie.get("color_scheme"), "odoo"),
            }))
        );
        config.options.plugins.legend = { display: true, position: "bottom" };
        return config;
    }
}

registry.category("fields").add("exact_graph", {
    ...journalDashboardGraphField,
    component: ExactGraphField,
});
