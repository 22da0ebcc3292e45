//! The other side: Python with PyTorch and pandas, in a folder of its own.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use anyhow::Context;
use serde_json::Value;

use crate::{command, python, workspace::Workspace};

const TRAIN: &str = include_str!("train.py");
const JOB: &str = include_str!("job.py");
const READ: &str = include_str!("read.py");
const WITHOUT_CUDA: &str = include_str!("without_cuda.py");

/// What PyTorch imports, less its four gigabytes of CUDA libraries.
const PACKAGES: [&str; 8] =
    ["numpy", "pandas", "typing-extensions", "filelock", "sympy", "networkx", "jinja2", "fsspec"];

/// A Python that can `import torch`, and our scripts beside it.
pub(super) struct Python {
    folder: PathBuf,
    executable: PathBuf,
    /// "PyTorch 2.9.0, pandas 2.3.3".
    pub(super) versions: String,
}

impl Python {
    /// Installs what is missing into `target/bench`: 1.5 gigabytes.
    ///
    /// # Errors
    /// When there is no Python with `venv`, or PyPI cannot be reached.
    pub(super) fn ready(workspace: &Workspace) -> anyhow::Result<Self> {
        let folder = workspace.target.join("bench");
        fs::create_dir_all(&folder)?;
        for (name, text) in [("train.py", TRAIN), ("job.py", JOB), ("read.py", READ), ("without_cuda.py", WITHOUT_CUDA)]
        {
            fs::write(folder.join(name), text)?;
        }
        let executable = folder.join("python/bin/python");
        let versions = "import torch, pandas; print(f'PyTorch {torch.__version__}, pandas {pandas.__version__}')";
        let ask = || command::ask(Command::new(&executable).args(["-c", versions]));
        if let Some(versions) = ask() {
            return Ok(Self { folder, executable, versions });
        }
        python::make(&folder.join("python"))?;
        python::install(&executable, &PACKAGES)?;
        python::install(&executable, &["--no-deps", "torch"])?;
        if ask().is_none() {
            command::run(
                "Telling PyTorch that there is no CUDA",
                Command::new(&executable).arg(folder.join("without_cuda.py")),
                "install a C compiler and binutils",
            )?;
        }
        let versions = ask().context("PyTorch was installed and cannot be imported")?;
        Ok(Self { folder, executable, versions })
    }

    /// Runs a script to its end.
    pub(super) fn script(&self, name: &str) -> Command {
        let mut command = Command::new(&self.executable);
        command.arg(self.folder.join(name));
        command
    }

    /// Starts the process that trains; it has imported everything before the first answer.
    pub(super) fn trainer(&self) -> anyhow::Result<Trainer> {
        let mut child = self.script("train.py").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let orders = child.stdin.take().context("no pipe to Python")?;
        let answers = BufReader::new(child.stdout.take().context("no pipe from Python")?);
        Ok(Trainer { child, orders, answers })
    }
}

pub(super) struct Trainer {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Trainer {
    /// # Errors
    /// When Python ends instead of answering.
    pub(super) fn train(&mut self, order: &Value) -> anyhow::Result<Value> {
        writeln!(self.orders, "{order}")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        serde_json::from_str(&line).context("Python did not answer; what it said is above")
    }
}

impl Drop for Trainer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a script of ours prints as JSON.
///
/// # Errors
/// When it fails.
pub(super) fn answer(python: &Python, script: &str, file: &Path) -> anyhow::Result<Value> {
    let said = command::ask(python.script(script).arg(file)).with_context(|| format!("{script} failed"))?;
    Ok(serde_json::from_str(&said)?)
}
