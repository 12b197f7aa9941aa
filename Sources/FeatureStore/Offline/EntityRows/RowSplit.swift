import Columnar

/// How the rows of a training set are parted in two: to train, and to test.
public enum RowSplit: Hashable, Sendable, Codable {
    /// By time: the cut is where the share of rows before it comes nearest to this one. Rows of one time stay together.
    case time(share: Double)
    /// By time: rows before the cut, and rows from then on.
    case cut(at: Timestamp)
    /// By key: all rows of about this share of the keys, and all rows of the others.
    case key(share: Double)

    /// Reads `time:0.8`, `time:2024-03-01` or `key:0.8`; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else { return nil }
        let share = Double(parts[1]).flatMap { $0 > 0 && $0 < 1 ? $0 : nil }
        switch (parts[0], share) {
        case ("time", let share?): self = .time(share: share)
        case ("key", let share?): self = .key(share: share)
        case ("time", nil):
            guard let cut = Timestamp(parsing: parts[1]) else { return nil }
            self = .cut(at: cut)
        default: return nil
        }
    }

    /// Whether it goes by hashes.
    var dependsOnSeed: Bool {
        if case .key = self { true } else { false }
    }

    /// The rows to train with, the rows to test with, both in their order, and the time of the cut.
    struct Parts: Hashable, Sendable {
        var train: [Int32]
        var test: [Int32]
        var cut: Timestamp?
    }

    /// - Throws: `StoreError.badRequest` if a part would be empty.
    static func parts(
        ofTimes times: UnsafeBufferPointer<Int64>, count: Int, share: Double
    ) throws(StoreError) -> Parts {
        var order = RowOrder(count: count)
        times.prefix(count).map(\.sortable).withUnsafeBufferPointer { order.sort(by: $0) }
        func time(_ place: Int) -> Int64 { times[Int(order.rows[place])] }
        guard let last = order.rows.indices.last else { throw .badRequest("there are no rows to split") }
        let wanted = min(max(Int((share * Double(count)).rounded()), 1), max(last, 1))
        // The nearest places before and behind the wanted one where a new time begins.
        var (lower, upper) = (wanted, wanted)
        while lower > 0, lower > last || time(lower - 1) == time(lower) { lower -= 1 }
        while upper <= last, time(upper - 1) == time(upper) { upper += 1 }
        let candidates = [lower, upper].filter { $0 > 0 && $0 <= last }
        guard let first = candidates.min(by: { abs($0 - wanted) < abs($1 - wanted) }) else {
            throw .badRequest(
                "all rows are of one time, \(Timestamp(microseconds: time(0))): they cannot be split by time")
        }
        return parts(ofTimes: times, count: count, cut: Timestamp(microseconds: time(first)))
    }

    static func parts(ofTimes times: UnsafeBufferPointer<Int64>, count: Int, cut: Timestamp) -> Parts {
        parts(count: count, cut: cut) { times[$0] < cut.microseconds }
    }

    static func parts(ofHashes hashes: [UInt64], share: Double) -> Parts {
        let limit = UInt64(share * 0x1p64)
        return parts(count: hashes.count, cut: nil) { hashes[$0] < limit }
    }

    private static func parts(count: Int, cut: Timestamp?, isTrain: (Int) -> Bool) -> Parts {
        var parts = Parts(train: [], test: [], cut: cut)
        parts.train.reserveCapacity(count)
        for row in 0..<count {
            if isTrain(row) { parts.train.append(Int32(row)) } else { parts.test.append(Int32(row)) }
        }
        return parts
    }
}

extension RowSplit: CustomStringConvertible {
    public var description: String {
        switch self {
        case .time(let share): "time:\(share)"
        case .cut(let time): "time:\(time)"
        case .key(let share): "key:\(share)"
        }
    }
}
