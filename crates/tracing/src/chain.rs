//! Chains of frames, interned: a tree whose nodes are frames and whose parents are their callers.
//!
//! A chain has at most as many frames as the tracer was asked to keep. Calling from a chain that is full therefore
//! goes on from the chain *without its oldest frame*; each node remembers which one that is, so that following a call
//! costs one look-up however long chains are.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::num::NonZeroU32;

/// Where a frame stands: in which code, and where in it. The numbers are the host's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The key of the code.
    pub code: usize,
    /// The position in the code, such as an instruction or a line.
    pub position: u32,
}

/// Where blocks were allocated: the number of an interned chain of frames.
///
/// Good until the tracer is cleared or stopped.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Site(NonZeroU32);

impl Site {
    /// No frame ran.
    pub const UNKNOWN: Site = Site(NonZeroU32::MIN);

    /// The number that is kept beside blocks; never 0.
    pub fn number(self) -> u32 {
        self.0.get()
    }

    pub(crate) fn from_number(number: u32) -> Option<Self> {
        NonZeroU32::new(number).map(Self)
    }

    /// Where the chain is among all.
    fn index(self) -> usize {
        self.0.get() as usize
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Site({})", self.0)
    }
}

/// A number that no chain has just now: a node of no frames, but for [`Site::UNKNOWN`].
const VACANT: Node = Node {
    link: Link {
        parent: Site::UNKNOWN,
        place: Place {
            code: 0,
            position: 0,
        },
        depth: 0,
    },
    len: 0,
    shorter: None,
};

/// What tells one chain from another. Its oldest frame has the parent [`Site::UNKNOWN`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Link {
    parent: Site,
    place: Place,
    /// How many frames ran, in the chain or not.
    depth: u32,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    link: Link,
    /// How many frames the chain has.
    len: u16,
    /// The chain without its oldest frame, once it was asked for.
    shorter: Option<Site>,
}

/// How many links are found without the table.
const RECENT: usize = 1024;

/// All chains.
#[derive(Debug)]
pub(crate) struct Chains {
    /// By number; the first is nobody's.
    nodes: Vec<Node>,
    /// Numbers that can be given again.
    vacant: Vec<Site>,
    sites: HashMap<Link, Site, BuildHasherDefault<LinkHasher>>,
    /// Links that were used of late, each where its hash says.
    recent: Vec<Option<(Link, Site)>>,
    len_max: u16,
}

impl Chains {
    /// No chains yet but the empty one.
    pub(crate) fn new(len_max: u16) -> Self {
        Self {
            nodes: vec![VACANT; Site::UNKNOWN.index() + 1],
            vacant: Vec::new(),
            sites: HashMap::default(),
            recent: vec![None; RECENT],
            len_max,
        }
    }

    /// How many frames a chain may have.
    pub(crate) fn len_max(&self) -> u16 {
        self.len_max
    }

    /// The chain of a frame called from the end of another chain; `is_new` is called if there was none.
    #[inline]
    pub(crate) fn extend(
        &mut self,
        caller: Site,
        place: Place,
        depth: usize,
        is_new: impl FnOnce(),
    ) -> Site {
        let link = Link {
            parent: self.with_room(caller),
            place,
            depth: u32::try_from(depth).unwrap_or(u32::MAX),
        };
        let slot = link.recent_slot();
        if let Some((recent, site)) = self.recent[slot]
            && recent == link
        {
            return site;
        }
        let site = self.sites.get(&link).copied().unwrap_or_else(|| {
            is_new();
            self.add(link)
        });
        self.recent[slot] = Some((link, site));
        site
    }

    /// The chain, without its oldest frame if it is as long as it may be.
    #[inline]
    fn with_room(&mut self, site: Site) -> Site {
        if self.len_max == 1 {
            return Site::UNKNOWN;
        }
        match self.nodes[site.index()] {
            node if node.len < self.len_max => site,
            Node {
                shorter: Some(shorter),
                ..
            } => shorter,
            _ => self.shorten(site),
        }
    }

