//! A PostgreSQL server of our own: in a temporary folder, without a port, gone when dropped.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{self, Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;

use crate::command;

const REMEDY: &str = "install PostgreSQL's server, on Debian: `apt-get install postgresql`";

pub struct Postgres {
    bin: PathBuf,
    folder: PathBuf,
    /// Ends the server when its standard input does: also when we are killed.
    keeper: Child,
}

impl Postgres {
    /// # Errors
    /// When there is none on this machine, or it does not start.
    pub fn start() -> anyhow::Result<Self> {
        let bin = binaries().context(REMEDY)?;
        let folder = env::temp_dir().join(format!("athanor-xtask-postgres-{}", process::id()));
        fs::create_dir_all(&folder)?;
        let root = command::ask(Command::new("id").arg("-u")).as_deref() == Some("0");
        if root {
            command::run("Giving PostgreSQL its folder", Command::new("chown").arg("postgres").arg(&folder), REMEDY)?;
        }
        let data = folder.join("data");
        let mut initdb = as_postgres(root, &bin.join("initdb"));
        initdb.arg("--pgdata").arg(&data).args(["--username", "postgres", "--auth", "trust", "--no-sync"]);
        anyhow::ensure!(command::succeeds(&mut initdb), "initdb failed; {REMEDY}");
        // Processes are ended here, not the machine's power: without fsync it is quick.
        let script = format!(
            "'{}' -D '{}' -c listen_addresses= -c unix_socket_directories='{}' -c fsync=off -c max_connections=200 \
             >'{}' 2>&1 & pid=$!; cat >/dev/null; kill -INT $pid; wait $pid; rm -rf '{}'",
            bin.join("postgres").display(),
            data.display(),
            folder.display(),
            folder.join("log").display(),
            folder.display(),
        );
        let mut keeper = as_postgres(root, Path::new("sh"));
        let keeper = keeper.args(["-c", &script]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let server = Self { bin, folder, keeper: keeper.spawn()? };
        let deadline = Instant::now() + Duration::from_secs(30);
        while !command::succeeds(Command::new(server.bin.join("pg_isready")).arg("--host").arg(&server.folder)) {
            anyhow::ensure!(Instant::now() < deadline, "PostgreSQL does not start; {REMEDY}");
            thread::sleep(Duration::from_millis(50));
        }
        Ok(server)
    }

    /// A fresh database.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn database(&self, name: &str) -> anyhow::Result<String> {
        let mut create = Command::new(self.bin.join("createdb"));
        create.arg("--host").arg(&self.folder).args(["--username", "postgres", name]);
        anyhow::ensure!(command::succeeds(&mut create), "the database {name} could not be made");
        let host = self.folder.display().to_string().replace('/', "%2F");
        Ok(format!("postgres://postgres@localhost/{name}?host={host}"))
    }

    /// The program that reads a database.
    pub fn psql(&self) -> PathBuf {
        self.bin.join("psql")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Debian keeps them out of PATH, one folder a version.
fn binaries() -> Option<PathBuf> {
    let debian =
        fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    let path = env::var_os("PATH").unwrap_or_default();
    let programs = ["initdb", "postgres", "pg_isready", "createdb", "psql"];
    debian.chain(env::split_paths(&path)).find(|folder| programs.iter().all(|name| folder.join(name).exists()))
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
