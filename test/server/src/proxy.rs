//! A proxy on loopback that breaks connections: it knows where a request, its body and its answer
//! begin and end, and resets, stalls or refuses there. What it passes on, it does not change.

mod side;

use crate::cloudfront;
use crate::operation;
use crate::sync::lock;
use http::Request;
use side::{Length, Side, length_of};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{oneshot, watch};

/// How long a port stays closed for each time that it refuses.
const REFUSAL: Duration = Duration::from_millis(300);

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
    /// The request's body is read slowly, without a longer pause.
    Slow,
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
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let listener = runtime.block_on(async { bind((Ipv4Addr::LOCALHOST, 0).into()) })?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            upstream: (Ipv4Addr::LOCALHOST, port).into(),
            orders: Mutex::default(),
            met: Mutex::default(),
            closed: watch::Sender::new(false),
        });
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

async fn accept(mut listener: TcpListener, address: SocketAddr, shared: Arc<Shared>) {
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
            listener = bind_again(address).await;
        }
    }
}

async fn until(closed: &mut watch::Receiver<bool>, wanted: bool) {
    // The sender lives as long as the task that waits here.
    let _ = closed.wait_for(|closed| *closed == wanted).await;
}

/// Small buffers, so that a client notices how fast the proxy reads.
fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.set_recv_buffer_size(64 * 1024)?;
    socket.bind(address)?;
    socket.listen(1024)
}

async fn bind_again(address: SocketAddr) -> TcpListener {
    loop {
        match bind(address) {
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
        if let (Some((Trouble::Slow, _)), Length::Bytes(length)) = (trouble, length) {
            client.pass_slowly(&mut server, length).await?;
        } else {
            client.pass_body(&mut server, length).await?;
        }
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
