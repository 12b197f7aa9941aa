import Columnar

extension OnlineStore {
    /// How many rows of a view have keys of this pattern. Complexity: O(log rows) for a whole key, else O(rows).
    func count(_ pattern: KeyPattern, in view: String) throws -> Int {
        guard let database = try database(of: view) else { return 0 }
        return try environment.read { try Self.keys(of: pattern, $0, database).count }
    }

    /// Removes the rows of a view whose keys have this pattern, in one durable transaction; returns how many there were.
    func remove(_ pattern: KeyPattern, from view: String) throws -> Int {
        guard try database(of: view) != nil else { return 0 }
        let database = try databaseForWriting(view)
        return try environment.write { transaction in
            let keys = try Self.keys(of: pattern, transaction.snapshot, database)
            for key in keys { _ = try key.withUnsafeBytes { try transaction.remove($0, from: database) } }
            return keys.count
        }
    }

    private static func keys(
        of pattern: KeyPattern, _ snapshot: LMDBSnapshot, _ database: LMDBDatabase
    ) throws -> [[UInt8]] {
        if let key = pattern.wholeKey {
            return try key.withUnsafeBytes { try snapshot.value(for: $0, in: database) } == nil ? [] : [key]
        }
        var found: [[UInt8]] = []
        try snapshot.forEach(in: database) { key, _ in
            if pattern.matches(key) { found.append(Array(key)) }
        }
        return found
    }
}
