//! `_sha3`: SHA-3 and SHAKE (FIPS 202).

use super::{GIL_MINSIZE, bytes_to_hash, data_argument, hex};
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{GetSet, Method, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{Args, PyRef, PyResult, Ref, Traverse, Vm, VmCell, function, method};

/// Bytes of the state.
const STATE_BYTES: usize = 200;
const ROUNDS: [u64; 24] = [
    0x0000_0000_0000_0001,
    0x0000_0000_0000_8082,
    0x8000_0000_0000_808A,
    0x8000_0000_8000_8000,
    0x0000_0000_0000_808B,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8009,
    0x0000_0000_0000_008A,
    0x0000_0000_0000_0088,
    0x0000_0000_8000_8009,
    0x0000_0000_8000_000A,
    0x0000_0000_8000_808B,
    0x8000_0000_0000_008B,
    0x8000_0000_0000_8089,
    0x8000_0000_0000_8003,
    0x8000_0000_0000_8002,
    0x8000_0000_0000_0080,
    0x0000_0000_0000_800A,
    0x8000_0000_8000_000A,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8080,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8008,
];

/// The permutation Keccak-f\[1600\]; the lane of column x and row y is at x + 5 y.
fn permute(lanes: &mut [u64; 25]) {
    for round in ROUNDS {
        // theta
        let column = |lanes: &[u64; 25], x: usize| (0..5).fold(0, |sum, y| sum ^ lanes[x + 5 * y]);
        let sums: [u64; 5] = std::array::from_fn(|x| column(lanes, x));
        for (index, lane) in lanes.iter_mut().enumerate() {
            let x = index % 5;
            *lane ^= sums[(x + 4) % 5] ^ sums[(x + 1) % 5].rotate_left(1);
        }
        // rho and pi
        let (mut x, mut y) = (1, 0);
        let mut moved = lanes[1];
        for step in 0..24_u32 {
            (x, y) = (y, (2 * x + 3 * y) % 5);
            let rotation = (step + 1) * (step + 2) / 2 % 64;
            let next = lanes[x + 5 * y];
            lanes[x + 5 * y] = moved.rotate_left(rotation);
            moved = next;
        }
        // chi
        for row in lanes.chunks_exact_mut(5) {
            let old: [u64; 5] = std::array::from_fn(|x| row[x]);
            for x in 0..5 {
                row[x] = old[x] ^ (!old[(x + 1) % 5] & old[(x + 2) % 5]);
            }
        }
        // iota
        lanes[0] ^= round;
    }
}

/// A sponge that takes bytes in.
#[derive(Clone, Debug)]
struct Sponge {
    lanes: [u64; 25],
    /// Bytes of the block so far.
    filled: usize,
    /// Bytes of a block.
    rate: usize,
}

impl Sponge {
    fn new(rate: usize) -> Self {
        Self {
            lanes: [0; 25],
            filled: 0,
            rate,
        }
    }

    fn xor(&mut self, at: usize, byte: u8) {
        self.lanes[at / 8] ^= u64::from(byte) << (8 * (at % 8));
    }

    fn absorb(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.xor(self.filled, byte);
            self.filled += 1;
            if self.filled == self.rate {
                permute(&mut self.lanes);
                self.filled = 0;
            }
        }
    }

    /// `len` bytes of output, after the suffix that tells the kinds of hash apart.
    fn squeeze(mut self, suffix: u8, len: usize) -> Vec<u8> {
        self.xor(self.filled, suffix);
        self.xor(self.rate - 1, 0x80);
        let mut out = Vec::with_capacity(len + self.rate);
        while out.len() < len {
            permute(&mut self.lanes);
            let bytes = self.lanes.iter().flat_map(|lane| lane.to_le_bytes());
            out.extend(bytes.take(self.rate));
        }
        out.truncate(len);
        out
    }
}

/// One of the functions.
#[derive(Debug)]
struct Variant {
    name: &'static str,
    /// Bytes of the hash; 0: as many as asked for.
    digest_size: usize,
    rate: usize,
    suffix: u8,
    class: &'static TypeDef,
}

