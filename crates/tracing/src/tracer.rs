//! [`Tracer`]: keeps track of running frames, gives allocations their sites, and counts.

use crate::chain::Chains;
use crate::sampling::Sampler;
use crate::{Host, Mode, Place, Site};
use exuvia_heap::{Heap, Kind, Observation, Observer, Side};
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::rc::Rc;

/// Traces the allocations of one heap. Started with [`start`](Self::start); ends with [`stop`](Self::stop), or with
/// the heap.
///
/// The host tells it of every frame that it enters and leaves. Tables are kept outside of the heap that is traced.
pub struct Tracer<H: Host> {
    host: H,
    mode: Mode,
    inner: RefCell<Inner<H::Frame>>,
    blocks: Cell<usize>,
    bytes: Cell<usize>,
    bytes_peak: Cell<usize>,
    /// Whether allocations get no trace for now.
    is_paused: Cell<bool>,
    /// How many sites there were when those without traces were last forgotten.
    sites_tidied: Cell<usize>,
}

struct Inner<F> {
    /// The running frames, innermost last.
    frames: Vec<Entry<F>>,
    chains: Chains,
    sampler: Sampler,
}

struct Entry<F> {
    frame: F,
    /// The site of the call that runs on top of this frame, once it was asked for.
    call: Option<Site>,
    /// Positions where the frame allocated, and their sites, each where the position's last bits say.
    recent: [Option<(u32, Site)>; RECENT],
}

/// How many allocation sites a frame remembers. Its callers stand still as long as it is there, so they stay right.
const RECENT: usize = 4;

impl<F> Entry<F> {
    fn forget_sites(&mut self) {
        self.call = None;
        self.recent = [None; RECENT];
    }
}

/// One block that is traced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Where the block begins.
    pub block: std::ptr::NonNull<u8>,
    /// Where it was allocated.
    pub site: Site,
    /// Bytes asked for.
    pub size: usize,
}

/// What lives of what a site allocated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SiteUsage {
    /// Where it was allocated.
    pub site: Site,
    /// Blocks; estimated when allocations are sampled.
    pub blocks: usize,
    /// Bytes asked for; estimated when allocations are sampled.
    pub bytes: usize,
}

impl<H: Host> Tracer<H> {
    /// Traces what is allocated on `heap` from now on, with chains of at most `frames` frames (0 is taken for 1).
    ///
    /// What is allocated already has no trace. Another observer of the heap loses its place.
    pub fn start(heap: &Heap, host: H, frames: u16, mode: Mode) -> Rc<Self> {
        let mut sampler = Sampler::new(mode);
        let first = sampler.bytes_to_next();
        let tracer = Rc::new(Self {
            host,
            mode,
            inner: RefCell::new(Inner {
                frames: Vec::new(),
                chains: Chains::new(frames.max(1)),
                sampler,
            }),
            blocks: Cell::new(0),
            bytes: Cell::new(0),
            bytes_peak: Cell::new(0),
            is_paused: Cell::new(false),
            sites_tidied: Cell::new(0),
        });
        heap.observe(Rc::clone(&tracer) as Rc<dyn Observer>, first);
        tracer
    }

    /// Ends tracing and forgets all traces and sites.
    pub fn stop(&self, heap: &Heap) {
        heap.stop_observing();
        self.forget();
    }

    /// Forgets all traces and sites, and goes on.
    pub fn clear(&self, heap: &Heap) {
        heap.forget_observed();
        self.forget();
    }

    /// Forgets sites that no trace refers to any more, if they are many: the host's code goes with them.
    ///
    /// What a site costs is little; only a program that makes ever new code needs this. Linear in the number of traces
    /// when it does something, which is when sites have doubled in number since it last did.
    pub fn tidy_if_due(&self, heap: &Heap) {
        /// So few sites are not worth looking for.
        const SITES_MIN: usize = 4096;
        if self.sites_len() > self.sites_tidied.get().max(SITES_MIN) * 2 {
            self.tidy(heap);
        }
    }

    /// Forgets the sites that no trace refers to any more. Numbers of others stay what they are.
    pub fn tidy(&self, heap: &Heap) {
        let mut numbers = HashSet::new();
        heap.for_each_observed(|observed| {
            numbers.insert(observed.number);
        });
        let codes = {
            let inner = &mut *self.inner.borrow_mut();
            inner.forget_calls();
            inner.chains.retain(numbers.into_iter())
        };
        self.sites_tidied.set(self.sites_len());
        self.host.let_go(&|code| codes.contains(&code));
    }

