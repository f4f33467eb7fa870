# Everything a developer of why403 runs. "make" alone lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

GO ?= go

# The Go programs of .ci are not part of ./... because of the dot.
PKGS ?= ./... ./.ci/totals ./.ci/release

# The race detector needs a C compiler; without one the tests run without it.
RACE ?= $(if $(shell command -v $${CC:-cc} gcc),-race,)

# Builds are the same on every machine: no paths, no build id, no version control stamp.
# lambda.norpc leaves out what only the retired go1.x Lambda runtime needed.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unreleased)
BUILDFLAGS := -trimpath -buildvcs=false -tags lambda.norpc -ldflags '-s -w -buildid= -X why403/pkg/version.stamped=$(VERSION)'
LAMBDA_ARCH ?= arm64

BENCH ?= .
FUZZTIME ?= 30s

GOLANGCI_LINT_VERSION := v2.15.0
GOLANGCI_LINT ?= $(shell command -v golangci-lint || echo "$$($(GO) env GOPATH)/bin/golangci-lint")

.PHONY: help
help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: build
build: ## build bin/why403, and dist/NAME/bootstrap for each Lambda function
	@for dir in cmd/*/; do \
		[ -e "$$dir" ] || continue; \
		name=$$(basename "$$dir"); \
		echo "bin/$$name"; \
		CGO_ENABLED=0 $(GO) build $(BUILDFLAGS) -o "bin/$$name" "./$$dir"; \
	done
	@for dir in functions/*/; do \
		[ -e "$$dir" ] || continue; \
		name=$$(basename "$$dir"); \
		echo "dist/$$name/bootstrap (linux/$(LAMBDA_ARCH))"; \
		CGO_ENABLED=0 GOOS=linux GOARCH=$(LAMBDA_ARCH) $(GO) build $(BUILDFLAGS) -o "dist/$$name/bootstrap" "./$$dir"; \
	done

.PHONY: release
release: ## build dist/release: command line, functions, bill of materials, sums; VERSION=v1.2.3
	@$(GO) run ./.ci/release -version '$(VERSION)' -out dist/release
	@cd dist/release && sha256sum --check --quiet SHA256SUMS && ls -l

.PHONY: test
test: ## run every test and print the totals; PKGS=./pkg/policy/... for some, RACE= for no race detector
	@$(GO) build -buildvcs=false -o bin/totals ./.ci/totals
	@$(if $(strip $(RACE)),,echo "without the race detector")
	@$(GO) test -json $(RACE) -count=1 $(PKGS) | bin/totals

.PHONY: lint lint-format lint-vet lint-go lint-templates
lint: lint-format lint-vet lint-go lint-templates ## check format, go vet, golangci-lint and the CloudFormation templates

lint-format:
	@unformatted=$$(gofmt -s -l .); if [ -n "$$unformatted" ]; then \
		echo "not formatted; run gofmt -s -w on:"; echo "$$unformatted"; exit 1; fi
	@echo "gofmt: ok"

lint-vet:
	@$(GO) vet ./... ./.ci/totals ./.ci/release
	@echo "go vet: ok"

lint-go:
	@if ! [ -x "$(GOLANGCI_LINT)" ]; then \
		echo "golangci-lint is not installed. Install it with:"; \
		echo "  go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)"; exit 1; fi
	@"$(GOLANGCI_LINT)" run ./... ./.ci/totals ./.ci/release
	@echo "golangci-lint: ok"

lint-templates:
	@.ci/lint-templates

.PHONY: bench
bench: ## run the benchmarks; BENCH=Name for some
	@$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem $(PKGS)

.PHONY: fuzz
fuzz: ## run each fuzz test for FUZZTIME (30s)
	@grep -roE --include='*_test.go' '^func Fuzz\w*' . | sort | while IFS=: read -r file func; do \
		name=$${func#func }; dir=$$(dirname "$$file"); \
		echo "== $$dir $$name, $(FUZZTIME)"; \
		$(GO) test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "$$dir" </dev/null || exit 1; \
	done || [ -z "$$(grep -rlE --include='*_test.go' '^func Fuzz' .)" ]

.PHONY: demo
demo: ## explain the sample events; needs no AWS
	@$(GO) run ./cmd/why403 audit events/

.PHONY: clean
clean: ## remove what build and test made
	rm -rf bin dist
