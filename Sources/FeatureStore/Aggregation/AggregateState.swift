import Columnar

/// What an aggregate keeps of some events: one accumulator, or one for each value of a second column (`by`).
///
/// As `Accumulator`, it merges, and does not depend on order or grouping.
struct AggregateState: Hashable, Sendable {
    let layout: Layout
    /// Where there is no second column.
    private(set) var whole: Accumulator
    /// Else: in the order of the second column's values. Those where it is null are left out.
    private(set) var groups: [(key: AggregateScalar, accumulator: Accumulator)] = []

    struct Layout: Hashable, Sendable, Codable {
        var values: AccumulatorLayout
        /// The type of the second column; nil where there is none.
        var keyType: FeatureType?

        init(values: AccumulatorLayout, keyType: FeatureType? = nil) {
            self.values = values
            self.keyType = keyType
        }
    }

    init(_ layout: Layout) {
        self.layout = layout
        whole = Accumulator(layout.values)
    }

    var isEmpty: Bool { layout.keyType == nil ? whole.isEmpty : groups.isEmpty }

    /// Adds an event.
    ///
    /// - Parameters:
    ///   - scalar: its value; nil where it is null.
    ///   - key: the second column's value.
    mutating func add(_ scalar: AggregateScalar?, by key: AggregateScalar? = nil, at place: EventPlace) {
        guard layout.keyType != nil else { return whole.add(scalar, at: place) }
        guard let key, scalar != nil || layout.values.type == nil else { return }
        groups[index(of: key)].accumulator.add(scalar, at: place)
    }

    /// The place of a key's accumulator, which is made where there is none.
    private mutating func index(of key: AggregateScalar) -> Int {
        var (low, high) = (0, groups.count)
        while low < high {
            let middle = (low + high) / 2
            if groups[middle].key < key { low = middle + 1 } else { high = middle }
        }
        if low == groups.count || groups[low].key != key {
            groups.insert((key, Accumulator(layout.values)), at: low)
        }
        return low
    }

    mutating func merge(_ other: AggregateState) {
        precondition(layout == other.layout)
        guard layout.keyType != nil else { return whole.merge(other.whole) }
        for group in other.groups { groups[index(of: group.key)].accumulator.merge(group.accumulator) }
    }

    mutating func reset() {
        whole.reset()
        groups.removeAll(keepingCapacity: true)
    }

    /// A function's value of the events that were added; of groups a JSON map from key to value, null of none.
    ///
    /// - Parameter top: how many groups are told, those of the greatest values first, of equal ones that of the lesser key;
    ///   nil for all, in the order of their keys.
    func value(
        of function: AggregateFunction, over length: TimeSpan?, at time: Timestamp, top: Int? = nil
    ) -> Value {
        guard let keyType = layout.keyType else { return whole.value(of: function, over: length, at: time) }
        guard !groups.isEmpty else { return .null }
        let valueType = function.outputType(of: layout.values.type) ?? .int64
        let entries = groups.map { group in
            (key: group.key, value: group.accumulator.value(of: function, over: length, at: time))
        }
        return .string(Self.text(of: entries, keyType, valueType, top: top))
    }

    /// The map of groups as text.
    ///
    /// - Parameters:
    ///   - entries: in the order of their keys.
    ///   - top: as for `value(of:over:at:top:)`.
    static func text(
        of entries: [(key: AggregateScalar, value: Value)], _ keyType: FeatureType, _ valueType: FeatureType, top: Int?
    ) -> String {
        var entries = entries
        if let top {
            // A stable order: keys ascend already.
            let ranks = entries.map { AggregateScalar($0.value, of: valueType) }
            let order = entries.indices.sorted { a, b in
                guard ranks[a] != ranks[b] else { return a < b }
                guard let first = ranks[a] else { return false }
                return ranks[b].map { first > $0 } ?? true
            }
            entries = order.prefix(top).map { entries[$0] }
        }
        return AggregateText.map(entries.map { ($0.key.value(of: keyType), $0.value) })
    }

    static func == (a: AggregateState, b: AggregateState) -> Bool {
        a.layout == b.layout && a.whole == b.whole && a.groups.elementsEqual(b.groups) { $0 == $1 }
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(whole)
        hasher.combine(groups.count)
    }
}

/// As bytes: the accumulator, or how many groups there are, and each one's key and accumulator.
extension AggregateState {
    private static let maximumKeyLength = 1 << 26

    func write(to writer: inout SketchWriter) {
        guard layout.keyType != nil else { return whole.write(to: &writer) }
        writer.write(UInt64(groups.count))
        for group in groups {
            writer.write(group.key)
            group.accumulator.write(to: &writer)
        }
    }

    /// Takes in a state of the same layout from where its bytes lie.
    ///
    /// - Throws: `SketchError` where they are none; what is here is of no use then.
    @inline(__always)
    mutating func merge(reading reader: inout PackedReader) throws(SketchError) {
        guard let keyType = layout.keyType else { return try whole.merge(reading: &reader) }
        try mergeGroups(reading: &reader, keyType)
    }

    private mutating func mergeGroups(
        reading reader: inout PackedReader, _ keyType: FeatureType
    ) throws(SketchError) {
        let keys = AccumulatorLayout(of: keyType, parts: AccumulatorParts())
        for _ in 0..<(try reader.readCount()) {
            let key = try reader.readScalar(keys, Self.maximumKeyLength)
            try groups[index(of: key)].accumulator.merge(reading: &reader)
        }
    }

    init(_ layout: Layout, reading reader: inout PackedReader) throws(SketchError) {
        self.init(layout)
        try merge(reading: &reader)
    }
}
