//! What has to hold after every deploy of a schedule, however it ended.

use super::trouble::Past;
use crate::replay::{Bucket, first_hole};
use crate::support::{NOTE, Ran, World};
use deploy_core::record;
use std::collections::BTreeMap;
use test_server::{Change, DEFAULT_BUCKET};

/// The promises, and how far the history has been looked at.
pub(super) struct Promises {
    seen: usize,
    /// Uploads that a killed deploy left, which nobody could abort.
    left: usize,
    /// The same without parts.
    left_without_parts: usize,
}

impl Promises {
    pub(super) fn new(world: &World) -> Self {
        Self {
            seen: world.server.changes().len(),
            left: 0,
            left_without_parts: 0,
        }
    }

    pub(super) fn check(&mut self, world: &World, ran: &Ran, past: Past) {
        let killed = past.killed && ran.code.is_none();
        let shown = format!("exit {:?}\n{}\n{}", ran.code, ran.stderr, ran.stdout);
        assert!(
            killed || matches!(ran.code, Some(0 | 1 | 3 | 4)),
            "no such exit is expected: {shown}"
        );
        assert!(ran.code == Some(0) || !past.none, "{shown}");
        if ran.code == Some(0) {
            assert_equal(world, &shown, ran.says("WARNING: the note `"));
        }
        self.check_history(world, &shown);
        self.check_uploads(world, ran, killed, &shown);
    }

    /// After a deploy that nothing disturbed.
    pub(super) fn check_end(&mut self, world: &World, ran: &Ran) {
        let shown = format!("{}\n{}", ran.stderr, ran.stdout);
        assert_equal(world, &shown, false);
        self.check_history(world, &shown);
        self.check_uploads(world, ran, false, &shown);
        check_invalidations(world, &shown);
    }

    /// No page ever named what was not there, and when the first object of this run was deleted, all
    /// that the folder has was in the bucket.
    fn check_history(&mut self, world: &World, shown: &str) {
        let changes = world.server.changes();
        assert_eq!(first_hole(&changes), None, "{shown}");
        let (before, of_this_run) = changes.split_at(self.seen);
        self.seen = changes.len();
        let mut bucket = Bucket::default();
        for change in before {
            bucket.apply(change);
        }
        for change in of_this_run {
            if matches!(change, Change::Delete { .. }) && !record::is_own(change.key()) {
                for name in world.files() {
                    let file = std::fs::read(world.path(&name)).unwrap();
                    let is_there = bucket.get(&name) == Some(file.as_slice());
                    let key = change.key();
                    assert!(
                        is_there,
                        "{key} was deleted before {name} was there: {shown}"
                    );
                }
            }
            bucket.apply(change);
        }
    }

    /// No upload is left open, unless the deploy was killed or tells of it.
    fn check_uploads(&mut self, world: &World, ran: &Ran, killed: bool, shown: &str) {
        let with_parts = world.server.open_uploads_with_parts(DEFAULT_BUCKET);
        let without = world.server.open_uploads(DEFAULT_BUCKET) - with_parts;
        let parts_told =
            ran.says("WARNING: parts of the failed upload to s3://my-bucket/large.bin");
        let upload_told = ran.says("WARNING: CreateMultipartUpload for s3://my-bucket/large.bin");
        assert!(
            with_parts <= self.left || killed || parts_told,
            "parts are left: {shown}"
        );
        assert!(
            without <= self.left_without_parts || killed || parts_told || upload_told,
            "an upload is left: {shown}"
        );
        (self.left, self.left_without_parts) = (with_parts, without);
    }
}

/// The bucket has the folder's files, and with DELETE_FLAG nothing else.
fn assert_equal(world: &World, shown: &str, note_may_stay: bool) {
    let files = world.files();
    for name in &files {
        let file = std::fs::read(world.path(name)).unwrap();
        assert!(
            world.bytes(name) == Some(file),
            "{name} is not there: {shown}"
        );
    }
    let mut keys = world.keys();
    let note_stays = keys.iter().any(|key| key == NOTE);
    assert!(!note_stays || note_may_stay, "the note stays: {shown}");
    keys.retain(|key| key != NOTE);
    if world.variable("DELETE_FLAG").is_some() {
        assert_eq!(keys, files, "{shown}");
    }
}

/// Every object that was replaced, and every one that was deleted, was invalidated, the replaced
/// ones after they were.
fn check_invalidations(world: &World, shown: &str) {
    if world.variable("CLOUDFRONT_DISTRIBUTION_ID").is_none() {
        return;
    }
    let mut known = BTreeMap::new();
    let made: Vec<(u64, Vec<String>)> = world
        .server
        .requests_of("CreateInvalidation")
        .into_iter()
        .filter(|request| request.status == Some(201))
        .map(|request| {
            let body = String::from_utf8_lossy(&request.body).into_owned();
            let paths = body.split("<Path>").skip(1);
            let paths = paths.filter_map(|rest| rest.split_once("</Path>"));
            (
                request.sequence,
                paths.map(|(path, _)| path.to_owned()).collect(),
            )
        })
        .collect();
    for change in world.server.changes() {
        let key = change.key().to_owned();
        let (since, stale) = match &change {
            Change::Put { sequence, etag, .. } => {
                let before = known.insert(key.clone(), etag.clone());
                (*sequence, before.is_some_and(|before| before != *etag))
            }
            Change::Delete { .. } => (0, known.remove(&key).is_some()),
        };
        if stale && !record::is_own(&key) {
            let covered = made
                .iter()
                .filter(|(sequence, _)| *sequence > since)
                .any(|(_, paths)| covers(paths, &key));
            assert!(covered, "{key} was not invalidated: {change:?}: {shown}");
        }
    }
}

fn covers(paths: &[String], key: &str) -> bool {
    let url = format!("/{key}");
    paths.iter().any(|path| match path.strip_suffix('*') {
        Some(start) => url.starts_with(start),
        None => *path == url,
    })
}
