# Sourced by the scripts beside it: the container engine of this machine, as a command to extend.
# shellcheck shell=bash
# shellcheck disable=SC2034 # the scripts that source this use it

image=localhost/aws-oidc-s3-deploy:test
# What the image may weigh, compressed, on each platform.
image_bytes_max=7000000
# This machine's platform, as images name it.
case "$(uname -m)" in
    aarch64) native=arm64 ;;
    *) native=amd64 ;;
esac

if docker info >/dev/null 2>&1; then
    engine=(docker)
else
    for tool in podman runc; do
        if ! command -v "$tool" >/dev/null; then
            echo "There is no Docker engine. Without one: apt-get install podman buildah runc debootstrap" >&2
            exit 1
        fi
    done
    state="$PWD/target/image"
    mkdir -p "$state"
    export CONTAINERS_CONF="$PWD/test/image/containers.conf"
    export STORAGE_DRIVER="${STORAGE_DRIVER:-overlay}"
    engine=(podman --root "$state/storage" --runroot "$state/run")
fi
