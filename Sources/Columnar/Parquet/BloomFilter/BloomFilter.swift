/// Tells which values a chunk certainly does not hold: a split block Bloom filter (Parquet format, BloomFilter.md).
struct BloomFilter: Sendable {
    /// Blocks of eight words.
    private(set) var words: [UInt32]

    private static let blockWords = 8
    /// BloomFilter.md, Technical Approach: odd constants, one a word.
    private static let salts: [UInt32] = [
        0x47b6_137b, 0x4497_4d91, 0x8824_ad5b, 0xa2b7_289d, 0x7054_95c7, 0x2df1_424b, 0x9efc_4947, 0x5c6b_fb31,
    ]
    /// Bits for each different value, of which one in a hundred that is not there then seems to be.
    private static let bitsPerValue = 10.5
    /// 32 MiB; more is not worth reading.
    private static let mostBlocks = 1 << 20

    /// An empty filter for `count` different values.
    init(count: Int) {
        let needed = min(Double(Self.mostBlocks), (Double(count) * Self.bitsPerValue / 256).rounded(.up))
        // Some readers take no other number than a power of two.
        var blocks = 1
        while Double(blocks) < needed { blocks *= 2 }
        words = [UInt32](repeating: 0, count: blocks * Self.blockWords)
    }

    /// The bits as they are stored; nil unless they are whole blocks.
    init?(bits: UnsafeRawBufferPointer) {
        guard !bits.isEmpty, bits.count % (Self.blockWords * 4) == 0 else { return nil }
        words = stride(from: 0, to: bits.count, by: 4).map { bits.loadUnaligned(fromByteOffset: $0, as: UInt32.self) }
    }

    mutating func insert(_ hash: UInt64) {
        let block = blockStart(hash)
        for i in 0..<Self.blockWords { words[block + i] |= Self.bit(hash, i) }
    }

    /// False only if no value of that hash was inserted.
    func mayHold(_ hash: UInt64) -> Bool {
        let block = blockStart(hash)
        return (0..<Self.blockWords).allSatisfy { words[block + $0] & Self.bit(hash, $0) != 0 }
    }

    private func blockStart(_ hash: UInt64) -> Int {
        let blocks = UInt64(words.count / Self.blockWords)
        return Int(((hash >> 32) * blocks) >> 32) * Self.blockWords
    }

    private static func bit(_ hash: UInt64, _ word: Int) -> UInt32 {
        1 << ((UInt32(truncatingIfNeeded: hash) &* salts[word]) >> 27)
    }
}
