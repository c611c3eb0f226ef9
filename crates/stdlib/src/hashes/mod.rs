//! `_md5`, `_sha1`, `_sha2`: hash objects over the crates of the same names; [`sha3`] and [`blake2`] are written here.

pub mod blake2;
pub mod sha3;

use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{GetSet, Method, TypeDef, TypeFlags};
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::{PyRef, PyResult, Ref, Traverse, Vm, VmCell, function, method};
use sha2::Digest;

/// What has been hashed so far. All of it lies inside of the value.
#[derive(Clone)]
enum State {
    Md5(md5::Md5),
    Sha1(sha1::Sha1),
    Sha224(sha2::Sha224),
    Sha256(sha2::Sha256),
    Sha384(sha2::Sha384),
    Sha512(sha2::Sha512),
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Evaluates an expression for the hasher of a state, whichever it is.
macro_rules! with_hasher {
    ($state:expr, |$hasher:ident| $body:expr) => {
        match $state {
            State::Md5($hasher) => $body,
            State::Sha1($hasher) => $body,
            State::Sha224($hasher) => $body,
            State::Sha256($hasher) => $body,
            State::Sha384($hasher) => $body,
            State::Sha512($hasher) => $body,
        }
    };
}

impl State {
    fn name(&self) -> &'static str {
        match self {
            Self::Md5(_) => "md5",
            Self::Sha1(_) => "sha1",
            Self::Sha224(_) => "sha224",
            Self::Sha256(_) => "sha256",
            Self::Sha384(_) => "sha384",
            Self::Sha512(_) => "sha512",
        }
    }

    fn block_size(&self) -> i64 {
        match self {
            Self::Sha384(_) | Self::Sha512(_) => 128,
            _ => 64,
        }
    }

    fn class(&self) -> &'static TypeDef {
        match self {
            Self::Md5(_) => &MD5,
            Self::Sha1(_) => &SHA1,
            Self::Sha224(_) => &SHA224,
            Self::Sha256(_) => &SHA256,
            Self::Sha384(_) => &SHA384,
            Self::Sha512(_) => &SHA512,
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        with_hasher!(self, |hasher| hasher.update(bytes));
    }

    fn digest(self) -> Vec<u8> {
        with_hasher!(self, |hasher| hasher.finalize().to_vec())
    }
}

/// A hash object; its type tells which.
#[derive(Debug, Traverse)]
struct PyHash {
    #[traverse(skip)]
    state: VmCell<State>,
}

impl PyPayload for PyHash {
    const DEF: &'static TypeDef = &SHA256;
}

macro_rules! types {
    ($($def:ident = $name:literal;)+) => {
        $(static $def: TypeDef = TypeDef {
            doc: "A hash of bytes.",
            class: Some(Class::of::<PyHash>),
            flags: TypeFlags::NO_NEW.or(TypeFlags::IMMUTABLE),
            methods: METHODS,
            getset: GETSET,
            ..TypeDef::new($name)
        };)+
    };
}
types! {
    MD5 = "_md5.md5";
    SHA1 = "_sha1.sha1";
    SHA224 = "_sha2.SHA224Type";
    SHA256 = "_sha2.SHA256Type";
    SHA384 = "_sha2.SHA384Type";
    SHA512 = "_sha2.SHA512Type";
}

static METHODS: &[Method] = &[
    method!("update", "($self, obj, /)", update, "Hashes more bytes."),
    method!(
        "digest",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyHash>| -> PyResult {
            let digest = this.state.get(vm).clone().digest();
            Ok(vm.new_bytes(&digest)?.into_any())
        },
        "The hash of all bytes so far."
    ),
    method!(
        "hexdigest",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyHash>| hex(&this.state.get(vm).clone().digest()),
        "The hash of all bytes so far, in hexadecimal digits."
    ),
    method!(
        "copy",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyHash>| -> PyResult {
            let state = this.state.get(vm).clone();
            new(vm, state)
        },
        "A hash object that has hashed the same."
    ),
];

static GETSET: &[GetSet] = &[
    GetSet {
        name: "name",
        doc: "The algorithm's name.",
        get: |vm, this| {
            let name = receiver(this).state.get(vm).name();
            Ok(vm.new_str(name)?.into_any())
        },
        set: None,
    },
    GetSet {
        name: "block_size",
        doc: "Bytes that are hashed at a time.",
        get: |vm, this| vm.new_int(receiver(this).state.get(vm).block_size()),
        set: None,
    },
    GetSet {
        name: "digest_size",
        doc: "Bytes of the hash.",
        get: |vm, this| {
            let size = receiver(this).state.get(vm).clone().digest().len();
            vm.new_int_from_usize(size)
        },
        set: None,
    },
];

