//! `posix`: files, folders and processes of the system; `python/posix.py` gives the functions their Python faces.
//!
//! Descriptors are numbers for Python and [`File`]s here: only descriptors that this module opened, and the three
//! standard ones, are reachable.

mod processes;
mod system;

use crate::descriptors::{self, file, keep};
use crate::io::raw;
use exuvia_vm::table::Method;
use exuvia_vm::types::bytes::PyBytes;
use exuvia_vm::types::int::int_i64;
use exuvia_vm::types::memoryview::BytesLike;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::{HeapVec, PyErr, PyRef, PyResult, Ref, Vm, function};
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, FileTimes, Metadata, OpenOptions, Permissions};
use std::io::{self, IsTerminal, Read, Seek, SeekFrom};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Try again, as the system numbers it.
const EAGAIN: i32 = 11;

static FUNCTIONS: &[Method] = &[
    function!(
        "_stat",
        "($module, path, follow, /)",
        stat,
        "The numbers of a file's state."
    ),
    function!(
        "_listdir",
        "($module, path, /)",
        listdir,
        "The names in a folder."
    ),
    function!("getcwd", "($module, /)", getcwd, "The current folder."),
    function!(
        "getcwdb",
        "($module, /)",
        getcwdb,
        "The current folder, as bytes."
    ),
    function!(
        "chdir",
        "($module, path)",
        chdir,
        "Changes the current folder."
    ),
    function!(
        "_mkdir",
        "($module, path, mode, /)",
        mkdir,
        "Makes a folder."
    ),
    function!(
        "_rmdir",
        "($module, path, /)",
        rmdir,
        "Removes an empty folder."
    ),
    function!("_unlink", "($module, path, /)", unlink, "Removes a file."),
    function!(
        "_rename",
        "($module, src, dst, /)",
        rename,
        "Renames a file, replacing what is there."
    ),
    function!(
        "_symlink",
        "($module, src, dst, /)",
        symlink,
        "Makes a symbolic link."
    ),
    function!(
        "_link",
        "($module, src, dst, /)",
        link,
        "Makes another name of a file."
    ),
    function!(
        "_readlink",
        "($module, path, /)",
        readlink,
        "Where a symbolic link leads."
    ),
    function!(
        "_chmod",
        "($module, path, mode, /)",
        chmod,
        "Changes who may do what."
    ),
    function!(
        "_utime",
        "($module, path, atime_ns, mtime_ns, /)",
        utime,
        "Sets the times of a file."
    ),
    function!(
        "_open",
        "($module, path, flags, mode, /)",
        open,
        "Opens a file and returns its descriptor."
    ),
    function!("close", "($module, fd)", close, "Closes a descriptor."),
    function!(
        "read",
        "($module, fd, length, /)",
        read,
        "Reads at most so many bytes."
    ),
    function!(
        "write",
        "($module, fd, data, /)",
        write,
        "Writes bytes; returns how many were written."
    ),
    function!(
        "lseek",
        "($module, fd, position, whence, /)",
        lseek,
        "Moves the position in a file."
    ),
    function!(
        "isatty",
        "($module, fd, /)",
        isatty,
        "Whether a descriptor is a terminal."
    ),
    function!(
        "fsync",
        "($module, fd)",
        fsync,
        "Writes what the system still holds of a file."
    ),
    function!(
        "ftruncate",
        "($module, fd, length, /)",
        ftruncate,
        "Cuts a file, or fills it up with zeros."
    ),
    function!(
        "dup",
        "($module, fd, /)",
        dup,
        "Another descriptor of the same file."
    ),
    function!("pipe", "($module, /)", pipe, "The two ends of a new pipe."),
    function!(
        "urandom",
        "($module, size, /)",
        urandom,
        "Random bytes of the system."
    ),
    function!(
        "getpid",
        "($module, /)",
        getpid,
        "The number of this process."
    ),
    function!(
        "getppid",
        "($module, /)",
        getppid,
        "The number of the parent process."
    ),
    function!(
        "cpu_count",
        "($module, /)",
        cpu_count,
        "The number of processors."
    ),
    function!(
        "_environ",
        "($module, /)",
        environ,
        "The environment's names and values, as bytes."
    ),
    function!(
        "strerror",
        "($module, code, /)",
        strerror,
        "The text of an error number."
    ),
    function!(
        "_exit",
        "($module, status)",
        exit,
        "Ends the process at once."
    ),
    function!(
        "fspath",
        "($module, path)",
        fspath,
        "The text or bytes of a path."
    ),
];

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.add_functions(module, FUNCTIONS)?;
    vm.add_functions(module, system::FUNCTIONS)?;
    processes::init(vm, module)?;
    crate::run_python_part(vm, module, "posix")
}

