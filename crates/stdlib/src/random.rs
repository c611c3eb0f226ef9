//! `_random`: the Mersenne Twister (Matsumoto and Nishimura, 1998), with the seeding and the sequence of CPython.

use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{Method, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::int::{PyInt, big};
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::numeric::room;
use exuvia_vm::types::tuple::PyTuple;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{Args, PyRef, PyResult, Ref, Traverse, Vm, VmCell, method};
use std::fs::File;
use std::io::Read;

/// Words of state.
const WORDS: usize = 624;
/// How far apart the words are that are mixed.
const MIDDLE: usize = 397;

/// The generator.
#[derive(Clone, Debug)]
struct Twister {
    state: [u32; WORDS],
    /// The next word of the state to give out.
    next: usize,
}

impl Twister {
    fn from_word(seed: u32) -> Self {
        let mut state = [seed; WORDS];
        for index in 1..WORDS {
            let last = state[index - 1];
            state[index] = (last ^ last >> 30)
                .wrapping_mul(1_812_433_253)
                .wrapping_add(index as u32);
        }
        Self { state, next: WORDS }
    }

    /// The generator of a key of any length but 0.
    fn from_key(key: &[u32]) -> Self {
        let mut twister = Self::from_word(19_650_218);
        let state = &mut twister.state;
        let mut at = 1;
        let step = |state: &mut [u32; WORDS], at: &mut usize| {
            *at += 1;
            if *at == WORDS {
                state[0] = state[WORDS - 1];
                *at = 1;
            }
        };
        for (index, &word) in (0..key.len()).zip(key).cycle().take(WORDS.max(key.len())) {
            let last = state[at - 1];
            state[at] = (state[at] ^ (last ^ last >> 30).wrapping_mul(1_664_525))
                .wrapping_add(word)
                .wrapping_add(index as u32);
            step(state, &mut at);
        }
        for _ in 1..WORDS {
            let last = state[at - 1];
            state[at] = (state[at] ^ (last ^ last >> 30).wrapping_mul(1_566_083_941))
                .wrapping_sub(at as u32);
            step(state, &mut at);
        }
        state[0] = 1 << 31;
        twister
    }

    fn refill(&mut self) {
        for index in 0..WORDS {
            let high = self.state[index] & 0x8000_0000;
            let mixed = high | self.state[(index + 1) % WORDS] & 0x7FFF_FFFF;
            let twist = if mixed & 1 == 1 { 0x9908_B0DF } else { 0 };
            self.state[index] = self.state[(index + MIDDLE) % WORDS] ^ mixed >> 1 ^ twist;
        }
        self.next = 0;
    }

    fn word(&mut self) -> u32 {
        if self.next >= WORDS {
            self.refill();
        }
        let mut word = self.state[self.next];
        self.next += 1;
        word ^= word >> 11;
        word ^= word << 7 & 0x9D2C_5680;
        word ^= word << 15 & 0xEFC6_0000;
        word ^ word >> 18
    }

    /// A float from 0 up to 1, of 53 random bits.
    fn float(&mut self) -> f64 {
        let high = f64::from(self.word() >> 5);
        let low = f64::from(self.word() >> 6);
        (high * 67_108_864.0 + low) * (1.0 / 9_007_199_254_740_992.0)
    }
}

/// A random number generator.
#[derive(Debug, Traverse)]
struct PyRandom {
    #[traverse(skip)]
    twister: VmCell<Twister>,
}

impl PyPayload for PyRandom {
    const DEF: &'static TypeDef = &RANDOM;
}

static RANDOM: TypeDef = TypeDef {
    doc: "Random(seed=None)\n\nA generator of random numbers.",
    class: Some(Class::of::<PyRandom>),
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        new: Some(new),
        init: Some(init_random),
        ..Slots::EMPTY
    },
    methods: METHODS,
    ..TypeDef::new("_random.Random")
};

static METHODS: &[Method] = &[
    method!(
        "random",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyRandom>| this.twister.get_mut(vm).float(),
        "A float from 0 up to 1, without 1."
    ),
    method!(
        "seed",
        "($self, n=None, /)",
        seed,
        "Begins a sequence that is told by n, or by nothing."
    ),
    method!(
        "getstate",
        "($self, /)",
        getstate,
        "The state, for setstate."
    ),
    method!(
        "setstate",
        "($self, state, /)",
        setstate,
        "Goes on from a state that getstate returned."
    ),
    method!(
        "getrandbits",
        "($self, k, /)",
        getrandbits,
        "An integer of k random bits."
    ),
];

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    let class = vm.make_class(&RANDOM)?.into_any();
    vm.add_attribute(module, "Random", class)
}

fn new(vm: &mut Vm, ty: &Ref<PyType>, _: Args<'_>) -> PyResult {
    let random = PyRandom {
        twister: VmCell::new(Twister::from_word(5489)),
    };
    Ok(vm.new_instance(ty, random)?.into_any())
}