    fn forget(&self) {
        {
            let inner = &mut *self.inner.borrow_mut();
            inner.chains = Chains::new(inner.chains.len_max());
            inner.forget_calls();
        }
        for count in [
            &self.blocks,
            &self.bytes,
            &self.bytes_peak,
            &self.sites_tidied,
        ] {
            count.set(0);
        }
        self.host.let_go(&|_| false);
    }

    /// Gives what `body` allocates no traces, so that it may report on traces without being among them.
    pub fn pause<R>(&self, body: impl FnOnce() -> R) -> R {
        struct Paused<'a>(&'a Cell<bool>, bool);
        impl Drop for Paused<'_> {
            fn drop(&mut self) {
                self.0.set(self.1);
            }
        }
        let _paused = Paused(&self.is_paused, self.is_paused.replace(true));
        body()
    }

    /// A frame begins to run on top of the others, for the first time or again.
    #[inline]
    pub fn enter(&self, frame: H::Frame) {
        self.inner.borrow_mut().frames.push(Entry {
            frame,
            call: None,
            recent: [None; RECENT],
        });
    }

    /// The innermost frame does not run any more.
    #[inline]
    pub fn leave(&self) {
        let mut inner = self.inner.borrow_mut();
        inner.frames.pop();
        if let Some(caller) = inner.frames.last_mut() {
            caller.call = None;
        }
    }

    /// The host, as it was given.
    pub fn host(&self) -> &H {
        &self.host
    }

    /// Which allocations are traced.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The most frames that a chain has.
    pub fn frames_max(&self) -> u16 {
        self.inner.borrow().chains.len_max()
    }

    /// How many traced blocks live, unscaled.
    pub fn blocks_traced(&self) -> usize {
        self.blocks.get()
    }

    /// Bytes asked for in what is traced and lives; scaled up when allocations are sampled.
    pub fn bytes_traced(&self) -> usize {
        self.bytes.get()
    }

    /// The most that [`bytes_traced`](Self::bytes_traced) ever was, or since [`reset_peak`](Self::reset_peak).
    pub fn bytes_traced_peak(&self) -> usize {
        self.bytes_peak.get()
    }

    /// Makes the peak what is traced now.
    pub fn reset_peak(&self) {
        self.bytes_peak.set(self.bytes.get());
    }

    /// How many sites are known, [`Site::UNKNOWN`] included.
    pub fn sites_len(&self) -> usize {
        self.inner.borrow().chains.len()
    }

    /// Bytes that tracing takes: tables outside of the heap, and the numbers beside its pools. Linear in their number.
    pub fn bytes_overhead(&self, heap: &Heap) -> usize {
        /// A number of four bytes and a size of two.
        const BESIDE_BLOCK: usize = 6;
        let inner = self.inner.borrow();
        let walk = heap.walk();
        let pools = Kind::ALL.into_iter().flat_map(|kind| walk.pools(kind));
        let blocks: usize = pools
            .filter(|pool| !pool.is_large() && pool.side(Side::Tracer).is_some())
            .map(|pool| pool.capacity())
            .sum();
        inner.chains.bytes()
            + inner.frames.capacity() * size_of::<Entry<H::Frame>>()
            + blocks * BESIDE_BLOCK
    }

    /// The frames of a site, the most recent first: none for [`Site::UNKNOWN`], and for sites since forgotten.
    pub fn places(&self, site: Site) -> Vec<Place> {
        self.inner.borrow().chains.places(site).collect()
    }

    /// How many frames ran when a site allocated, those included that its chain does not name.
    pub fn depth(&self, site: Site) -> usize {
        self.inner.borrow().chains.depth(site)
    }

    /// The site whose number the heap keeps beside a block; `None` for 0, and for sites since forgotten.
    pub fn site(&self, number: u32) -> Option<Site> {
        Site::from_number(number).filter(|_| self.has_site(number))
    }

    /// Shows every traced block on the heap, in no order to rely on.
    pub fn for_each_trace(&self, heap: &Heap, mut visit: impl FnMut(Trace)) {
        heap.for_each_observed(|observed| {
            // T1: what is observed has the number of a site.
            let site = Site::from_number(observed.number).unwrap_or(Site::UNKNOWN);
            visit(Trace {
                block: observed.block,
                site,
                size: observed.size,
            });
        });
    }

    /// What lives of what each site allocated, most bytes first.
    pub fn usage(&self, heap: &Heap) -> Vec<SiteUsage> {
        let mut by_site: HashMap<Site, (f64, usize)> = HashMap::new();
        self.for_each_trace(heap, |trace| {
            let (blocks, bytes) = self.mode.scaled(trace.size);
            let sum = by_site.entry(trace.site).or_default();
            sum.0 += blocks;
            sum.1 += bytes;
        });
        let mut usage: Vec<SiteUsage> = by_site
            .into_iter()
            .map(|(site, (blocks, bytes))| SiteUsage {
                site,
                blocks: blocks.round() as usize,
                bytes,
            })
            .collect();
        usage.sort_by_key(|one| (std::cmp::Reverse(one.bytes), one.site));
        usage
    }

    pub(crate) fn has_site(&self, number: u32) -> bool {
        self.inner.borrow().chains.has(number)
    }

    pub(crate) fn verify_chains(&self) -> Result<(), String> {
        self.inner.borrow().chains.verify()
    }
}