fn receiver(this: &PyRef) -> &Ref<PyHash> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

/// A hash in hexadecimal digits.
pub fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn new(vm: &Vm, state: State) -> PyResult {
    let class = vm.class(state.class());
    let hash = PyHash {
        state: VmCell::new(state),
    };
    Ok(vm.new_instance(class, hash)?.into_any())
}

fn update(vm: &mut Vm, this: Ref<PyHash>, object: PyRef) -> PyResult<()> {
    let bytes = bytes_to_hash(vm, &object)?;
    // A large buffer is hashed where it lies: the state is taken out meanwhile.
    let mut state = this.state.get(vm).clone();
    state.update(&bytes.get(vm));
    *this.state.get_mut(vm) = state;
    Ok(())
}

/// The bytes of an object to hash.
///
/// # Errors
/// `TypeError` for a string, and for what lends no bytes.
pub fn bytes_to_hash(
    vm: &mut Vm,
    object: &PyRef,
) -> PyResult<exuvia_vm::types::memoryview::BytesLike> {
    if object.is_a::<PyStr>() {
        return Err(vm.type_error("Strings must be encoded before hashing"));
    }
    if vm.type_of(object).slots(vm).buffer.is_none() {
        return Err(vm.type_error("object supporting the buffer API required"));
    }
    vm.bytes_like(object)
}

/// The argument `data`, or what stands for it under its old name.
///
/// # Errors
/// `TypeError` if both are given.
pub fn data_argument(
    vm: &mut Vm,
    data: Option<PyRef>,
    string: Option<PyRef>,
) -> PyResult<Option<PyRef>> {
    match (data, string.filter(|string| !vm.is_none(string))) {
        (Some(_), Some(_)) => Err(vm.type_error(
            "'data' and 'string' are mutually exclusive and support for 'string' keyword parameter is slated for \
             removal in a future version.",
        )),
        (data, string) => Ok(data.or(string)),
    }
}

/// A row for a function that makes a hash object.
macro_rules! maker {
    ($name:literal, $state:expr) => {
        function!(
            $name,
            "($module, /, data=b'', *, usedforsecurity=True, string=None)",
            |vm: &mut Vm, data: Option<PyRef>, _secure: Option<bool>, string: Option<PyRef>| {
                make(vm, $state, data, string)
            },
            "A new hash object that has hashed the data, if any is given."
        )
    };
}

fn make(vm: &mut Vm, mut state: State, data: Option<PyRef>, string: Option<PyRef>) -> PyResult {
    if let Some(data) = data_argument(vm, data, string)? {
        let bytes = bytes_to_hash(vm, &data)?;
        state.update(&bytes.get(vm));
    }
    new(vm, state)
}

static MD5_FUNCTIONS: &[Method] = &[maker!("md5", State::Md5(md5::Md5::new()))];
static SHA1_FUNCTIONS: &[Method] = &[maker!("sha1", State::Sha1(sha1::Sha1::new()))];
static SHA2_FUNCTIONS: &[Method] = &[
    maker!("sha224", State::Sha224(sha2::Sha224::new())),
    maker!("sha256", State::Sha256(sha2::Sha256::new())),
    maker!("sha384", State::Sha384(sha2::Sha384::new())),
    maker!("sha512", State::Sha512(sha2::Sha512::new())),
];

/// Inputs below this size were hashed under the global lock.
const GIL_MINSIZE: i64 = 2048;

fn fill(
    vm: &mut Vm,
    module: &Ref<PyModule>,
    functions: &'static [Method],
    types: &[(&str, &'static TypeDef)],
) -> PyResult<()> {
    vm.add_functions(module, functions)?;
    for &(name, def) in types {
        let class = vm.make_class(def)?.into_any();
        vm.add_attribute(module, name, class)?;
    }
    let size = vm.new_int(GIL_MINSIZE)?;
    vm.add_attribute(module, "_GIL_MINSIZE", size)
}

/// Fills `_md5`.
///
/// # Errors
/// `OutOfMemory`.
pub fn init_md5(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    fill(vm, module, MD5_FUNCTIONS, &[("MD5Type", &MD5)])
}

/// Fills `_sha1`.
///
/// # Errors
/// `OutOfMemory`.
pub fn init_sha1(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    fill(vm, module, SHA1_FUNCTIONS, &[("SHA1Type", &SHA1)])
}

/// Fills `_sha2`.
///
/// # Errors
/// `OutOfMemory`.
pub fn init_sha2(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    let types: &[(&str, &'static TypeDef)] = &[
        ("SHA224Type", &SHA224),
        ("SHA256Type", &SHA256),
        ("SHA384Type", &SHA384),
        ("SHA512Type", &SHA512),
    ];
    fill(vm, module, SHA2_FUNCTIONS, types)
}
