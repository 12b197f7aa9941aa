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
    private(set) var indices: [Int32] = []
    private(set) var values: [Float] = []

    @inline(__always)
    mutating func set(_ slot: Int, _ value: Float) {
        if value == 0 { return }
        indices.append(Int32(slot))
        values.append(value)
    }
}
