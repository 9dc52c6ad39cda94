//! Files that go in parts.

use crate::support::World;
use test_server::{DEFAULT_BUCKET, Fault};

const FORTY_MIB: usize = 40 << 20;

fn large() -> Vec<u8> {
    // As a round of a number of bytes that no part is a multiple of; byte by byte it takes seconds.
    let round: Vec<u8> = (0..=250).collect();
    let mut bytes = round.repeat(FORTY_MIB / round.len() + 1);
    bytes.truncate(FORTY_MIB);
    bytes
}

#[test]
fn forty_mebibytes_go_in_five_parts_and_a_repeat_sends_none() {
    for checksum in ["auto", "required", "off"] {
        let mut world = World::new();
        world.set("CHECKSUM", checksum).write("large.bin", large());
        let report = world.deploy();
        assert_eq!(report["requests"]["UploadPart"], 5);
        let object = world.server.object(DEFAULT_BUCKET, "large.bin").unwrap();
        assert!(object.etag.ends_with("-5"));
        assert!(object.bytes == large());
        assert_eq!(
            object.content_type.as_deref(),
            Some("application/octet-stream")
        );
        assert_eq!(world.deploy()["outcome"], "unchanged");
    }
}

#[test]
fn every_body_carries_a_proof_that_the_server_verifies() {
    for (checksum, header) in [
        ("auto", "content-md5"),
        ("required", "x-amz-checksum-crc64nvme"),
    ] {
        let mut world = World::new();
        world.set("CHECKSUM", checksum);
        world.write("large.bin", large()).write("small", "small");
        world.deploy();
        for operation in ["PutObject", "UploadPart"] {
            for request in world.server.requests_of(operation) {
                assert!(
                    request.headers.contains_key(header),
                    "{operation} without {header}"
                );
                assert!(!request.headers.contains_key("x-amz-trailer"));
            }
        }
    }
}

#[test]
fn one_changed_byte_in_a_large_file_is_noticed() {
    let world = World::new();
    let mut bytes = large();
    world.write("large.bin", &bytes).deploy();
    bytes[30 << 20] ^= 1;
    let report = world.write("large.bin", &bytes).deploy();
    assert_eq!(
        report["planned"]["uploads_by_reason"],
        serde_json::json!({"content": 1})
    );
    assert!(world.bytes("large.bin") == Some(bytes));
}

#[test]
fn a_part_that_fails_aborts_the_upload() {
    let world = World::new();
    world.write("large.bin", large());
    world.server.inject(
        Fault::error(403, "AccessDenied", "Access Denied")
            .on("UploadPart")
            .skip(2),
    );
    let report = world.report(1);
    assert_eq!(report["failed"][0]["key"], "large.bin");
    assert_eq!(world.server.open_uploads(DEFAULT_BUCKET), 0);
    assert!(world.keys().is_empty());
}

#[test]
fn parts_that_cannot_be_removed_are_told() {
    let world = World::new();
    world.write("large.bin", large());
    for operation in ["UploadPart", "AbortMultipartUpload"] {
        world
            .server
            .inject(Fault::error(403, "AccessDenied", "Access Denied").on(operation));
    }
    let ran = world.run_to(1);
    assert!(
        ran.says("WARNING: parts of the failed upload to s3://my-bucket/large.bin stay"),
        "{}",
        ran.stderr
    );
}