    /// The chain without its oldest frame, found from the first caller on of which that is known.
    #[cold]
    fn shorten(&mut self, site: Site) -> Site {
        let (mut newer, mut at) = (Vec::new(), site);
        let mut shorter = loop {
            let node = self.nodes[at.index()];
            if let Some(shorter) = node.shorter {
                break shorter;
            }
            newer.push(at);
            if node.len == 1 {
                break Site::UNKNOWN;
            }
            at = node.link.parent;
        };
        for site in newer.into_iter().rev() {
            let node = self.nodes[site.index()];
            if node.len > 1 {
                shorter = self.intern(Link {
                    parent: shorter,
                    ..node.link
                });
            }
            self.nodes[site.index()].shorter = Some(shorter);
        }
        shorter
    }

    fn intern(&mut self, link: Link) -> Site {
        let known = self.sites.get(&link).copied();
        known.unwrap_or_else(|| self.add(link))
    }

    fn add(&mut self, link: Link) -> Site {
        let site = self.vacant.pop().or_else(|| {
            let number = u32::try_from(self.nodes.len()).ok()?;
            self.nodes.push(VACANT);
            Site::from_number(number)
        });
        let Some(site) = site else {
            return Site::UNKNOWN; // more sites than blocks that could name them
        };
        self.nodes[site.index()] = Node {
            link,
            len: self.nodes[link.parent.index()].len + 1,
            shorter: None,
        };
        self.sites.insert(link, site);
        site
    }

    /// Forgets all chains but those with these numbers, and the callers in them; returns the keys of the code that
    /// is left in chains.
    pub(crate) fn retain(&mut self, numbers: impl Iterator<Item = u32>) -> HashSet<usize> {
        let mut is_used = vec![false; self.nodes.len()];
        for number in numbers {
            let mut at = number as usize;
            while self.nodes[at].len > 0 && !std::mem::replace(&mut is_used[at], true) {
                at = self.nodes[at].link.parent.index();
            }
        }
        let mut codes = HashSet::new();
        for (number, node) in self.nodes.iter_mut().enumerate() {
            if is_used[number] {
                codes.insert(node.link.place.code);
                node.shorter = node.shorter.filter(|shorter| is_used[shorter.index()]);
            } else if node.len > 0 {
                self.sites.remove(&node.link);
                self.vacant.extend(Site::from_number(number as u32));
                *node = VACANT;
            }
        }
        self.recent.fill(None);
        codes
    }

    /// The frames of a chain, the most recent first; none for a site that is not there (any more).
    pub(crate) fn places(&self, site: Site) -> impl Iterator<Item = Place> {
        let mut at = site;
        std::iter::from_fn(move || {
            let node = self.nodes.get(at.index())?;
            at = node.link.parent;
            (node.len > 0).then_some(node.link.place)
        })
    }

    /// How many frames ran, those that the chain does not name included.
    pub(crate) fn depth(&self, site: Site) -> usize {
        let node = self.nodes.get(site.index());
        node.map_or(0, |node| node.link.depth as usize)
    }

    /// Whether there is a site with this number.
    pub(crate) fn has(&self, number: u32) -> bool {
        let node = self.nodes.get(number as usize);
        number == Site::UNKNOWN.number() || node.is_some_and(|node| node.len > 0)
    }

    /// How many sites there are, [`Site::UNKNOWN`] included.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len() - Site::UNKNOWN.index() - self.vacant.len()
    }

    /// Bytes that the chains take, about.
    pub(crate) fn bytes(&self) -> usize {
        self.nodes.capacity() * size_of::<Node>()
            + self.sites.capacity() * (size_of::<(Link, Site)>() + 1)
            + self.recent.capacity() * size_of::<Option<(Link, Site)>>()
    }

    /// T3.
    pub(crate) fn verify(&self) -> Result<(), String> {
        let taken = self
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| node.len > 0);
        for (number, node) in taken {
            let Link { parent, depth, .. } = node.link;
            if !self.has(parent.number()) {
                return Err(format!(
                    "site {number} is called from {parent:?}, which is none"
                ));
            }
            let len = self.nodes[parent.index()].len + 1;
            if node.len != len || len > self.len_max || u32::from(len) > depth {
                return Err(format!(
                    "site {number} has {} frames, by its callers {len}, of {depth} that ran and {} asked for",
                    node.len, self.len_max
                ));
            }
        }
        Ok(())
    }
}

/// The golden ratio's fraction, as Fibonacci hashing takes it (Knuth, TAOCP 6.4).
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

