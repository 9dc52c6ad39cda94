# The recipes of this project. `make demo` and `make test-rust` need a Rust toolchain, `make test-peers`
# Python 3 as well, and `make test-page` Chromium too; `make test` is all of them.

TARGET := $(or $(CARGO_TARGET_DIR),target)
PIPE := $(TARGET)/debug/aws-oidc-s3-deploy
DEMO := $(TARGET)/debug/demo $(PIPE) test/site

# How long `make fuzz` spends on each target.
FUZZ_SECONDS := 60
FUZZ_TARGETS := $(notdir $(basename $(wildcard fuzz/fuzz_targets/*.rs)))

# Tools that recipes install, of these versions; the Dockerfile names that of cargo-auditable.
TOOLS := $(abspath $(TARGET))/tools
CARGO_DENY_VERSION := 0.20.2
CARGO_AUDITABLE_VERSION := $(shell sed -n 's/^RUN cargo install .*--version \(.*\) cargo-auditable$$/\1/p' Dockerfile)

# Tests wait for servers and processes more than they compute.
export RUST_TEST_THREADS ?= 12

.PHONY: demo test test-rust test-peers test-page test-release lint ci image release audit reproducible bench fuzz

# Deploys the sample site to a server on loopback, twice.
demo:
	cargo build --locked --workspace
	$(DEMO)

# Everything.
test: test-rust test-peers test-page

# Units, properties, and the real binary against the embedded server.
test-rust:
	cargo test --locked --workspace

# The real binary against moto, rclone and SeaweedFS, and beside aws-cli; what `setup` prints with the
# tools that it is printed for, and the benchmark's harness. They run what the tests above built.
test-peers:
	cargo test --locked --workspace --no-run
	test/servers/run $(PIPE)
	test/servers/run $(PIPE) --server rclone
	test/servers/run $(PIPE) --server seaweedfs
	test/differential/run $(PIPE)
	test/setup/run $(PIPE)
	bench/test/run $(PIPE)

# The page of REPORT_FILE in Chromium. It runs what the tests above built.
test-page:
	cargo test --locked --workspace --no-run
	test/page/run $(PIPE)

lint:
	cargo fmt --all --check
	cargo metadata --locked --manifest-path fuzz/Cargo.toml --format-version 1 >/dev/null
	cargo clippy --locked --workspace --all-targets -- --deny warnings
	RUSTDOCFLAGS='--deny warnings' cargo doc --locked --workspace --no-deps --document-private-items

# The pipelines against Bitbucket's schema, every script under shellcheck, and those of a release with a
# registry on loopback and stand-ins for what signs and signs in.
test-release:
	test/release/run

# The demo runs with what the tests built: another build would only differ in its features.
ci: lint test test-release
	$(DEMO)

# Builds the image for both platforms, with or without a Docker engine, and tries it; says which one it
# could not.
image: $(TOOLS)/bin/cargo-auditable
	PATH="$(TOOLS)/bin:$$PATH" test/image/run

# Looks for input that breaks a parser, with libFuzzer, which a C++ compiler builds. The crate has no
# unsafe code, so that sanitizers would find nothing. What is found is kept in fuzz/artifacts; new
# inputs of worth go into a folder of their own, not into the kept corpus.
fuzz:
	CARGO_TARGET_DIR=fuzz/target RUSTC_WRAPPER=$(abspath fuzz/instrument) \
	    cargo build --locked --manifest-path fuzz/Cargo.toml --features pipe
	for target in $(FUZZ_TARGETS); do \
	    mkdir -p fuzz/target/found/$$target fuzz/artifacts/$$target; \
	    fuzz/target/debug/$$target -artifact_prefix=fuzz/artifacts/$$target/ \
	        -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
	        fuzz/target/found/$$target fuzz/corpus/$$target \
	        || exit 1; \
	done

# Measures the pipe beside its peers, which it installs, and writes bench/RESULTS.md: some 35 minutes
# beside the builds, at most 40. `bench/run --only tls` and the like measure some of it.
bench:
	bench/run

# The binary of the image, without the list of crates in it.
release:
	release/build

# Licences, sources and bans. Advisories come from a database that is fetched from elsewhere:
# `cargo deny check advisories`, and for a built binary `cargo audit bin`.
audit: $(TOOLS)/bin/cargo-deny
	$< --locked check bans licenses sources

# Two builds of the last commit, compared.
reproducible: $(TOOLS)/bin/cargo-auditable
	PATH="$(TOOLS)/bin:$$PATH" release/reproducible release/auditable

$(TOOLS)/bin/cargo-deny:
	cargo install --locked --root $(TOOLS) --version $(CARGO_DENY_VERSION) cargo-deny

$(TOOLS)/bin/cargo-auditable:
	cargo install --locked --root $(TOOLS) --version $(CARGO_AUDITABLE_VERSION) cargo-auditable
