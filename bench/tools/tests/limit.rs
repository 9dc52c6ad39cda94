//! `limit` has to leave the bucket as the folder is: what it is compared with does so too.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use test_server::{DEFAULT_BUCKET, Object, Server};

const MIB: usize = 1024 * 1024;

/// Deploys `folder`, and returns what `measure` says of it.
fn deploy(server: &Server, folder: &Path) -> io::Result<Value> {
    let limit = env!("CARGO_BIN_EXE_limit").to_owned();
    let folder = folder.display().to_string();
    let bucket = DEFAULT_BUCKET.to_owned();
    measure(&[limit, server.endpoint(), bucket, folder, "4".to_owned()])
}

fn measure(command: &[String]) -> io::Result<Value> {
    let taken = tempfile::NamedTempFile::new()?;
    let status = Command::new(env!("CARGO_BIN_EXE_measure"))
        .arg(taken.path())
        .args(command)
        .status()?;
    if !status.success() {
        return Err(io::Error::other(format!("measure: {status}")));
    }
    Ok(serde_json::from_slice(&fs::read(taken.path())?)?)
}

fn bucket(server: &Server) -> BTreeMap<String, Object> {
    server.objects(DEFAULT_BUCKET)
}

#[test]
fn what_differs_is_put() {
    let server = Server::builder().anonymous().start();
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("sub dir")).unwrap();
    // More than a page of a listing.
    let names: Vec<String> = (0..1100)
        .map(|index| format!("sub dir/ü&{index}"))
        .collect();
    for name in &names {
        fs::write(folder.path().join(name), name).unwrap();
    }
    let taken = deploy(&server, folder.path()).unwrap();
    assert_eq!(taken["exit_code"], 0);
    assert_eq!(server.count("PutObject"), names.len());
    let expected = names.iter().map(|name| (name.clone(), name.clone().into()));
    let held = bucket(&server).into_iter();
    assert!(
        held.map(|(key, object)| (key, object.bytes))
            .eq(expected.collect::<BTreeMap<_, _>>())
    );

    server.clear_requests();
    fs::write(folder.path().join("sub dir/ü&7"), "sub dir/Ü&7").unwrap();
    fs::write(folder.path().join("sub dir/ü&8"), "").unwrap();
    fs::write(folder.path().join("new"), "").unwrap();
    deploy(&server, folder.path()).unwrap();
    assert_eq!(server.count("ListObjectsV2"), 2);
    assert_eq!(server.count("PutObject"), 3);
    assert_eq!(bucket(&server)["sub dir/ü&7"].bytes, "sub dir/Ü&7");
    assert_eq!(bucket(&server)["sub dir/ü&8"].bytes, "");
    assert!(bucket(&server).contains_key("new"));

    server.clear_requests();
    deploy(&server, folder.path()).unwrap();
    assert_eq!(server.count("PutObject"), 0);
}

#[test]
fn a_large_file_goes_in_parts() {
    let server = Server::builder().anonymous().start();
    let folder = tempfile::tempdir().unwrap();
    let bytes: Vec<u8> = (0..=250).cycle().take(17 * MIB).collect();
    fs::write(folder.path().join("large"), &bytes).unwrap();
    let taken = deploy(&server, folder.path()).unwrap();
    assert_eq!(server.count("UploadPart"), 3);
    let object = bucket(&server).remove("large").unwrap();
    assert!(object.bytes == bytes, "other bytes than the file's");
    assert!(object.etag.ends_with("-3"));
    let peak_kib = taken["peak_kib"].as_u64().unwrap();
    assert!((1024..1024 * 1024).contains(&peak_kib), "{taken}");
}

#[test]
fn measure_tells_of_a_failure() {
    let command = ["sh", "-c", "exit 3"].map(str::to_owned);
    let taken = measure(&command).unwrap();
    assert_eq!(taken["exit_code"], 3);
    assert!(taken["wall_micros"].as_u64().unwrap() > 0);
}
