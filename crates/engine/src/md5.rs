//! MD5 (RFC 1321): one stream at a time, or many short messages at once, one in each lane of a wide register.
//!
//! MD5 is one long chain of dependent steps, so a single stream leaves most of a processor idle; side by side, 4 (SSE2), 8 (AVX2)
//! or 16 (AVX-512) messages take hardly longer than one. The instruction set is chosen at run time.

use crate::lanes::Lanes;

pub type Digest = [u8; 16];

const BLOCK: usize = 64;
const START: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];

/// The chaining values of up to 16 lanes: `state[word][lane]`.
type State = [[u32; 16]; 4];

macro_rules! step {
    ($f:expr, $a:ident, $b:ident, $x:expr, $left:literal, $k:literal) => {
        $a = $b.add($a.add($x).add(L::splat($k)).add($f).rotate::<$left, { 32 - $left }>())
    };
}

/// The second round's function, (d & b) | (!d & c), whose halves never overlap, so that the part without `b` is added early.
macro_rules! step_g {
    ($a:ident, $b:ident, $c:ident, $d:ident, $x:expr, $left:literal, $k:literal) => {
        step!(L::choose($d, $b, $c), $a, $b, $x, $left, $k)
    };
}

/// Feeds `count` blocks of each lane's bytes to its chaining values.
#[inline(always)]
fn rounds<L: Lanes>(state: &mut State, data: &[&[u8]; 16], count: usize) {
    let mut words = [[0u32; 16]; 16];
    let [mut a, mut b, mut c, mut d] = [L::load(&state[0]), L::load(&state[1]), L::load(&state[2]), L::load(&state[3])];
    for block in 0..count {
        for lane in 0..L::N {
            let bytes: &[u8; BLOCK] = data[lane][block * BLOCK..][..BLOCK].try_into().expect("a whole block");
            for (place, word) in bytes.chunks_exact(4).enumerate() {
                words[place][lane] = u32::from_le_bytes(word.try_into().expect("four bytes"));
            }
        }
        let x: [L; 16] = std::array::from_fn(|place| L::load(&words[place]));
        let (a0, b0, c0, d0) = (a, b, c, d);
        step!(L::choose(b, c, d), a, b, x[0], 7, 0xd76a_a478);
        step!(L::choose(a, b, c), d, a, x[1], 12, 0xe8c7_b756);
        step!(L::choose(d, a, b), c, d, x[2], 17, 0x2420_70db);
        step!(L::choose(c, d, a), b, c, x[3], 22, 0xc1bd_ceee);
        step!(L::choose(b, c, d), a, b, x[4], 7, 0xf57c_0faf);
        step!(L::choose(a, b, c), d, a, x[5], 12, 0x4787_c62a);
        step!(L::choose(d, a, b), c, d, x[6], 17, 0xa830_4613);
        step!(L::choose(c, d, a), b, c, x[7], 22, 0xfd46_9501);
        step!(L::choose(b, c, d), a, b, x[8], 7, 0x6980_98d8);
        step!(L::choose(a, b, c), d, a, x[9], 12, 0x8b44_f7af);
        step!(L::choose(d, a, b), c, d, x[10], 17, 0xffff_5bb1);
        step!(L::choose(c, d, a), b, c, x[11], 22, 0x895c_d7be);
        step!(L::choose(b, c, d), a, b, x[12], 7, 0x6b90_1122);
        step!(L::choose(a, b, c), d, a, x[13], 12, 0xfd98_7193);
        step!(L::choose(d, a, b), c, d, x[14], 17, 0xa679_438e);
        step!(L::choose(c, d, a), b, c, x[15], 22, 0x49b4_0821);
        step_g!(a, b, c, d, x[1], 5, 0xf61e_2562);
        step_g!(d, a, b, c, x[6], 9, 0xc040_b340);
        step_g!(c, d, a, b, x[11], 14, 0x265e_5a51);
        step_g!(b, c, d, a, x[0], 20, 0xe9b6_c7aa);
        step_g!(a, b, c, d, x[5], 5, 0xd62f_105d);
        step_g!(d, a, b, c, x[10], 9, 0x0244_1453);
        step_g!(c, d, a, b, x[15], 14, 0xd8a1_e681);
        step_g!(b, c, d, a, x[4], 20, 0xe7d3_fbc8);
        step_g!(a, b, c, d, x[9], 5, 0x21e1_cde6);
        step_g!(d, a, b, c, x[14], 9, 0xc337_07d6);
        step_g!(c, d, a, b, x[3], 14, 0xf4d5_0d87);
        step_g!(b, c, d, a, x[8], 20, 0x455a_14ed);
        step_g!(a, b, c, d, x[13], 5, 0xa9e3_e905);
        step_g!(d, a, b, c, x[2], 9, 0xfcef_a3f8);
        step_g!(c, d, a, b, x[7], 14, 0x676f_02d9);
        step_g!(b, c, d, a, x[12], 20, 0x8d2a_4c8a);
        step!(L::parity(b, c, d), a, b, x[5], 4, 0xfffa_3942);
        step!(L::parity(a, b, c), d, a, x[8], 11, 0x8771_f681);
        step!(L::parity(d, a, b), c, d, x[11], 16, 0x6d9d_6122);
        step!(L::parity(c, d, a), b, c, x[14], 23, 0xfde5_380c);
        step!(L::parity(b, c, d), a, b, x[1], 4, 0xa4be_ea44);
        step!(L::parity(a, b, c), d, a, x[4], 11, 0x4bde_cfa9);
        step!(L::parity(d, a, b), c, d, x[7], 16, 0xf6bb_4b60);
        step!(L::parity(c, d, a), b, c, x[10], 23, 0xbebf_bc70);
        step!(L::parity(b, c, d), a, b, x[13], 4, 0x289b_7ec6);
        step!(L::parity(a, b, c), d, a, x[0], 11, 0xeaa1_27fa);
        step!(L::parity(d, a, b), c, d, x[3], 16, 0xd4ef_3085);
        step!(L::parity(c, d, a), b, c, x[6], 23, 0x0488_1d05);
        step!(L::parity(b, c, d), a, b, x[9], 4, 0xd9d4_d039);
        step!(L::parity(a, b, c), d, a, x[12], 11, 0xe6db_99e5);
        step!(L::parity(d, a, b), c, d, x[15], 16, 0x1fa2_7cf8);
        step!(L::parity(c, d, a), b, c, x[2], 23, 0xc4ac_5665);
        step!(L::last(b, c, d), a, b, x[0], 6, 0xf429_2244);
        step!(L::last(a, b, c), d, a, x[7], 10, 0x432a_ff97);
        step!(L::last(d, a, b), c, d, x[14], 15, 0xab94_23a7);
        step!(L::last(c, d, a), b, c, x[5], 21, 0xfc93_a039);
        step!(L::last(b, c, d), a, b, x[12], 6, 0x655b_59c3);
        step!(L::last(a, b, c), d, a, x[3], 10, 0x8f0c_cc92);
        step!(L::last(d, a, b), c, d, x[10], 15, 0xffef_f47d);
        step!(L::last(c, d, a), b, c, x[1], 21, 0x8584_5dd1);
        step!(L::last(b, c, d), a, b, x[8], 6, 0x6fa8_7e4f);
        step!(L::last(a, b, c), d, a, x[15], 10, 0xfe2c_e6e0);
        step!(L::last(d, a, b), c, d, x[6], 15, 0xa301_4314);
        step!(L::last(c, d, a), b, c, x[13], 21, 0x4e08_11a1);
        step!(L::last(b, c, d), a, b, x[4], 6, 0xf753_7e82);
        step!(L::last(a, b, c), d, a, x[11], 10, 0xbd3a_f235);
        step!(L::last(d, a, b), c, d, x[2], 15, 0x2ad7_d2bb);
        step!(L::last(c, d, a), b, c, x[9], 21, 0xeb86_d391);
        a = a.add(a0);
        b = b.add(b0);
        c = c.add(c0);
        d = d.add(d0);
    }
    a.store(&mut state[0]);
    b.store(&mut state[1]);
    c.store(&mut state[2]);
    d.store(&mut state[3]);
}

