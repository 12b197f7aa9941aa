import Columnar
import Foundation

/// Hands out a service's labelled examples to a consumer: each once, in the order of their numbers.
///
/// The consumer says how far it is by committing a position, after it has made use of all up to there; what was handed out
/// and not committed is handed out again by the next stream of that name. A consumer that keeps the position with what it
/// makes of the examples, in one step, begins with `after:` and sees each example exactly once, whatever crashes.
///
/// ```swift
/// let stream = try store.examples(of: "eta_v1", for: "trainer")
/// while let batch = try stream.next(atMost: 1024) {
///     learn(batch)
///     try stream.commit(batch.position)
/// }
/// ```
///
/// Not thread-safe.
public final class ExampleStream {
    public let service: String
    public let consumer: String
    public let label: ServiceLabel
    private let log: LogDatabase
    private let encoding: ExampleEncoding?
    private let clock: @Sendable () -> Timestamp
    /// The last example that was handed out.
    public private(set) var position: Int64
    /// The last that was committed.
    public private(set) var committed: Int64
    /// Examples that were older than the log is kept before this consumer came to them.
    public private(set) var forgotten: Int64 = 0
    /// Examples as they were read last, with the number of the first.
    private var read: (first: Int64, table: Table)?

    init(
        _ log: LogDatabase, service: String, consumer: String, label: ServiceLabel,
        encoders: EncoderState?, after: Int64?,
        clock: @escaping @Sendable () -> Timestamp
    ) throws {
        self.log = log
        self.service = service
        self.consumer = consumer
        self.label = label
        encoding = encoders.map(ExampleEncoding.init)
        self.clock = clock
        guard (1...256).contains(consumer.utf8.count) else {
            throw StoreError.badRequest("a consumer's name has 1 to 256 bytes, and '\(consumer.shortened)' does not")
        }
        committed = try log.position(of: consumer) ?? 0
        let last = try log.counter("examples")
        if let after, after < 0 || after > last {
            throw LogError.beyondEnd(consumer: consumer, position: after, last: last)
        }
        position = after ?? committed
    }

    /// The next examples, those of labels that just came too; nil while there are none.
    ///
    /// A batch may be smaller than is asked for, also before the last.
    public func next(atMost limit: Int) throws -> ExampleBatch? {
        precondition(limit > 0)
        if let batch = try available(limit) { return batch }
        _ = try settle()
        return try available(limit)
    }

    /// Brings labels that came to their reads; `next` does so when it has come to the end.
    @discardableResult
    public func settle() throws -> LabelSummary {
        var join = LabelJoin(log, label: label, now: clock())
        return try join.run()
    }

    private func available(_ limit: Int) throws -> ExampleBatch? {
        if let batch = cut(limit) { return batch }
        guard let next = try log.examples(after: position) else { return nil }
        if next.first > position + 1 {
            forgotten += next.first - position - 1
            position = next.first - 1
        }
        read = next
        return cut(limit)
    }

    /// The next of the examples that were read.
    private func cut(_ limit: Int) -> ExampleBatch? {
        guard let read, position + 1 >= read.first, position + 1 < read.first + Int64(read.table.rowCount) else {
            return nil
        }
        let start = Int(position + 1 - read.first)
        let end = min(read.table.rowCount, start + limit)
        position = read.first + Int64(end) - 1
        return ExampleBatch(
            first: read.first + Int64(start), table: read.table.slice(start..<end), label: label,
            encoding: encoding)
    }

    /// Goes back, so that the examples after `position` are handed out again.
    public func back(to position: Int64) {
        precondition(position <= self.position)
        self.position = position
    }

    /// Notes, durably, that all examples up to `position` have been made use of.
    ///
    /// - Throws: `LogError.positionMoved` if another process has committed under this name meanwhile.
    public func commit(_ position: Int64) throws {
        try log.commit(position, of: consumer, from: committed, at: clock())
        committed = max(committed, position)
    }
}

extension LogDatabase {
    func position(of consumer: String) throws -> Int64? {
        try database.rows("SELECT position FROM consumers WHERE name = ?", [.text(consumer)]) { $0.integer(0) }.first
    }

    /// The batch with the example after `position`, or the first after it that there is.
    func examples(after position: Int64) throws -> (first: Int64, table: Table)? {
        let found = try database.rows(
            """
            SELECT first, payload FROM examples
            WHERE first + count > ? AND first >= (SELECT coalesce(max(first), 0) FROM examples WHERE first <= ?)
            ORDER BY first LIMIT 1
            """, [.integer(position + 1), .integer(position + 1)]
        ) { ($0.integer(0), $0.blob(1)) }.first
        return try found.map { ($0.0, try PackedTable.unpack($0.1)) }
    }

    func commit(_ position: Int64, of consumer: String, from committed: Int64?, at now: Timestamp) throws {
        try database.transaction {
            let found = try self.position(of: consumer) ?? 0
            // Committing once more what is committed is no harm: the answer may have been lost.
            if found == position { return }
            if let committed, found != committed {
                throw LogError.positionMoved(consumer: consumer, expected: committed, found: found)
            }
            let last = try counter("examples")
            guard position >= 0, position <= last else {
                throw LogError.beyondEnd(consumer: consumer, position: position, last: last)
            }
            try database.query(
                """
                INSERT INTO consumers VALUES (?, ?, ?)
                ON CONFLICT DO UPDATE SET position = excluded.position, committed_at = excluded.committed_at
                """, [.text(consumer), .integer(position), .integer(now.microseconds)])
        }
    }
}
