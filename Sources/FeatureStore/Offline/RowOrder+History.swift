import Columnar

extension RowOrder {
    /// The order of history: by key, event time, created, order of arrival.
    ///
    /// - Parameter rows: They have the layout's fields and stand in order of arrival.
    init(sorting rows: Table, layout: ViewLayout) {
        self.init(count: rows.rowCount)
        if let index = layout.eventIndex {
            let events = rows.columns[index].elements(as: Int64.self)
            // Sources mostly write in order of time; then there is nothing to sort by it.
            if !(1..<max(1, rows.rowCount)).allSatisfy({ events[$0 - 1] <= events[$0] }) {
                let sortable = events.prefix(rows.rowCount).map(\.sortable)
                sortable.withUnsafeBufferPointer { sort(by: $0) }
            }
            if let createdIndex = layout.createdIndex {
                let created = rows.columns[createdIndex].elements(as: Int64.self)
                sortTies {
                    events[Int($0)] == events[Int($1)]
                } by: {
                    created[Int($0)] < created[Int($1)]
                }
            }
        }
        let ranks = KeyEncoder(layout.keys.map(\.type)).encode(layout.keyIndices.map { rows.columns[$0] }).ranks()
        withExtendedLifetime(ranks) { sort(by: ranks.elements(as: UInt64.self)) }
    }
}
