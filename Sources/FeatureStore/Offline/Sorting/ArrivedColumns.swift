import Columnar

/// The columns that rows are sorted by, as they arrived: where they are in order already, nothing is sorted or moved.
struct ArrivedColumns: Sendable {
    /// The words of the rows' keys, their event times and when they became known, piece by piece.
    let words: [Column]
    let events: [Column]?
    let created: [Column]?

    /// - Parameter column: those columns, piece by piece; asked for only while the rows may be in order.
    /// - Returns: nil if the rows are not in order of key, event time and created. Complexity: O(rows) if they are, else up to
    ///   the first that is not.
    init?(
        words: [Column], eventIndex: Int?, createdIndex: Int?, column: (_ index: Int) throws(DataError) -> [Column]
    ) throws(DataError) {
        self.words = words
        guard Self.areSorted([words]) else { return nil }
        guard let eventIndex else {
            (events, created) = (nil, nil)
            return
        }
        let events = try column(eventIndex)
        self.events = events
        guard let createdIndex else {
            created = nil
            guard Self.areSorted([words, events]) else { return nil }
            return
        }
        guard Self.areSorted([words, events]) else { return nil }
        let created = try column(createdIndex)
        self.created = created
        guard Self.areSorted([words, events, created]) else { return nil }
    }

    /// Event times of the oldest and the newest row; nil where there are none.
    var timeRange: ClosedRange<Timestamp>? {
        var range: ClosedRange<Int64>?
        for events in events ?? [] {
            let times = events.elements(as: Int64.self)
            withExtendedLifetime(events) {
                guard let least = times.min(), let greatest = times.max() else { return }
                range = range.map { min($0.lowerBound, least)...max($0.upperBound, greatest) } ?? least...greatest
            }
        }
        return range.map { Timestamp(microseconds: $0.lowerBound)...Timestamp(microseconds: $0.upperBound) }
    }

    /// Whether no row comes before the one in front of it, by the first of `columns`, then the second, and so on: words, then
    /// times.
    private static func areSorted(_ columns: [[Column]]) -> Bool {
        var last: Row?
        for piece in columns[0].indices where columns[0][piece].count > 0 {
            let rows = columns.map { $0[piece] }
            guard last?.isBehind(Row(rows, 0)) != true, isSorted(rows) else { return false }
            last = Row(rows, rows[0].count - 1)
        }
        return true
    }

    private static func isSorted(_ columns: [Column]) -> Bool {
        withExtendedLifetime(columns) {
            let words = columns[0].elements(as: UInt64.self)
            let events = columns.count > 1 ? columns[1].elements(as: Int64.self) : nil
            let created = columns.count > 2 ? columns[2].elements(as: Int64.self) : nil
            for row in 1..<max(1, columns[0].count) {
                if words[row - 1] != words[row] {
                    if words[row - 1] > words[row] { return false }
                } else if let events, events[row - 1] != events[row] {
                    if events[row - 1] > events[row] { return false }
                } else if let created, created[row - 1] > created[row] {
                    return false
                }
            }
            return true
        }
    }

    /// What one row is sorted by.
    private struct Row {
        private let word: UInt64
        private let times: [Int64]

        init(_ columns: [Column], _ row: Int) {
            word = columns[0].elements(as: UInt64.self)[row]
            times = columns.dropFirst().map { $0.elements(as: Int64.self)[row] }
        }

        func isBehind(_ other: Row) -> Bool {
            word != other.word ? word > other.word : other.times.lexicographicallyPrecedes(times)
        }
    }
}
