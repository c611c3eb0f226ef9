//! Which allocations get a trace: all, or those that a Poisson process along the bytes allocated hits.

/// Which allocations are traced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// All of them.
    Exact,
    /// One in so many bytes on average, whatever the sizes: a block of `size` bytes with the probability
    /// `1 - exp(-size / bytes)`. What is counted is scaled up, so that its mean is the true number.
    Sampled {
        /// The mean number of bytes from one traced block to the next; 0 is taken for 1.
        bytes: usize,
    },
}

/// Draws the distances between sampled allocations.
#[derive(Debug)]
pub(crate) struct Sampler {
    mode: Mode,
    /// State of a generator of random numbers (xorshift); never 0.
    random: u64,
}

impl Sampler {
    pub(crate) fn new(mode: Mode) -> Self {
        Self {
            mode,
            random: 0x5DEE_CE66_D1CE_CAFE,
        }
    }

    /// After how many bytes the next allocation is traced.
    #[inline]
    pub(crate) fn bytes_to_next(&mut self) -> usize {
        match self.mode {
            Mode::Exact => 1,
            Mode::Sampled { bytes } => self.draw(bytes.max(1)),
        }
    }

    /// A distance from the exponential distribution with this mean, at least 1.
    fn draw(&mut self, mean: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        // 53 bits make a fraction in (0, 1].
        let fraction = ((self.random >> 11) + 1) as f64 / (1_u64 << 53) as f64;
        (-fraction.ln() * mean as f64).ceil().max(1.0) as usize
    }
}

impl Mode {
    /// How many blocks and bytes a traced block of this size stands for.
    #[inline]
    pub(crate) fn scaled(self, size: usize) -> (f64, usize) {
        match self {
            Mode::Exact => (1.0, size),
            Mode::Sampled { bytes } => {
                let probability = -(-(size as f64) / bytes.max(1) as f64).exp_m1();
                if probability <= 0.0 {
                    return (0.0, 0); // nothing can be hit
                }
                let blocks = 1.0 / probability;
                (blocks, (size as f64 * blocks).round() as usize)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_have_the_mean_asked_for() {
        let mut sampler = Sampler::new(Mode::Sampled { bytes: 1000 });
        let sum: usize = (0..100_000).map(|_| sampler.bytes_to_next()).sum();
        let mean = sum as f64 / 100_000.0;
        assert!((mean - 1000.0).abs() < 10.0, "mean {mean}");
    }

    #[test]
    fn a_sampled_block_stands_for_those_that_were_not() {
        let mode = Mode::Sampled { bytes: 1000 };
        let (blocks, bytes) = mode.scaled(10);
        assert!((blocks - 100.5).abs() < 0.1, "{blocks} blocks");
        assert_eq!(bytes, 1005);
        assert_eq!(mode.scaled(1_000_000), (1.0, 1_000_000));
        assert_eq!(Mode::Exact.scaled(10), (1.0, 10));
    }
}
