import Columnar

/// A floating-point type whose values can be counted by their bits.
protocol SummarizedFloat: BinaryFloatingPoint, BitwiseCopyable {
    associatedtype Pattern: FixedWidthInteger & UnsignedInteger & BitwiseCopyable
    var bitPattern: Pattern { get }
    static var summaryKind: NumberSummary.Kind { get }
    /// A number that orders as the values do.
    var summaryOrder: Int64 { get }
}

extension Float: SummarizedFloat {
    static var summaryKind: NumberSummary.Kind { .single }
    @inline(__always)
    var summaryOrder: Int64 { Int64(order) }
}

extension Double: SummarizedFloat {
    static var summaryKind: NumberSummary.Kind { .double }
    @inline(__always)
    var summaryOrder: Int64 { order }
}

extension SummarizedFloat {
    /// Zero or a normal number: what a histogram by bits takes.
    @inline(__always)
    var isOrdinary: Bool { isNormal || isZero }

    /// The bits that tell values apart; -0 is no other value than 0.
    @inline(__always)
    var item: UInt64 { UInt64((self + 0).bitPattern) }
}

/// What a look over a block's values tells before they are counted.
struct FloatScan {
    private(set) var least = Int64.max
    private(set) var greatest = Int64.min
    /// Bits of the least and the greatest magnitude that is not zero.
    private(set) var leastMagnitude = UInt64.max
    private(set) var greatestMagnitude: UInt64 = 0
    /// Values that are infinite or subnormal.
    private(set) var unordinary = 0

    /// - Precondition: none of `values` is NaN.
    init(_ values: UnsafeBufferPointer<Float>) {
        // Four reductions over whole numbers of 32 bits, which the compiler makes of vectors.
        var (least, greatest) = (Int32.max, Int32.min)
        var (leastMagnitude, greatestMagnitude) = (UInt32.max, UInt32.min)
        var ordinary: UInt32 = 0
        for value in values {
            let order = value.order
            least = min(least, order)
            greatest = max(greatest, order)
            let magnitude = value.bitPattern & 0x7fff_ffff
            // Zero becomes the greatest of all.
            leastMagnitude = min(leastMagnitude, magnitude &- 1)
            greatestMagnitude = max(greatestMagnitude, magnitude)
            ordinary &+= magnitude == 0 || magnitude &- 0x0080_0000 < 0x7f00_0000 ? 1 : 0
        }
        self.init(
            least: Int64(least), greatest: Int64(greatest), leastMagnitude: UInt64(leastMagnitude &+ 1),
            greatestMagnitude: UInt64(greatestMagnitude), unordinary: values.count - Int(ordinary))
    }

    /// - Precondition: none of `values` is NaN.
    init(_ values: UnsafeBufferPointer<Double>) {
        var (least, greatest) = (Int64.max, Int64.min)
        var (leastMagnitude, greatestMagnitude) = (UInt64.max, UInt64.min)
        var ordinary = 0
        for value in values {
            let order = value.order
            least = min(least, order)
            greatest = max(greatest, order)
            let magnitude = value.bitPattern & (1 << 63 - 1)
            leastMagnitude = min(leastMagnitude, magnitude &- 1)
            greatestMagnitude = max(greatestMagnitude, magnitude)
            ordinary &+= magnitude == 0 || magnitude &- 1 << 52 < 0x7fe0_0000_0000_0000 ? 1 : 0
        }
        self.init(
            least: least, greatest: greatest, leastMagnitude: leastMagnitude &+ 1,
            greatestMagnitude: greatestMagnitude, unordinary: values.count - ordinary)
    }

    private init(least: Int64, greatest: Int64, leastMagnitude: UInt64, greatestMagnitude: UInt64, unordinary: Int) {
        self.least = least
        self.greatest = greatest
        self.leastMagnitude = leastMagnitude
        self.greatestMagnitude = greatestMagnitude
        self.unordinary = unordinary
    }
}
