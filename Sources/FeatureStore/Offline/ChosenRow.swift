/// A row of history: part, block and row packed into one word, so that an array of them is dense.
struct ChosenRow: Hashable, Sendable {
    /// The part's number in the upper 24 bits, block in the next 20, row in the lower 20; all ones for none.
    private let bits: UInt64

    static let none = ChosenRow(bits: .max)
    /// What can be packed; a segment that goes beyond is refused when it is opened.
    static let maximumBlocks = 1 << 20 - 1
    static let maximumBlockRows = 1 << 20

    struct Block { let part, block: Int }

    private init(bits: UInt64) { self.bits = bits }

    init(block: Block, row: Int) {
        bits = UInt64(block.part) << 40 | UInt64(block.block) << 20 | UInt64(row)
    }

    /// Whether it lies in the same block of the same part as `other`.
    @inline(__always)
    func isInBlock(of other: ChosenRow) -> Bool { bits >> 20 == other.bits >> 20 }

    var part: Int { Int(bits >> 40) }
    var block: Int { Int(bits >> 20 & 0xfffff) }
    var row: Int32 { Int32(truncatingIfNeeded: bits & 0xfffff) }
}
