/// XXH64 with seed 0 (xxHash's specification, doc/xxhash_spec.md): tells whether bytes changed, at nearly the speed at which
/// they can be read. It is no protection against somebody who changes them on purpose.
///
///     var hash = XXHash64()
///     hash.update(bytes)
///     print(hash.value)
public struct XXHash64: Sendable {
    private var first = XXHash64.prime1 &+ XXHash64.prime2
    private var second = XXHash64.prime2
    private var third: UInt64 = 0
    private var fourth = 0 &- XXHash64.prime1
    /// The bytes that do not fill a stripe yet.
    private var pending: [UInt8] = []
    private var length: UInt64 = 0

    private static let prime1: UInt64 = 0x9e37_79b1_85eb_ca87
    private static let prime2: UInt64 = 0xc2b2_ae3d_27d4_eb4f
    private static let prime3: UInt64 = 0x1656_67b1_9e37_79f9
    private static let prime4: UInt64 = 0x85eb_ca77_c2b2_ae63
    private static let prime5: UInt64 = 0x27d4_eb2f_1656_67c5
    private static let stripe = 32

    public init() {}

    /// The hash of `bytes`. Complexity: O(bytes), without an allocation.
    package static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash = XXHash64()
        hash.length = UInt64(bytes.count)
        let whole = bytes.count / stripe * stripe
        hash.consumeStripes(of: UnsafeRawBufferPointer(rebasing: bytes[..<whole]))
        return hash.finished(with: UnsafeRawBufferPointer(rebasing: bytes[whole...]))
    }

    /// Takes in the next bytes; how they are cut into calls does not matter. Complexity: O(bytes).
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        length &+= UInt64(bytes.count)
        var rest = bytes
        if !pending.isEmpty {
            let missing = min(Self.stripe - pending.count, rest.count)
            pending.append(contentsOf: rest[..<missing])
            rest = UnsafeRawBufferPointer(rebasing: rest[missing...])
            guard pending.count == Self.stripe else { return }
            pending.withUnsafeBytes { consumeStripes(of: $0) }
            pending.removeAll(keepingCapacity: true)
        }
        let whole = rest.count / Self.stripe * Self.stripe
        consumeStripes(of: UnsafeRawBufferPointer(rebasing: rest[..<whole]))
        pending.append(contentsOf: rest[whole...])
    }

    /// - Precondition: `bytes` are whole stripes.
    private mutating func consumeStripes(of bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        var (a, b, c, d) = (first, second, third, fourth)
        var position = 0
        while position < bytes.count {
            a = Self.round(a, Self.word(base, position))
            b = Self.round(b, Self.word(base, position &+ 8))
            c = Self.round(c, Self.word(base, position &+ 16))
            d = Self.round(d, Self.word(base, position &+ 24))
            position &+= Self.stripe
        }
        (first, second, third, fourth) = (a, b, c, d)
    }

    /// The hash of all bytes so far.
    public var value: UInt64 { pending.withUnsafeBytes { finished(with: $0) } }

    private func finished(with tail: UnsafeRawBufferPointer) -> UInt64 {
        var hash = Self.prime5
        if length >= UInt64(Self.stripe) {
            hash = Self.rotated(first, 1) &+ Self.rotated(second, 7)
            hash = hash &+ Self.rotated(third, 12) &+ Self.rotated(fourth, 18)
            hash = Self.merged(hash, first)
            hash = Self.merged(hash, second)
            hash = Self.merged(hash, third)
            hash = Self.merged(hash, fourth)
        }
        hash &+= length
        Self.consumeTail(tail, into: &hash)
        hash = (hash ^ hash >> 33) &* Self.prime2
        hash = (hash ^ hash >> 29) &* Self.prime3
        return hash ^ hash >> 32
    }

    private static func merged(_ hash: UInt64, _ lane: UInt64) -> UInt64 {
        (hash ^ round(0, lane)) &* prime1 &+ prime4
    }

    private static func consumeTail(_ bytes: UnsafeRawBufferPointer, into hash: inout UInt64) {
        guard let base = bytes.baseAddress else { return }
        var position = 0
        while position + 8 <= bytes.count {
            hash = rotated(hash ^ round(0, word(base, position)), 27) &* prime1 &+ prime4
            position += 8
        }
        if position + 4 <= bytes.count {
            let half = UInt64(UInt32(littleEndian: base.loadUnaligned(fromByteOffset: position, as: UInt32.self)))
            hash = rotated(hash ^ half &* prime1, 23) &* prime2 &+ prime3
            position += 4
        }
        while position < bytes.count {
            hash = rotated(hash ^ UInt64(bytes[position]) &* prime5, 11) &* prime1
            position += 1
        }
    }

    @inline(__always)
    private static func word(_ base: UnsafeRawPointer, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    @inline(__always)
    private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
        rotated(lane &+ word &* prime2, 31) &* prime1
    }

    @inline(__always)
    private static func rotated(_ word: UInt64, _ bits: UInt64) -> UInt64 { word &<< bits | word &>> (64 &- bits) }
}
