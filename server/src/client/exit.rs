//! Exit codes: what a script may rely on.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    Done = 0,
    Refused = 1,
    Usage = 2,
    JobFailed = 3,
    JobStopped = 4,
    NotSignedIn = 5,
    Unreachable = 6,
    /// What shells say of a program that Ctrl-C ended.
    Interrupted = 130,
}

impl Exit {
    pub const ALL: [Self; 8] = [
        Self::Done,
        Self::Refused,
        Self::Usage,
        Self::JobFailed,
        Self::JobStopped,
        Self::NotSignedIn,
        Self::Unreachable,
        Self::Interrupted,
    ];

    fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "it failed, or the server refused",
            Self::Usage => "wrong usage",
            Self::JobFailed => "the job FAILED",
            Self::JobStopped => "the job was STOPPED",
            Self::NotSignedIn => "not signed in, or the server does not know the token or password",
            Self::Unreachable => "the server cannot be reached",
            Self::Interrupted => "interrupted; a job that was watched goes on",
        }
    }

    /// The table at the end of `--help`.
    pub fn help() -> String {
        let lines = Self::ALL.map(|exit| format!("  {:>3}  {}\n", exit as u8, exit.meaning()));
        format!("Exit codes of the commands for people and scripts:\n{}", lines.concat())
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn the_page_about_the_command_line_has_the_same_table() {
        let page = include_str!("../../../docs/CLI.md");
        for exit in Exit::ALL {
            let row = format!("| {} | {} |", exit as u8, exit.meaning());
            assert!(page.contains(&row), "docs/CLI.md does not say {row}");
        }
    }
}
