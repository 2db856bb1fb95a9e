# Thin: what these do is in scripts/.
.PHONY: run test test-wide test-long bench load lint messages setup lock

run:
	@bash scripts/setup.sh
	@exec .venv/bin/python scripts/serve.py

setup:
	@bash scripts/setup.sh --dev

test:
	@bash scripts/setup.sh --dev --browser
	@bash scripts/test.sh

test-wide:
	@bash scripts/setup.sh --dev --browser
	@bash scripts/test.sh --wide

test-long:
	@bash scripts/setup.sh --dev --browser
	@bash scripts/test.sh --long

lint:
	@bash scripts/setup.sh --dev
	@bash scripts/lint.sh

bench:
	@bash scripts/setup.sh --dev
	@exec .venv/bin/python -m bench.run

load:
	@bash scripts/setup.sh --dev
	@exec .venv/bin/python -m bench.load --users 50 --minutes 10

messages:
	@bash scripts/setup.sh --dev
	@.venv/bin/python scripts/messages.py update
	@.venv/bin/python scripts/messages.py compile

lock:
	@bash scripts/lock.sh