/// What a function of the system works on.
enum Target {
    Path { path: PathBuf, is_bytes: bool },
    Descriptor(i32),
}

/// The bytes of a text as the system takes them: UTF-8, and what PEP 383 made of other bytes turned back.
pub fn encode_path(text: &PyStr) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for code in text.code_points() {
        match char::from_u32(code) {
            Some(character) => {
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes())
            }
            None => bytes.push((code & 0xff) as u8),
        }
    }
    bytes
}

/// The text of bytes from the system; what is not UTF-8 becomes lone surrogates (PEP 383).
///
/// # Errors
/// `OutOfMemory`.
pub fn decode_path(vm: &Vm, bytes: &[u8]) -> PyResult<Ref<PyStr>> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return vm.new_str(text);
    }
    let mut codes = Vec::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        codes.extend(chunk.valid().chars().map(u32::from));
        codes.extend(chunk.invalid().iter().map(|&byte| 0xdc00 + u32::from(byte)));
    }
    vm.new_str_from_chars(codes.iter().copied())
}

fn fspath(vm: &mut Vm, path: PyRef) -> PyResult {
    if path.is_a::<PyStr>() || path.is_a::<PyBytes>() {
        return Ok(path);
    }
    let dunder = vm.intern("__fspath__")?;
    let Some(found) = vm.call_special(&path, &dunder, &[])? else {
        let name = vm.type_name(&path);
        return Err(vm.type_error(format!(
            "expected str, bytes or os.PathLike object, not {name}"
        )));
    };
    if found.is_a::<PyStr>() || found.is_a::<PyBytes>() {
        return Ok(found);
    }
    let (owner, name) = (vm.type_name(&path), vm.type_name(&found));
    Err(vm.type_error(format!(
        "expected {owner}.__fspath__() to return str or bytes, not {name}"
    )))
}

fn target(vm: &mut Vm, object: &PyRef) -> PyResult<Target> {
    if let Some(fd) = int_i64(object) {
        let fd = i32::try_from(fd).map_err(|_| vm.overflow_error("fd is greater than maximum"))?;
        return Ok(Target::Descriptor(fd));
    }
    let path = fspath(vm, object.clone())?;
    let (bytes, is_bytes) = match path.downcast_ref::<PyStr>() {
        Some(text) => (encode_path(text), false),
        None => (vm.bytes_like(&path)?.to_vec(vm), true),
    };
    if bytes.contains(&0) {
        return Err(vm.value_error("embedded null byte"));
    }
    Ok(Target::Path {
        path: OsString::from_vec(bytes).into(),
        is_bytes,
    })
}

pub(crate) fn path_of(vm: &mut Vm, object: &PyRef) -> PyResult<(PathBuf, bool)> {
    match target(vm, object)? {
        Target::Path { path, is_bytes } => Ok((path, is_bytes)),
        Target::Descriptor(_) => {
            let name = vm.type_name(object);
            Err(vm.type_error(format!(
                "expected str, bytes or os.PathLike object, not {name}"
            )))
        }
    }
}

