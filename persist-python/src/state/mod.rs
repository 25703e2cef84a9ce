//! Python objects on one side, state text on the other.

mod array;
mod build;
pub(crate) mod decode;
mod encode;
mod ffi;
mod frame;
mod function;
mod hashing;
mod heads;
mod instance;
mod members;
mod node;
mod note;
mod number;
mod order;
mod outline;
mod parts;
mod path;
mod picture;
mod place;
mod plain;
pub(crate) mod plan;
mod problem;
mod reduce;
mod refusal;
mod remake;
mod replay;
mod resolved;
mod scan;
mod sink;
mod source;
mod strings;
mod walk;

pub(crate) use picture::{Capture, capture};
pub(crate) use plan::Plan;
pub(crate) use source::State;