/// How to hash several messages at once on this processor.
#[derive(Clone, Copy)]
struct Kernel {
    lanes: usize,
    rounds: fn(&mut State, &[&[u8]; 16], usize),
}

fn rounds_one(state: &mut State, data: &[&[u8]; 16], count: usize) {
    rounds::<u32>(state, data, count);
}

#[cfg(target_arch = "x86_64")]
mod wide {
    use super::{State, rounds};
    use crate::lanes::{Avx2, Avx512, Sse2};

    pub fn sse2(state: &mut State, data: &[&[u8]; 16], count: usize) {
        rounds::<Sse2>(state, data, count); // every x86-64 processor has it
    }

    #[target_feature(enable = "avx2")]
    fn inner_avx2(state: &mut State, data: &[&[u8]; 16], count: usize) {
        rounds::<Avx2>(state, data, count);
    }

    #[target_feature(enable = "avx512f")]
    fn inner_avx512(state: &mut State, data: &[&[u8]; 16], count: usize) {
        rounds::<Avx512>(state, data, count);
    }

    pub fn avx2(state: &mut State, data: &[&[u8]; 16], count: usize) {
        // SAFETY: `kernels` hands this function out only where the processor has AVX2.
        unsafe { inner_avx2(state, data, count) }
    }

    pub fn avx512(state: &mut State, data: &[&[u8]; 16], count: usize) {
        // SAFETY: `kernels` hands this function out only where the processor has AVX-512F.
        unsafe { inner_avx512(state, data, count) }
    }
}

