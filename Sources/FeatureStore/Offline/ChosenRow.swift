/// A row of history: segment, block and row packed into one word, so that an array of them is dense.
struct ChosenRow: Hashable, Sendable {
    /// Segment in the upper 12 bits, block in the next 20, row in the lower 32; all ones for none.
    private let bits: UInt64

    static let none = ChosenRow(bits: .max)
    static let maximumSegments = 4095

    struct Block { let segment, block: Int }

    private init(bits: UInt64) { self.bits = bits }

    init(block: Block, row: Int) {
        bits = UInt64(block.segment) << 52 | UInt64(block.block) << 32 | UInt64(row)
    }

    var segment: Int { Int(bits >> 52) }
    var block: Int { Int(bits >> 32 & 0xfffff) }
    var row: Int32 { Int32(truncatingIfNeeded: bits & 0xffff_ffff) }
}
