import Columnar

/// A row of history of one key. Times are microseconds; those that the view or its source does not have are nil.
struct KeyRow: Sendable {
    var event: Int64?
    var created: Int64?
    var end: Int64?
    var arrival: ClosedRange<Int64>
    var values: [Value]

    /// All rows of a key, by event time, created and order of arrival.
    ///
    /// - Parameter parts: in order of arrival.
    static func all(
        of key: [Value], in parts: [HistoryPart], layout: ViewLayout, features: [Feature]
    ) throws(DataError) -> [KeyRow] {
        guard let encoded = EncodedKeys(of: key, types: layout.keys.map(\.type)) else { return [] }
        var rows: [KeyRow] = []
        for part in parts {
            for block in part.blocks(holding: encoded, 0..<1) {
                try Cancellation.check()
                for runs in try part.keyRuns(of: block, holding: encoded, 0..<1) {
                    guard let run = runs.run(of: encoded) else { continue }
                    rows += try part.rows(runs.rows(of: run), block: block, features: features)
                }
            }
        }
        // Stable: what is equal stays in order of arrival.
        return rows.enumerated().sorted {
            ($0.element.event ?? .min, $0.element.created ?? .min, $0.offset)
                < ($1.element.event ?? .min, $1.element.created ?? .min, $1.offset)
        }.map(\.element)
    }
}

extension EncodedKeys {
    /// One key; nil if a component is null or not of its type.
    fileprivate init?(of key: [Value], types: [FeatureType]) {
        guard key.count == types.count, !key.contains(.null) else { return nil }
        var columns: [Column] = []
        for (type, value) in zip(types, key) {
            var builder = ColumnBuilder(type.dataType)
            guard builder.append(value) else { return nil }
            columns.append(builder.finish())
        }
        self = KeyEncoder(types).encode(columns)
    }
}

extension KeyRuns {
    /// The run of the only key of `wanted`; nil if the block does not have it. Complexity: O(log runs).
    fileprivate func run(of wanted: EncodedKeys) -> Int? {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if keys.compare(middle, with: wanted, 0) < 0 { low = middle + 1 } else { high = middle }
        }
        return low < count && keys.compare(low, with: wanted, 0) == 0 ? low : nil
    }
}

extension HistoryPart {
    fileprivate func rows(_ range: Range<Int>, block: Int, features: [Feature]) throws(DataError) -> [KeyRow] {
        let (events, created, ends) = (try events(of: block), try created(of: block), try ends(of: block))
        var rows = range.map { row in
            func time(_ column: Column?) -> Int64? {
                guard let column, !column.isNull(row) else { return nil }
                return withExtendedLifetime(column) { column.elements(as: Int64.self)[row] }
            }
            return KeyRow(
                event: time(events), created: time(created), end: time(ends), arrival: sequences, values: [])
        }
        for feature in features {
            let column = try values(of: feature, block: block)
            for (place, row) in range.enumerated() { rows[place].values.append(column?.value(at: row) ?? .null) }
        }
        return rows
    }
}