/// A name from the system as the caller wants it.
fn name_object(vm: &Vm, name: &OsStr, is_bytes: bool) -> PyResult {
    Ok(match is_bytes {
        true => vm.new_bytes(name.as_bytes())?.into_any(),
        false => decode_path(vm, name.as_bytes())?.into_any(),
    })
}

/// Does something with a path; the error names it.
fn with_path<T>(
    vm: &mut Vm,
    object: &PyRef,
    action: impl FnOnce(&Path) -> io::Result<T>,
) -> PyResult<T> {
    let (path, _) = path_of(vm, object)?;
    action(&path).map_err(|error| vm.os_error(&error, Some(object)))
}

/// Does something with two paths; the error names the first.
fn with_paths(
    vm: &mut Vm,
    first: &PyRef,
    second: &PyRef,
    action: impl FnOnce(&Path, &Path) -> io::Result<()>,
) -> PyResult<()> {
    let ((from, _), (to, _)) = (path_of(vm, first)?, path_of(vm, second)?);
    action(&from, &to).map_err(|error| vm.os_error(&error, Some(first)))
}

/// Does something with an open file.
fn with_file<T>(vm: &mut Vm, fd: i32, action: impl FnOnce(&File) -> io::Result<T>) -> PyResult<T> {
    let file = file(vm, fd)?;
    action(&file).map_err(|error| vm.os_error(&error, None))
}

fn stat(vm: &mut Vm, object: PyRef, follow: bool) -> PyResult {
    let metadata = match target(vm, &object)? {
        Target::Descriptor(fd) => with_file(vm, fd, File::metadata)?,
        Target::Path { path, .. } => {
            let found = if follow {
                fs::metadata(&path)
            } else {
                fs::symlink_metadata(&path)
            };
            found.map_err(|error| vm.os_error(&error, Some(&object)))?
        }
    };
    let numbers: PyResult<Vec<PyRef>> = numbers_of(&metadata)
        .into_iter()
        .map(|n| vm.new_int_from_i128(n))
        .collect();
    Ok(vm.new_tuple(&numbers?)?.into_any())
}

/// The ten fields of a `stat_result` as a sequence, then nanoseconds, block size, blocks and device.
fn numbers_of(found: &Metadata) -> [i128; 16] {
    let nanoseconds =
        |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
    [
        found.mode().into(),
        found.ino().into(),
        found.dev().into(),
        found.nlink().into(),
        found.uid().into(),
        found.gid().into(),
        found.size().into(),
        found.atime().into(),
        found.mtime().into(),
        found.ctime().into(),
        nanoseconds(found.atime(), found.atime_nsec()),
        nanoseconds(found.mtime(), found.mtime_nsec()),
        nanoseconds(found.ctime(), found.ctime_nsec()),
        found.blksize().into(),
        found.blocks().into(),
        found.rdev().into(),
    ]
}

fn listdir(vm: &mut Vm, object: PyRef) -> PyResult {
    let (path, is_bytes) = path_of(vm, &object)?;
    let entries = fs::read_dir(path).map_err(|error| vm.os_error(&error, Some(&object)))?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| vm.os_error(&error, Some(&object)))?;
        names.push(name_object(vm, &entry.file_name(), is_bytes)?);
    }
    Ok(vm.new_list(names)?.into_any())
}

fn current(vm: &mut Vm, is_bytes: bool) -> PyResult {
    let path = std::env::current_dir().map_err(|error| vm.os_error(&error, None))?;
    name_object(vm, path.as_os_str(), is_bytes)
}

fn getcwd(vm: &mut Vm) -> PyResult {
    current(vm, false)
}

fn getcwdb(vm: &mut Vm) -> PyResult {
    current(vm, true)
}

fn chdir(vm: &mut Vm, path: PyRef) -> PyResult<()> {
    with_path(vm, &path, |path| std::env::set_current_dir(path))
}

/// The bits of a mode that Python passes as an int of any sign.
fn mode_bits(mode: i64) -> u32 {
    (mode & 0o7777) as u32
}

