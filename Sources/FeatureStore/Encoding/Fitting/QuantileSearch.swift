import Columnar

/// Finds numbers by their ranks, exactly and in bounded memory, among numbers that can be gone through again.
///
/// A `DDSketch` of all of them says in which bucket each rank lies. The numbers of those buckets are collected in one more
/// pass; where one holds too many, it is parted into 65,536 and the part is looked for in the next.
struct QuantileSearch {
    /// Goes through all numbers once; NaN and infinities among them are passed over.
    let pass: ((UnsafeBufferPointer<Double>) -> Void) throws -> Void
    /// Numbers that are collected at a time.
    var room = 1 << 22

    /// Numbers of neighbouring keys, which order as they do.
    private struct Interval {
        var keys: ClosedRange<Int64>
        /// How many numbers lie below it.
        var below: Int64
        var count: Int64
        /// Those that lie in it.
        var ranks: [Int64]

        /// How far keys are shifted to number 65,536 parts.
        var shift: Int64 {
            let width = UInt64(bitPattern: keys.upperBound &- keys.lowerBound)
            return Int64(max(0, 64 - width.leadingZeroBitCount - 16))
        }
    }

    /// The quantiles at `shares`, from 0 to 1: between two numbers as numpy's `linear` has them (Hyndman and Fan 1996, 7).
    func quantiles(_ shares: [Double], of sketch: DDSketch) throws -> [Double] {
        let last = sketch.count - 1
        let positions = shares.map { $0 * Double(last) }
        let ranks = positions.flatMap { [Int64($0), min(Int64($0) + 1, last)] }
        let values = try values(at: Set(ranks).sorted(), of: sketch)
        return positions.map { position in
            let rank = Int64(position)
            let (low, high) = (values[rank] ?? 0, values[min(rank + 1, last)] ?? 0)
            let part = position - Double(rank)
            let between = high - low
            return part < 0.5 ? low + between * part : high - between * (1 - part)
        }
    }

    /// The numbers at `ranks`, from 0.
    func values(at ranks: [Int64], of sketch: DDSketch) throws -> [Int64: Double] {
        var values: [Int64: Double] = [:]
        var open: [Interval] = []
        for interval in Self.intervals(of: sketch) {
            let own = ranks.filter { $0 >= interval.below && $0 < interval.below + interval.count }
            guard !own.isEmpty else { continue }
            var asked = interval
            asked.ranks = own
            open.append(asked)
        }
        while !open.isEmpty {
            var next: [Interval] = []
            var looked: [Interval] = []
            var left = Int64(room)
            for interval in open {
                if interval.keys.lowerBound == interval.keys.upperBound {
                    for rank in interval.ranks { values[rank] = Double(order: interval.keys.lowerBound) + 0 }
                } else if looked.count < 64, interval.count <= left || interval.count > Int64(room) {
                    if interval.count <= left { left -= interval.count }
                    looked.append(interval)
                } else {
                    next.append(interval)
                }
            }
            if !looked.isEmpty { next += try look(into: looked, &values) }
            open = next
        }
        return values
    }

    /// Collects the numbers of small intervals, and parts large ones.
    private func look(into intervals: [Interval], _ values: inout [Int64: Double]) throws -> [Interval] {
        let sorted = intervals.sorted { $0.keys.lowerBound < $1.keys.lowerBound }
        let lows = sorted.map(\.keys.lowerBound)
        let highs = sorted.map(\.keys.upperBound)
        let shifts = sorted.map(\.shift)
        var collected = [[Double]](repeating: [], count: sorted.count)
        var parts = [[Int64]](repeating: [], count: sorted.count)
        for (place, interval) in sorted.enumerated() {
            if interval.count <= Int64(room) {
                collected[place].reserveCapacity(Int(interval.count))
            } else {
                parts[place] = [Int64](repeating: 0, count: 1 << 16)
            }
        }
        let marks = Self.marks(of: sorted)
        try pass { numbers in
            for number in numbers where marks[Int(truncatingIfNeeded: number.bitPattern &>> 46)] {
                let key = number.order
                var (low, high) = (0, lows.count)
                while low < high {
                    let middle = (low + high) >> 1
                    if lows[middle] <= key { low = middle + 1 } else { high = middle }
                }
                let place = low - 1
                guard place >= 0, key <= highs[place] else { continue }
                if parts[place].isEmpty {
                    collected[place].append(number)
                } else {
                    parts[place][Int((key &- lows[place]) >> shifts[place])] += 1
                }
            }
        }
        var open: [Interval] = []
        for (place, interval) in sorted.enumerated() {
            if parts[place].isEmpty {
                Self.choose(interval, from: &collected[place], &values)
            } else {
                open += Self.parts(of: interval, parts[place])
            }
        }
        return open
    }

