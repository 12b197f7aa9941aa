import Columnar

/// What is known of some events of one column: enough to tell the functions that its layout is for.
///
/// Two accumulators of one layout merge, and any order and any grouping of the same events gives the same state, to the
/// last bit: sums are exact, ties are broken by the events' places, sketches depend on the set of values only.
struct Accumulator: Hashable, Sendable {
    let layout: AccumulatorLayout
    /// Values that are not null, or rows where there is no column.
    var count: Int64 = 0
    /// The sum of integers.
    var wholeSum: Int128 = 0
    /// The sum of floats.
    var sum = ExactSum()
    var squares = ExactSum()
    /// Good while `count` is not 0; so for all below.
    var minimum = AggregateScalar.word(.max)
    var maximum = AggregateScalar.word(0)
    /// The time of the last event.
    var lastTime = Int64.min
    /// In order, at most `firstCount`.
    var firsts: [PlacedScalar] = []
    /// In order, at most `lastCount`.
    var lasts: [PlacedScalar] = []
    var distinct = HyperLogLog()
    var sketch = QuantileSketch()

    init(_ layout: AccumulatorLayout) { self.layout = layout }

    var isEmpty: Bool { count == 0 }

    /// Adds an event.
    ///
    /// - Parameter scalar: its value, which nothing is added for where it is null; for rows, without a column, any.
    mutating func add(_ scalar: AggregateScalar?, at place: EventPlace) {
        guard layout.type != nil else {
            count += 1
            lastTime = max(lastTime, place.time)
            return
        }
        guard let scalar else { return }
        let parts = layout.parts
        if count == 0 {
            (minimum, maximum) = (scalar, scalar)
        } else {
            if parts.contains(.minimum), scalar < minimum { minimum = scalar }
            if parts.contains(.maximum), scalar > maximum { maximum = scalar }
        }
        count += 1
        if case .word(let word) = scalar { addToSums(word, parts, isNegated: false) }
        if parts.contains(.lastTime) { lastTime = max(lastTime, place.time) }
        if parts.contains(.distinct) { distinct.add(hash: scalar.stableHash(isFloat: layout.isFloat)) }
        if parts.contains(.sketch), case .word(let word) = scalar { sketch.add(number(word)) }
        if parts.firstCount > 0 { insertFirst(PlacedScalar(place: place, scalar: scalar)) }
        if parts.lastCount > 0 { insertLast(PlacedScalar(place: place, scalar: scalar)) }
    }

    /// Takes away an event that was added before.
    ///
    /// - Precondition: `layout.parts.areRemovable`.
    mutating func remove(_ scalar: AggregateScalar?) {
        precondition(layout.parts.areRemovable)
        guard layout.type != nil else {
            count -= 1
            return
        }
        guard let scalar else { return }
        count -= 1
        if case .word(let word) = scalar { addToSums(word, layout.parts, isNegated: true) }
    }

    @inline(__always)
    private func number(_ word: UInt64) -> Double {
        layout.isFloat ? AggregateScalar.float(ofWord: word) : Double(AggregateScalar.integer(ofWord: word))
    }

    @inline(__always)
    private mutating func addToSums(_ word: UInt64, _ parts: AccumulatorParts, isNegated: Bool) {
        guard parts.contains(.sum) || parts.contains(.squares) else { return }
        if layout.isFloat {
            let number = AggregateScalar.float(ofWord: word)
            if parts.contains(.sum) { if isNegated { sum.subtract(number) } else { sum.add(number) } }
            if parts.contains(.squares) {
                if isNegated { squares.subtractSquare(of: number) } else { squares.addSquare(of: number) }
            }
        } else {
            let number = AggregateScalar.integer(ofWord: word)
            if parts.contains(.sum) { wholeSum += isNegated ? -Int128(number) : Int128(number) }
            if parts.contains(.squares) {
                let square = number.magnitude.multipliedFullWidth(by: number.magnitude)
                squares.add(
                    magnitude: UInt128(square.high) << 64 | UInt128(square.low), exponent: 0, isNegative: isNegated)
            }
        }
    }

    mutating func insertFirst(_ entry: PlacedScalar) {
        if firsts.count == layout.parts.firstCount, let greatest = firsts.last, greatest.place < entry.place { return }
        firsts.insert(entry, at: firsts.firstIndex { entry.place < $0.place } ?? firsts.count)
        if firsts.count > layout.parts.firstCount { firsts.removeLast() }
    }

    mutating func insertLast(_ entry: PlacedScalar) {
        if lasts.count == layout.parts.lastCount, let least = lasts.first, entry.place < least.place { return }
        lasts.insert(entry, at: (lasts.lastIndex { $0.place < entry.place } ?? -1) + 1)
        if lasts.count > layout.parts.lastCount { lasts.removeFirst() }
    }

    /// Takes in the events of `other`, which are others than those here.
    mutating func merge(_ other: Accumulator) {
        precondition(layout == other.layout)
        guard !other.isEmpty else { return }
        if isEmpty {
            self = other
            return
        }
        let parts = layout.parts
        count += other.count
        if parts.contains(.sum) {
            if layout.isFloat { sum.merge(other.sum) } else { wholeSum += other.wholeSum }
        }
        if parts.contains(.squares) { squares.merge(other.squares) }
        if other.minimum < minimum { minimum = other.minimum }
        if other.maximum > maximum { maximum = other.maximum }
        lastTime = max(lastTime, other.lastTime)
        if parts.contains(.distinct) { distinct.merge(other.distinct) }
        if parts.contains(.sketch) { sketch.merge(other.sketch) }
        for entry in other.firsts { insertFirst(entry) }
        for entry in other.lasts { insertLast(entry) }
    }

    static func == (a: Accumulator, b: Accumulator) -> Bool { a.layout == b.layout && a.encoded() == b.encoded() }
    func hash(into hasher: inout Hasher) { hasher.combine(count) }
}

/// A value with the place of its event.
struct PlacedScalar: Hashable, Sendable {
    var place: EventPlace
    var scalar: AggregateScalar
}