/// A hash object.
#[derive(Debug, Traverse)]
struct PySha3 {
    #[traverse(skip)]
    sponge: VmCell<Sponge>,
    #[traverse(skip)]
    variant: &'static Variant,
}

impl PyPayload for PySha3 {
    const DEF: &'static TypeDef = &SHA3_256;
}

const SHA3_SUFFIX: u8 = 0x06;
const SHAKE_SUFFIX: u8 = 0x1F;

macro_rules! variants {
    ($($def:ident, $variant:ident = $name:literal, $digest_size:literal, $rate:literal, $suffix:ident, $methods:ident;)+) => {
        $(
            static $variant: Variant = Variant {
                name: $name,
                digest_size: $digest_size,
                rate: $rate,
                suffix: $suffix,
                class: &$def,
            };
            static $def: TypeDef = TypeDef {
                doc: concat!($name, "(data=b'', *, usedforsecurity=True, string=None)\n\nA hash of bytes."),
                class: Some(Class::of::<PySha3>),
                slots: Slots {
                    new: Some(|vm, _, args| make(vm, &$variant, args)),
                    ..Slots::EMPTY
                },
                flags: TypeFlags::IMMUTABLE,
                methods: $methods,
                getset: GETSET,
                ..TypeDef::new(concat!("_sha3.", $name))
            };
        )+
        static VARIANTS: &[&Variant] = &[$(&$variant),+];
    };
}
variants! {
    SHA3_224, SHA3_224_VARIANT = "sha3_224", 28, 144, SHA3_SUFFIX, SHA3_METHODS;
    SHA3_256, SHA3_256_VARIANT = "sha3_256", 32, 136, SHA3_SUFFIX, SHA3_METHODS;
    SHA3_384, SHA3_384_VARIANT = "sha3_384", 48, 104, SHA3_SUFFIX, SHA3_METHODS;
    SHA3_512, SHA3_512_VARIANT = "sha3_512", 64, 72, SHA3_SUFFIX, SHA3_METHODS;
    SHAKE_128, SHAKE_128_VARIANT = "shake_128", 0, 168, SHAKE_SUFFIX, SHAKE_METHODS;
    SHAKE_256, SHAKE_256_VARIANT = "shake_256", 0, 136, SHAKE_SUFFIX, SHAKE_METHODS;
}

static SHA3_METHODS: &[Method] = &[
    method!("update", "($self, obj, /)", update, "Hashes more bytes."),
    method!(
        "copy",
        "($self, /)",
        copy,
        "A hash object that has hashed the same."
    ),
    method!(
        "digest",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PySha3>| -> PyResult {
            let digest = this.output(vm, this.variant.digest_size);
            Ok(vm.new_bytes(&digest)?.into_any())
        },
        "The hash of all bytes so far."
    ),
    method!(
        "hexdigest",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PySha3>| hex(&this.output(vm, this.variant.digest_size)),
        "The hash of all bytes so far, in hexadecimal digits."
    ),
];

static SHAKE_METHODS: &[Method] = &[
    method!("update", "($self, obj, /)", update, "Hashes more bytes."),
    method!(
        "copy",
        "($self, /)",
        copy,
        "A hash object that has hashed the same."
    ),
    method!(
        "digest",
        "($self, length, /)",
        |vm: &mut Vm, this: Ref<PySha3>, length: PyRef| -> PyResult {
            let length = output_size(vm, &length)?;
            let digest = this.output(vm, length);
            Ok(vm.new_bytes(&digest)?.into_any())
        },
        "That many bytes of the hash of all bytes so far."
    ),
    method!(
        "hexdigest",
        "($self, length, /)",
        |vm: &mut Vm, this: Ref<PySha3>, length: PyRef| -> PyResult<String> {
            let length = output_size(vm, &length)?;
            Ok(hex(&this.output(vm, length)))
        },
        "That many bytes of the hash of all bytes so far, in hexadecimal digits."
    ),
];

