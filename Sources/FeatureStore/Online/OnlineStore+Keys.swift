import Columnar

extension OnlineStore {
    /// How many rows of a view have keys of this pattern. Complexity: O(log rows) for a whole key, else O(rows).
    func count(_ pattern: KeyPattern, in view: String) throws -> Int { try keys(of: pattern, in: view).count }

    /// Removes the rows of a view whose keys have this pattern; returns how many there were.
    ///
    /// Rows that others are about to write, of a history that still held the keys, are waited for and removed as well. Each
    /// transaction is durable when it ends, and removes so few keys that others need not wait long.
    func remove(_ pattern: KeyPattern, from view: String) throws -> Int {
        // Whoever read history before has the right to write, until they are done.
        try transaction(on: [view]) { _ in }
        let keys = try keys(of: pattern, in: view)
        return try stride(from: 0, to: keys.count, by: Self.keysRemovedAtOnce).reduce(0) { removed, start in
            try removed + remove(keys[start..<min(start + Self.keysRemovedAtOnce, keys.count)], from: view)
        }
    }

    private static let keysRemovedAtOnce = 100_000

    private func keys(of pattern: KeyPattern, in view: String) throws -> [[UInt8]] {
        try withSnapshot { snapshot in
            guard let tree = try snapshot.tree(Self.databaseName(of: view)) else { return [] }
            if let key = pattern.wholeKey {
                let isThere = try key.withUnsafeBytes { try snapshot.value(for: $0, in: tree) != nil }
                return isThere ? [key] : []
            }
            var found: [[UInt8]] = []
            try snapshot.forEach(in: tree) { key, _ in
                if pattern.matches(key) { found.append(Array(key)) }
                return true
            }
            return found
        }
    }
}
