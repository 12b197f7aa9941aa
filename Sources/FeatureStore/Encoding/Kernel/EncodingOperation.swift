/// In what form a value is between two operations.
enum EncodingLane: UInt8 {
    /// A double; NaN is missing.
    case number
    case integer
    case text
    /// Microseconds.
    case time
    case vector

    init(_ type: FeatureType) {
        switch type {
        case .bool, .int32, .int64: self = .integer
        case .float32, .float64: self = .number
        case .string, .bytes: self = .text
        case .timestamp: self = .time
        case .vector: self = .vector
        }
    }
}

/// A fitted step, flat: no reference is counted where it is followed. Its pointers are good while its program lives.
struct EncodingOperation {
    enum Code: UInt8 {
        /// A whole number becomes a double.
        case toNumber
        case affine, log1p, clip, fillNumber, fillInteger, fillText, bucketize
        case oneHot, ordinal, numbers, hashed, cyclic, normalize
        /// The last: what is left becomes slots.
        case storeNumber, storeVector
    }

    var code: Code
    /// What it takes.
    var lane: EncodingLane
    /// Shift and scale, the bounds, or what fills; for `numbers`, what unknown and missing categories are.
    var first = 0.0
    var second = 0.0
    var integer: Int64 = 0
    /// The slot that says that a value was missing; -1 for none.
    var indicator = -1
    /// The first slot that it sets.
    var slot = 0
    /// How many it may set: categories, buckets, elements.
    var width = 0
    /// Edges, or a number a category.
    var numbers: UnsafePointer<Double>?
    var text: UnsafePointer<UInt8>?
    var count = 0
    var index: CategoryIndex.Lookup?
    var cycles: (UInt8, UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0, 0)
}

/// A value on its way into a vector, where it lies; bytes are valid only during the call.
struct EncodingCell {
    var number = Double.nan
    var integer: Int64 = 0
    /// A text's bytes, or a vector's float32s, unaligned.
    var bytes: UnsafeRawPointer?
    var length = 0
    var isMissing = true

    init() {}

    @inline(__always)
    init(number: Double) {
        self.number = number
        isMissing = number.isNaN
    }

    /// A whole number, or microseconds.
    @inline(__always)
    init(integer: Int64) {
        self.integer = integer
        isMissing = false
    }

    @inline(__always)
    init(bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes.baseAddress
        length = bytes.count
        isMissing = false
    }
}

/// Where a vector's numbers go.
protocol EncodingSink {
    /// Sets a slot. Slots that are not set are 0.
    mutating func set(_ slot: Int, _ value: Float)
}

/// A vector as it is: the slots were set to 0 before.
struct DenseSink: EncodingSink {
    /// The first slot.
    let target: UnsafeMutablePointer<Float>
    /// From a slot to the next: 1 where a vector lies together, the number of rows where a slot's column does.
    var stride = 1

    @inline(__always)
    mutating func set(_ slot: Int, _ value: Float) { target[slot &* stride] = value }
}

/// A vector as the places and values of what is not 0, in ascending order.
struct SparseSink: EncodingSink {
    var indices: [Int32] = []
    var values: [Float] = []

    mutating func set(_ slot: Int, _ value: Float) {
        if value == 0 { return }
        // An indicator stands behind the slots of its feature, and is known before them.
        var place = indices.count
        while place > 0, indices[place - 1] > Int32(slot) { place -= 1 }
        indices.insert(Int32(slot), at: place)
        values.insert(value, at: place)
    }
}
