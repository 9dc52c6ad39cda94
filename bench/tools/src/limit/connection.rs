//! One keep-alive connection to the server, and the requests of one bucket on it.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{ETAG, HOST};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::net::TcpStream;

use crate::Failure;

/// What a key's path keeps as it is.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// Where requests go.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    authority: String,
    name: String,
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Connection {
    bucket: Bucket,
    sender: SendRequest<Full<Bytes>>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    /// With its quotes.
    pub(crate) etag: String,
    pub(crate) body: Bytes,
}

impl Bucket {
    pub(crate) fn new(endpoint: &str, name: &str) -> Result<Self, Failure> {
        let authority = endpoint
            .strip_prefix("http://")
            .ok_or("the endpoint has to begin with http://")?;
        Ok(Self {
            authority: authority.to_owned(),
            name: name.to_owned(),
        })
    }

    pub(crate) async fn connect(&self) -> Result<Connection, Failure> {
        let stream = TcpStream::connect(&self.authority).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // It ends with the sender; what goes wrong before, the sender tells.
        tokio::spawn(connection);
        Ok(Connection {
            bucket: self.clone(),
            sender,
        })
    }
}

impl Connection {
    /// Sends one request; `key` may be empty, `query` begins with `?` or is empty.
    pub(crate) async fn send(
        &mut self,
        method: Method,
        key: &str,
        query: &str,
        body: Bytes,
    ) -> Result<Answer, Failure> {
        let (bucket, path) = (&self.bucket.name, utf8_percent_encode(key, KEPT));
        let request = Request::builder()
            .method(method)
            .uri(format!("/{bucket}/{path}{query}"))
            .header(HOST, &self.bucket.authority)
            .body(Full::new(body))?;
        self.sender.ready().await?;
        let answer = self.sender.send_request(request).await?;
        let (head, body) = answer.into_parts();
        let body = body.collect().await?.to_bytes();
        if !head.status.is_success() {
            return Err(format!("{key}: {} {body:?}", head.status).into());
        }
        let etag = head.headers.get(ETAG).map(|etag| etag.to_str());
        Ok(Answer {
            etag: etag.transpose()?.unwrap_or_default().to_owned(),
            body,
        })
    }
}
