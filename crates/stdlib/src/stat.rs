//! `_stat`: what the bits of a file's mode mean (POSIX, `<sys/stat.h>`).

use exuvia_vm::table::Method;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::{PyRef, PyResult, Ref, Vm, function};

/// The bits that tell what a file is.
const FILE_TYPE: u32 = 0o170_000;

/// The constants: file types and permissions, places in `os.stat`'s result, and file flags of BSD systems.
static CONSTANTS: &[(&str, i64)] = &[
    ("SF_APPEND", 0x4_0000),
    ("SF_ARCHIVED", 0x1_0000),
    ("SF_DATALESS", 0x4000_0000),
    ("SF_FIRMLINK", 0x80_0000),
    ("SF_IMMUTABLE", 0x2_0000),
    ("SF_NOUNLINK", 0x10_0000),
    ("SF_SETTABLE", 0xffff_0000),
    ("SF_SNAPSHOT", 0x20_0000),
    ("ST_ATIME", 7),
    ("ST_CTIME", 9),
    ("ST_DEV", 2),
    ("ST_GID", 5),
    ("ST_INO", 1),
    ("ST_MODE", 0),
    ("ST_MTIME", 8),
    ("ST_NLINK", 3),
    ("ST_SIZE", 6),
    ("ST_UID", 4),
    ("S_ENFMT", 0o2000),
    ("S_IEXEC", 0o100),
    ("S_IFBLK", 0o60000),
    ("S_IFCHR", 0o20000),
    ("S_IFDIR", 0o40000),
    ("S_IFDOOR", 0o0),
    ("S_IFIFO", 0o10000),
    ("S_IFLNK", 0o120000),
    ("S_IFPORT", 0o0),
    ("S_IFREG", 0o100000),
    ("S_IFSOCK", 0o140000),
    ("S_IFWHT", 0o0),
    ("S_IREAD", 0o400),
    ("S_IRGRP", 0o40),
    ("S_IROTH", 0o4),
    ("S_IRUSR", 0o400),
    ("S_IRWXG", 0o70),
    ("S_IRWXO", 0o7),
    ("S_IRWXU", 0o700),
    ("S_ISGID", 0o2000),
    ("S_ISUID", 0o4000),
    ("S_ISVTX", 0o1000),
    ("S_IWGRP", 0o20),
    ("S_IWOTH", 0o2),
    ("S_IWRITE", 0o200),
    ("S_IWUSR", 0o200),
    ("S_IXGRP", 0o10),
    ("S_IXOTH", 0o1),
    ("S_IXUSR", 0o100),
    ("UF_APPEND", 0x4),
    ("UF_COMPRESSED", 0x20),
    ("UF_DATAVAULT", 0x80),
    ("UF_HIDDEN", 0x8000),
    ("UF_IMMUTABLE", 0x2),
    ("UF_NODUMP", 0x1),
    ("UF_NOUNLINK", 0x10),
    ("UF_OPAQUE", 0x8),
    ("UF_SETTABLE", 0xffff),
    ("UF_TRACKED", 0x40),
];

macro_rules! is_type {
    ($name:literal, $bits:expr, $what:literal) => {
        function!(
            $name,
            "($module, object, /)",
            |vm: &mut Vm, object: PyRef| has_type(vm, &object, $bits),
            concat!("Whether a mode is that of ", $what, ".")
        )
    };
}

static FUNCTIONS: &[Method] = &[
    is_type!("S_ISBLK", Some(0o060_000), "a block device"),
    is_type!("S_ISCHR", Some(0o020_000), "a character device"),
    is_type!("S_ISDIR", Some(0o040_000), "a directory"),
    is_type!("S_ISFIFO", Some(0o010_000), "a pipe"),
    is_type!("S_ISLNK", Some(0o120_000), "a symbolic link"),
    is_type!("S_ISREG", Some(0o100_000), "a regular file"),
    is_type!("S_ISSOCK", Some(0o140_000), "a socket"),
    is_type!("S_ISDOOR", None, "a door"),
    is_type!("S_ISPORT", None, "an event port"),
    is_type!("S_ISWHT", None, "a whiteout"),
    function!(
        "S_IMODE",
        "($module, object, /)",
        |vm: &mut Vm, object: PyRef| mode(vm, &object).map(|mode| mode & 0o7777),
        "The bits of a mode that chmod sets."
    ),
    function!(
        "S_IFMT",
        "($module, object, /)",
        |vm: &mut Vm, object: PyRef| mode(vm, &object).map(|mode| mode & FILE_TYPE),
        "The bits of a mode that tell what the file is."
    ),
    function!(
        "filemode",
        "($module, object, /)",
        |vm: &mut Vm, object: PyRef| mode(vm, &object).map(filemode),
        "A mode as ls shows it: -rwxrwxrwx."
    ),
];

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.add_functions(module, FUNCTIONS)?;
    for (name, value) in CONSTANTS {
        let value = vm.new_int(*value)?;
        vm.add_attribute(module, name, value)?;
    }
    Ok(())
}

/// Whether a mode has these bits for the file's type; `None`: a type that Linux does not have.
fn has_type(vm: &mut Vm, object: &PyRef, bits: Option<u32>) -> PyResult<bool> {
    let found = mode(vm, object)? & FILE_TYPE;
    Ok(bits == Some(found))
}

fn mode(vm: &mut Vm, object: &PyRef) -> PyResult<u32> {
    let number = vm.index(object)?;
    if number.sign() < 0 {
        return Err(vm.overflow_error("can't convert negative value to unsigned int"));
    }
    let Some(mode) = number.to_i64() else {
        return Err(vm.overflow_error("Python int too large to convert to C unsigned long"));
    };
    u32::try_from(mode).map_err(|_| vm.overflow_error("mode out of range"))
}

fn filemode(mode: u32) -> String {
    let kind = match mode & FILE_TYPE {
        0o010_000 => 'p',
        0o020_000 => 'c',
        0o040_000 => 'd',
        0o060_000 => 'b',
        0o100_000 => '-',
        0o120_000 => 'l',
        0o140_000 => 's',
        _ => '?',
    };
    let mut text = String::from(kind);
    // For owner, group and others: the bit that changes what is shown for execution, and how.
    for (shift, special, letters) in [
        (6, 0o4000, ['s', 'S']),
        (3, 0o2000, ['s', 'S']),
        (0, 0o1000, ['t', 'T']),
    ] {
        let bits = mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(match (mode & special != 0, bits & 1 != 0) {
            (false, false) => '-',
            (false, true) => 'x',
            (true, true) => letters[0],
            (true, false) => letters[1],
        });
    }
    text
}
