//! A real PostgreSQL server for the tests of this process: made on first use in a temporary directory, with a database
//! for each test, and gone when the process is.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// Said where a test needs PostgreSQL and there is none.
const REMEDY: &str = "PostgreSQL's server is needed: `cargo xtask test` installs it, or `apt-get install postgresql`";

struct Server {
    bin: PathBuf,
    directory: PathBuf,
    /// Holds the pipe whose end ends the server.
    _keeper: Child,
}

static SERVER: OnceLock<Server> = OnceLock::new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// The URL of a fresh, empty database.
pub fn database() -> String {
    let server = SERVER.get_or_init(start);
    let name = format!("test_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    let directory = server.directory.display().to_string();
    let created = Command::new(server.bin.join("createdb"))
        .args(["--host", &directory, "--username", "postgres", &name])
        .status()
        .unwrap();
    assert!(created.success(), "the database {name} could not be made");
    format!("postgres://postgres@localhost/{name}?host={}", directory.replace('/', "%2F"))
}

fn start() -> Server {
    let bin = binaries();
    let directory = std::env::temp_dir().join(format!("athanor-postgres-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    let root = is_root();
    if root {
        run(Command::new("chown").arg("postgres").arg(&directory));
    }
    let data = directory.join("data");
    let mut initdb = as_postgres(root, &bin.join("initdb"));
    run(initdb.arg("--pgdata").arg(&data).args(["--username", "postgres", "--auth", "trust", "--no-sync"]));
    // The tests end processes, not the machine's power: without fsync they are quick.
    let options = format!(
        "-c listen_addresses= -c unix_socket_directories={} -c fsync=off -c max_connections=300",
        directory.display()
    );
    let script = format!(
        "'{}' -D '{}' {options} >'{}' 2>&1 & pid=$!; cat >/dev/null; kill -INT $pid; wait $pid; rm -rf '{}'",
        bin.join("postgres").display(),
        data.display(),
        directory.join("log").display(),
        directory.display(),
    );
    let mut keeper = as_postgres(root, Path::new("sh"));
    let keeper = keeper.args(["-c", &script]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    #[expect(clippy::zombie_processes, reason = "it ends when we do")]
    let keeper = keeper.spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let mut ready = Command::new(bin.join("pg_isready"));
        let ready = ready.arg("--host").arg(&directory).stdout(Stdio::null()).status().unwrap();
        if ready.success() {
            return Server { bin, directory, _keeper: keeper };
        }
        let log = || fs::read_to_string(directory.join("log")).unwrap_or_default();
        assert!(Instant::now() < deadline, "PostgreSQL does not start:\n{}", log());
        thread::sleep(Duration::from_millis(50));
    }
}

/// Debian keeps them out of PATH, one directory a version.
fn binaries() -> PathBuf {
    let debian =
        fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let whole = |folder: &PathBuf| {
        ["initdb", "postgres", "pg_isready", "createdb"].iter().all(|name| folder.join(name).exists())
    };
    let found = debian.chain(std::env::split_paths(&path)).find(whole);
    found.expect(REMEDY)
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().unwrap().stdout == b"0\n"
}

/// PostgreSQL refuses to run as root.
fn as_postgres(root: bool, program: &Path) -> Command {
    if !root {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program).current_dir("/");
    command
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
}
