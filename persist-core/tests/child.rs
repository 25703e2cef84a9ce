//! Parts of a test that need a process of their own: this binary, started again for one of them.
//!
//! A part is an ignored test that reads its arguments from the environment; without them it fails.

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

const FOLDER: &str = "PERSIST_TEST_FOLDER";

/// Returns the command that runs the ignored test `part` of this binary on `folder`.
pub(crate) fn command(part: &str, folder: &Path) -> Command {
    let program = env::current_exe().expect("a test knows its binary");
    let mut command = Command::new(program);
    equip(&mut command, part, folder);
    command
}

/// Returns the same as a shell command, with `setup` run before.
pub(crate) fn command_after(setup: &str, part: &str, folder: &Path) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("{setup}; exec \"$0\" \"$@\""));
    command.arg(env::current_exe().expect("a test knows its binary"));
    equip(&mut command, part, folder);
    command
}

/// Returns a command for a user whom file modes bind, and gives that user `folder`.
///
/// Root is bound by no mode, so a test run by root goes on as another user, with a copy of this binary
/// that user can reach.
pub(crate) fn command_as_plain_user(part: &str, folder: &Path, scratch: &Path) -> Command {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    use std::os::unix::process::CommandExt;
    const NOBODY: u32 = 65_534;
    if fs::metadata(scratch).expect("a folder").uid() != 0 {
        return command(part, folder);
    }
    let copy = scratch.join("tests");
    fs::copy(env::current_exe().expect("a test knows its binary"), &copy).expect("room for a copy");
    for path in [scratch, &copy] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("root may");
    }
    chown(folder, Some(NOBODY), Some(NOBODY)).expect("root may");
    let mut command = Command::new(copy);
    command.uid(NOBODY).gid(NOBODY).current_dir("/");
    equip(&mut command, part, folder);
    command
}

/// Returns the folder a part was started on.
pub(crate) fn folder() -> std::path::PathBuf {
    env::var_os(FOLDER).expect("only another test starts this one, with a folder").into()
}

/// Runs a part to its end and fails as it did.
pub(crate) fn run(mut command: Command) -> String {
    let output = command.stderr(Stdio::piped()).output().expect("the binary starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("1 passed"), "no such part: {text}");
    text
}

fn equip(command: &mut Command, part: &str, folder: &Path) {
    command.args(["--ignored", "--exact", "--nocapture", part]).env(FOLDER, folder);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
}
