import Columnar

/// Keeps rows of deleted keys from coming back into a view, by the digests of their keys.
struct BarredKeys: Sendable {
    /// Digests of the values under the same names.
    private struct Group: Sendable {
        /// Where the names' columns are in the layout.
        let columns: [Int]
        let encoder: KeyEncoder
        let digest: KeyDigest
        let barred: Set<KeyDigest.Value>
    }

    private let groups: [Group]

    /// - Parameter secret: the store's, of key digests.
    init(_ deletions: [DeletionRecord], layout: ViewLayout, secret: [UInt8]) {
        struct Names: Hashable {
            let keys: [String]
            let types: [FeatureType]
        }
        let digest = KeyDigest(secret: secret)
        groups = Dictionary(grouping: deletions) { Names(keys: $0.keys, types: $0.types) }.compactMap {
            names, records in
            // A view that lacks one of the keys, or has it in another type, has no such rows.
            let columns = zip(names.keys, names.types).compactMap { name, type in
                layout.keys.firstIndex { $0.name == name && $0.type == type }
            }
            guard columns.count == names.keys.count else { return nil }
            return Group(
                columns: columns, encoder: KeyEncoder(names.types), digest: digest.forKeys(named: names.keys),
                barred: Set(records.compactMap { KeyDigest.Value($0.digest) }))
        }
    }

    var isEmpty: Bool { groups.isEmpty }

    /// The rows whose keys are not barred; nil if that is all of them.
    ///
    /// - Parameter column: one of the layout's.
    func rowsToKeep(count: Int, column: (Int) throws(DataError) -> Column) throws(DataError) -> [Int32]? {
        var barredRows = Set<Int32>()
        for group in groups {
            var columns: [Column] = []
            for index in group.columns { columns.append(try column(index)) }
            let keys = group.encoder.encode(columns)
            withExtendedLifetime(keys) {
                for row in 0..<count where !keys.isNull(row) {
                    if group.barred.contains(group.digest.digest(of: keys.bytes(at: row))) {
                        barredRows.insert(Int32(row))
                    }
                }
            }
        }
        return barredRows.isEmpty ? nil : (0..<Int32(count)).filter { !barredRows.contains($0) }
    }

    /// `table`, whose first columns are the layout's, without rows of barred keys.
    func without(_ table: Table) throws(DataError) -> Table {
        guard !isEmpty, let kept = try rowsToKeep(count: table.rowCount, column: { table.columns[$0] }) else {
            return table
        }
        return table.taking(kept[...])
    }
}

extension SortBatch {
    /// The same rows without those of barred keys.
    ///
    /// - Precondition: all rows fit the layout.
    func without(_ barred: BarredKeys, fields: [Field]) throws -> SortBatch {
        if barred.isEmpty { return self }
        let kept = try Parallel.tryMap(pieces) { (piece) throws(DataError) in
            try barred.rowsToKeep(count: piece.rowCount) { (index) throws(DataError) in try piece.column(index) }
        }
        guard kept.contains(where: { $0 != nil }) else { return self }
        var rest = SortBatch()
        for (piece, rows) in zip(pieces, kept) {
            guard let rows else {
                rest.append(piece)
                continue
            }
            rest.append(SourcePiece(try piece.table(fields).taking(rows[...])))
        }
        return rest
    }
}

extension Catalog {
    /// The keys that may not come back into the view.
    func barredKeys(of layout: ViewLayout) throws -> BarredKeys {
        let deletions = try barredKeys(of: layout.view.name)
        return BarredKeys(
            deletions, layout: layout, secret: deletions.isEmpty ? [UInt8](repeating: 0, count: 16) : try digestSecret()
        )
    }
}
