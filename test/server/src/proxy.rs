//! A proxy on loopback that breaks connections: it knows where a request, its body and its answer
//! begin and end, and resets, stalls or refuses there. What it passes on, it does not change.

use crate::cloudfront;
use crate::operation;
use crate::sync::lock;
use http::Request;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, Interest};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};

/// How long a port stays closed for each time that it refuses.
const REFUSAL: Duration = Duration::from_millis(300);

/// Longest head of a message.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// What happens to a request's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It is reset, and the port takes no connections for a while.
    Refused,
    /// It is reset once the head of the request has come.
    ResetBeforeBody,
    /// It is reset in the middle of the request's body.
    ResetDuringBody,
    /// The request is passed on, and the connection reset in the middle of the answer.
    ResetDuringAnswer,
    /// Nothing more is read, and nothing answered, for as long as the client waits.
    Stalled,
    /// The request is passed on, and the second half of the answer never comes.
    StalledAnswer,
}

/// A running proxy. It stops when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    upstream: SocketAddr,
    orders: Mutex<Vec<Order>>,
    met: Mutex<usize>,
    closed: watch::Sender<bool>,
}

/// Trouble for some requests.
#[derive(Debug)]
struct Order {
    operation: String,
    skip: usize,
    times: usize,
    trouble: Trouble,
}

impl Proxy {
    /// A proxy before the server on this port.
    ///
    /// # Errors
    /// When no port or thread can be had.
    pub fn start(port: u16) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            upstream: (Ipv4Addr::LOCALHOST, port).into(),
            orders: Mutex::default(),
            met: Mutex::default(),
            closed: watch::Sender::new(false),
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let serving = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("test-proxy".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        () = accept(listener, address, serving) => {}
                        _ = stopped => {}
                    }
                });
            })?;
        Ok(Self {
            address,
            shared,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Troubles `times` requests of `operation` after the first `skip` ones.
    pub fn inject(&self, operation: &str, trouble: Trouble, skip: usize, times: usize) {
        lock(&self.shared.orders).push(Order {
            operation: operation.to_owned(),
            skip,
            times,
            trouble,
        });
    }

    /// Passes everything on from now on.
    pub fn clear(&self) {
        lock(&self.shared.orders).clear();
        self.shared.closed.send_replace(false);
    }

    /// How many requests met trouble.
    #[must_use]
    pub fn met(&self) -> usize {
        *lock(&self.shared.met)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // It is gone already if the thread panicked, which joining it shows.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn choose(&self, operation: &str) -> Option<(Trouble, bool)> {
        let mut orders = lock(&self.orders);
        let fitting = orders
            .iter_mut()
            .filter(|order| order.operation == operation);
        for order in fitting {
            if order.skip > 0 {
                order.skip -= 1;
            } else if order.times > 0 {
                let forever = order.times == usize::MAX;
                order.times -= usize::from(!forever);
                *lock(&self.met) += 1;
                return Some((order.trouble, forever));
            }
        }
        None
    }
}

async fn accept(listener: std::net::TcpListener, address: SocketAddr, shared: Arc<Shared>) {
    let Ok(mut listener) = TcpListener::from_std(listener) else {
        return;
    };
    let mut closed = shared.closed.subscribe();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted.ok(),
            () = until(&mut closed, true) => None,
        };
        if let Some((stream, _peer)) = accepted {
            tokio::spawn(serve(stream, Arc::clone(&shared)));
        }
        if *closed.borrow() {
            drop(listener);
            until(&mut closed, false).await;
            listener = bind(address).await;
        }
    }
}

async fn until(closed: &mut watch::Receiver<bool>, wanted: bool) {
    // The sender lives as long as the task that waits here.
    let _ = closed.wait_for(|closed| *closed == wanted).await;
}

async fn bind(address: SocketAddr) -> TcpListener {
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => return listener,
            // Somebody has the port for a moment, as the other end of a connection.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn serve(client: TcpStream, shared: Arc<Shared>) {
    // Connections end with an error whenever one side goes away.
    let _ = relay(client, &shared).await;
}

async fn relay(client: TcpStream, shared: &Shared) -> io::Result<()> {
    let server = TcpStream::connect(shared.upstream).await?;
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (mut client, mut server) = (Side::new(client), Side::new(server));
    while let Some(head) = client.head().await? {
        if *shared.closed.borrow() {
            return client.reset();
        }
        let trouble = shared.choose(&operation_of(&head));
        match trouble {
            Some((Trouble::Refused, forever)) => {
                shared.closed.send_replace(true);
                client.reset()?;
                if !forever {
                    tokio::time::sleep(REFUSAL).await;
                    shared.closed.send_replace(false);
                }
                return Ok(());
            }
            Some((Trouble::ResetBeforeBody, _)) => return client.reset(),
            Some((Trouble::Stalled, _)) => return client.wait_for_its_end().await,
            _ => {}
        }
        server.stream.write_all(&head).await?;
        let length = length_of(&head);
        if let (Some((Trouble::ResetDuringBody, _)), Length::Bytes(length)) = (trouble, length) {
            client.pass(&mut server, length / 2).await?;
            return client.reset();
        }
        client.pass_body(&mut server, length).await?;
        let answer = loop {
            let answer = server.head().await?;
            let answer = answer.ok_or(io::ErrorKind::UnexpectedEof)?;
            if !answer.starts_with(b"HTTP/1.1 1") {
                break answer;
            }
            client.stream.write_all(&answer).await?;
        };
        match trouble {
            Some((Trouble::ResetDuringAnswer, _)) => {
                // Half of the head, or of the body if there is one.
                server.pass_half(&mut client, &answer).await?;
                return client.reset();
            }
            Some((Trouble::StalledAnswer, _)) => {
                server.pass_half(&mut client, &answer).await?;
                return client.wait_for_its_end().await;
            }
            _ => {}
        }
        client.stream.write_all(&answer).await?;
        let no_body = answer.starts_with(b"HTTP/1.1 204") || head.starts_with(b"HEAD ");
        if !no_body {
            server.pass_body(&mut client, length_of(&answer)).await?;
        }
    }
    Ok(())
}

