//! Asking somebody at a terminal. Questions go to standard error, so that they are in nobody's file.

use std::io::{self, BufRead, Read, Write};

use super::{failure::Failure, terminal};

/// A line that was typed, without its end and the blanks around it.
///
/// # Errors
/// When nobody is there to answer.
pub fn line(question: &str) -> Result<String, Failure> {
    show(question);
    let mut typed = String::new();
    let read = io::stdin().lock().read_line(&mut typed).map_err(unheard)?;
    if read == 0 { Err(Failure::interrupted()) } else { Ok(typed.trim().to_owned()) }
}

/// Whether the answer begins like a yes. Anything else is a no.
pub fn confirmed(question: &str) -> Result<bool, Failure> {
    Ok(line(&format!("{question} [y/N] "))?.to_ascii_lowercase().starts_with('y'))
}

/// The first line of standard input, for secrets that a script gives. Only its end is taken away.
pub fn secret_from_stdin(what: &str) -> Result<String, Failure> {
    let mut text = String::new();
    io::stdin().lock().take(65_536).read_line(&mut text).map_err(unheard)?;
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.is_empty() {
        return Err(Failure::usage(format!("Standard input has no {what}.")));
    }
    Ok(secret.to_owned())
}

/// A password, which is not shown while it is typed.
#[cfg(unix)]
pub fn password(question: &str) -> Result<String, Failure> {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

    /// Puts the terminal back as it was.
    struct Restored(rustix::termios::Termios);
    impl Drop for Restored {
        fn drop(&mut self) {
            let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Flush, &self.0);
        }
    }

    let failed = |error: rustix::io::Errno| unheard(error.into());
    let before = tcgetattr(rustix::stdio::stdin()).map_err(failed)?;
    let mut silent = before.clone();
    // Signals are off too: Ctrl-C comes as a byte, so that the terminal can be put back.
    silent.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
    show(question);
    let restored = Restored(before);
    tcsetattr(rustix::stdio::stdin(), OptionalActions::Flush, &silent).map_err(failed)?;
    let typed = read_typed(&mut io::stdin().lock());
    drop(restored);
    terminal::complain("");
    typed
}

#[cfg(not(unix))]
pub fn password(_question: &str) -> Result<String, Failure> {
    Err(Failure::usage("Give the password with --email and --password-stdin."))
}

/// Up to Enter, with the keys that mend what was typed.
#[cfg(unix)]
fn read_typed(keys: &mut impl Read) -> Result<String, Failure> {
    const INTERRUPT: u8 = 3;
    const END: u8 = 4;
    const KILL_LINE: u8 = 21;
    let mut typed: Vec<u8> = Vec::new();
    let mut key = [0];
    while keys.read(&mut key).map_err(unheard)? == 1 {
        match key[0] {
            b'\r' | b'\n' => break,
            INTERRUPT => return Err(Failure::interrupted()),
            END if typed.is_empty() => return Err(Failure::interrupted()),
            KILL_LINE => typed.clear(),
            // Backspace takes a letter, which may be several bytes.
            8 | 127 => while typed.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {},
            byte => typed.push(byte),
        }
    }
    String::from_utf8(typed).map_err(|_| Failure::usage("What was typed is not UTF-8."))
}

fn show(question: &str) {
    let mut err = io::stderr().lock();
    let _ = err.write_all(question.as_bytes()).and_then(|()| err.flush());
}

fn unheard(error: io::Error) -> Failure {
    Failure::refused(format!("Standard input could not be read: {error}."))
}

#[cfg(all(test, unix))]
mod tests {
    use super::{super::exit::Exit, read_typed};

    #[test]
    fn keys_that_mend_a_password_do() {
        assert_eq!(read_typed(&mut &b"secrex\x7ft\nmore"[..]).unwrap(), "secret");
        assert_eq!(read_typed(&mut "né\u{7f}o".as_bytes()).unwrap(), "no", "a letter of two bytes goes as one");
        assert_eq!(read_typed(&mut &b"wrong\x15\x7fright\r"[..]).unwrap(), "right");
        assert_eq!(read_typed(&mut &b"secret\x03"[..]).unwrap_err().exit, Exit::Interrupted);
    }
}
