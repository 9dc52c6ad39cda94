//! The server as a process of its own: what it prints, and HTTPS with a certificate authority that it
//! hands out.

use serde_json::Value;
use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto};

/// Ends with the test, whatever becomes of it.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // An error means that it has ended already.
        let _ended = self.0.kill();
        let _ended = self.0.wait();
    }
}

/// The process and the variables that it prints.
fn start(arguments: &[&str]) -> Result<(Process, BTreeMap<String, String>), Box<dyn Error>> {
    let child = Command::new(env!("CARGO_BIN_EXE_test-server"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut process = Process(child);
    let lines = BufReader::new(process.0.stdout.take().ok_or("no output")?).lines();
    let mut variables = BTreeMap::new();
    for line in lines {
        let line = line?;
        let variable = line.strip_prefix("export ").ok_or("no variable")?;
        let (name, value) = variable.split_once('=').ok_or("no value")?;
        variables.insert(name.to_owned(), value.to_owned());
        if name == "BITBUCKET_STEP_OIDC_TOKEN" {
            break;
        }
    }
    Ok((process, variables))
}

/// What the server says of its run, asked over TLS.
fn measures(config: &Arc<ClientConfig>, authority: &str) -> Result<Value, Box<dyn Error>> {
    let name = ServerName::try_from("127.0.0.1")?;
    let connection = ClientConnection::new(Arc::clone(config), name)?;
    let mut stream = StreamOwned::new(connection, TcpStream::connect(authority)?);
    let request =
        format!("GET /_test/measures HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (_, body) = answer.split_once("\r\n\r\n").ok_or("no body")?;
    Ok(serde_json::from_str(body)?)
}

#[test]
fn https_is_for_who_trusts_the_authority_that_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let (_process, variables) = start(&["--tls", file.to_str().unwrap()]).unwrap();
    assert_eq!(variables["AWS_CA_BUNDLE"], file.to_str().unwrap());
    let authority = variables["AWS_ENDPOINT_URL"]
        .strip_prefix("https://")
        .unwrap();

    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(&file).unwrap())
        .unwrap();
    let provider = Arc::new(crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let config = Arc::new(config);
    let first = measures(&config, authority).unwrap();
    assert_eq!(
        (&first["connections"], &first["resumed"]),
        (&1.into(), &0.into())
    );
    // With what the first connection was given for it.
    let second = measures(&config, authority).unwrap();
    assert_eq!(
        (&second["connections"], &second["resumed"]),
        (&2.into(), &1.into())
    );
}

#[test]
fn without_tls_there_is_no_authority() {
    let (_process, variables) = start(&["--throttle", "500:60", "--tail", "100:2000"]).unwrap();
    assert!(!variables.contains_key("AWS_CA_BUNDLE"));
    assert!(variables["AWS_ENDPOINT_URL"].starts_with("http://127.0.0.1:"));
}
