"""Makes PyTorch as PyPI has it, which is built for CUDA, import on a machine without four gigabytes of CUDA libraries.

Each library that PyTorch wants to be loaded with becomes an empty one: every function answers 100, "no device", so that
`torch.cuda.is_available()` is false, and what runs on the CPU is untouched. Run by the Python whose PyTorch it is.
"""

import importlib.util
import pathlib
import re
import subprocess
import tempfile

FOLDER = pathlib.Path(importlib.util.find_spec("torch").origin).parent / "lib"


def say(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def survey():
    """The missing libraries, the symbols that are looked for in them, and the library that each version belongs to."""
    missing, symbols, home = set(), set(), {}
    for library in FOLDER.glob("*.so*"):
        missing |= set(re.findall(r"\(NEEDED\).*\[(lib(?:cu|nccl|nv)[^\]]*)\]", say("readelf", "-dW", str(library))))
        symbols |= set(re.findall(r" U ((?:cu|nccl|nv|__cuda|__nv)\S*)", say("nm", "-D", "--undefined-only", str(library))))
        file = None
        for kind, name in re.findall(r"(File|Name): (\S+)", say("readelf", "-VW", str(library))):
            if kind == "File":
                file = name
            else:
                home[name] = file
    return {name for name in missing if not (FOLDER / name).exists()}, symbols, home


def write(library, versions):
    """`versions`: names of symbols by version, which may be ''."""
    names = sorted({name for names in versions.values() for name in names})
    nodes = [f"{version} {{ global: {' '.join(name + ';' for name in names)} }};" for version, names in versions.items() if version]
    with tempfile.TemporaryDirectory() as folder:
        source, script = pathlib.Path(folder) / "empty.c", pathlib.Path(folder) / "versions"
        source.write_text("".join(f"int {name}(void) {{ return 100; }}\n" for name in names))
        script.write_text("\n".join(nodes))
        options = [f"-Wl,--version-script={script}"] if nodes else []
        say("cc", "-shared", "-w", "-fno-builtin", str(source), "-o", str(FOLDER / library), f"-Wl,-soname={library}", *options)


missing, symbols, home = survey()
runtime = next((name for name in sorted(missing) if name.startswith("libcudart")), None)
for library in sorted(missing):
    versions = {}
    for symbol in symbols:
        name, _, version = symbol.partition("@")
        if home.get(version, runtime) == library:
            versions.setdefault(version, []).append(name)
    write(library, versions)
