import Synchronization

/// How long requests took, counted in buckets, from any thread.
final class Histogram: Sendable {
    /// The buckets' upper ends in microseconds, inclusive; the last bucket has no end.
    static let bounds: [UInt64] = [
        25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
        2_500_000,
        10_000_000, 60_000_000,
    ]

    private let counters = AtomicCounters(count: bounds.count + 1)
    private let total = Atomic<UInt64>(0)

    func record(microseconds: UInt64) {
        var bucket = 0
        while bucket < Self.bounds.count, microseconds > Self.bounds[bucket] { bucket += 1 }
        counters.add(1, to: bucket)
        total.add(microseconds, ordering: .relaxed)
    }

    /// Cumulative counts, one a bound and then all; and the sum.
    var state: (cumulative: [UInt64], sum: UInt64) {
        var cumulative: [UInt64] = []
        var running: UInt64 = 0
        for bucket in 0...Self.bounds.count {
            running += counters[bucket]
            cumulative.append(running)
        }
        return (cumulative, total.load(ordering: .relaxed))
    }
}

/// Numbers that any thread may add to.
///
/// Invariant: `cells` are initialised from `init` to `deinit`.
final class AtomicCounters: @unchecked Sendable {
    private let cells: UnsafeMutablePointer<Atomic<UInt64>>
    private let count: Int

    init(count: Int) {
        self.count = count
        cells = .allocate(capacity: count)
        for cell in 0..<count { (cells + cell).initialize(to: Atomic(0)) }
    }

    deinit {
        cells.deinitialize(count: count)
        cells.deallocate()
    }

    func add(_ amount: UInt64, to cell: Int) {
        precondition(cell >= 0 && cell < count)
        cells[cell].add(amount, ordering: .relaxed)
    }

    subscript(cell: Int) -> UInt64 {
        precondition(cell >= 0 && cell < count)
        return cells[cell].load(ordering: .relaxed)
    }
}
