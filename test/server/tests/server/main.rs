//! The server end to end, over sockets: what the unit tests beside the code cannot see.

mod benchmark;
mod client;
mod faults;
mod process;
mod s3;
mod sts;
mod versions;
