//! `_blake2`: BLAKE2b and BLAKE2s (RFC 7693), with keys, salts and the parameters of trees.

use super::{GIL_MINSIZE, bytes_to_hash, data_argument, hex};
use exuvia_object::Class;
use exuvia_vm::args::KwArgs;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{GetSet, Method, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::memoryview::BytesLike;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{Args, PyRef, PyResult, Ref, Traverse, Vm, VmCell, method};
use std::fmt::Debug;

/// In which order the words of a block are mixed in, round by round.
const SIGMA: [[usize; 16]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
    [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
    [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
    [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
    [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];

/// Where the quarters of a round lie: columns, then diagonals.
const QUARTERS: [[usize; 4]; 8] = [
    [0, 4, 8, 12],
    [1, 5, 9, 13],
    [2, 6, 10, 14],
    [3, 7, 11, 15],
    [0, 5, 10, 15],
    [1, 6, 11, 12],
    [2, 7, 8, 13],
    [3, 4, 9, 14],
];

/// The fractional parts of the square roots of the first primes.
const ROOTS: [u64; 8] = [
    0x6A09_E667_F3BC_C908,
    0xBB67_AE85_84CA_A73B,
    0x3C6E_F372_FE94_F82B,
    0xA54F_F53A_5F1D_36F1,
    0x510E_527F_ADE6_82D1,
    0x9B05_688C_2B3E_6C1F,
    0x1F83_D9AB_FB41_BD6B,
    0x5BE0_CD19_137E_2179,
];

/// What the two functions differ in.
#[derive(Debug)]
struct Variant {
    name: &'static str,
    /// As messages name it.
    title: &'static str,
    /// Bits of a word.
    bits: u32,
    rounds: usize,
    rotations: [u32; 4],
    class: &'static TypeDef,
}

impl Variant {
    fn word_bytes(&self) -> usize {
        self.bits as usize / 8
    }

    fn block_size(&self) -> usize {
        16 * self.word_bytes()
    }

    fn digest_max(&self) -> usize {
        8 * self.word_bytes()
    }

    fn salt_max(&self) -> usize {
        2 * self.word_bytes()
    }

    /// The low bits of a sum, as many as a word has.
    fn cut(&self, word: u64) -> u64 {
        if self.bits == 64 {
            word
        } else {
            word & 0xFFFF_FFFF
        }
    }

    fn rotate_right(&self, word: u64, count: u32) -> u64 {
        if self.bits == 64 {
            word.rotate_right(count)
        } else {
            u64::from((word as u32).rotate_right(count))
        }
    }

    fn root(&self, index: usize) -> u64 {
        ROOTS[index] >> (64 - self.bits)
    }

    fn words(&self, bytes: &[u8]) -> Vec<u64> {
        let words = bytes.chunks_exact(self.word_bytes());
        words
            .map(|word| {
                word.iter()
                    .rev()
                    .fold(0, |word, &byte| word << 8 | u64::from(byte))
            })
            .collect()
    }
}

/// What has been hashed so far. The last block is kept until it is known whether more follows.
#[derive(Clone, Debug)]
struct State {
    variant: &'static Variant,
    chain: [u64; 8],
    block: [u8; 128],
    filled: usize,
    /// Bytes in the blocks before.
    hashed: u128,
    digest_size: usize,
    is_last_node: bool,
}

impl State {
    fn new(variant: &'static Variant, parameters: &Parameters) -> Self {
        let words = variant.words(&parameters.block(variant));
        let mut state = Self {
            variant,
            chain: std::array::from_fn(|index| variant.root(index) ^ words[index]),
            block: [0; 128],
            filled: 0,
            hashed: 0,
            digest_size: parameters.digest_size,
            is_last_node: parameters.is_last_node,
        };
        if !parameters.key.is_empty() {
            let mut block = parameters.key.clone();
            block.resize(variant.block_size(), 0);
            state.update(&block);
        }
        state
    }

    fn update(&mut self, mut bytes: &[u8]) {
        let size = self.variant.block_size();
        while !bytes.is_empty() {
            if self.filled == size {
                self.hashed += size as u128;
                self.compress(false);
                self.filled = 0;
            }
            let len = bytes.len().min(size - self.filled);
            self.block[self.filled..self.filled + len].copy_from_slice(&bytes[..len]);
            self.filled += len;
            bytes = &bytes[len..];
        }
    }

    fn compress(&mut self, is_last: bool) {
        let variant = self.variant;
        let message = variant.words(&self.block[..variant.block_size()]);
        let all_bits = variant.cut(u64::MAX);
        let mut v: [u64; 16] = std::array::from_fn(|index| match index {
            0..8 => self.chain[index],
            _ => variant.root(index - 8),
        });
        v[12] ^= variant.cut(self.hashed as u64);
        v[13] ^= variant.cut((self.hashed >> variant.bits) as u64);
        if is_last {
            v[14] ^= all_bits;
            if self.is_last_node {
                v[15] ^= all_bits;
            }
        }
        for round in 0..variant.rounds {
            let order = &SIGMA[round % SIGMA.len()];
            for (quarter, &places) in QUARTERS.iter().enumerate() {
                let (x, y) = (message[order[2 * quarter]], message[order[2 * quarter + 1]]);
                mix(variant, &mut v, places, x, y);
            }
        }
        for index in 0..8 {
            self.chain[index] ^= v[index] ^ v[index + 8];
        }
    }

    fn digest(mut self) -> Vec<u8> {
        self.hashed += self.filled as u128;
        let size = self.variant.block_size();
        self.block[self.filled..size].fill(0);
        self.compress(true);
        let bytes = self.variant.word_bytes();
        let words = self.chain.iter();
        let digest = words.flat_map(|word| word.to_le_bytes().into_iter().take(bytes));
        digest.take(self.digest_size).collect()
    }
}

/// The function G of the RFC.
fn mix(variant: &Variant, v: &mut [u64; 16], [a, b, c, d]: [usize; 4], x: u64, y: u64) {
    let [first, second, third, fourth] = variant.rotations;
    for (word, down, up) in [(x, first, second), (y, third, fourth)] {
        v[a] = variant.cut(v[a].wrapping_add(v[b]).wrapping_add(word));
        v[d] = variant.rotate_right(v[d] ^ v[a], down);
        v[c] = variant.cut(v[c].wrapping_add(v[d]));
        v[b] = variant.rotate_right(v[b] ^ v[c], up);
    }
}

/// What a hash object is made with.
#[derive(Debug)]
struct Parameters {
    digest_size: usize,
    key: Vec<u8>,
    salt: Vec<u8>,
    person: Vec<u8>,
    fanout: u8,
    depth: u8,
    leaf_size: u32,
    node_offset: u64,
    node_depth: u8,
    inner_size: u8,
    is_last_node: bool,
}

impl Parameters {
    /// The parameter block of the RFC: as many bytes as the chain has.
    fn block(&self, variant: &Variant) -> Vec<u8> {
        let mut block = vec![
            self.digest_size as u8,
            self.key.len() as u8,
            self.fanout,
            self.depth,
        ];
        block.extend(self.leaf_size.to_le_bytes());
        // The place of a node has fewer bytes in the smaller function.
        let offset_bytes = if variant.bits == 64 { 8 } else { 6 };
        block.extend(&self.node_offset.to_le_bytes()[..offset_bytes]);
        block.extend([self.node_depth, self.inner_size]);
        let salt = variant.salt_max();
        block.resize(variant.digest_max() - 2 * salt, 0);
        for part in [&self.salt, &self.person] {
            block.extend(part);
            block.resize(block.len() + salt - part.len(), 0);
        }
        block
    }
}

// ------------------------------------------------------------------------------------- hash objects

/// A hash object.
#[derive(Debug, Traverse)]
struct PyBlake2 {
    #[traverse(skip)]
    state: VmCell<State>,
}

impl PyPayload for PyBlake2 {
    const DEF: &'static TypeDef = &BLAKE2B;
}

macro_rules! variants {
    ($($def:ident, $variant:ident = $name:literal, $title:literal, $bits:literal, $rounds:literal, $rotations:expr;)+) => {
        $(
            static $variant: Variant = Variant {
                name: $name,
                title: $title,
                bits: $bits,
                rounds: $rounds,
                rotations: $rotations,
                class: &$def,
            };
            static $def: TypeDef = TypeDef {
                doc: concat!($name, "(data=b'', *, digest_size, key, salt, person, …)\n\nA hash of bytes."),
                class: Some(Class::of::<PyBlake2>),
                slots: Slots {
                    new: Some(|vm, _, args| make(vm, &$variant, args)),
                    ..Slots::EMPTY
                },
                flags: TypeFlags::IMMUTABLE,
                methods: METHODS,
                getset: GETSET,
                ..TypeDef::new(concat!("_blake2.", $name))
            };
        )+
    };
}
variants! {
    BLAKE2B, BLAKE2B_VARIANT = "blake2b", "Blake2b", 64, 12, [32, 24, 16, 63];
    BLAKE2S, BLAKE2S_VARIANT = "blake2s", "Blake2s", 32, 10, [16, 12, 8, 7];
}

static METHODS: &[Method] = &[
    method!("update", "($self, obj, /)", update, "Hashes more bytes."),
    method!(
        "copy",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyBlake2>| -> PyResult {
            let state = this.state.get(vm).clone();
            new(vm, state)
        },
        "A hash object that has hashed the same."
    ),
    method!(
        "digest",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyBlake2>| -> PyResult {
            let digest = this.state.get(vm).clone().digest();
            Ok(vm.new_bytes(&digest)?.into_any())
        },
        "The hash of all bytes so far."
    ),
    method!(
        "hexdigest",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyBlake2>| hex(&this.state.get(vm).clone().digest()),
        "The hash of all bytes so far, in hexadecimal digits."
    ),
];

static GETSET: &[GetSet] = &[
    GetSet {
        name: "name",
        doc: "The algorithm's name.",
        get: |vm, this| {
            let name = receiver(this).state.get(vm).variant.name;
            Ok(vm.new_str(name)?.into_any())
        },
        set: None,
    },
    GetSet {
        name: "block_size",
        doc: "Bytes that are hashed at a time.",
        get: |vm, this| {
            let size = receiver(this).state.get(vm).variant.block_size();
            vm.new_int_from_usize(size)
        },
        set: None,
    },
    GetSet {
        name: "digest_size",
        doc: "Bytes of the hash.",
        get: |vm, this| vm.new_int_from_usize(receiver(this).state.get(vm).digest_size),
        set: None,
    },
];

fn receiver(this: &PyRef) -> &Ref<PyBlake2> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

fn new(vm: &Vm, state: State) -> PyResult {
    let class = vm.class(state.variant.class);
    let hash = PyBlake2 {
        state: VmCell::new(state),
    };
    Ok(vm.new_instance(class, hash)?.into_any())
}

fn update(vm: &mut Vm, this: Ref<PyBlake2>, object: PyRef) -> PyResult<()> {
    let bytes = bytes_to_hash(vm, &object)?;
    let mut state = this.state.get(vm).clone();
    state.update(&bytes.get(vm));
    *this.state.get_mut(vm) = state;
    Ok(())
}

// ---------------------------------------------------------------------------------- making one

/// The arguments of a constructor, by name.
struct Arguments {
    given: KwArgs,
}

impl Arguments {
    fn of(vm: &mut Vm, variant: &Variant, args: Args<'_>) -> PyResult<Self> {
        let name = variant.name;
        let mut given = KwArgs::new();
        match args.positionals() {
            [] => {}
            [data] => given.push((vm.intern("data")?, data.clone())),
            more => {
                let count = more.len();
                return Err(vm.type_error(format!(
                    "{name}() takes at most 1 positional argument ({count} given)"
                )));
            }
        }
        for (keyword, value) in args.keywords() {
            let keyword = vm.attribute_name(keyword)?.clone();
            let text = keyword.to_text().into_owned();
            if !KEYWORDS.contains(&text.as_str()) {
                return Err(vm.type_error(format!(
                    "{name}() got an unexpected keyword argument '{text}'"
                )));
            }
            if given.iter().any(|(other, _)| other.equals(&text)) {
                return Err(vm.type_error(format!(
                    "argument for {name}() given by name ('{text}') and position (1)"
                )));
            }
            given.push((keyword, value.clone()));
        }
        Ok(Self { given })
    }

    fn get(&self, name: &str) -> Option<PyRef> {
        let mut given = self.given.iter();
        given
            .find(|(known, _)| known.equals(name))
            .map(|(_, value)| value.clone())
    }

    fn number(&self, vm: &mut Vm, name: &str, default: i64) -> PyResult<i64> {
        self.get(name)
            .map_or(Ok(default), |value| vm.index_i64(&value))
    }

    /// A number within bounds.
    fn within(
        &self,
        vm: &mut Vm,
        name: &str,
        default: i64,
        least: i64,
        message: &str,
    ) -> PyResult<u8> {
        let value = self.number(vm, name, default)?;
        match u8::try_from(value) {
            Ok(value) if i64::from(value) >= least => Ok(value),
            _ => Err(vm.value_error(message)),
        }
    }

    /// A number that is not negative, of any size up to 64 bits.
    fn unsigned(&self, vm: &mut Vm, name: &str) -> PyResult<u64> {
        let Some(value) = self.get(name) else {
            return Ok(0);
        };
        let value = vm.index(&value)?;
        if value.is_negative() {
            return Err(vm.value_error("Cannot convert negative int"));
        }
        let value = value.to_i128().and_then(|value| u64::try_from(value).ok());
        value.ok_or_else(|| vm.overflow_error("Python int too large for C unsigned long long"))
    }

    /// Bytes, at most `most` of them.
    fn bytes(&self, vm: &mut Vm, name: &str, title: &str, most: usize) -> PyResult<Vec<u8>> {
        let Some(value) = self.get(name) else {
            return Ok(Vec::new());
        };
        let bytes: BytesLike = vm.bytes_like(&value)?;
        if bytes.len() > most {
            return Err(vm.value_error(format!("maximum {title} length is {most} bytes")));
        }
        Ok(bytes.to_vec(vm))
    }
}

static KEYWORDS: &[&str] = &[
    "data",
    "digest_size",
    "key",
    "salt",
    "person",
    "fanout",
    "depth",
    "leaf_size",
    "node_offset",
    "node_depth",
    "inner_size",
    "last_node",
    "usedforsecurity",
    "string",
];

fn make(vm: &mut Vm, variant: &'static Variant, args: Args<'_>) -> PyResult {
    let arguments = Arguments::of(vm, variant, args)?;
    let data = data_argument(vm, arguments.get("data"), arguments.get("string"))?;
    let parameters = read(vm, variant, &arguments)?;
    let mut state = State::new(variant, &parameters);
    if let Some(data) = data {
        let bytes = bytes_to_hash(vm, &data)?;
        state.update(&bytes.get(vm));
    }
    new(vm, state)
}

fn read(vm: &mut Vm, variant: &Variant, arguments: &Arguments) -> PyResult<Parameters> {
    let digest_max = variant.digest_max();
    let digest_size = arguments.number(vm, "digest_size", digest_max as i64)?;
    let valid_size = usize::try_from(digest_size).ok();
    let Some(digest_size) = valid_size.filter(|size| (1..=digest_max).contains(size)) else {
        let title = variant.title;
        return Err(vm.value_error(format!(
            "digest_size for {title} must be between 1 and {digest_max} bytes, here it is {digest_size}"
        )));
    };
    let salt = arguments.bytes(vm, "salt", "salt", variant.salt_max())?;
    let person = arguments.bytes(vm, "person", "person", variant.salt_max())?;
    let fanout = arguments.within(vm, "fanout", 1, 0, "fanout must be between 0 and 255")?;
    let depth = arguments.within(vm, "depth", 1, 1, "depth must be between 1 and 255")?;
    let leaf_size = arguments.unsigned(vm, "leaf_size")?;
    let leaf_size =
        u32::try_from(leaf_size).map_err(|_| vm.overflow_error("leaf_size is too large"))?;
    let node_offset = arguments.unsigned(vm, "node_offset")?;
    if variant.bits == 32 && node_offset >> 48 != 0 {
        return Err(vm.overflow_error("node_offset is too large"));
    }
    let message = "node_depth must be between 0 and 255";
    let node_depth = arguments.within(vm, "node_depth", 0, 0, message)?;
    let message = format!("inner_size must be between 0 and is {digest_max}");
    let inner_size = arguments.within(vm, "inner_size", 0, 0, &message)?;
    if usize::from(inner_size) > digest_max {
        return Err(vm.value_error(message));
    }
    let key = arguments.bytes(vm, "key", "key", digest_max)?;
    let is_last_node = match arguments.get("last_node") {
        Some(value) => vm.is_true(&value)?,
        None => false,
    };
    Ok(Parameters {
        digest_size,
        key,
        salt,
        person,
        fanout,
        depth,
        leaf_size,
        node_offset,
        node_depth,
        inner_size,
        is_last_node,
    })
}

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    for variant in [&BLAKE2B_VARIANT, &BLAKE2S_VARIANT] {
        let class: Ref<PyType> = vm.make_class(variant.class)?;
        let sizes = [
            ("SALT_SIZE", variant.salt_max()),
            ("PERSON_SIZE", variant.salt_max()),
            ("MAX_KEY_SIZE", variant.digest_max()),
            ("MAX_DIGEST_SIZE", variant.digest_max()),
        ];
        for (name, size) in sizes {
            let size = vm.new_int_from_usize(size)?;
            let key = vm.intern(name)?;
            class.dict().set_str_guarded(vm, &key, size.clone())?;
            let long_name = format!("{}_{name}", variant.name.to_uppercase());
            vm.add_attribute(module, &long_name, size)?;
        }
        vm.add_attribute(module, variant.name, class.into_any())?;
    }
    let size = vm.new_int(GIL_MINSIZE)?;
    vm.add_attribute(module, "_GIL_MINSIZE", size)
}