fn mkdir(vm: &mut Vm, path: PyRef, mode: i64) -> PyResult<()> {
    with_path(vm, &path, |path| {
        fs::DirBuilder::new().mode(mode_bits(mode)).create(path)
    })
}

fn rmdir(vm: &mut Vm, path: PyRef) -> PyResult<()> {
    with_path(vm, &path, |path| fs::remove_dir(path))
}

fn unlink(vm: &mut Vm, path: PyRef) -> PyResult<()> {
    with_path(vm, &path, |path| fs::remove_file(path))
}

fn rename(vm: &mut Vm, from: PyRef, to: PyRef) -> PyResult<()> {
    with_paths(vm, &from, &to, |from, to| fs::rename(from, to))
}

fn symlink(vm: &mut Vm, from: PyRef, to: PyRef) -> PyResult<()> {
    with_paths(vm, &from, &to, |from, to| {
        std::os::unix::fs::symlink(from, to)
    })
}

fn link(vm: &mut Vm, from: PyRef, to: PyRef) -> PyResult<()> {
    with_paths(vm, &from, &to, |from, to| fs::hard_link(from, to))
}

fn readlink(vm: &mut Vm, object: PyRef) -> PyResult {
    let (path, is_bytes) = path_of(vm, &object)?;
    let found = fs::read_link(path).map_err(|error| vm.os_error(&error, Some(&object)))?;
    name_object(vm, found.as_os_str(), is_bytes)
}

fn chmod(vm: &mut Vm, object: PyRef, mode: i64) -> PyResult<()> {
    let permissions = Permissions::from_mode(mode_bits(mode));
    match target(vm, &object)? {
        Target::Descriptor(fd) => with_file(vm, fd, |file| file.set_permissions(permissions)),
        Target::Path { path, .. } => fs::set_permissions(path, permissions)
            .map_err(|error| vm.os_error(&error, Some(&object))),
    }
}

fn utime(vm: &mut Vm, object: PyRef, atime: PyRef, mtime: PyRef) -> PyResult<()> {
    let mut point = |time: &PyRef| -> PyResult<SystemTime> {
        let time = vm.index_i64(time)?;
        let distance = Duration::from_nanos(time.unsigned_abs());
        let epoch = SystemTime::UNIX_EPOCH;
        let point = if time < 0 {
            epoch.checked_sub(distance)
        } else {
            epoch.checked_add(distance)
        };
        point.ok_or_else(|| vm.overflow_error("timestamp out of range for platform time_t"))
    };
    let times = FileTimes::new()
        .set_accessed(point(&atime)?)
        .set_modified(point(&mtime)?);
    match target(vm, &object)? {
        Target::Descriptor(fd) => with_file(vm, fd, |file| file.set_times(times)),
        Target::Path { path, .. } => {
            let done = File::open(path).and_then(|file| file.set_times(times));
            done.map_err(|error| vm.os_error(&error, Some(&object)))
        }
    }
}

fn open(vm: &mut Vm, object: PyRef, flags: i64, mode: i64) -> PyResult<i32> {
    let (access, flags) = (flags & 3, (flags & 0x7fff_fffc) as i32);
    let mut options = OpenOptions::new();
    options
        .read(access != 1)
        .write(access != 0)
        .custom_flags(flags)
        .mode(mode_bits(mode));
    let file = with_path(vm, &object, |path| options.open(path))?;
    Ok(keep(vm, file))
}

fn close(vm: &mut Vm, fd: i32) -> PyResult<()> {
    descriptors::close(vm, fd)
}

fn read(vm: &mut Vm, fd: i32, length: i64) -> PyResult {
    let Ok(length) = usize::try_from(length) else {
        return Err(vm.os_error(&io::Error::from_raw_os_error(22), None));
    };
    let file = file(vm, fd)?;
    let mut room = HeapVec::from_elements(vm.heap(), std::iter::repeat_n(0, length))?;
    match raw::read(vm, &file, &mut room)? {
        Some(count) => Ok(vm.new_bytes(&room[..count])?.into_any()),
        None => Err(descriptors::error_number(vm, EAGAIN)),
    }
}

