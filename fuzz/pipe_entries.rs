//! What the target of the pipe's own parser does with an input, as `entries` does for the core.

use aws_oidc_s3_deploy::config::extra_args;

use super::entries::{KEYS, can_be_sent};

/// EXTRA_ARGS: words, flags, and the patterns of `--exclude` and `--include`.
pub fn extra_args(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Ok(words) = extra_args::words(&text) else {
        return;
    };
    let (args, mistakes) = extra_args::read(&words);
    assert_eq!(extra_args::read(&words), (args.clone(), mistakes.clone()));
    for mistake in mistakes {
        assert!(!mistake.reason.is_empty() && !mistake.help.is_empty());
    }
    for key in KEYS {
        let _either = (args.patterns.takes(key), args.patterns.enters(key));
    }
    can_be_sent(&args.headers);
}
