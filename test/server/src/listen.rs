//! The socket and the thread behind it: accepts connections until it is told to stop.

use crate::service::{self, Shared};
use crate::tls::Tls;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::io;
use std::iter;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_rustls::rustls::HandshakeKind;

/// Enough for the two cores of a small machine, and few enough for many servers in one test run.
const WORKER_THREADS: usize = 2;

/// A listening server. Dropping it closes every connection and waits until all is gone.
#[derive(Debug)]
pub(crate) struct Listening {
    address: SocketAddr,
    authority_pem: Option<String>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Listening {
    pub(crate) fn start(
        port: u16,
        addresses: u8,
        tls: Option<Tls>,
        shared: Arc<Shared>,
    ) -> io::Result<Self> {
        let first = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let address = first.local_addr()?;
        let others = (2..=addresses)
            .map(|last| TcpListener::bind((Ipv4Addr::new(127, 0, 0, last), address.port())));
        let listeners: Vec<TcpListener> = iter::once(Ok(first))
            .chain(others)
            .collect::<io::Result<_>>()?;
        for listener in &listeners {
            listener.set_nonblocking(true)?;
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(WORKER_THREADS)
            .enable_all()
            .build()?;
        let authority_pem = tls.as_ref().map(|tls| tls.authority_pem.clone());
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("test-server".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    for listener in listeners {
                        tokio::spawn(accept(listener, tls.clone(), Arc::clone(&shared)));
                    }
                    // Whatever it ends with, all is over then.
                    let _ = stopped.await;
                });
            })?;
        Ok(Self {
            address,
            authority_pem,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn authority_pem(&self) -> Option<&str> {
        self.authority_pem.as_deref()
    }
}

impl Drop for Listening {
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

async fn accept(listener: TcpListener, tls: Option<Tls>, shared: Arc<Shared>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
        return;
    };
    loop {
        match listener.accept().await {
            Ok((stream, _peer)) => {
                tokio::spawn(greet(stream, tls.clone(), Arc::clone(&shared)));
            }
            // The client went away, or the process is out of files and others must end first.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn greet(stream: TcpStream, tls: Option<Tls>, shared: Arc<Shared>) {
    let Ok(address) = stream.local_addr() else {
        return;
    };
    let _connected = shared.history.connected(address.ip());
    let _ = stream.set_nodelay(true);
    match tls {
        None => serve(stream, shared).await,
        Some(tls) => {
            // A client that refuses the certificate ends the handshake.
            if let Ok(stream) = tls.acceptor.accept(stream).await {
                if stream.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed) {
                    shared.history.resumed();
                }
                serve(stream, shared).await;
            }
        }
    }
}

async fn serve<S>(stream: S, shared: Arc<Shared>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request| service::handle(Arc::clone(&shared), request));
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // Connections end with an error whenever a client goes away or a fault cuts them.
    let _ = connection.await;
}
