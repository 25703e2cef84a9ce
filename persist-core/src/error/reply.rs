//! What a service said.

use super::{BoxError, advice};

/// What a service said, in words of this crate, and what can be done about it.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{text}")]
pub struct Reply {
    /// Lower case, no full stop.
    pub text: String,
    /// Advice, where there is some.
    pub hint: Option<String>,
}

/// Returns what is advised on a cause, where something is.
pub(super) fn advice_in(source: &BoxError) -> Option<String> {
    match source.downcast_ref::<Reply>() {
        Some(reply) => reply.hint.clone(),
        None => advice::on(source.downcast_ref()?).map(str::to_owned),
    }
}
