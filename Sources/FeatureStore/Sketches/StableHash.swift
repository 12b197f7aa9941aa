import Columnar

/// Hashes that are the same on every machine and for ever, because they are stored and shown to users.
enum StableHash {
    @inline(__always)
    static func bytes(_ bytes: UnsafeRawBufferPointer) -> UInt64 { XXHash64.hash(bytes) }

    /// A word's hash, of which the upper bits are the good ones: each depends on all bits of the word.
    ///
    /// Two multiplications with the upper bits folded onto the lower ones between them, as in SplitMix64 (Steele, Lea,
    /// Flood 2014) without its last step, which mends only the lowest bits.
    @inline(__always)
    static func word(_ word: UInt64) -> UInt64 {
        let z = (word &+ 0x9e37_79b9_7f4a_7c15) &* 0xbf58_476d_1ce4_e5b9
        return (z ^ z &>> 32) &* 0x94d0_49bb_1331_11eb
    }
}
