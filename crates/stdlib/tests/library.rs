//! The packed library and the modules of this crate, used by Python programs.

mod common;

use exuvia_vm::{PyResult, Settings, Vm};

/// Runs a program in a runtime of its own; what it raises fails the test.
fn run(source: &str) {
    let mut vm = common::runtime(Settings::default());
    if let Err(error) = execute(&mut vm, source) {
        panic!("{}", common::report(&mut vm, error));
    }
}

fn execute(vm: &mut Vm, source: &str) -> PyResult<()> {
    let main = common::main_module(vm)?;
    common::execute(vm, &main, source, "<test>")?;
    Ok(())
}

#[test]
fn packed_modules_are_imported() {
    run(
        "import keyword, stat, _collections_abc\nassert keyword.iskeyword('for')\nassert stat.S_ISDIR(0o040755)",
    );
}

#[test]
fn native_modules_are_imported() {
    run(
        "import errno, time, posix, _thread, _signal, _warnings, marshal, _imp, _codecs\n\
         assert errno.errorcode[errno.ENOENT] == 'ENOENT'\n\
         assert time.gmtime(0)[:6] == (1970, 1, 1, 0, 0, 0)\n\
         assert time.monotonic_ns() <= time.monotonic_ns()",
    );
}

#[test]
fn values_survive_marshal() {
    run("import marshal\n\
         values = [None, True, False, ..., 0, -1, 2**31, -2**100, 1.5, 1j, 'x', 'é\\ud800', b'y', (1, (2,)), [3], {4: 5}]\n\
         for value in values + [values]:\n    assert marshal.loads(marshal.dumps(value)) == value, value\n\
         try:\n    marshal.loads(b'(\\x05')\nexcept EOFError:\n    pass\nelse:\n    raise AssertionError");
}

#[test]
fn locks_tell_whether_they_are_taken() {
    run("import _thread\n\
         lock = _thread.allocate_lock()\n\
         with lock:\n    assert lock.locked() and not lock.acquire(False)\n\
         assert not lock.locked()\n\
         try:\n    _thread.start_new_thread(print, ())\nexcept RuntimeError as error:\n    assert str(error) == \"can't start new thread\"");
}

#[test]
fn streams_in_memory() {
    run("import _io\n\
         text = _io.StringIO('a\\r\\nb\\n', newline=None)\nassert text.readlines() == ['a\\n', 'b\\n']\n\
         data = _io.BytesIO(b'abc')\nassert data.read(2) == b'ab' and data.write(b'XY') == 2 and data.getvalue() == b'abXY'");
}

#[test]
fn files_are_written_and_read() {
    run("import _io, posix\n\
         name = f'/tmp/exuvia-library-test-{posix.getpid()}'\n\
         try:\n\
         \x20   with _io.open(name, 'w') as file:\n        file.write('eins\\nzwei\\n')\n\
         \x20   with _io.open(name) as file:\n        assert list(file) == ['eins\\n', 'zwei\\n']\n\
         \x20   with _io.open(name, 'rb') as file:\n        assert file.seek(5) == 5 and file.read() == b'zwei\\n'\n\
         \x20   assert posix.stat(name).st_size == 10\n\
         finally:\n    posix.unlink(name)\n\
         try:\n    _io.open(name)\nexcept FileNotFoundError as error:\n    assert error.errno == 2 and error.filename == name");
}

#[test]
fn codecs_are_found() {
    run("import _codecs\n\
         assert _codecs.utf_8_decode(b'a\\xe2\\x82') == ('a', 1)\n\
         assert _codecs.escape_decode(b'\\\\x41\\\\n') == (b'A\\n', 6)\n\
         assert _codecs.utf_16_le_encode('a') == (b'a\\0', 1)");
}

#[test]
fn a_file_beside_the_program_takes_the_place_of_a_module_and_is_blamed_for_it() {
    let folder = std::env::temp_dir().join(format!("exuvia-beside-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("email")).unwrap();
    let files = [
        ("random.py", "x = 1"),
        ("os.py", "raise SystemError('never run')"),
        ("email/__init__.py", "mine = True"),
        ("circle.py", "import other"),
        (
            "other.py",
            "import circle\ntry:\n    circle.x\nexcept AttributeError as error:\n    said = str(error)",
        ),
    ];
    for (name, text) in files {
        std::fs::write(folder.join(name), text).unwrap();
    }
    let path = vec![folder.display().to_string()];
    let mut vm = common::runtime(Settings {
        path,
        ..Settings::default()
    });
    let source = include_str!("io/beside.py");
    let result = execute(&mut vm, source);
    std::fs::remove_dir_all(&folder).unwrap();
    if let Err(error) = result {
        panic!("{}", common::report(&mut vm, error));
    }
}
