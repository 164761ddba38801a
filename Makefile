# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
# Each target is one verb of tests/environment, which makes what is missing before it starts.

PYTHON ?= python3
VERBS = setup demo test test-api test-addon test-odoo faults contract lint audit bench \
	translations shell screenshots stop clean

.PHONY: help $(VERBS)

help:
	@echo "make demo         Odoo 19 with two companies, and the simulator of Exact Online"
	@echo "make test         all tests"
	@echo "make test-api     the client and the simulator, without Odoo"
	@echo "make test-addon   the addon, with odoo --test-enable and with pytest-odoo"
	@echo "make test-odoo    Odoo's own accounting tests, with the addon installed (20 minutes)"
	@echo "make faults       the fault campaign and the token races in full (SEED= OPERATIONS=)"
	@echo "make contract     hold the tests' traffic against a contract: CHECK=<check_contract>"
	@echo "make lint         ruff, pylint-odoo, traps of Odoo 19"
	@echo "make audit        known vulnerabilities of the Python packages (needs the internet)"
	@echo "make bench        the benchmarks"
	@echo "make translations bring the files in i18n up to date with the addon's texts"
	@echo "make shell        an Odoo shell on the demo database"
	@echo "make screenshots  the browser tests, with screenshots in .work/screenshots"
	@echo "make setup        only get Odoo, Python packages and PostgreSQL"
	@echo "make stop         stop PostgreSQL (it runs on between commands)"
	@echo "make clean        stop everything and remove .work, where all of it lies"
	@echo "Variables: ODOO=<checkout> PYTHON=<python> PORT= SIMULATOR_PORT= PGHOST= DATABASE_URL="
	@echo "           ARGS=<more arguments for pytest>"

$(VERBS):
	@$(PYTHON) -m tests.environment $@
