import Columnar

@testable import FeatureStore

/// The point-in-time rule word for word (DESIGN §4), with no thought for speed: the oracle.
struct BruteForceJoin {
    struct HistoryRow {
        var key: [Value]
        var event: Int64
        var created: Int64
        /// When it ended; nil while it holds.
        var end: Int64?
        /// Place in the order of ingestion.
        var order: Int
        var value: Value
    }

    var history: [HistoryRow]
    var ttl: Int64?
    var availability: Availability
    var isTimeless = false

    func isAvailable(_ row: HistoryRow, at time: Int64) -> Bool {
        switch availability {
        case .event: true
        case .created: row.created <= time
        case .delayed(let delay): row.event + delay.microseconds <= time
        }
    }

    /// The chosen row and what became of the entity row.
    func choose(key: [Value], time: Int64) -> (row: HistoryRow?, outcome: String) {
        if key.contains(.null) { return (nil, "keyNull") }
        let ofKey = history.filter { $0.key == key }
        if ofKey.isEmpty { return (nil, "keyUnknown") }
        if isTimeless { return (ofKey.max { $0.order < $1.order }, "found") }
        let before = ofKey.filter { $0.event <= time }
        if before.isEmpty { return (nil, "beforeHistory") }
        let young = before.filter { row in ttl.map { row.event >= time - $0 } ?? true }
        if young.isEmpty { return (nil, "tooOld") }
        let available = young.filter { isAvailable($0, at: time) }
        if available.isEmpty { return (nil, "notYetKnown") }
        let best = available.max { a, b in (a.event, a.created, a.order) < (b.event, b.created, b.order) }
        // The newest row speaks for its key: if it has ended, an older one does not come back.
        if let end = best?.end, end <= time { return (nil, "ended") }
        return (best, "found")
    }
}
