"""The libraries that pumice links, static and by the compiler of the wheel, as PUMICE_LIBRARIES of CMake wants them.

    wheel_libraries.py DOWNLOADS FOLDER     with CC, CXX and AR in the environment

Their sources come from Debian's archive into DOWNLOADS, each checked against its SHA-256; FOLDER gets include/
and lib/. The archive is the one that apt takes packages from; DEBIAN_ARCHIVE names one where there is no apt.
"""

import concurrent.futures
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import tarfile
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

APT_HELPER = Path("/usr/lib/apt/apt-helper")


@dataclass
class Library:
    path: str  # below pool/main of Debian's archive
    sha256: str
    headers: dict[str, str]  # of the sources -> of include/
    archives: dict[str, list[str]] = field(default_factory=dict)  # name -> patterns of sources
    flags: list[str] = field(default_factory=list)


# The versions of Debian 12, with which everything else is tested.
LIBRARIES = [
    Library(
        "c/cxxopts/libcxxopts-dev_3.1.1-1_all.deb",  # one header: the package has it
        "f630f681cf07f5c8438241983ddd27e97fce36a1ef3c7d8b954a88e8de3d8417",
        {"include/cxxopts.hpp": "cxxopts.hpp"},
    ),
    Library(
        "f/fast-float/fast-float_3.9.0.orig.tar.gz",
        "a10443e13748291709b422b2da49fc6753a1a43bf24205d4600595dfe3d811bb",
        {"include/fast_float": "fast_float"},
    ),
    Library(
        "f/fmtlib/fmtlib_9.1.0%2bds1.orig.tar.gz",
        "84ce1c2d0be3a9863935137969dcec6970125caac032f82474640bfc81463583",
        {"include/fmt": "fmt"},
    ),
    Library(
        "h/highway/highway_1.0.3.orig.tar.gz",
        "566fc77315878473d9a6bd815f7de78c73734acdcb745c3dde8579560ac5440e",
        {"hwy": "hwy"},
        {
            "hwy": ["hwy/aligned_allocator.cc", "hwy/per_target.cc", "hwy/print.cc", "hwy/targets.cc"],
            # Of its sorts, each of which takes half a minute to compile, the one that pumice calls.
            "hwy_contrib": ["hwy/contrib/sort/vqsort.cc", "hwy/contrib/sort/vqsort_i64a.cc"],
        },
        ["-std=c++17", "-fno-exceptions", "-fmerge-all-constants", "-Wno-builtin-macro-redefined"],
    ),
    Library(
        "libz/libzstd/libzstd_1.5.4%2bdfsg2.orig.tar.xz",
        "8cf4bbb65e77ec348d052c8d6230eba66d435bddf64c8b5be2fcb16880c19953",
        {"lib/zstd.h": "zstd.h", "lib/zstd_errors.h": "zstd_errors.h"},
        {"zstd": ["lib/common/*.c", "lib/compress/*.c", "lib/decompress/*.c", "lib/decompress/*.S"]},
        ["-DXXH_NAMESPACE=ZSTD_"],
    ),
    Library(
        "n/nlohmann-json3/nlohmann-json3_3.11.2.orig.tar.gz",
        "d69f9deb6a75e2580465c6c4c5111b89c4dc2fa94e3a85fcd2ffcd9a143d9273",
        {"include/nlohmann": "nlohmann"},
    ),
    Library(
        "z/zlib/zlib_1.2.13.dfsg.orig.tar.bz2",
        "71feb7947e3c00ef125f83b79a4e529bde31171e5babe48b391f06758d1ab0a1",
        {"zlib.h": "zlib.h", "zconf.h": "zconf.h"},
        {"z": ["*.c"]},
        ["-DHAVE_UNISTD_H", "-Wno-deprecated-non-prototype"],
    ),
]


def archive() -> str:
    """The address of Debian's archive, with pool/ below it."""
    if given := os.environ.get("DEBIAN_ARCHIVE"):
        return given.rstrip("/")
    if shutil.which("apt-get"):
        wanted = ["--format", "$(ORIGIN) $(COMPONENT) $(REPO_URI)", "Created-By: Packages"]
        targets = subprocess.run(["apt-get", "indextargets", *wanted], capture_output=True, text=True).stdout
        for line in targets.splitlines():
            origin, component, address = line.split(maxsplit=2)
            if (origin, component) == ("Debian", "main") and "security" not in address:
                return address.rstrip("/")
    sys.exit("no archive of Debian is known: set DEBIAN_ARCHIVE to the address of one, which has pool/ below it")


def download(library: Library, folder: Path) -> Path:
    path = folder / Path(library.path).name
    if not path.exists():
        url, part = f"{archive()}/pool/main/{library.path}", path.with_suffix(".part")
        if APT_HELPER.exists():  # knows of a proxy what apt knows
            subprocess.run([APT_HELPER, "download-file", url, part], check=True, stdout=subprocess.DEVNULL)
        else:
            urllib.request.urlretrieve(url, part)
        part.rename(path)
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != library.sha256:
        sys.exit(f"{path} has the SHA-256 {found}, expected {library.sha256}: remove it and try again")
    return path


def unpack(path: Path, folder: Path) -> Path:
    """The folder of the sources."""
    into = folder / path.name.partition("_")[0]
    if not into.exists():
        part = into.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        packed = path
        if path.suffix == ".deb":
            packed = path.with_suffix(".tar.xz")
            with packed.open("wb") as out:
                subprocess.run([*shlex.split(os.environ["AR"]), "p", str(path), "data.tar.xz"], stdout=out, check=True)
        with tarfile.open(packed) as archive:
            archive.extractall(part, filter="data") if hasattr(tarfile, "data_filter") else archive.extractall(part)
        part.rename(into)
    return next(one for one in into.iterdir() if one.is_dir())


def compile_one(source: Path, flags: list[str], object_file: Path) -> Path:
    compiler = os.environ["CXX" if source.suffix == ".cc" else "CC"]
    command = [*shlex.split(compiler), "-O2", "-fPIC", "-DNDEBUG", *flags, "-c", str(source), "-o", str(object_file)]
    subprocess.run(command, check=True)
    return object_file


def build(library: Library, sources: Path, folder: Path, jobs: concurrent.futures.Executor) -> None:
    for source, target in library.headers.items():
        to = folder / "include" / target
        if (sources / source).is_dir():
            shutil.copytree(sources / source, to, dirs_exist_ok=True)
        else:
            shutil.copy(sources / source, to)
    for name, patterns in library.archives.items():
        objects = folder / "objects" / name
        objects.mkdir(parents=True)
        files = sorted(file for pattern in patterns for file in sources.glob(pattern))
        flags = [*library.flags, f"-I{sources}"]
        targets = [objects / f"{file.name}.o" for file in files]
        made = list(jobs.map(compile_one, files, [flags] * len(files), targets))
        archive = folder / "lib" / f"lib{name}.a"
        subprocess.run([*shlex.split(os.environ["AR"]), "rcs", str(archive), *map(str, made)], check=True)


def main() -> None:
    downloads, folder = (Path(argument).resolve() for argument in sys.argv[1:])
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    for name in (downloads, part / "include", part / "lib"):
        name.mkdir(parents=True, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("PUMICE_JOBS", os.cpu_count() or 1))) as jobs:
        for library in LIBRARIES:
            build(library, unpack(download(library, downloads), downloads), part, jobs)
    shutil.rmtree(part / "objects")
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)


if __name__ == "__main__":
    main()
