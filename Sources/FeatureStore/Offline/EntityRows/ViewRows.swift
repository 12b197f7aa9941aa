import Columnar

/// A view's own rows as entity rows: keys, event times, and features as further columns.
struct ViewRows {
    let layout: ViewLayout
    /// Rows of earlier event times are left out; nil for none.
    var from: Timestamp?
    /// Rows of this event time or later are left out; nil for none.
    var to: Timestamp?

    /// The rows of a history, by key, then event time. Of several versions of a (key, event time), which a corrected
    /// source leaves behind, it is the last one: the greatest by (created, order of arrival). Events that are aggregated have
    /// no versions: it is all of them.
    ///
    /// - Precondition: the view is not timeless.
    func table(of parts: [HistoryPart]) throws(DataError) -> Table {
        var tables: [Table] = []
        for part in parts {
            for block in 0..<part.blockCount {
                if let rows = try rows(of: part, block) { tables.append(rows) }
            }
        }
        var all = Table.concatenating(tables, fields: layout.fields)
        tables = []
        if parts.count > 1 {
            let order = RowOrder(sorting: all, layout: layout)
            if !order.isUnchanged { all = all.taking(order.rows[...]) }
        }
        let kept = lastVersions(of: all)
        let columns = Array(layout.keyIndices) + [layout.eventIndex].compactMap(\.self) + Array(layout.featureIndices)
        let visible = Table(
            fields: columns.map { all.fields[$0] }, columns: columns.map { all.columns[$0] }, rowCount: all.rowCount)
        return kept.count == all.rowCount ? visible : visible.taking(kept[...])
    }

    /// The rows of a block within the bounds; nil if there are none.
    private func rows(of part: HistoryPart, _ block: Int) throws(DataError) -> Table? {
        guard from != nil || to != nil else { return try part.table(of: block) }
        guard let events = try part.events(of: block) else { return nil }
        let (first, end) = (from?.microseconds ?? .min, to?.microseconds ?? .max)
        let kept = withExtendedLifetime(events) {
            let times = events.elements(as: Int64.self)
            return (0..<Int32(events.count)).filter {
                times[Int($0)] >= first && (times[Int($0)] < end || to == nil)
            }
        }
        if kept.isEmpty { return nil }
        let rows = try part.table(of: block)
        return kept.count == rows.rowCount ? rows : rows.taking(kept[...])
    }

    /// Of each run of rows with equal keys and event times, the last.
    private func lastVersions(of rows: Table) -> [Int32] {
        guard let eventIndex = layout.eventIndex, layout.view.aggregation == nil else {
            return (0..<Int32(rows.rowCount)).map(\.self)
        }
        let keys = KeyEncoder(layout.keys.map(\.type)).encode(layout.keyIndices.map { rows.columns[$0] })
        let events = rows.columns[eventIndex].elements(as: Int64.self)
        return withExtendedLifetime((keys, rows)) {
            (0..<Int32(rows.rowCount)).filter { row in
                let place = Int(row)
                return place + 1 == rows.rowCount || events[place] != events[place + 1]
                    || keys.compare(place, with: keys, place + 1) != 0
            }
        }
    }
}
