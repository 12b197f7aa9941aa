import Columnar

/// The different keys of which histories have rows.
enum KnownKeys {
    /// The keys of a view's history, each once, ascending. Complexity: O(keys), with a sort if there are several parts;
    /// no other column is touched.
    static func keys(of parts: [HistoryPart], layout: ViewLayout) throws(DataError) -> EncodedKeys {
        var found: [EncodedKeys] = []
        var last: EncodedKeys?
        for part in parts {
            last = nil
            for block in 0..<part.blockCount {
                var keys = try part.keyRuns(of: block).keys
                // A key may go on from the block before.
                if let last, keys.count > 0, last.compare(last.count - 1, with: keys, 0) == 0 {
                    keys = keys.taking(Array(1..<keys.count))
                }
                guard keys.count > 0 else { continue }
                found.append(keys)
                last = keys
            }
        }
        guard !found.isEmpty else { return KeyEncoder(layout.keys.map(\.type)).encode(layout.keys.map(\.empty)) }
        let all = EncodedKeys.concatenating(found)
        return parts.count == 1 ? all : distinct(all)
    }

    /// Each of the keys once, ascending.
    static func distinct(_ keys: EncodedKeys) -> EncodedKeys {
        var order = RowOrder(count: keys.count)
        let ranks = keys.ranks()
        return withExtendedLifetime(ranks) {
            let words = ranks.elements(as: UInt64.self)
            order.sort(by: words)
            var places: [Int] = []
            for row in order.rows where places.isEmpty || words[places[places.count - 1]] != words[Int(row)] {
                places.append(Int(row))
            }
            return keys.taking(places)
        }
    }

    /// The keys of several histories together, under the columns `wanted`: each once, ascending.
    ///
    /// - Parameter histories: Each has all of `wanted` among its join keys.
    static func table(
        of histories: [(layout: ViewLayout, parts: [HistoryPart])], wanted: [JoinKey]
    ) throws(DataError) -> Table {
        let encoder = KeyEncoder(wanted.map(\.type))
        var found: [EncodedKeys] = []
        for (layout, parts) in histories {
            let keys = try keys(of: parts, layout: layout)
            if layout.keys == wanted {
                found.append(keys)
            } else {
                let columns = KeyEncoder(layout.keys.map(\.type)).columns(of: keys)
                found.append(
                    distinct(
                        encoder.encode(wanted.compactMap { key in layout.keys.firstIndex(of: key).map { columns[$0] } })
                    ))
            }
        }
        let all = found.count == 1 ? found[0] : distinct(.concatenating(found))
        return Table(
            fields: wanted.map { Field($0.name, $0.type.dataType, isNullable: false) },
            columns: encoder.columns(of: all), rowCount: all.count)
    }
}

extension JoinKey {
    fileprivate var empty: Column { .nulls(type.dataType, count: 0) }
}