impl<F: 'static> Inner<F> {
    fn forget_calls(&mut self) {
        self.frames.iter_mut().for_each(Entry::forget_sites);
    }

    /// The site of an allocation now.
    #[inline]
    fn site(&mut self, host: &impl Host<Frame = F>) -> Site {
        let Some(entry) = self.frames.last() else {
            return Site::UNKNOWN;
        };
        let position = host.place(&entry.frame).position;
        match entry.recent[position as usize % RECENT] {
            Some((known, site)) if known == position => site,
            _ => self.find_site(host, position),
        }
    }

    /// The site of the innermost frame at a position where it did not allocate of late.
    #[inline(never)]
    fn find_site(&mut self, host: &impl Host<Frame = F>, position: u32) -> Site {
        let top = self.frames.len() - 1;
        let caller = match self.chains.len_max() {
            1 => Site::UNKNOWN,
            _ => self.call_below(host, top),
        };
        let site = self.at(host, caller, top);
        self.frames[top].recent[position as usize % RECENT] = Some((position, site));
        site
    }

    /// The chain of a frame where it stands, called from another.
    #[inline]
    fn at(&mut self, host: &impl Host<Frame = F>, caller: Site, index: usize) -> Site {
        let frame = &self.frames[index].frame;
        self.chains
            .extend(caller, host.place(frame), index + 1, || host.keep(frame))
    }

    /// The site of the call of a frame.
    #[inline]
    fn call_below(&mut self, host: &impl Host<Frame = F>, index: usize) -> Site {
        let Some(below) = index.checked_sub(1) else {
            return Site::UNKNOWN;
        };
        match self.frames[below].call {
            Some(call) => call,
            None => self.find_calls(host, below),
        }
    }

    /// Notes the sites of calls up to that on a frame, from the topmost on that is known.
    #[cold]
    fn find_calls(&mut self, host: &impl Host<Frame = F>, upto: usize) -> Site {
        let known = self.frames[..=upto]
            .iter()
            .rposition(|entry| entry.call.is_some());
        let (first, mut call) = match known {
            Some(index) => (index + 1, self.frames[index].call.expect("just found")),
            None => (0, Site::UNKNOWN),
        };
        for index in first..=upto {
            call = self.at(host, call, index);
            self.frames[index].call = Some(call);
        }
        call
    }
}

impl<H: Host> Observer for Tracer<H> {
    fn allocated(&self, _: Kind, size: usize) -> Observation {
        let mut inner = self.inner.borrow_mut();
        if self.is_paused.get() {
            return Observation {
                number: 0,
                bytes_to_next: inner.sampler.bytes_to_next(),
            };
        }
        let site = inner.site(&self.host);
        let bytes = self.bytes.get() + self.mode.scaled(size).1;
        self.blocks.set(self.blocks.get() + 1);
        self.bytes.set(bytes);
        self.bytes_peak.set(self.bytes_peak.get().max(bytes));
        Observation {
            number: site.number(),
            bytes_to_next: inner.sampler.bytes_to_next(),
        }
    }

    fn released(&self, _: u32, size: usize) {
        self.blocks.set(self.blocks.get() - 1);
        self.bytes.set(self.bytes.get() - self.mode.scaled(size).1);
    }
}

impl<H: Host> fmt::Debug for Tracer<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tracer")
            .field("mode", &self.mode)
            .field("blocks_traced", &self.blocks.get())
            .field("bytes_traced", &self.bytes.get())
            .field("sites", &self.sites_len())
            .finish_non_exhaustive()
    }
}
