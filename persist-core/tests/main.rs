//! The core from outside: one module per room.

#[cfg(unix)]
mod child;
#[cfg(all(feature = "s3", feature = "azure", feature = "gcs"))]
mod clouds;
mod compression;
#[cfg(unix)]
mod crash;
mod encryption;
mod errors;
mod format;
mod json;
mod snapshot;
mod storage;
