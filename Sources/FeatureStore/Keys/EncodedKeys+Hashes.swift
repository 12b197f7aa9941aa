import Columnar

extension EncodedKeys {
    /// A number for each key that is equal for equal keys and else as good as random, another one for each seed.
    ///
    /// XXH64 of the key's bytes, mixed with the seed by the last step of SplitMix64 (Steele 2014), which loses nothing. It
    /// is the same on every machine and in every version, so that what was chosen by it can be chosen again. Keys with a
    /// null have the number of no bytes. Complexity: O(bytes).
    func hashes(seed: UInt64) -> [UInt64] {
        let salt = Self.mixed(seed)
        return withExtendedLifetime(self) {
            (0..<count).map { Self.mixed(XXHash64.hash(bytes(at: $0)) ^ salt) }
        }
    }

    /// The number of one key's bytes, as `hashes(seed:)` gives it.
    static func hash(of key: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
        mixed(XXHash64.hash(key) ^ mixed(seed))
    }

    private static func mixed(_ number: UInt64) -> UInt64 {
        var z = number &+ 0x9e37_79b9_7f4a_7c15
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}
