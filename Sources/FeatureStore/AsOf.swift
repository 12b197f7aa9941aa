import Columnar

/// Which state of the history to read.
public enum AsOf: Hashable, Sendable {
    /// A snapshot, by its id, with what had been pushed when it was made.
    case snapshot(Int64)
    /// What the store held at a time, pushed rows with it.
    case time(Timestamp)

    /// Reads a snapshot's id, or a time such as `2024-01-31T10:00:00Z`; nil for anything else.
    public init?(_ text: String) {
        if let id = Int64(text) {
            self = .snapshot(id)
        } else if let time = Timestamp(parsing: text) {
            self = .time(time)
        } else {
            return nil
        }
    }
}

extension FeatureStore {
    /// The state that is asked for; that of this moment by default.
    ///
    /// - Throws: `StoreError.badRequest` if there is no such snapshot, or the store was empty then.
    func mark(_ asOf: AsOf?) throws -> HistoryMark {
        let newest = try catalog.currentSnapshot()
        switch asOf {
        case nil: return try catalog.mark()
        case .snapshot(let id):
            guard (1...max(1, newest)).contains(id), newest > 0 else {
                throw StoreError.badRequest(
                    "there is no snapshot \(id); "
                        + (newest == 0 ? "the store is empty" : "'fstore snapshots' lists 1 to \(newest)"))
            }
            return try catalog.mark(ofSnapshot: id)
        case .time(let time):
            let id = try catalog.snapshot(asOf: time)
            guard try id != nil || catalog.heldPushes(at: time) else {
                throw StoreError.badRequest(
                    "the store was empty at \(time); 'fstore snapshots' tells since when it is not")
            }
            return HistoryMark(snapshot: id ?? 0, sequences: [:], pushedBy: time)
        }
    }
}