fn write(vm: &mut Vm, fd: i32, data: BytesLike) -> PyResult<usize> {
    let file = file(vm, fd)?;
    let copy = HeapVec::from_slice(vm.heap(), &data.get(vm))?;
    match raw::write(vm, &file, &copy)? {
        Some(count) => Ok(count),
        None => Err(descriptors::error_number(vm, EAGAIN)),
    }
}

fn lseek(vm: &mut Vm, fd: i32, position: i64, whence: i64) -> PyResult {
    let invalid = io::Error::from_raw_os_error(22);
    let place = match (whence, u64::try_from(position)) {
        (0, Ok(position)) => SeekFrom::Start(position),
        (1, _) => SeekFrom::Current(position),
        (2, _) => SeekFrom::End(position),
        _ => return Err(vm.os_error(&invalid, None)),
    };
    let position = with_file(vm, fd, |mut file| file.seek(place))?;
    vm.new_int_from_i128(position.into())
}

fn isatty(vm: &mut Vm, fd: i32) -> bool {
    descriptors::find(vm, fd).is_some_and(|file| file.is_terminal())
}

fn fsync(vm: &mut Vm, fd: i32) -> PyResult<()> {
    with_file(vm, fd, File::sync_all)
}

fn ftruncate(vm: &mut Vm, fd: i32, length: i64) -> PyResult<()> {
    let invalid = || io::Error::from_raw_os_error(22);
    with_file(vm, fd, |file| {
        file.set_len(u64::try_from(length).map_err(|_| invalid())?)
    })
}

fn dup(vm: &mut Vm, fd: i32) -> PyResult<i32> {
    let copy = with_file(vm, fd, File::try_clone)?;
    Ok(keep(vm, copy))
}

fn pipe(vm: &mut Vm) -> PyResult<(i32, i32)> {
    let (reader, writer) = io::pipe().map_err(|error| vm.os_error(&error, None))?;
    let reader = keep(vm, File::from(OwnedFd::from(reader)));
    Ok((reader, keep(vm, File::from(OwnedFd::from(writer)))))
}

fn urandom(vm: &mut Vm, size: i64) -> PyResult {
    let size =
        usize::try_from(size).map_err(|_| vm.value_error("negative argument not allowed"))?;
    let mut outcome = Ok(());
    let bytes = vm.new_bytes_with(size, |room| {
        outcome = File::open("/dev/urandom").and_then(|mut source| source.read_exact(room));
    })?;
    outcome.map_err(|error| vm.os_error(&error, None))?;
    Ok(bytes.into_any())
}

fn getpid(_: &mut Vm) -> u32 {
    std::process::id()
}

fn getppid(_: &mut Vm) -> u32 {
    std::os::unix::process::parent_id()
}

fn cpu_count(vm: &mut Vm) -> PyResult {
    match std::thread::available_parallelism() {
        Ok(count) => vm.new_int_from_usize(count.get()),
        Err(_) => Ok(vm.none()),
    }
}

fn environ(vm: &mut Vm) -> PyResult {
    let dict = vm.new_dict()?;
    for (name, value) in std::env::vars_os() {
        let (name, value) = (
            vm.new_bytes(name.as_bytes())?.into_any(),
            vm.new_bytes(value.as_bytes())?.into_any(),
        );
        dict.set_item(vm, &name, value)?;
    }
    Ok(dict.into_any())
}

fn strerror(_: &mut Vm, code: i32) -> String {
    let text = io::Error::from_raw_os_error(code).to_string();
    text.split(" (os error")
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn exit(_: &mut Vm, status: i32) -> Result<(), PyErr> {
    std::process::exit(status)
}