/// The kernels that this processor can run, the widest first; the last one is the plain one.
fn kernels() -> Vec<Kernel> {
    let mut found = Vec::with_capacity(4);
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            found.push(Kernel { lanes: 16, rounds: wide::avx512 });
        }
        if is_x86_feature_detected!("avx2") {
            found.push(Kernel { lanes: 8, rounds: wide::avx2 });
        }
        found.push(Kernel { lanes: 4, rounds: wide::sse2 });
    }
    found.push(Kernel { lanes: 1, rounds: rounds_one });
    found
}

fn digest_of(state: &State, lane: usize) -> Digest {
    let mut digest = [0; 16];
    for (word, bytes) in state.iter().zip(digest.chunks_exact_mut(4)) {
        bytes.copy_from_slice(&word[lane].to_le_bytes());
    }
    digest
}

/// What follows the whole blocks of a message of `total` bytes that ends in `rest`: (bytes, how many blocks).
fn tail(rest: &[u8], total: u64) -> ([u8; 2 * BLOCK], usize) {
    let mut bytes = [0; 2 * BLOCK];
    bytes[..rest.len()].copy_from_slice(rest);
    bytes[rest.len()] = 0x80;
    let blocks = if rest.len() < BLOCK - 8 { 1 } else { 2 };
    bytes[blocks * BLOCK - 8..blocks * BLOCK].copy_from_slice(&total.wrapping_mul(8).to_le_bytes());
    (bytes, blocks)
}

/// One stream.
#[derive(Clone)]
pub struct Md5 {
    state: State,
    rest: [u8; BLOCK],
    held: usize,
    total: u64,
}

impl Default for Md5 {
    fn default() -> Self {
        let mut state = [[0; 16]; 4];
        for (word, start) in state.iter_mut().zip(START) {
            word[0] = start;
        }
        Md5 { state, rest: [0; BLOCK], held: 0, total: 0 }
    }
}

impl Md5 {
    fn blocks(&mut self, bytes: &[u8]) {
        rounds_one(&mut self.state, &[bytes; 16], bytes.len() / BLOCK);
    }

    pub fn update(&mut self, mut bytes: &[u8]) {
        self.total = self.total.wrapping_add(bytes.len() as u64);
        if self.held > 0 {
            let taken = bytes.len().min(BLOCK - self.held);
            self.rest[self.held..self.held + taken].copy_from_slice(&bytes[..taken]);
            self.held += taken;
            bytes = &bytes[taken..];
            if self.held < BLOCK {
                return;
            }
            let full = self.rest;
            self.blocks(&full);
            self.held = 0;
        }
        let whole = bytes.len() / BLOCK * BLOCK;
        self.blocks(&bytes[..whole]);
        self.held = bytes.len() - whole;
        self.rest[..self.held].copy_from_slice(&bytes[whole..]);
    }

    pub fn finish(mut self) -> Digest {
        let (bytes, blocks) = tail(&self.rest[..self.held], self.total);
        self.blocks(&bytes[..blocks * BLOCK]);
        digest_of(&self.state, 0)
    }
}

pub fn digest(message: &[u8]) -> Digest {
    let mut md5 = Md5::default();
    md5.update(message);
    md5.finish()
}

/// A message on its way through a lane.
struct Lane<'a> {
    message: usize,
    body: &'a [u8],
    end: [u8; 2 * BLOCK],
    end_blocks: usize,
    at: usize, // blocks done of the current part
    in_end: bool,
}

