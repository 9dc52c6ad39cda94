# Of both platforms; the digest is that of the index. Another base is for machines that cannot pull.
ARG BASE=docker.io/library/rust:1.95-bookworm@sha256:6258907abe69656e41cd992e0b705cdcfabcbbe3db374f92ed2d47121282d4a1
FROM ${BASE} AS build

# Writes the list of crates into the binary, where scanners look for it.
RUN cargo install --locked --version 0.7.7 cargo-auditable

WORKDIR /build
COPY Cargo.toml Cargo.lock ./
COPY release release
COPY bench/tools bench/tools
COPY test test
COPY core core
COPY src src
RUN release/build release/auditable && cp target/*/release/aws-oidc-s3-deploy /pipe


FROM scratch

LABEL org.opencontainers.image.title="aws-oidc-s3-deploy" \
      org.opencontainers.image.description="Bitbucket Pipe that deploys a folder to S3 with the step's OIDC token" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.vendor="myorg" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://bitbucket.org/myorg/aws-oidc-s3-deploy" \
      org.opencontainers.image.documentation="https://bitbucket.org/myorg/aws-oidc-s3-deploy/src/master/README.md"

COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /pipe /pipe
COPY LICENSE pipe.yml README.md /

# A panic is a bug, and rarely happens twice: its first message has to say where.
ENV RUST_BACKTRACE=1

# The exec form: there is no shell here that could read the other one. No USER: Bitbucket runs pipes
# as root, so that they can write to the step's folders.
ENTRYPOINT ["/pipe"]
