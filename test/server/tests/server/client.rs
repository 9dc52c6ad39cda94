//! The smallest client that can do it: one request per connection, signed by hand, so that the
//! server is checked by code that shares nothing with it.

use s3s::crypto::{Checksum as _, Sha256};
use s3s::dto::{Timestamp, TimestampFormat};
use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::SystemTime;
use test_server::Server;

/// Keys to sign with.
pub(crate) struct Keys {
    pub(crate) access: String,
    pub(crate) secret: String,
    pub(crate) token: Option<String>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Answer {
    /// The text of the first element of this name.
    pub(crate) fn element(&self, name: &str) -> &str {
        self.elements(name).first().copied().unwrap_or_default()
    }

    pub(crate) fn elements(&self, name: &str) -> Vec<&str> {
        let tag = format!("<{name}>");
        let pieces = self.body.split(&tag).skip(1);
        pieces.filter_map(|piece| piece.split('<').next()).collect()
    }
}

/// Keys of a new session with the default role.
pub(crate) fn session(server: &Server) -> io::Result<Keys> {
    let answer = assume_role(server, &server.token().sign(), &[])?;
    let text = |name| answer.element(name).to_owned();
    Ok(Keys {
        access: text("AccessKeyId"),
        secret: text("SecretAccessKey"),
        token: Some(text("SessionToken")),
    })
}

pub(crate) fn assume_role(
    server: &Server,
    token: &str,
    more: &[(&str, &str)],
) -> io::Result<Answer> {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("Action", "AssumeRoleWithWebIdentity")
        .append_pair("Version", "2011-06-15")
        .append_pair("RoleArn", server.role_arn())
        .append_pair("RoleSessionName", "acme-site-42")
        .append_pair("WebIdentityToken", token)
        .extend_pairs(more)
        .finish();
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    send(server, "POST", "/", &headers, form.as_bytes())
}

/// A signed S3 request. The query of `target` must be sorted and have a `=` in each part.
pub(crate) fn signed(
    server: &Server,
    keys: &Keys,
    method: &str,
    target: &str,
    more: &[(&str, &str)],
    body: &[u8],
) -> io::Result<Answer> {
    let mut now = Vec::new();
    Timestamp::from(SystemTime::now())
        .format(TimestampFormat::DateTime, &mut now)
        .map_err(io::Error::other)?;
    let time: String = String::from_utf8_lossy(&now).replace(['-', ':'], "");
    let (seconds, _) = time.split_once('.').unwrap_or_default();
    let (time, date) = (
        format!("{seconds}Z"),
        seconds.split('T').next().unwrap_or_default(),
    );
    let host = format!("127.0.0.1:{}", server.port());
    let payload = more
        .iter()
        .find(|(name, _)| *name == "x-amz-content-sha256")
        .map_or("UNSIGNED-PAYLOAD", |(_, value)| value);
    let mut headers: BTreeMap<&str, &str> = more.iter().copied().collect();
    headers.extend([
        ("host", host.as_str()),
        ("x-amz-content-sha256", payload),
        ("x-amz-date", &time),
    ]);
    if let Some(token) = &keys.token {
        headers.insert("x-amz-security-token", token);
    }
    let names = headers.keys().copied().collect::<Vec<_>>().join(";");
    let lines: Vec<String> = headers
        .iter()
        .map(|(name, value)| format!("{name}:{value}\n"))
        .collect();
    let lines = lines.concat();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let request = format!("{method}\n{path}\n{query}\n{lines}\n{names}\n{payload}");
    let scope = format!("{date}/us-east-1/s3/aws4_request");
    let digest = hex(&Sha256::checksum(request.as_bytes()));
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{digest}");
    let mut key = format!("AWS4{}", keys.secret).into_bytes();
    for part in [date, "us-east-1", "s3", "aws4_request"] {
        key = hmac(&key, part.as_bytes());
    }
    let signature = hex(&hmac(&key, text.as_bytes()));
    let credential = format!("{}/{scope}", keys.access);
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"
    );
    headers.remove("host");
    headers.insert("authorization", &authorization);
    let headers: Vec<(&str, &str)> = headers.into_iter().collect();
    send(server, method, target, &headers, body)
}

/// A request as it is.
pub(crate) fn send(
    server: &Server,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port()))?;
    let mut head = format!(
        "{method} {target} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\ncontent-length: {}\r\nconnection: close\r\n",
        server.port(),
        body.len()
    );
    for (name, value) in headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    parse(method, &String::from_utf8_lossy(&bytes))
}

/// An error for an answer that is not there or breaks off.
fn parse(method: &str, text: &str) -> io::Result<Answer> {
    let cut = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(cut)?;
    let mut lines = head.lines();
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let length = headers
        .get("content-length")
        .and_then(|length| length.parse::<usize>().ok());
    if method != "HEAD" && length.is_some_and(|length| body.len() < length) {
        return Err(cut());
    }
    let status = status.ok_or_else(cut)?;
    Ok(Answer {
        status,
        headers,
        body: body.to_owned(),
    })
}

/// HMAC with SHA-256 of <https://www.rfc-editor.org/rfc/rfc2104>; keys here are below one block.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let pad = |filler: u8| {
        let filled = key.iter().copied().chain(std::iter::repeat(0)).take(64);
        filled.map(move |byte| byte ^ filler)
    };
    let inner: Vec<u8> = pad(0x36).chain(message.iter().copied()).collect();
    let outer: Vec<u8> = pad(0x5c).chain(Sha256::checksum(&inner)).collect();
    Sha256::checksum(&outer).to_vec()
}

fn hex(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}
