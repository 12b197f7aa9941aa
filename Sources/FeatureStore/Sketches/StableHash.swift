/// Hashes that are the same on every machine and for ever, because they are stored and shown to users.
enum StableHash {
    /// XXH64 with seed 0 (Collet, "xxHash fast digest algorithm", version 0.1.1 of the specification).
    static func bytes(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        guard let base = bytes.baseAddress else { return avalanche(prime5) }
        var position = 0
        let count = bytes.count
        var hash: UInt64
        if count >= 32 {
            var (a, b, c, d) = (prime1 &+ prime2, prime2, UInt64(0), 0 &- prime1)
            while position + 32 <= count {
                a = round(a, word(base, position))
                b = round(b, word(base, position + 8))
                c = round(c, word(base, position + 16))
                d = round(d, word(base, position + 24))
                position += 32
            }
            hash = rotate(a, 1) &+ rotate(b, 7) &+ rotate(c, 12) &+ rotate(d, 18)
            for lane in [a, b, c, d] { hash = (hash ^ round(0, lane)) &* prime1 &+ prime4 }
        } else {
            hash = prime5
        }
        hash &+= UInt64(count)
        while position + 8 <= count {
            hash = rotate(hash ^ round(0, word(base, position)), 27) &* prime1 &+ prime4
            position += 8
        }
        if position + 4 <= count {
            let half = UInt64(UInt32(littleEndian: base.loadUnaligned(fromByteOffset: position, as: UInt32.self)))
            hash = rotate(hash ^ half &* prime1, 23) &* prime2 &+ prime3
            position += 4
        }
        while position < count {
            hash = rotate(hash ^ UInt64(base.load(fromByteOffset: position, as: UInt8.self)) &* prime5, 11) &* prime1
            position += 1
        }
        return avalanche(hash)
    }

    /// A word's hash: every bit of it changes half of the bits (Stafford 2011, mix 13, as in SplitMix64).
    @inline(__always)
    static func word(_ word: UInt64) -> UInt64 {
        var z = word &+ 0x9e37_79b9_7f4a_7c15
        z = (z ^ z &>> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z &>> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z &>> 31
    }

    private static let prime1: UInt64 = 0x9e37_79b1_85eb_ca87
    private static let prime2: UInt64 = 0xc2b2_ae3d_27d4_eb4f
    private static let prime3: UInt64 = 0x1656_67b1_9e37_79f9
    private static let prime4: UInt64 = 0x85eb_ca77_c2b2_ae63
    private static let prime5: UInt64 = 0x27d4_eb2f_1656_67c5

    @inline(__always)
    private static func word(_ base: UnsafeRawPointer, _ position: Int) -> UInt64 {
        UInt64(littleEndian: base.loadUnaligned(fromByteOffset: position, as: UInt64.self))
    }

    @inline(__always)
    private static func rotate(_ word: UInt64, _ bits: UInt64) -> UInt64 { word &<< bits | word &>> (64 - bits) }

    @inline(__always)
    private static func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
        rotate(lane &+ input &* prime2, 31) &* prime1
    }

    @inline(__always)
    private static func avalanche(_ hash: UInt64) -> UInt64 {
        var h = (hash ^ hash &>> 33) &* prime2
        h = (h ^ h &>> 29) &* prime3
        return h ^ h &>> 32
    }
}
