import Columnar

/// Which state of the history to read.
public enum AsOf: Hashable, Sendable {
    /// A snapshot, by its id.
    case snapshot(Int64)
    /// What the store held at a time.
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
    /// The snapshot that is asked for; the newest by default.
    ///
    /// - Throws: `StoreError.badRequest` if there is no such snapshot, or there was none yet.
    func snapshot(_ asOf: AsOf?) throws -> Int64 {
        let newest = try catalog.currentSnapshot()
        switch asOf {
        case nil: return newest
        case .snapshot(let id):
            guard (1...max(1, newest)).contains(id), newest > 0 else {
                throw StoreError.badRequest(
                    "there is no snapshot \(id); "
                        + (newest == 0 ? "the store is empty" : "'fstore snapshots' lists 1 to \(newest)"))
            }
            return id
        case .time(let time):
            guard let id = try catalog.snapshot(asOf: time) else {
                throw StoreError.badRequest(
                    "the store was empty at \(time); 'fstore snapshots' tells since when it is not")
            }
            return id
        }
    }
}
