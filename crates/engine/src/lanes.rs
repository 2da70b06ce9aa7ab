//! Registers of several 32-bit lanes, one MD5 in each: what `md5` computes with, per instruction set.
//!
//! Every method is inlined into a function that has its instruction set switched on; `md5` checks that the processor
//! has it before it calls such a function. That is the promise behind each SAFETY comment here.

/// `N` words on which the steps of MD5 work at once.
pub trait Lanes: Copy {
    const N: usize;

    fn splat(word: u32) -> Self;
    /// From the first `N` of `words`.
    fn load(words: &[u32; 16]) -> Self;
    fn store(self, words: &mut [u32; 16]);
    fn add(self, other: Self) -> Self;
    fn rotate<const LEFT: i32, const RIGHT: i32>(self) -> Self;
    /// (b & c) | (!b & d)
    fn choose(b: Self, c: Self, d: Self) -> Self;
    /// b ^ c ^ d
    fn parity(b: Self, c: Self, d: Self) -> Self;
    /// c ^ (b | !d)
    fn last(b: Self, c: Self, d: Self) -> Self;
}

impl Lanes for u32 {
    const N: usize = 1;

    #[inline(always)]
    fn splat(word: u32) -> Self {
        word
    }
    #[inline(always)]
    fn load(words: &[u32; 16]) -> Self {
        words[0]
    }
    #[inline(always)]
    fn store(self, words: &mut [u32; 16]) {
        words[0] = self;
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
    #[inline(always)]
    fn rotate<const LEFT: i32, const RIGHT: i32>(self) -> Self {
        self.rotate_left(LEFT as u32)
    }
    #[inline(always)]
    fn choose(b: Self, c: Self, d: Self) -> Self {
        (b & c) | (!b & d)
    }
    #[inline(always)]
    fn parity(b: Self, c: Self, d: Self) -> Self {
        b ^ c ^ d
    }
    #[inline(always)]
    fn last(b: Self, c: Self, d: Self) -> Self {
        c ^ (b | !d)
    }
}

#[cfg(target_arch = "x86_64")]
pub use x86::{Avx2, Avx512, Sse2};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::Lanes;

    #[derive(Clone, Copy)]
    pub struct Sse2(__m128i);
    #[derive(Clone, Copy)]
    pub struct Avx2(__m256i);
    #[derive(Clone, Copy)]
    pub struct Avx512(__m512i);

    macro_rules! two_operand_lanes {
        ($name:ident, $lanes:expr, $register:ty, $set1:ident, $load:ident, $store:ident, $add:ident,
         $left:ident, $right:ident, $or:ident, $and:ident, $xor:ident, $andnot:ident) => {
            impl Lanes for $name {
                const N: usize = $lanes;

                #[inline(always)]
                fn splat(word: u32) -> Self {
                    // SAFETY: the processor has the instruction set (see the module).
                    unsafe { $name($set1(word as i32)) }
                }
                #[inline(always)]
                fn load(words: &[u32; 16]) -> Self {
                    // SAFETY: as above; 16 words are at least as many as the register has, and the load is unaligned.
                    unsafe { $name($load(words.as_ptr().cast::<$register>())) }
                }
                #[inline(always)]
                fn store(self, words: &mut [u32; 16]) {
                    // SAFETY: as for `load`.
                    unsafe { $store(words.as_mut_ptr().cast::<$register>(), self.0) }
                }
                #[inline(always)]
                fn add(self, other: Self) -> Self {
                    // SAFETY: the processor has the instruction set.
                    unsafe { $name($add(self.0, other.0)) }
                }
                #[inline(always)]
                fn rotate<const LEFT: i32, const RIGHT: i32>(self) -> Self {
                    // SAFETY: the processor has the instruction set.
                    unsafe { $name($or($left::<LEFT>(self.0), $right::<RIGHT>(self.0))) }
                }
                #[inline(always)]
                fn choose(b: Self, c: Self, d: Self) -> Self {
                    // SAFETY: the processor has the instruction set.
                    unsafe { $name($xor(d.0, $and(b.0, $xor(c.0, d.0)))) }
                }
                #[inline(always)]
                fn parity(b: Self, c: Self, d: Self) -> Self {
                    // SAFETY: the processor has the instruction set.
                    unsafe { $name($xor($xor(c.0, d.0), b.0)) }
                }
                #[inline(always)]
                fn last(b: Self, c: Self, d: Self) -> Self {
                    // SAFETY: the processor has the instruction set.
                    unsafe {
                        let not_d = $andnot(d.0, $set1(-1));
                        $name($xor(c.0, $or(b.0, not_d)))
                    }
                }
            }
        };
    }

    two_operand_lanes!(
        Sse2,
        4,
        __m128i,
        _mm_set1_epi32,
        _mm_loadu_si128,
        _mm_storeu_si128,
        _mm_add_epi32,
        _mm_slli_epi32,
        _mm_srli_epi32,
        _mm_or_si128,
        _mm_and_si128,
        _mm_xor_si128,
        _mm_andnot_si128
    );
    two_operand_lanes!(
        Avx2,
        8,
        __m256i,
        _mm256_set1_epi32,
        _mm256_loadu_si256,
        _mm256_storeu_si256,
        _mm256_add_epi32,
        _mm256_slli_epi32,
        _mm256_srli_epi32,
        _mm256_or_si256,
        _mm256_and_si256,
        _mm256_xor_si256,
        _mm256_andnot_si256
    );

    impl Lanes for Avx512 {
        const N: usize = 16;

        #[inline(always)]
        fn splat(word: u32) -> Self {
            // SAFETY: the processor has the instruction set (see the module).
            unsafe { Avx512(_mm512_set1_epi32(word as i32)) }
        }
        #[inline(always)]
        fn load(words: &[u32; 16]) -> Self {
            // SAFETY: as above; 16 words fill the register, and the load is unaligned.
            unsafe { Avx512(_mm512_loadu_si512(words.as_ptr().cast())) }
        }
        #[inline(always)]
        fn store(self, words: &mut [u32; 16]) {
            // SAFETY: as for `load`.
            unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), self.0) }
        }
        #[inline(always)]
        fn add(self, other: Self) -> Self {
            // SAFETY: the processor has the instruction set.
            unsafe { Avx512(_mm512_add_epi32(self.0, other.0)) }
        }
        #[inline(always)]
        fn rotate<const LEFT: i32, const RIGHT: i32>(self) -> Self {
            // SAFETY: the processor has the instruction set.
            unsafe { Avx512(_mm512_rol_epi32::<LEFT>(self.0)) }
        }
        // The three functions as truth tables over (b, c, d), one instruction each.
        #[inline(always)]
        fn choose(b: Self, c: Self, d: Self) -> Self {
            // SAFETY: the processor has the instruction set.
            unsafe { Avx512(_mm512_ternarylogic_epi32::<0xCA>(b.0, c.0, d.0)) }
        }
        #[inline(always)]
        fn parity(b: Self, c: Self, d: Self) -> Self {
            // SAFETY: the processor has the instruction set.
            unsafe { Avx512(_mm512_ternarylogic_epi32::<0x96>(b.0, c.0, d.0)) }
        }
        #[inline(always)]
        fn last(b: Self, c: Self, d: Self) -> Self {
            // SAFETY: the processor has the instruction set.
            unsafe { Avx512(_mm512_ternarylogic_epi32::<0x39>(b.0, c.0, d.0)) }
        }
    }
}