fn init_random(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult<()> {
    let this = this.downcast_ref::<PyRandom>();
    let this = this.expect("slots get receivers of their type").clone();
    match (args.values, args.names) {
        ([], _) => seed(vm, this, None),
        ([value], []) => seed(vm, this, Some(value.clone())),
        (_, []) => {
            let given = args.values.len();
            Err(vm.type_error(format!("Random expected at most 1 argument, got {given}")))
        }
        _ => Err(vm.type_error("Random() takes no keyword arguments")),
    }
}

fn seed(vm: &mut Vm, this: Ref<PyRandom>, n: Option<PyRef>) -> PyResult<()> {
    let key = match n.filter(|n| !vm.is_none(n)) {
        None => key_of_system(vm)?,
        Some(n) => match n.downcast_ref::<PyInt>() {
            Some(n) => key_of_int(n),
            None => {
                let hash = vm.hash(&n)?.cast_unsigned();
                key_of_u64(hash)
            }
        },
    };
    *this.twister.get_mut(vm) = Twister::from_key(&key);
    Ok(())
}

/// A key that nobody can tell beforehand.
fn key_of_system(vm: &Vm) -> PyResult<Vec<u32>> {
    let mut bytes = [0; WORDS * 4];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .map_err(|error| vm.runtime_error(format!("no random bytes of the system: {error}")))?;
    let words = bytes.chunks_exact(4);
    Ok(words
        .map(|word| {
            word.iter()
                .fold(0, |word, &byte| word << 8 | u32::from(byte))
        })
        .collect())
}

fn key_of_u64(value: u64) -> Vec<u32> {
    let (low, high) = (value as u32, (value >> 32) as u32);
    if high == 0 {
        vec![low]
    } else {
        vec![low, high]
    }
}

/// The magnitude of an integer in words, the lowest first.
fn key_of_int(value: &PyInt) -> Vec<u32> {
    match value.to_i64() {
        Some(value) => key_of_u64(value.unsigned_abs()),
        None => value.to_bigint().magnitude().to_u32_digits(),
    }
}

fn getstate(vm: &mut Vm, this: Ref<PyRandom>) -> PyResult {
    let twister = this.twister.get(vm);
    let words = twister.state.iter().map(|&word| vm.new_int(word.into()));
    let mut items = words.collect::<PyResult<Vec<_>>>()?;
    items.push(vm.new_int_from_usize(twister.next)?);
    Ok(vm.new_tuple_from_vec(items)?.into_any())
}

fn setstate(vm: &mut Vm, this: Ref<PyRandom>, state: PyRef) -> PyResult<()> {
    let Some(items) = state.downcast_ref::<PyTuple>() else {
        return Err(vm.type_error("state vector must be a tuple"));
    };
    if items.len() != WORDS + 1 {
        return Err(vm.value_error("state vector is the wrong size"));
    }
    let mut twister = Twister::from_word(0);
    for (word, item) in twister.state.iter_mut().zip(items.iter()) {
        *word = state_word(vm, item)?;
    }
    let next = vm.index_i64(&items[WORDS])?;
    twister.next = usize::try_from(next)
        .ok()
        .filter(|&next| next <= WORDS)
        .ok_or_else(|| vm.value_error("invalid state"))?;
    *this.twister.get_mut(vm) = twister;
    Ok(())
}

fn state_word(vm: &Vm, item: &PyRef) -> PyResult<u32> {
    let Some(value) = item.downcast_ref::<PyInt>() else {
        return Err(vm.type_error("an integer is required"));
    };
    if value.is_negative() {
        return Err(vm.overflow_error("can't convert negative value to unsigned int"));
    }
    let value = value.to_i64();
    // Higher bits were never looked at.
    let value = value
        .ok_or_else(|| vm.overflow_error("Python int too large to convert to C unsigned long"))?;
    Ok(value as u32)
}

fn getrandbits(vm: &mut Vm, this: Ref<PyRandom>, k: PyRef) -> PyResult {
    let k = vm.index(&k)?;
    if k.is_negative() {
        return Err(vm.value_error("Cannot convert negative int"));
    }
    let Some(bits) = k.to_i64().map(i64::unsigned_abs) else {
        return Err(vm.overflow_error("Python int too large for C uint64_t"));
    };
    if bits == 0 {
        return vm.new_int(0);
    }
    if bits <= 32 {
        let word = this.twister.get_mut(vm).word();
        return vm.new_int((word >> (32 - bits)).into());
    }
    room::check(vm, bits / 8)?;
    let twister = this.twister.get_mut(vm);
    let mut bytes = Vec::with_capacity(bits.div_ceil(32) as usize * 4);
    let mut left = bits;
    while left > 0 {
        let word = twister.word() >> (32 - left.min(32));
        bytes.extend(word.to_le_bytes());
        left = left.saturating_sub(32);
    }
    vm.new_bigint(big::from_le_bytes(&bytes, false))
}