impl<'a> Lane<'a> {
    fn new(message: usize, bytes: &'a [u8]) -> Lane<'a> {
        let whole = bytes.len() / BLOCK * BLOCK;
        let (end, end_blocks) = tail(&bytes[whole..], bytes.len() as u64);
        Lane { message, body: &bytes[..whole], end, end_blocks, at: 0, in_end: whole == 0 }
    }

    fn part(&self) -> &[u8] {
        if self.in_end { &self.end[self.at * BLOCK..self.end_blocks * BLOCK] } else { &self.body[self.at * BLOCK..] }
    }

    /// Moves on by `count` blocks; true at the end of the message.
    fn advance(&mut self, count: usize) -> bool {
        self.at += count;
        if !self.part().is_empty() {
            return false;
        }
        let done = self.in_end;
        self.in_end = true;
        self.at = 0;
        done
    }
}

/// Hashes `messages`, several at a time; the digests are in their order.
pub fn digests(messages: &[&[u8]]) -> Vec<Digest> {
    let kernel = kernels()[0];
    many(kernel, messages)
}

fn many(kernel: Kernel, messages: &[&[u8]]) -> Vec<Digest> {
    let mut found = vec![[0; 16]; messages.len()];
    // Messages of like length together, so that few lanes run dry.
    let mut order: Vec<usize> = (0..messages.len()).collect();
    order.sort_by_key(|&message| std::cmp::Reverse(messages[message].len() / BLOCK));
    let mut waiting = order.into_iter();
    let mut state: State = [[0; 16]; 4];
    let mut lanes: [Option<Lane<'_>>; 16] = std::array::from_fn(|_| None);
    loop {
        for (place, lane) in lanes.iter_mut().enumerate().take(kernel.lanes) {
            if lane.is_none()
                && let Some(message) = waiting.next()
            {
                *lane = Some(Lane::new(message, messages[message]));
                for (word, start) in state.iter_mut().zip(START) {
                    word[place] = start;
                }
            }
        }
        let Some(count) = lanes.iter().flatten().map(|lane| lane.part().len() / BLOCK).min() else {
            return found;
        };
        let first = lanes.iter().flatten().next().expect("some lane is busy").part();
        let mut data = [first; 16]; // an idle lane computes nonsense that nobody reads
        for (slot, lane) in data.iter_mut().zip(&lanes) {
            if let Some(lane) = lane {
                *slot = lane.part();
            }
        }
        (kernel.rounds)(&mut state, &data, count);
        for (place, slot) in lanes.iter_mut().enumerate() {
            if let Some(lane) = slot
                && lane.advance(count)
            {
                found[lane.message] = digest_of(&state, place);
                *slot = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(digest: Digest) -> String {
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn the_vectors_of_the_rfc() {
        for (text, expected) in [
            ("", "d41d8cd98f00b204e9800998ecf8427e"),
            ("a", "0cc175b9c0f1b6a831c399e269772661"),
            ("abc", "900150983cd24fb0d6963f7d28e17f72"),
            ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
            ("abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"),
            ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f"),
            (
                "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
                "57edf4a22be3c955ac49da2e2107b67a",
            ),
        ] {
            assert_eq!(hex(digest(text.as_bytes())), expected);
        }
    }

    #[test]
    fn every_kernel_agrees_with_the_plain_one() {
        let noise: Vec<u8> = (0..5000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let messages: Vec<&[u8]> = (0..300).map(|n| &noise[n..n + (n * n * 7) % 4096 % (n + 1) * 13 % 4500]).collect();
        let expected: Vec<Digest> = messages.iter().map(|message| digest(message)).collect();
        for kernel in kernels() {
            assert_eq!(many(kernel, &messages), expected, "{} lanes", kernel.lanes);
            assert_eq!(many(kernel, &messages[..3]), expected[..3]);
            assert!(many(kernel, &[]).is_empty());
        }
    }

    #[test]
    fn pieces_make_no_difference() {
        let bytes: Vec<u8> = (0..1000u32).map(|n| n as u8).collect();
        for size in [1, 7, 63, 64, 65, 127, 500] {
            let mut md5 = Md5::default();
            bytes.chunks(size).for_each(|piece| md5.update(piece));
            assert_eq!(md5.finish(), digest(&bytes));
        }
    }
}
