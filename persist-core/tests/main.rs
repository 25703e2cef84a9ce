//! The core from outside: one module per room.

#[cfg(unix)]
mod child;
mod compression;
#[cfg(unix)]
mod crash;
mod encryption;
mod errors;
mod format;
mod json;
mod snapshot;
mod storage;