impl Link {
    /// Where the link is among the recent ones.
    #[inline]
    fn recent_slot(&self) -> usize {
        let caller =
            (u64::from(self.parent.number()) << 32 | u64::from(self.depth)).wrapping_mul(FACTOR);
        let place = (self.place.code as u64).rotate_left(29) ^ u64::from(self.place.position);
        ((caller ^ place).wrapping_mul(FACTOR) >> (u64::BITS - RECENT.ilog2())) as usize
    }
}

/// Mixes the few words of a link. What is hashed are addresses and positions, which no program chooses freely.
#[derive(Default)]
struct LinkHasher(u64);

impl Hasher for LinkHasher {
    #[inline]
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u64(byte.into()));
    }

    #[inline]
    fn write_u32(&mut self, word: u32) {
        self.write_u64(word.into());
    }

    #[inline]
    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    #[inline]
    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(FACTOR);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(position: u32) -> Place {
        Place { code: 1, position }
    }

    /// The chain of a stack of frames given by their positions, as a tracer interns it.
    fn chain(chains: &mut Chains, stack: &[u32]) -> Site {
        let frames = stack.iter().enumerate();
        frames.fold(Site::UNKNOWN, |caller, (index, &position)| {
            chains.extend(caller, place(position), index + 1, || {})
        })
    }

    fn positions(chains: &Chains, site: Site) -> Vec<u32> {
        chains.places(site).map(|place| place.position).collect()
    }

    #[test]
    fn the_same_stack_has_the_same_site() {
        let mut chains = Chains::new(5);
        let site = chain(&mut chains, &[1, 2, 3]);
        assert_eq!(chain(&mut chains, &[1, 2, 3]), site);
        assert_ne!(chain(&mut chains, &[1, 2, 4]), site);
        assert_ne!(chain(&mut chains, &[2, 3]), site);
        assert_eq!(positions(&chains, site), [3, 2, 1]);
    }

    #[test]
    fn a_chain_keeps_the_most_recent_frames() {
        for len_max in 1..6 {
            let mut chains = Chains::new(len_max);
            for len in 0..10_u32 {
                let stack: Vec<u32> = (0..len).collect();
                let site = chain(&mut chains, &stack);
                let newest = stack.iter().rev().take(len_max.into());
                assert_eq!(
                    positions(&chains, site),
                    newest.copied().collect::<Vec<_>>()
                );
                assert_eq!(chains.depth(site), len as usize);
            }
            chains.verify().unwrap();
        }
    }

    #[test]
    fn callers_beyond_the_limit_do_not_make_more_sites() {
        let mut chains = Chains::new(2);
        let site = chain(&mut chains, &[1, 2, 3]);
        assert_eq!(chain(&mut chains, &[9, 2, 3]), site);
        assert_ne!(
            chain(&mut chains, &[9, 9, 2, 3]),
            site,
            "more frames ran, which a trace tells"
        );
    }

    #[test]
    fn deep_recursion_makes_a_number_of_chains_that_grows_with_the_depth() {
        let mut chains = Chains::new(25);
        chain(&mut chains, &[7; 1000]);
        chain(&mut chains, &[7; 1000]);
        assert!(chains.len() <= 26 * 1000, "{} sites", chains.len());
        chains.verify().unwrap();
    }

    #[test]
    fn forgotten_chains_give_their_numbers_back() {
        let mut chains = Chains::new(3);
        let kept = chain(&mut chains, &[1, 2, 3, 4]);
        let other = chain(&mut chains, &[1, 2, 5, 6, 7]);
        let before = chains.len();
        assert_eq!(chains.retain([kept.number(), 1].into_iter()).len(), 1);
        assert!(chains.len() < before && !chains.has(other.number()));
        assert_eq!(positions(&chains, kept), [4, 3, 2]);
        assert_eq!(chain(&mut chains, &[1, 2, 3, 4]), kept);
        chain(&mut chains, &[1, 2, 5, 6, 7]);
        assert_eq!(chains.len(), before);
        chains.verify().unwrap();
    }

    #[test]
    fn a_site_that_is_not_there_has_no_frames() {
        let chains = Chains::new(1);
        assert!(!chains.has(0) && chains.has(1) && !chains.has(2));
        assert_eq!(chains.places(Site::from_number(77).unwrap()).count(), 0);
        assert_eq!(chains.places(Site::UNKNOWN).count(), 0);
    }
}