/// One side of a connection, with what was read ahead of it.
struct Side {
    stream: TcpStream,
    ahead: Vec<u8>,
}

impl Side {
    fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            ahead: Vec::new(),
        }
    }

    /// The next head, with the empty line at its end; `None` at the end of the connection.
    async fn head(&mut self) -> io::Result<Option<Vec<u8>>> {
        self.through(b"\r\n\r\n").await
    }

    async fn through(&mut self, end: &[u8]) -> io::Result<Option<Vec<u8>>> {
        loop {
            let found = self
                .ahead
                .windows(end.len())
                .position(|window| window == end);
            if let Some(place) = found {
                let rest = self.ahead.split_off(place + end.len());
                return Ok(Some(std::mem::replace(&mut self.ahead, rest)));
            }
            if self.ahead.len() > HEAD_BYTES_MAX {
                return Err(io::ErrorKind::InvalidData.into());
            }
            if self.stream.read_buf(&mut self.ahead).await? == 0 {
                return Ok(None);
            }
        }
    }

    /// Passes `count` bytes on to `other`.
    async fn pass(&mut self, other: &mut Self, mut count: usize) -> io::Result<()> {
        while count > 0 {
            if self.ahead.is_empty() && self.stream.read_buf(&mut self.ahead).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let piece = self.ahead.len().min(count);
            let rest = self.ahead.split_off(piece);
            other.stream.write_all(&self.ahead).await?;
            self.ahead = rest;
            count -= piece;
        }
        Ok(())
    }

    async fn pass_body(&mut self, other: &mut Self, length: Length) -> io::Result<()> {
        match length {
            Length::Bytes(count) => self.pass(other, count).await,
            Length::Chunks => loop {
                let line = self.through(b"\r\n").await?;
                let line = line.ok_or(io::ErrorKind::UnexpectedEof)?;
                other.stream.write_all(&line).await?;
                let size = String::from_utf8_lossy(&line);
                let size = usize::from_str_radix(size.trim(), 16);
                let size = size.map_err(|_| io::ErrorKind::InvalidData)?;
                self.pass(other, size + 2).await?;
                if size == 0 {
                    return Ok(());
                }
            },
        }
    }

    /// Passes half of an answer on: its head and half of its body, or half of the head alone.
    async fn pass_half(&mut self, other: &mut Self, head: &[u8]) -> io::Result<()> {
        match length_of(head) {
            Length::Bytes(0) | Length::Chunks => {
                let (half, _) = head.split_at(head.len() / 2);
                other.stream.write_all(half).await
            }
            Length::Bytes(length) => {
                other.stream.write_all(head).await?;
                self.pass(other, length / 2).await
            }
        }
    }

    /// Ends the connection with a reset instead of a farewell.
    fn reset(self) -> io::Result<()> {
        self.stream.set_zero_linger()
    }

    /// Reads nothing, until the client has gone.
    async fn wait_for_its_end(self) -> io::Result<()> {
        loop {
            let interest = Interest::READABLE | Interest::ERROR;
            let ready = self.stream.ready(interest).await?;
            if ready.is_read_closed() || ready.is_error() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// How long a body is.
#[derive(Clone, Copy)]
enum Length {
    Bytes(usize),
    Chunks,
}

fn length_of(head: &[u8]) -> Length {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let value = |name: &str| {
        head.lines()
            .filter_map(|line| line.split_once(':'))
            .find_map(|(found, value)| (found == name).then(|| value.trim()))
    };
    if value("transfer-encoding").is_some_and(|value| value.contains("chunked")) {
        return Length::Chunks;
    }
    let length = value("content-length").and_then(|value| value.parse().ok());
    Length::Bytes(length.unwrap_or(0))
}

/// The operation's API name. Of STS there is only one.
fn operation_of(head: &[u8]) -> String {
    let head = String::from_utf8_lossy(head);
    let mut words = head.split_ascii_whitespace();
    let (method, uri) = (words.next(), words.next());
    let request = Request::builder()
        .method(method.unwrap_or_default())
        .uri(uri.unwrap_or_default())
        .header("host", "127.0.0.1")
        .body(());
    let Ok(request) = request else {
        return String::new();
    };
    let (parts, ()) = request.into_parts();
    let identified = if parts.uri.path().starts_with(cloudfront::PATH_PREFIX) {
        cloudfront::identify(&parts)
    } else if parts.uri.path() == "/" && parts.method == http::Method::POST {
        return "AssumeRoleWithWebIdentity".to_owned();
    } else {
        operation::identify(&parts, &operation::query_of(parts.uri.query()))
    };
    identified.operation.to_owned()
}
