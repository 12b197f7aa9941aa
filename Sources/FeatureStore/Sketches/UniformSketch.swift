/// Quantiles of whole numbers, such as times, with an absolute error in proportion to their range.
///
/// Buckets are all of one width, a power of two, the least with which `limit` buckets span what was added; when a number
/// lies beyond, pairs of buckets become one. The width follows from the least and the greatest number alone, so nothing
/// depends on order or grouping. (For times a relative error, as `DDSketch` has, would be one relative to 1970.)
struct UniformSketch: Hashable, Sendable {
    static let limit = 1024

    /// A bucket is 2^shift wide.
    private(set) var shift = 0
    /// The first bucket: its least number divided by the width.
    private var first: Int64 = 0
    private var counts: [Int64] = []
    private(set) var total: Int64 = 0

    init() {}

    mutating func add(_ number: Int64, count: Int64 = 1) {
        makeRoom(for: number...number)
        counts[Int(number >> Int64(shift) - first)] += count
        total += count
    }

    /// Adds many numbers that lie within `range`.
    mutating func add(_ numbers: UnsafeBufferPointer<Int64>, within range: ClosedRange<Int64>) {
        guard !numbers.isEmpty else { return }
        makeRoom(for: range)
        let (shift, first) = (Int64(shift), first)
        counts.withUnsafeMutableBufferPointer { counts in
            for number in numbers { counts[Int(number &>> shift &- first)] &+= 1 }
        }
        total += Int64(numbers.count)
    }

    /// About the number of rank `q (count - 1)`, rounded down, in ascending order; nil if there is none.
    ///
    /// It lies within `error` of that number.
    func quantile(_ q: Double) -> Int64? {
        precondition((0...1).contains(q))
        guard total > 0 else { return nil }
        let rank = min(total - 1, Int64(q * Double(total - 1)))
        var before: Int64 = 0
        for (i, count) in counts.enumerated() {
            before += count
            if before > rank { return (first + Int64(i)) << Int64(shift) + error }
        }
        return nil
    }

    /// Half a bucket.
    var error: Int64 { shift == 0 ? 0 : 1 << Int64(shift - 1) }

    private mutating func makeRoom(for range: ClosedRange<Int64>) {
        var (low, high) = (range.lowerBound, range.upperBound)
        if let least = counts.firstIndex(where: { $0 != 0 }), let greatest = counts.lastIndex(where: { $0 != 0 }) {
            low = min(low, (first + Int64(least)) << Int64(shift))
            high = max(high, (first + Int64(greatest)) << Int64(shift))
        }
        var needed = shift
        // The difference of buckets fits an Int64 from the first halving on.
        while needed < 63, UInt64(bitPattern: high >> Int64(needed) &- low >> Int64(needed)) >= UInt64(Self.limit) {
            needed += 1
        }
        let newFirst = low >> Int64(needed)
        let newLast = high >> Int64(needed)
        guard needed != shift || newFirst < first || newLast >= first + Int64(counts.count) else { return }
        rearrange(shift: needed, first: newFirst, count: Int(newLast - newFirst) + 1)
    }

    /// Moves the counts to buckets that are as wide or wider, and span all that are in use.
    private mutating func rearrange(shift newShift: Int, first newFirst: Int64, count: Int) {
        var arranged = [Int64](repeating: 0, count: count)
        for (i, old) in counts.enumerated() where old != 0 {
            arranged[Int((first + Int64(i)) >> Int64(newShift - shift) - newFirst)] += old
        }
        (counts, first, shift) = (arranged, newFirst, newShift)
    }

    static func == (a: UniformSketch, b: UniformSketch) -> Bool { a.encoded() == b.encoded() }
    func hash(into hasher: inout Hasher) { hasher.combine(total) }
}

extension UniformSketch: Sketch {
    mutating func merge(_ other: UniformSketch) {
        guard let least = other.counts.firstIndex(where: { $0 != 0 }),
            let greatest = other.counts.lastIndex(where: { $0 != 0 })
        else { return }
        func number(_ place: Int) -> Int64 { (other.first + Int64(place)) << Int64(other.shift) }
        if other.shift > shift {
            // The other's width is needed at least: finer counts are not known.
            let narrower = Int64(other.shift - shift)
            let last = (first + Int64(max(counts.count, 1)) - 1) >> narrower
            rearrange(shift: other.shift, first: first >> narrower, count: Int(last - first >> narrower) + 1)
        }
        makeRoom(for: number(least)...number(greatest))
        for (i, count) in other.counts.enumerated() where count != 0 {
            counts[Int(number(i) >> Int64(shift) - first)] += count
        }
        total += other.total
    }

    func write(to writer: inout SketchWriter) {
        let used = counts.enumerated().filter { $0.element != 0 }
        writer.write(byte: Self.version)
        writer.write(byte: UInt8(shift))
        writer.write(UInt64(used.count))
        var previous = 0
        if let start = used.first {
            writer.write(signed: first + Int64(start.offset))
            previous = start.offset
        }
        for (i, count) in used {
            writer.write(UInt64(i - previous))
            writer.write(UInt64(count))
            previous = i
        }
    }

    init(reading reader: inout SketchReader) throws(SketchError) {
        try reader.readVersion(Self.version, of: "histogram")
        shift = Int(try reader.readByte())
        guard shift < 64 else { throw SketchError("its width is out of range") }
        let used = try reader.readCount(atMost: Int64(Self.limit))
        guard used > 0 else { return }
        first = try reader.readSigned()
        var place = 0
        for _ in 0..<used {
            place += Int(try reader.readCount(atMost: Int64(Self.limit)))
            guard place < Self.limit else { throw SketchError("it holds a bucket that is out of range") }
            counts.append(contentsOf: repeatElement(0, count: max(0, place + 1 - counts.count)))
            let count = try reader.readCount()
            counts[place] += count
            total += count
        }
        guard first >= Int64.min >> Int64(shift), first + Int64(counts.count) - 1 <= Int64.max >> Int64(shift) else {
            throw SketchError("it holds a bucket that is out of range")
        }
    }

    private static let version: UInt8 = 1
}
