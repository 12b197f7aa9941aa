import Columnar

extension WindowFunctions {
    /// How many different values there are, as `HyperLogLog` counts them: exactly while they are few.
    func distinctCounts(_ wanted: [Wanted]) -> [Column] {
        guard let values, !wanted.isEmpty else { return [] }
        let numbered = NumberedValues(values, sequence.spans)
        return wanted.map { wanted in
            let output = WindowOutput<Int64>(.int64, count: sequence.queryCount)
            let bounds = sequence.bounds(of: wanted.window)
            withExtendedLifetime((bounds, numbered)) {
                let counts = bounds.counts.elements(as: Int32.self)
                let numbers = numbered.numbers.elements(as: Int32.self)
                for (number, span) in sequence.spans.enumerated() {
                    let hashes = numbered.hashes(ofSpan: number)
                    var present = PresentValues(hashes)
                    WindowSlide(span, bounds.lane, bounds.lows.elements(), isLate: bounds.lane.isLate(number))
                        .run { event in
                            present.add(Int(numbers[event]))
                        } remove: { event in
                            present.remove(Int(numbers[event]))
                        } ask: { query in
                            if counts[query] > 0 { output.set(query, present.count) }
                        }
                }
            }
            return output.finish()
        }
    }
}

/// The values of each span by number: equal ones, as far as their hashes tell, have one.
struct NumberedValues {
    /// Int32, one an event: from 0 in each span.
    let numbers: Buffer
    /// The different values' hashes, as `HyperLogLog` keeps them, span by span.
    private let hashes: [UInt64]
    private let starts: [Int]

    func hashes(ofSpan span: Int) -> ArraySlice<UInt64> { hashes[starts[span]..<starts[span + 1]] }

    /// Complexity: O(events).
    init(_ values: Column, _ spans: [EventSpan]) {
        let target = MutableBuffer(uninitialized: values.count * 4)
        let output = target.elements(as: Int32.self)
        let own = Self.hashes(of: values)
        var hashes: [UInt64] = []
        var starts = [0]
        // Open addressing; a place holds one more than the number.
        var table: [Int32] = []
        withExtendedLifetime(own) {
            let own = own.elements(as: UInt64.self)
            for span in spans {
                let first = hashes.count
                var capacity = 4
                while capacity < 2 * span.events.count { capacity *= 2 }
                if table.count < capacity { table = [Int32](repeating: 0, count: capacity) }
                let mask = capacity - 1
                var touched: [Int] = []
                for event in span.events {
                    let hash = own[event]
                    // Its lowest bits are as good as any: it was cut on the right side.
                    var place = Int(truncatingIfNeeded: hash) & mask
                    while table[place] != 0, hashes[first + Int(table[place]) - 1] != hash {
                        place = (place + 1) & mask
                    }
                    if table[place] == 0 {
                        hashes.append(hash)
                        table[place] = Int32(truncatingIfNeeded: hashes.count - first)
                        touched.append(place)
                    }
                    output[event] = table[place] - 1
                }
                for place in touched { table[place] = 0 }
                starts.append(hashes.count)
            }
        }
        numbers = target.freeze()
        self.hashes = hashes
        self.starts = starts
    }

    /// The bits of each value's hash that tell it from others, UInt64.
    private static func hashes(of values: Column) -> Buffer {
        let shift = UInt64(64 - HyperLogLog.defaultPrecision - HyperLogLog.rankBits)
        let target = MutableBuffer(uninitialized: values.count * 8)
        let output = target.elements(as: UInt64.self)
        if values.type.isVariableWidth {
            for row in 0..<values.count { output[row] = StableHash.bytes(values.bytes(at: row)) >> shift }
        } else {
            let isFloat = values.type == .float32 || values.type == .float64
            let words = WindowNumbers(values).words()
            withExtendedLifetime(words) {
                let words = words.elements(as: UInt64.self)
                for row in 0..<values.count {
                    output[row] = AggregateScalar.word(words[row]).stableHash(isFloat: isFloat) >> shift
                }
            }
        }
        return target.freeze()
    }
}

/// Which values are in a window, each so often, and how many different ones.
///
/// Beyond the number that `HyperLogLog` counts exactly, its registers are kept with a count for each rank, so that values can
/// be taken away again: a register is the greatest rank that some value has.
struct PresentValues {
    private let hashes: ArraySlice<UInt64>
    private var counts: [Int32]
    private var different = 0
    /// By register and rank, how many present values have it; empty where so many values cannot be.
    private var cells: [Int32] = []
    /// The ranks that are there, a bit each, by register.
    private var ranks: [UInt64] = []
    /// How many registers have each greatest rank.
    private var histogram: [Double] = []

    private static let cellsOfRegister = HyperLogLog.greatestRank + 1

    init(_ hashes: ArraySlice<UInt64>) {
        self.hashes = hashes
        counts = [Int32](repeating: 0, count: hashes.count)
        guard hashes.count > HyperLogLog.exactLimit else { return }
        let registers = 1 << HyperLogLog.defaultPrecision
        cells = [Int32](repeating: 0, count: registers * Self.cellsOfRegister)
        ranks = [UInt64](repeating: 0, count: registers)
        histogram = [Double](repeating: 0, count: Self.cellsOfRegister)
        histogram[0] = Double(registers)
    }

    var count: Int64 {
        guard different > HyperLogLog.exactLimit else { return Int64(different) }
        return Int64(HyperLogLog.estimate(ofRanks: histogram).rounded())
    }

    @inline(__always)
    mutating func add(_ value: Int) {
        counts[value] += 1
        guard counts[value] == 1 else { return }
        different += 1
        if !cells.isEmpty { change(hashes[hashes.startIndex + value], by: 1) }
    }

    @inline(__always)
    mutating func remove(_ value: Int) {
        counts[value] -= 1
        guard counts[value] == 0 else { return }
        different -= 1
        if !cells.isEmpty { change(hashes[hashes.startIndex + value], by: -1) }
    }

    private mutating func change(_ hash: UInt64, by change: Int32) {
        let register = Int(hash >> UInt64(HyperLogLog.rankBits))
        let rank = UInt32(truncatingIfNeeded: hash).leadingZeroBitCount + 1
        let cell = register * Self.cellsOfRegister + rank
        let before = cells[cell]
        cells[cell] += change
        guard before == 0 || cells[cell] == 0 else { return }
        histogram[Self.greatest(ranks[register])] -= 1
        ranks[register] ^= 1 << UInt64(rank)
        histogram[Self.greatest(ranks[register])] += 1
    }

    private static func greatest(_ ranks: UInt64) -> Int { ranks == 0 ? 0 : 63 - ranks.leadingZeroBitCount }
}