static GETSET: &[GetSet] = &[
    GetSet {
        name: "name",
        doc: "The algorithm's name.",
        get: |vm, this| Ok(vm.new_str(receiver(this).variant.name)?.into_any()),
        set: None,
    },
    GetSet {
        name: "block_size",
        doc: "Bytes that are hashed at a time.",
        get: |vm, this| vm.new_int_from_usize(receiver(this).variant.rate),
        set: None,
    },
    GetSet {
        name: "digest_size",
        doc: "Bytes of the hash; 0: as many as asked for.",
        get: |vm, this| vm.new_int_from_usize(receiver(this).variant.digest_size),
        set: None,
    },
    GetSet {
        name: "_capacity_bits",
        doc: "Bits of the state that no input reaches.",
        get: |vm, this| vm.new_int_from_usize(8 * (STATE_BYTES - receiver(this).variant.rate)),
        set: None,
    },
    GetSet {
        name: "_rate_bits",
        doc: "Bits of a block.",
        get: |vm, this| vm.new_int_from_usize(8 * receiver(this).variant.rate),
        set: None,
    },
    GetSet {
        name: "_suffix",
        doc: "What is put behind the input.",
        get: |vm, this| Ok(vm.new_bytes(&[receiver(this).variant.suffix])?.into_any()),
        set: None,
    },
];

fn receiver(this: &PyRef) -> &Ref<PySha3> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

impl PySha3 {
    fn output(&self, vm: &Vm, len: usize) -> Vec<u8> {
        self.sponge
            .get(vm)
            .clone()
            .squeeze(self.variant.suffix, len)
    }
}

fn output_size(vm: &mut Vm, length: &PyRef) -> PyResult<usize> {
    const TOO_LARGE: i64 = 1 << 29;
    let length = vm.index(length)?;
    if length.is_negative() {
        return Err(vm.value_error("Cannot convert negative int"));
    }
    match length.to_i64() {
        Some(length) if length < TOO_LARGE => Ok(length as usize),
        _ => Err(vm.value_error("length is too large")),
    }
}

fn update(vm: &mut Vm, this: Ref<PySha3>, object: PyRef) -> PyResult<()> {
    let bytes = bytes_to_hash(vm, &object)?;
    let mut sponge = this.sponge.get(vm).clone();
    sponge.absorb(&bytes.get(vm));
    *this.sponge.get_mut(vm) = sponge;
    Ok(())
}

fn copy(vm: &mut Vm, this: Ref<PySha3>) -> PyResult {
    let sponge = this.sponge.get(vm).clone();
    new(vm, this.variant, sponge)
}

fn new(vm: &Vm, variant: &'static Variant, sponge: Sponge) -> PyResult {
    let hash = PySha3 {
        sponge: VmCell::new(sponge),
        variant,
    };
    Ok(vm.new_instance(vm.class(variant.class), hash)?.into_any())
}

static MAKE: Method = function!(
    "sha3",
    "(data=b'', *, usedforsecurity=True, string=None)",
    |vm: &mut Vm, data: Option<PyRef>, _secure: Option<bool>, string: Option<PyRef>| -> PyResult {
        match data_argument(vm, data, string)? {
            Some(data) => Ok(data),
            None => Ok(vm.new_bytes(b"")?.into_any()),
        }
    },
    ""
);

fn make(vm: &mut Vm, variant: &'static Variant, args: Args<'_>) -> PyResult {
    let data = (MAKE.call)(vm, args, &MAKE)?;
    let bytes = bytes_to_hash(vm, &data)?;
    let mut sponge = Sponge::new(variant.rate);
    sponge.absorb(&bytes.get(vm));
    new(vm, variant, sponge)
}

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    for variant in VARIANTS {
        let class: Ref<PyType> = vm.make_class(variant.class)?;
        vm.add_attribute(module, variant.name, class.into_any())?;
    }
    let size = vm.new_int(GIL_MINSIZE)?;
    vm.add_attribute(module, "_GIL_MINSIZE", size)?;
    let implementation = vm.new_str("FIPS 202, lane by lane")?;
    vm.add_attribute(module, "implementation", implementation.into_any())
}
