# Sourced by the scripts beside it: which release this is, where it goes, and as whom.
# Not here: what a script sends. It sends by `run`, which `--dry-run` makes print instead.
# shellcheck shell=bash
# shellcheck disable=SC2034 # the scripts that source this use it

name=aws-oidc-s3-deploy
architectures=(amd64 arm64)
version="$(sed -n '/^version = /{s/.*"\(.*\)"/\1/p;q}' Cargo.toml)"
commit="$(git rev-parse HEAD)"
dist="${RELEASE_DIST:-$PWD/target/dist}"
public_key=release/cosign.pub
# A key that never leaves KMS: cosign sends what is to be signed there.
signing_key="${RELEASE_SIGNING_KEY:-awskms:///alias/$name-release}"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
# Logins of this script alone, gone with it; for skopeo and for cosign.
export DOCKER_CONFIG="$work/docker" REGISTRY_AUTH_FILE="$work/docker/config.json"
mkdir -p "$DOCKER_CONFIG"

dry_run=
arguments=()
for argument; do
    case "$argument" in
        --dry-run) dry_run=yes ;;
        -*) fail_usage=yes ;;
        *) arguments+=("$argument") ;;
    esac
done

fail() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}
[[ -z ${fail_usage-} ]] || fail "unknown option; see the first lines of $0"

# Everything that changes something outside of this folder.
run() {
    echo "+ $*" >&2
    [[ -n $dry_run ]] || "$@"
}

# The same, for what reads its standard input.
feed() {
    echo "+ $*" >&2
    if [[ -n $dry_run ]]; then cat >/dev/null; else "$@"; fi
}

needs() {
    local tool
    for tool; do
        command -v "$tool" >/dev/null || fail "needs $tool; release/tools installs it in a step"
    done
}

# The registry that builds are pushed to, by digest, before a tag names them.
own_repository() {
    echo "${RELEASE_ECR:?set it to <account>.dkr.ecr.<region>.amazonaws.com/$name}"
}

# All that users pull from, the one that pipe.yml names first: on Docker Hub, unless it names a host.
repositories() {
    local image
    image="$(sed -n 's,^image: \(.*\):.*,\1,p' pipe.yml)"
    case "${image%%/*}" in
        *.* | *:*) echo "$image" ;;
        *) echo "docker.io/$image" ;;
    esac
    echo "${RELEASE_ECR_PUBLIC:?set it to public.ecr.aws/<alias>/$name}"
    own_repository
}

# As the role that trusts this step's token. By hand, whatever the AWS CLI finds is used.
sign_in() {
    [[ -n ${BITBUCKET_STEP_OIDC_TOKEN-} ]] || return 0
    needs aws
    export AWS_ROLE_ARN="${RELEASE_ROLE_ARN:?set it to the role that may release}"
    export AWS_WEB_IDENTITY_TOKEN_FILE="$work/token"
    export AWS_ROLE_SESSION_NAME="release-${BITBUCKET_BUILD_NUMBER:-0}"
    unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
    (umask 077 && printf %s "$BITBUCKET_STEP_OIDC_TOKEN" >"$AWS_WEB_IDENTITY_TOKEN_FILE")
}

# Logs in to the registry of the repository $1. Passwords go by standard input alone.
log_in() {
    local registry="${1%%/*}" region
    case "$registry" in
        *.dkr.ecr.*.amazonaws.com)
            region="${registry#*.dkr.ecr.}"
            aws ecr get-login-password --region "${region%%.*}" \
                | feed skopeo login --username AWS --password-stdin "$registry"
            ;;
        public.ecr.aws)
            # The one region of its API.
            aws ecr-public get-login-password --region us-east-1 \
                | feed skopeo login --username AWS --password-stdin "$registry"
            ;;
        docker.io)
            # It takes no token of Bitbucket's: an access token with the right to push, secured.
            printf %s "${DOCKER_HUB_TOKEN:?}" \
                | feed skopeo login --username "${DOCKER_HUB_USER:?}" --password-stdin "$registry"
            ;;
    esac
}

# The digest of what the reference $1 names in its registry; nothing where the registry has no such tag.
digest_of() {
    if skopeo inspect --raw "docker://$1" >"$work/manifest" 2>"$work/inspect"; then
        echo "sha256:$(sha256sum <"$work/manifest" | cut -d ' ' -f 1)"
    elif ! grep -qiE 'manifest unknown|name unknown|not found' "$work/inspect"; then
        fail "cannot ask for $1: $(<"$work/inspect")"
    fi
}

# Takes the binary out of the image $1, into the file $2.
binary_of() {
    local layers="$work/layers" layer
    rm -rf "$layers"
    skopeo copy --quiet "docker://$1" "dir:$layers"
    jq -r '.layers[].digest | ltrimstr("sha256:")' "$layers/manifest.json" >"$work/digests"
    while read -r layer; do
        if tar -xzf "$layers/$layer" -C "$work" pipe 2>/dev/null; then
            mv "$work/pipe" "$2"
            return
        fi
    done <"$work/digests"
    fail "$1 has no /pipe"
}
