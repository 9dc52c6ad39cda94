//! A proxy that tunnels: CONNECT and nothing else. It writes down who was asked for, and can refuse.

use crate::sync::lock;
use crate::tls::{Certificate, Tls};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// Longest head of a request that is read.
const HEAD_BYTES_MAX: usize = 8 * 1024;

/// What the proxy does with a CONNECT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connect {
    /// It opens the tunnel.
    Allow,
    /// It opens a tunnel to this port of loopback, whoever is asked for.
    To(u16),
    /// It answers with this status.
    Refuse(u16),
}

/// A CONNECT that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The request's target, for example `127.0.0.1:443`.
    pub target: String,
    /// The value of Proxy-Authorization.
    pub authorization: Option<String>,
}

/// A running proxy. It stops when it is dropped.
#[derive(Debug)]
pub struct ConnectProxy {
    address: SocketAddr,
    authority_pem: Option<String>,
    asked: Arc<Mutex<Vec<Asked>>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl ConnectProxy {
    /// Starts a proxy on a free port of loopback, itself behind TLS if there is a certificate.
    ///
    /// # Errors
    ///
    /// If the port cannot be bound or the thread cannot be started.
    pub fn start(connect: Connect, certificate: Option<Certificate>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let tls = certificate.map(Tls::new).transpose()?;
        let authority_pem = tls.as_ref().map(|tls| tls.authority_pem.clone());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let proxy = Proxy {
            connect,
            tls,
            asked: Arc::clone(&asked),
        };
        let thread = std::thread::Builder::new()
            .name("connect-proxy".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        () = proxy.accept(listener) => {}
                        _ = stopped => {}
                    }
                });
            })?;
        Ok(Self {
            address,
            authority_pem,
            asked,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// `http://USER@127.0.0.1:PORT`, or `https://…` with TLS; `user` may be empty.
    #[must_use]
    pub fn url(&self, user: &str) -> String {
        let scheme = self.authority_pem.as_ref().map_or("http", |_| "https");
        let at = if user.is_empty() { "" } else { "@" };
        format!("{scheme}://{user}{at}{}", self.address)
    }

    /// The certificate authority that clients have to trust; `None` without TLS.
    #[must_use]
    pub fn authority_pem(&self) -> Option<&str> {
        self.authority_pem.as_deref()
    }

    /// Every CONNECT so far, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        lock(&self.asked).clone()
    }
}

impl Drop for ConnectProxy {
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

#[derive(Clone)]
struct Proxy {
    connect: Connect,
    tls: Option<Tls>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Proxy {
    async fn accept(self, listener: TcpListener) {
        let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
            return;
        };
        loop {
            match listener.accept().await {
                Ok((stream, _peer)) => {
                    let proxy = self.clone();
                    // A connection that breaks is the client's to notice.
                    tokio::spawn(async move { drop(proxy.greet(stream).await) });
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }

    async fn greet(self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        match &self.tls {
            None => self.serve(stream).await,
            Some(tls) => self.serve(tls.acceptor.accept(stream).await?).await,
        }
    }

    async fn serve<S: AsyncRead + AsyncWrite + Unpin>(&self, mut client: S) -> io::Result<()> {
        let head = head(&mut client).await?;
        let Some(asked) = asked(&head) else {
            return client
                .write_all(b"HTTP/1.1 405 Method Not Allowed\r\ncontent-length: 0\r\n\r\n")
                .await;
        };
        let target = asked.target.clone();
        lock(&self.asked).push(asked);
        match self.connect {
            Connect::Refuse(status) => {
                let answer = format!("HTTP/1.1 {status} Refused\r\ncontent-length: 0\r\n\r\n");
                client.write_all(answer.as_bytes()).await?;
                client.shutdown().await
            }
            Connect::Allow | Connect::To(_) => {
                let mut server = match self.connect {
                    Connect::To(port) => TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?,
                    _ => TcpStream::connect(target).await?,
                };
                client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
                tokio::io::copy_bidirectional(&mut client, &mut server).await?;
                Ok(())
            }
        }
    }
}

/// The head of a request, byte by byte so that nothing behind it is taken.
async fn head<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < HEAD_BYTES_MAX {
        head.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

fn asked(head: &str) -> Option<Asked> {
    let mut lines = head.lines();
    let target = lines.next()?.strip_prefix("CONNECT ")?;
    let headers = lines.filter_map(|line| line.split_once(": "));
    let authorization = headers
        .filter(|(name, _)| name.eq_ignore_ascii_case("proxy-authorization"))
        .map(|(_, value)| value.to_owned())
        .next();
    Some(Asked {
        target: target.split(' ').next()?.to_owned(),
        authorization,
    })
}
