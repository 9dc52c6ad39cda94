//! Both sides beside one another, in the order of their keys.

use std::cmp::Ordering;
use std::iter::from_fn;

use crate::tree::{LocalFile, LocalTree, RemoteObject, RemoteTree};

/// What there is of one key: a file, an object, or both, each with its index in its tree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) file: Option<(usize, LocalFile)>,
    pub(super) object: Option<(usize, RemoteObject)>,
}

/// Walks both sorted sides once.
pub(super) fn pairs(local: &LocalTree, remote: &RemoteTree) -> impl Iterator<Item = Pair> {
    let mut files = local.files().iter().copied().enumerate().peekable();
    let mut objects = remote.objects().iter().copied().enumerate().peekable();
    from_fn(move || {
        let order = match (files.peek(), objects.peek()) {
            (Some((_, file)), Some((_, object))) => {
                local.key_bytes(file).cmp(remote.key_bytes(object))
            }
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return None,
        };
        Some(Pair {
            file: if order.is_le() { files.next() } else { None },
            object: if order.is_ge() { objects.next() } else { None },
        })
    })
}
