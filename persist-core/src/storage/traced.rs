//! What is logged of a storage: nothing but that something had to be asked again.

/// Notes that a request failed for a reason that may pass, and is sent again; once per call.
pub(super) fn retried(action: &str, location: &str, reason: &str) {
    log::warn!(target: "persist", "trying again to {action} `{location}`: {reason}");
}
