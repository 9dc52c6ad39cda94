//! One side of a connection: reads heads and bodies of messages, and passes them on, whole, in part
//! or slowly.

use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, Interest};
use tokio::net::TcpStream;

/// Bytes that are read at a time.
const READ_BYTES: usize = 64 * 1024;

/// What is read of a slow body at a time, and the pause after it: 3.1 MiB a second.
const SLOW_PIECE_BYTES: usize = 64 * 1024;
const SLOW_PAUSE: Duration = Duration::from_millis(20);

/// Longest head of a message.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// One side of a connection, with what was read ahead of it.
pub(super) struct Side {
    pub(super) stream: TcpStream,
    ahead: Vec<u8>,
}

impl Side {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            ahead: Vec::new(),
        }
    }

    /// The next head, with the empty line at its end; `None` at the end of the connection.
    pub(super) async fn head(&mut self) -> io::Result<Option<Vec<u8>>> {
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
            if self.read().await? == 0 {
                return Ok(None);
            }
        }
    }

    async fn read(&mut self) -> io::Result<usize> {
        self.ahead.reserve(READ_BYTES);
        self.stream.read_buf(&mut self.ahead).await
    }

    /// Passes `count` bytes on to `other`.
    pub(super) async fn pass(&mut self, other: &mut Self, mut count: usize) -> io::Result<()> {
        while count > 0 {
            if self.ahead.is_empty() && self.read().await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let piece = self.ahead.len().min(count);
            let (bytes, _) = self.ahead.split_at(piece);
            other.stream.write_all(bytes).await?;
            self.ahead.drain(..piece);
            count -= piece;
        }
        Ok(())
    }

    pub(super) async fn pass_slowly(
        &mut self,
        other: &mut Self,
        mut count: usize,
    ) -> io::Result<()> {
        while count > 0 {
            let piece = count.min(SLOW_PIECE_BYTES);
            self.pass(other, piece).await?;
            tokio::time::sleep(SLOW_PAUSE).await;
            count -= piece;
        }
        Ok(())
    }

    pub(super) async fn pass_body(&mut self, other: &mut Self, length: Length) -> io::Result<()> {
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
    pub(super) async fn pass_half(&mut self, other: &mut Self, head: &[u8]) -> io::Result<()> {
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
    pub(super) fn reset(self) -> io::Result<()> {
        self.stream.set_zero_linger()
    }

    /// Reads nothing, until the client has gone.
    pub(super) async fn wait_for_its_end(self) -> io::Result<()> {
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
pub(super) enum Length {
    Bytes(usize),
    Chunks,
}

pub(super) fn length_of(head: &[u8]) -> Length {
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