    private static func choose(_ interval: Interval, from numbers: inout [Double], _ values: inout [Int64: Double]) {
        numbers.withUnsafeMutableBufferPointer { numbers in
            var start = 0
            for rank in interval.ranks {
                let place = Int(rank - interval.below)
                guard place < numbers.count else { continue }
                values[rank] = select(place, in: numbers, from: start)
                start = place
            }
        }
    }

    private static func parts(of interval: Interval, _ counts: [Int64]) -> [Interval] {
        var below = interval.below
        var parts: [Interval] = []
        for (place, count) in counts.enumerated() where count > 0 {
            let ranks = interval.ranks.filter { $0 >= below && $0 < below + count }
            if !ranks.isEmpty {
                let low = interval.keys.lowerBound + Int64(place) << interval.shift
                let high = min(interval.keys.upperBound, low + (1 << interval.shift - 1))
                parts.append(Interval(keys: low...high, below: below, count: count, ranks: ranks))
            }
            below += count
        }
        return parts
    }

    /// The buckets of a sketch in ascending order.
    private static func intervals(of sketch: DDSketch) -> [Interval] {
        var intervals: [Interval] = []
        var below: Int64 = 0
        func append(_ keys: ClosedRange<Int64>, _ count: Int64) {
            intervals.append(Interval(keys: keys, below: below, count: count, ranks: []))
            below += count
        }
        // The lowest bucket of each sign may hold all numbers that are nearer to zero.
        let smallest = DDSketch.lowerBound(of: DDSketch.firstBucket)
        let negative = Array(sketch.negative.used)
        for (place, bucket) in negative.enumerated().reversed() {
            let low = (-DDSketch.lowerBound(of: bucket.bucket + 1)).order + 1
            let high = (-(place == 0 ? smallest : DDSketch.lowerBound(of: bucket.bucket))).order
            append(low...high, bucket.count)
        }
        if sketch.zeros > 0 { append(0...0, sketch.zeros) }
        for (place, bucket) in sketch.positive.used.enumerated() {
            let low = (place == 0 ? smallest : DDSketch.lowerBound(of: bucket.bucket)).order
            append(low...DDSketch.lowerBound(of: bucket.bucket + 1).order - 1, bucket.count)
        }
        return intervals
    }

    /// By a number's first 18 bits, whether it may lie in one of the intervals.
    private static func marks(of intervals: [Interval]) -> [Bool] {
        var marks = [Bool](repeating: false, count: 1 << 18)
        for interval in intervals {
            let ends = [interval.keys.lowerBound, interval.keys.upperBound].map {
                Int(truncatingIfNeeded: Double(order: $0).bitPattern &>> 46)
            }
            for place in (ends.min() ?? 0)...(ends.max() ?? 0) { marks[place] = true }
        }
        return marks
    }

    /// Moves the number of rank `rank` to its place, and none greater before it (Hoare 1961, FIND).
    private static func select(
        _ rank: Int, in numbers: UnsafeMutableBufferPointer<Double>, from start: Int
    ) -> Double {
        var (left, right) = (start, numbers.count - 1)
        while left < right {
            let pivot = numbers[left + (right - left) / 2]
            var (low, high) = (left, right)
            while low <= high {
                while numbers[low] < pivot { low += 1 }
                while numbers[high] > pivot { high -= 1 }
                if low <= high {
                    numbers.swapAt(low, high)
                    low += 1
                    high -= 1
                }
            }
            if rank <= high { right = high } else if rank >= low { left = low } else { break }
        }
        return numbers[rank]
    }
}
