//! Holds SECURITY.md to the tests that it names, and the list of packages to what it says.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

/// Where a test of this module may stand: in `test`, or beside the code in a file of its own or at
/// the end of the code's.
fn files(module: &str) -> Vec<PathBuf> {
    let path = module.replace("::", "/");
    let code = path.trim_end_matches("/tests");
    let is_unit = code != path;
    let names = if is_unit {
        let crates = ["src", "core/src"].into_iter();
        crates
            .flat_map(|folder| {
                [
                    format!("{folder}/{path}.rs"),
                    format!("{folder}/{path}/mod.rs"),
                    format!("{folder}/{code}.rs"),
                    format!("{folder}/{code}/mod.rs"),
                ]
            })
            .collect()
    } else {
        vec![
            format!("test/pipe/{path}.rs"),
            format!("test/pipe/{path}/mod.rs"),
            format!("test/{path}/main.rs"),
        ]
    };
    names.into_iter().map(|name| root().join(name)).collect()
}

/// Whether the test `name`, such as `module::test`, is there, and is a test.
fn is_there(name: &str) -> bool {
    let (module, function) = name.rsplit_once("::").unwrap();
    let definition = format!("#[test]\nfn {function}() {{");
    files(module).iter().any(|path| {
        let text = fs::read_to_string(path).unwrap_or_default();
        let text: Vec<&str> = text.lines().map(str::trim).collect();
        text.join("\n").contains(&definition)
    })
}

/// The cells of every row of SECURITY.md's tables.
fn rows() -> Vec<Vec<String>> {
    let text = read("SECURITY.md");
    let rows = text.lines().filter(|line| line.starts_with("| "));
    let cells = |row: &str| -> Vec<String> {
        let row = row.trim_matches('|');
        row.split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let rows = rows.map(cells);
    rows.filter(|cells| !cells[0].starts_with("---") && cells[2] != "Held by")
        .collect()
}

#[test]
fn every_test_that_the_threat_model_names_exists() {
    let rows = rows();
    assert!(rows.len() > 20);
    let mut missing = Vec::new();
    for cells in &rows {
        let names: Vec<&str> = cells[2].split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "{cells:?} is held by nothing");
        missing.extend(names.into_iter().filter(|name| !is_there(name)));
    }
    assert_eq!(missing, [""; 0]);
}

#[test]
fn a_test_that_does_not_exist_is_noticed() {
    assert!(is_there("security::a_test_that_does_not_exist_is_noticed"));
    assert!(is_there(
        "base::secret::tests::debug_shows_nothing_of_the_secret"
    ));
    for name in [
        "security::no_such_test",
        "no_such_module::x",
        "security::is_there",
        "base::secret::debug_shows_nothing_of_the_secret",
    ] {
        assert!(!is_there(name), "{name}");
    }
}

/// The packages of a lock file, each with its lines.
fn packages(lock: &str) -> Vec<String> {
    let text = read(lock);
    let packages = text.split("[[package]]\n").skip(1);
    packages.map(str::to_owned).collect()
}

fn field<'a>(package: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = package.lines();
    lines.find_map(|line| {
        line.strip_prefix(name)?
            .strip_prefix(" = \"")?
            .strip_suffix('"')
    })
}

/// Those that are written here.
const OWN: &[&str] = &[
    "aws-oidc-s3-deploy",
    "bench-tools",
    "deploy-core",
    "test-server",
];

#[test]
fn every_package_is_of_the_registry_with_its_checksum() {
    let fuzz: &[&str] = &[
        "aws-oidc-s3-deploy",
        "aws-oidc-s3-deploy-fuzz",
        "deploy-core",
    ];
    for (lock, own) in [("Cargo.lock", OWN), ("fuzz/Cargo.lock", fuzz)] {
        let packages = packages(lock);
        assert!(packages.len() > 100, "{lock}");
        for package in packages {
            let name = field(&package, "name").unwrap();
            if own.contains(&name) {
                continue;
            }
            let source = field(&package, "source");
            let registry = "registry+https://github.com/rust-lang/crates.io-index";
            assert_eq!(source, Some(registry), "{name}");
            let checksum = field(&package, "checksum").unwrap_or_default();
            assert_eq!(checksum.len(), 64, "{name}");
        }
    }
}

#[test]
fn there_is_one_tls_stack() {
    let packages = packages("Cargo.lock");
    let names: BTreeSet<_> = packages
        .iter()
        .filter_map(|package| field(package, "name"))
        .collect();
    assert!(names.contains("rustls") && names.contains("ring"));
    for other in [
        "aws-lc-rs",
        "aws-lc-sys",
        "native-tls",
        "openssl",
        "openssl-sys",
        "s2n-tls",
    ] {
        assert!(!names.contains(other), "{other}");
    }
}
