.DEFAULT_GOAL := help
.PHONY: help run build test test-quick test-all race bench lint screenshots vendor openapi needs

STATICCHECK := go tool -modfile=$(CURDIR)/tools/go.mod staticcheck

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## start a demo with the seeded cases
	go run . demo

build: ## build one static binary, ./plumbline
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o plumbline .

# Prints the output of what fails, the time of each package and the slowest tests.
TESTTIMES := go run -C $(CURDIR)/tools ./testtimes

test: needs ## test both engines and the pages in a browser
	cd tools && go test -count=1 ./...
	go test -json -count=1 -short -p 2 -timeout 20m ./... | $(TESTTIMES)

test-quick: ## test with SQLite alone and no browser
	PLUMBLINE_TEST=quick go test -json -count=1 -short -p 2 -timeout 10m ./... | $(TESTTIMES)

test-all: needs ## test everything, with what takes long
	cd tools && go vet ./... && go test -count=1 ./...
	go test -json -count=1 -p 2 -timeout 60m ./... | $(TESTTIMES)

race: needs ## test with the race detector (needs a C compiler)
	CGO_ENABLED=1 go test -race -count=1 -p 2 -timeout 60m ./...

bench: ## run the benchmarks
	cd bench && go run .

lint: ## check format, vet and staticcheck
	@unformatted="$$(gofmt -l .)"; if [ -n "$$unformatted" ]; then \
		echo "These files are not formatted. Run: gofmt -w $$(echo $$unformatted)"; exit 1; fi
	go vet ./...
	$(STATICCHECK) ./...
	cd tools && go tool staticcheck ./...

screenshots: ## make the pictures of the README again (needs Chromium)
	PLUMBLINE_README=$(CURDIR)/docs/images go test ./frontend -run ReadmeScreenshots -count=1

vendor: ## fetch the pinned front-end files again (needs npm)
	cd tools && go run ./vendorfiles

openapi: ## write docs/openapi.json from the code
	go run . openapi > docs/openapi.json.new
	mv docs/openapi.json.new docs/openapi.json

# Not fatal: tests that need what is missing skip themselves, unless
# PLUMBLINE_REQUIRE_ALL is set.
needs:
	@missing="$$(tools/needs)"; if [ -n "$$missing" ]; then \
		echo "Some tests need what is not installed here. On Debian: apt-get install $$missing"; fi
